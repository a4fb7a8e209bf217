// SPDX-License-Identifier: Apache-2.0
/// Where QEMU 7.2's PHB registers do not answer as the model does, as exact facts about QEMU: each row
/// names one register and says what QEMU reads in some of its bits. A difference is explained only if
/// QEMU's value is what the row says it is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/register_spec.hpp"

namespace phbsim::qtest {

/// What QEMU reads in the bits of a row where they differ.
enum class PeerRule : std::uint8_t {
  Reset,     ///< the row's value until the register is first written
  Storage,   ///< what was last written; the row's value before that
  Constant,  ///< the row's value
};
std::string_view to_string(PeerRule rule);

struct Deviation {
  std::string_view place;          ///< a register, "IODA TABLE", "root port 0xOFFSET", "PEC_..."
  arch::Generations generations;   ///< in whose machines it must fire
  PeerRule rule;
  std::uint64_t mask;
  std::uint64_t value;
  std::string_view reason;
  std::string_view source;         ///< of what hardware does, and of what QEMU does
};

/// Registers of the PHBs, IODA tables, the root port, PECs.
std::vector<Deviation> register_deviations();
std::vector<Deviation> table_deviations();
std::vector<Deviation> root_port_deviations();
std::vector<Deviation> pec_deviations();
const std::vector<Deviation>& deviations();

/// Compares reads, explains differences.
class Comparison {
 public:
  explicit Comparison(arch::Generation generation);

  enum class Op : std::uint8_t { Set, And, Or };
  /// `element` tells the parts of a place apart: entries of a table, PHBs.
  void wrote(const std::string& place, std::uint64_t element, std::uint64_t value, Op op = Op::Set);
  void read(const std::string& place, std::uint64_t element, std::uint64_t peer, std::uint64_t model);

  /// Prints figures and what is wrong. True if nothing is.
  bool report() const;

 private:
  struct Written {
    bool ever = false;
    std::uint64_t value = 0;
  };
  struct Unexplained {
    std::uint64_t count = 0;
    std::uint64_t bits = 0;
    std::uint64_t element = 0, peer = 0, model = 0, last = 0;  ///< of the first
    bool written = false;
  };
  /// What a row would have to say: of each bit, over all reads of a place.
  struct Seen {
    std::uint64_t reads = 0;
    std::uint64_t differs = 0, differs_written = 0;
    std::uint64_t not_as_written = 0;           ///< once it is written
    std::uint64_t unwritten = 0;                ///< first value before that
    std::uint64_t ones = 0, zeros = 0;          ///< was so at least once
    bool was_unwritten = false;
  };
  std::uint64_t predict(const Deviation& row, const Written& w) const;

  arch::Generation generation_;
  std::map<std::string_view, std::vector<std::size_t>> rows_of_;
  std::vector<std::uint64_t> fired_;
  std::map<std::string, std::map<std::uint64_t, Written>> written_;
  std::map<std::string, Seen> places_;
  std::map<std::string, Unexplained> unexplained_;
  std::uint64_t reads_ = 0, equal_ = 0, explained_ = 0;
};

}  // namespace phbsim::qtest
