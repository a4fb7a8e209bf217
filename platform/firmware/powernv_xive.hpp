// SPDX-License-Identifier: Apache-2.0
/// Registers of POWER9's interrupt controller (XIVE) as firmware's initialisation needs them: cache watches reach
/// the queue and thread tables in memory, everything else is storage by the rules of powernv_map.hpp. It routes no
/// interrupt [MA].
#pragma once

#include <array>

#include "models/arch/memory_view.hpp"
#include "platform/firmware/powernv_parts.hpp"

namespace phbsim::firmware::powernv {

class Xive {
 public:
  explicit Xive(arch::MemoryView& memory) : memory_(memory) {}

  /// Offset in the controller's BAR; the big-endian number of the bytes.
  std::uint64_t read(std::uint64_t offset, unsigned bytes) const;
  void write(std::uint64_t offset, unsigned bytes, std::uint64_t value);

 private:
  /// A cache watch: a table entry that is read by writing `spec`, and written by writing the first data word.
  struct Watch {
    std::uint32_t spec, data;      ///< offsets
    unsigned words;                ///< of 8 bytes in an entry
    std::uint32_t descriptors;     ///< offset of the table address register, the data register follows it
    unsigned table;                ///< select value of the table
    std::uint64_t block, index;    ///< fields of spec
  };
  static const std::array<Watch, 2> kWatches;

  /// Address of the entry that a watch is set to; nothing if the table does not hold it.
  std::optional<RealAddr> entry(const Watch& watch) const;
  void apply_rules(std::uint64_t offset, std::uint64_t value);

  arch::MemoryView& memory_;
  Words words_;
  std::map<std::uint64_t, std::uint64_t> tables_;  ///< by register, table and block
};

}  // namespace phbsim::firmware::powernv
