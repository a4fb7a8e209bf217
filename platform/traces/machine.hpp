// SPDX-License-Identifier: Apache-2.0
/// The machine of a trace, rebuilt from its lines: PHBs, PEs, windows and tables, as bytes.
///
/// Survey reads a trace once and tells which PHBs and devices it has. Machine follows the lines: it
/// keeps the timing-free state and turns each line into the actions that a timed model needs to
/// follow as well: stores of TCEs and RTEs, register accesses, and translations to check.
///
/// pseries: each LIOBN group (PHB of the hypervisor) is one PHB with one PE of one partition; the
/// calls wq/wc/wr/wz and tp/ti/ts are made to arch::papr::Partition (QEMU's personality) and answer
/// as the trace says or not. powernv: TVT, kills and the rest come from the register writes, entries
/// from kt/kf, the RTT from px.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/arch/papr/partition.hpp"
#include "models/arch/phb_state.hpp"
#include "models/arch/tce_table.hpp"
#include "models/arch/translate.hpp"
#include "models/trace/event.hpp"

namespace phbsim::traces {

class TraceFile;

/// What a trace is about, from one reading.
struct Survey {
  struct Phb {
    std::uint64_t id = 0;  ///< pseries: LIOBN >> 8; powernv: PHB number
    bool pseries = false;
    arch::Generation generation = arch::Generation::Phb4;
    arch::PhbSize size = arch::PhbSize::Big;
    // pseries: the machine's properties, as far as the trace's calls need them.
    std::uint64_t buid = 0;
    bool virtual_device = false;          ///< one window of its own, no DDW
    std::uint32_t liobn = 0;              ///< of the default window
    std::uint32_t page_mask = 0x107;      ///< what wq says
    std::uint64_t default_bytes = kGiB;   ///< QEMU's default, or what successful calls need
    BusAddr high_start = 1ull << 59;      ///< where wc says a second window starts
  };
  struct Device {
    std::string name;
    unsigned phb = 0;        ///< index into phbs
    PeNumber pe = 1;
    Rid rid = 0x0100;
    std::uint64_t accesses = 0;
  };
  std::vector<Phb> phbs;
  std::vector<Device> devices;
  std::uint64_t lines = 0;

  const Device* find(const std::string& device) const;
};

Survey survey(TraceFile& file);

/// PE and requester of everything on a pseries PHB.
constexpr PeNumber kPseriesPe = 1;
constexpr Rid kPseriesRid = 0x0100;

/// A call of the partition that a line recorded: what was asked, what the trace says came back and
/// what the reference answered.
struct Call {
  bool rtas = false;
  arch::papr::RtasCall rtas_call{};
  std::vector<std::uint32_t> args;
  unsigned nret = 0;
  std::vector<std::uint32_t> expected_rets;  ///< status first
  std::vector<std::uint32_t> rets;

  arch::papr::HcallArgs hcall;
  std::vector<std::uint64_t> list;  ///< of H_PUT_TCE_INDIRECT
  std::int64_t expected = 0;
  std::int64_t status = 0;

  bool agrees() const { return rtas ? rets == expected_rets : status == expected; }
  /// "H_PUT_TCE(80000000, 1000, 2003)" and what it gave.
  std::string text() const;
  static std::string answer(bool rtas, std::int64_t status, const std::vector<std::uint32_t>& rets);
};

struct Action {
  enum class Kind : std::uint8_t { Store, RegisterWrite, RegisterRead, Translate, Hypercall };
  Kind kind = Kind::Store;
  unsigned phb = 0;
  std::uint64_t addr = 0;   ///< Store: real address; Register*: offset; Translate: bus address
  std::uint64_t value = 0;  ///< Store: 8 bytes (2 if `half`); RegisterWrite
  bool half = false;
  // Translate: the request, and what the trace says came out.
  Rid rid = 0;
  PeNumber pe = 0;
  arch::Access access = arch::Access::Read;
  unsigned length = 1;
  RealAddr expected = 0;    ///< page base
  std::uint64_t permissions = 0;
  unsigned page_shift = 12;
};

/// A mapping or unmapping that a line made, as the driver saw it.
struct MappingChange {
  unsigned phb = 0;
  BusAddr iova = 0;
  std::uint64_t pages = 0;
  unsigned page_shift = 12;
  std::uint64_t tce = 0;     ///< 0: unmapped
  std::uint64_t stride = 0;
  unsigned select = 0;       ///< which of the PE's two TVEs
  bool identity = false;     ///< real address = offset in the window: part of a direct map
};

class Machine {
 public:
  /// `memory` holds tables and RTTs; it outlives the machine.
  Machine(const Survey& survey, arch::MemoryView& memory);
  ~Machine();

