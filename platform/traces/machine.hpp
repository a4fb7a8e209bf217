// SPDX-License-Identifier: Apache-2.0
/// The machine of a trace, rebuilt from its lines: PHBs, PEs, windows and tables, as bytes.
///
/// Survey reads a trace once and tells which PHBs and devices it has. Machine follows the lines: it
/// keeps the timing-free state and turns each line into the actions that a timed model needs to
/// follow as well: stores of TCEs and RTEs, register accesses, and translations to check.
///
/// pseries: each LIOBN group (PHB of the hypervisor) is one PHB with one PE; windows come from
/// wc/wr/wz, entries from tp/ti/ts; the hypervisor's kills are made here. powernv: TVT, kills and
/// the rest come from the register writes, entries from kt/kf, the RTT from px.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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

struct Action {
  enum class Kind : std::uint8_t { Store, RegisterWrite, RegisterRead, Translate };
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
  struct PseriesWindow;
  struct PhbEntry {
    Survey::Phb info;
    std::unique_ptr<arch::PhbState> state;
    std::map<std::uint64_t, PseriesWindow> windows;  ///< by LIOBN
    std::map<Rid, PeNumber> rtes;
    std::map<RealAddr, std::unique_ptr<arch::TceTable>> tables;  ///< powernv: by root
    std::optional<std::uint64_t> buid;
  };

  unsigned phb_of_liobn(std::uint64_t liobn, const std::string& where) const;
  std::optional<unsigned> phb_of_number(std::uint64_t number) const;
  std::optional<unsigned> phb_of_region(std::string_view region) const;
  PseriesWindow& window_of(PhbEntry& phb, std::uint64_t liobn, const std::string& where);
  void open_window(unsigned phb, std::uint64_t liobn, BusAddr start, std::uint64_t size, unsigned page_shift,
                   const std::string& where, std::vector<Action>& actions);
  void close_window(unsigned phb, std::uint64_t liobn, std::vector<Action>& actions);
  void open_default(unsigned phb, std::vector<Action>& actions, const std::string& where);
  void put(unsigned phb, arch::TceTable& table, std::uint64_t index, std::uint64_t count, std::uint64_t tce,
           std::uint64_t stride, std::vector<Action>& actions);
  void pseries_put(std::uint64_t liobn, std::uint64_t ioba, std::uint64_t count, std::uint64_t tce,
                   std::uint64_t stride, const std::string& where, std::vector<Action>& actions);
  void powernv_put(std::uint64_t number, std::uint64_t window, std::uint64_t index, std::uint64_t count,
                   std::uint64_t tce, const std::string& where, std::vector<Action>& actions);
  void register_write(unsigned phb, std::uint32_t offset, std::uint64_t value, std::vector<Action>& actions);
  void set_rte(unsigned phb, Rid rid, PeNumber pe, std::vector<Action>& actions);

  arch::MemoryView& memory_;
  std::vector<PhbEntry> phbs_;
  std::unique_ptr<arch::TableRegion> region_;
  std::vector<arch::TceTable::Store> stores_;
  std::optional<MappingChange> change_;
};

}  // namespace phbsim::traces
