// SPDX-License-Identifier: Apache-2.0
/// One logical partition as its hypervisor keeps it: the DMA windows of its PEs, and what RTAS and
/// the TCE hypercalls make of them (ddw-vfio.md 1, 2). No clock: a call gives its answer and lists
/// what has to be done to the machine.
///
/// Windows live in TVE#0 (start 0) and TVE#1 (4 GiB with GTE4GB, or 2^59) of the PE's PHB; their
/// tables are real, below a root of at most `max_root_bytes`, lower levels on demand.
/// Not modelled: H_MIGRATE_DMA (H_FUNCTION, as QEMU), windows whose I/O page the PHB does not know
/// (KVM splits them over smaller ones), live migration of a partition.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "models/arch/effect.hpp"
#include "models/arch/papr/calls.hpp"
#include "models/arch/papr/device_tree.hpp"
#include "models/arch/papr/guest_memory.hpp"
#include "models/arch/papr/personality.hpp"
#include "models/arch/phb_state.hpp"
#include "models/arch/tce_table.hpp"

namespace phbsim::arch::papr {

/// A PE (or a virtual device with one window) as the platform gives it to the partition.
struct PeSpec {
  std::uint64_t buid = 0;
  std::uint32_t config_addr = 0;  ///< (bus << 16) | (devfn << 8); tells PEs of one BUID apart
  unsigned phb = 0;               ///< which PHB of the machine; carried through to what is to be done
  const PhbState* hardware = nullptr;
  PeNumber pe = 1;
  std::uint32_t liobn = 0x80000000;  ///< of the default window; further windows count on
  unsigned max_windows = 2;          ///< [F QEMU; PAPR: platform's choice]
  bool ddw = true;                   ///< has ibm,ddw-applicable
  unsigned extensions = 3;           ///< values in ibm,ddw-extensions: 0..3; QEMU has 2
  bool limited_addressing = true;    ///< third extension's value [PAPR 2.13]
  std::uint32_t page_mask = 0x107;   ///< [F QEMU's default]
  BusAddr default_start = 0;
  std::uint64_t default_bytes = kGiB;    ///< [F QEMU's default]; 0: none, windows come by add_window()
  BusAddr high_start = 1ull << 59;       ///< [F POWER8 on; QEMU: property]
  std::uint64_t tces = 1ull << 31;       ///< PE TCEs of query; PAPR: a budget that windows use up
  std::uint64_t tces_64bit = 1ull << 37; ///< the same with six outputs where it is constant [F QEMU]
};

struct PartitionOptions {
  Personality personality = Personality::Qemu;
  bool multi_tce = true;    ///< hcall-multi-tce
  bool multi_table = false; ///< Multi-TCE-Table option
  bool cmo = false;         ///< cooperative memory over-commitment: entitlement counts
  std::uint64_t entitlement = 0;    ///< bytes that may be mapped for I/O
  bool stale_default = false;       ///< the default window comes back with its old TCEs [MA, default off]
  std::uint64_t max_root_bytes = kGiB;  ///< tables larger than this get another level [MA]
};

struct DmaWindow {
  std::uint32_t liobn = 0;
  BusAddr start = 0;
  std::uint64_t size = 0;
  unsigned page_shift = 12;
  std::uint64_t entries = 0;
  bool is_default = false;
  std::uint32_t tve = 0;
  BusAddr table_base = 0;  ///< bus address of the table's entry 0
  std::shared_ptr<TceTable> table;
  std::uint64_t mapped_bytes = 0;  ///< counted under CMO

  std::uint64_t table_index(std::uint64_t entry) const { return ((start - table_base) >> page_shift) + entry; }
};

struct HcallArgs {
  Hcall call = Hcall::GetTce;
  std::array<std::uint64_t, 4> a{};  ///< R4..R7
};

/// Entries of one window that a call changed: what its kill has to cover.
struct TceChange {
  unsigned phb = 0;
  PeNumber pe = 0;
  std::uint32_t liobn = 0;
  BusAddr iova = 0;
  std::uint64_t count = 0;
  unsigned page_shift = 12;
};

struct HcallOutcome {
  std::int64_t status = kSuccess;
  std::uint64_t r4 = 0;      ///< GET: the TCE; under CMO: change of the mapped bytes
  bool userspace = false;    ///< KVM's kernel part gave up and QEMU did it
  Effects stores;            ///< to memory
  std::vector<TceChange> changes;
};

struct RtasOutcome {
  std::int32_t status = kRtasSuccess;
  std::vector<std::uint32_t> rets;  ///< status first; of a failed call only the status is written
  unsigned phb = 0;
  Effects effects;  ///< registers of that PHB
};

class Partition {
 public:
  Partition(const PartitionOptions& options, GuestMemory memory, TableRegion& region);

  /// Adds a PE; its default window exists from then on. Effects of making it are appended.
  void add_pe(const PeSpec& pe, Effects& effects);
  /// A window that stands before the partition runs, of any shape the PHB takes; returns its LIOBN.
  std::uint32_t add_window(std::uint64_t buid, std::uint32_t config_addr, BusAddr start, std::uint64_t size,
                           unsigned page_shift, unsigned levels, Effects& effects);

  const PartitionOptions& options() const { return options_; }
  const PersonalityFacts& facts() const { return facts_; }
  const GuestMemory& memory() const { return memory_; }