  /// What must be set up before the first line (RTTs of pseries PHBs).
  void begin(std::vector<Action>& actions);
  /// Follows one line. Appends to `actions` what the line did, in order. `where` names the line in
  /// errors.
  void apply(const trace::Event& event, const std::string& where, std::vector<Action>& actions);
  /// The mapping change of the last line, if it was one.
  const std::optional<MappingChange>& change() const { return change_; }
  /// The call of the last line, if it was one (the Hypercall action).
  const std::optional<Call>& call() const { return call_; }

  /// The PE of a pseries PHB as the partition has it.
  static arch::papr::PeSpec pe_spec(const Survey::Phb& info, unsigned phb, const arch::PhbState& hardware);
  /// Lists and argument buffers of calls lie in this page and the next, above all that a trace names.
  static constexpr RealAddr kCallPage = 1ull << 51;

  arch::PhbState& phb(unsigned i) { return *phbs_[i].state; }
  /// The reference's answer to a Translate action.
  arch::Translation translate(const Action& action) const;
  /// Real address that a device access reaches now, without permissions check of the direction.
  arch::Translation resolve(const Survey::Device& device, BusAddr iova) const;

  /// TVE `select` (0 or 1) of a PE at this point, and its word.
  const arch::Tve& tve(unsigned phb, PeNumber pe, unsigned select) const;
  std::uint64_t tve_word(unsigned phb, PeNumber pe, unsigned select) const;

  bool above_4g(unsigned phb) const { return phbs_[phb].state->tve1_above_4g(); }

  /// Windows of a pseries PHB at this point.
  struct Window {
    std::uint64_t liobn = 0;
    BusAddr start = 0;
    std::uint64_t size = 0;
    unsigned page_shift = 12;
  };
  std::vector<Window> windows(unsigned phb) const;

 private:
  struct PhbEntry {
    Survey::Phb info;
    std::unique_ptr<arch::PhbState> state;
    std::map<Rid, PeNumber> rtes;
    std::map<RealAddr, std::unique_ptr<arch::TceTable>> tables;  ///< powernv: by root
  };

  unsigned phb_of_liobn(std::uint64_t liobn, const std::string& where) const;
  std::optional<unsigned> phb_of_number(std::uint64_t number) const;
  std::optional<unsigned> phb_of_region(std::string_view region) const;
  void put(unsigned phb, arch::TceTable& table, std::uint64_t index, std::uint64_t count, std::uint64_t tce,
           std::uint64_t stride, std::vector<Action>& actions);
  void carry_out(unsigned phb, const arch::Effects& effects);
  void rtas(arch::papr::RtasCall call, std::vector<std::uint32_t> args, std::vector<std::uint32_t> expected,
            std::vector<Action>& actions);
  void hypercall(const arch::papr::HcallArgs& args, std::vector<std::uint64_t> list, std::int64_t expected,
                 std::vector<Action>& actions);
  void changed(std::uint64_t liobn, std::uint64_t ioba, std::uint64_t count, std::uint64_t tce, std::uint64_t stride);
  void powernv_put(std::uint64_t number, std::uint64_t window, std::uint64_t index, std::uint64_t count,
                   std::uint64_t tce, const std::string& where, std::vector<Action>& actions);
  void register_write(unsigned phb, std::uint32_t offset, std::uint64_t value, std::vector<Action>& actions);
  void set_rte(unsigned phb, Rid rid, PeNumber pe, std::vector<Action>& actions);

  arch::MemoryView& memory_;
  std::vector<PhbEntry> phbs_;
  std::unique_ptr<arch::TableRegion> region_;
  std::unique_ptr<arch::papr::Partition> partition_;
  std::vector<arch::TceTable::Store> stores_;
  std::optional<MappingChange> change_;
  std::optional<Call> call_;
};

}  // namespace phbsim::traces