  // -- RTAS --
  /// `args` and `nret` as in the argument buffer.
  RtasOutcome rtas(RtasCall call, const std::vector<std::uint32_t>& args, unsigned nret);
  /// The next `times` of these calls answer `status` and do nothing (busy platforms; tests).
  void answer(RtasCall call, std::int32_t status, unsigned times = 1);
  /// The LIOBN that the platform gives the next window, if it is free and the PE's: which one is not
  /// specified, so a replay may say which it was.
  void choose_liobn(std::uint32_t liobn) { chosen_liobn_ = liobn; }
  /// Partition reboot, or DR isolate of one PE: the default window alone is there again.
  std::vector<RtasOutcome> reboot();
  RtasOutcome isolate(std::uint64_t buid, std::uint32_t config_addr);

  // -- hypercalls --
  /// Real memory that perform() will look at: the list of H_PUT_TCE_INDIRECT, entries of H_GET_TCE
  /// and, under CMO, those that are overwritten. At most a page each.
  struct Read {
    RealAddr addr = 0;
    unsigned bytes = 0;
  };
  std::vector<Read> reads(const HcallArgs& call) const;
  /// Decides a call. `memory` answers the addresses of reads(); stores are listed, not made.
  HcallOutcome perform(const HcallArgs& call, const MemoryView& memory);

  /// What the platform takes back: a window (Shared Logical Resource), pages, or memory paged out.
  void rescind_window(std::uint32_t liobn) { rescinded_windows_.insert(liobn); }
  void rescind_page(LogicalAddr page) { rescinded_pages_.insert(page >> 12); }
  void page_out(LogicalAddr page) { paged_out_.insert(page >> 12); }

  // -- looking --
  const DmaWindow* window(std::uint64_t liobn) const;
  std::vector<const DmaWindow*> windows(std::uint64_t buid, std::uint32_t config_addr = 0) const;
  std::uint64_t mapped_bytes() const { return mapped_bytes_; }
  std::uint64_t table_bytes() const;
  /// Device-tree properties of a PE's node.
  Cells dma_window_property(std::uint64_t buid, std::uint32_t config_addr = 0) const;
  Cells ddw_applicable(std::uint64_t buid, std::uint32_t config_addr = 0) const;
  Cells ddw_extensions(std::uint64_t buid, std::uint32_t config_addr = 0) const;

 private:
  struct Pe {
    PeSpec spec;
    std::map<std::uint32_t, DmaWindow> windows;  ///< by LIOBN
    std::set<std::uint32_t> default_flag;        ///< LIOBNs that a reset made the default [QEMU]
    bool limited = false;
    std::shared_ptr<TceTable> old_default;
    std::uint64_t old_default_mapped = 0;
  };
  struct Injected {
    RtasCall call;
    std::int32_t status;
    unsigned times;
  };

  Pe* find_pe(std::uint64_t buid, std::uint32_t config_addr);
  const Pe* find_pe(std::uint64_t buid, std::uint32_t config_addr) const;
  Pe* owner_of(std::uint32_t liobn);
  DmaWindow* active(std::uint64_t liobn, Pe** pe = nullptr);

  void query(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out);
  void create(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out);
  void remove(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out);
  void reset(const std::vector<std::uint32_t>& args, unsigned nret, RtasOutcome& out);
  void open(Pe& pe, std::uint32_t liobn, BusAddr start, std::uint64_t size, unsigned page_shift, bool is_default,
            Effects& effects, unsigned levels = 1, std::uint64_t least_table = 4 * kKiB);
  void close(Pe& pe, std::uint32_t liobn, Effects& effects);
  void restore_default(Pe& pe, Effects& effects);
  std::optional<BusAddr> place(const Pe& pe, std::uint64_t size, unsigned page_shift) const;
  std::uint64_t tces_left(const Pe& pe) const;

  struct Target {
    Pe* pe = nullptr;
    DmaWindow* window = nullptr;
    std::uint64_t entry = 0;  ///< within the window
  };
  std::optional<Target> locate(std::uint64_t liobn, std::uint64_t ioba, bool misaligned_refused);
  std::int64_t get(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out);
  std::int64_t put(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out);
  std::int64_t stuff(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out);
  std::int64_t put_indirect(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out);
  std::int64_t put_tables(const HcallArgs& call, const MemoryView& memory, HcallOutcome& out);
  /// As QEMU's handlers do it.
  std::int64_t qemu_entries(const Target& at, const std::vector<std::uint64_t>& tces, HcallOutcome& out);
  std::int64_t check_address(const DmaWindow& window, std::uint64_t tce);
  bool kernel_can(const DmaWindow& window, std::uint64_t tce) const;
  std::int64_t account(const std::vector<Target>& targets, const std::vector<std::uint64_t>& tces,
                       const MemoryView& memory, HcallOutcome& out);
  void set_entries(const Target& at, const std::vector<std::uint64_t>& tces, HcallOutcome& out);
  std::uint64_t to_real(std::uint64_t tce) const;
  std::uint64_t to_logical(std::uint64_t tce) const;
  std::vector<std::uint64_t> list_of(LogicalAddr list, std::uint64_t count, const MemoryView& memory) const;

  PartitionOptions options_;
  const PersonalityFacts& facts_;
  GuestMemory memory_;
  TableRegion& region_;
  std::vector<Pe> pes_;
  std::vector<Injected> injected_;
  std::set<std::uint32_t> rescinded_windows_;
  std::set<std::uint64_t> rescinded_pages_;
  std::set<std::uint64_t> paged_out_;
  std::uint64_t mapped_bytes_ = 0;
  std::optional<std::uint32_t> chosen_liobn_;
  std::vector<TceTable::Store> scratch_;
};

}  // namespace phbsim::arch::papr
