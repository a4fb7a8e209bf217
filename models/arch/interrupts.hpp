// SPDX-License-Identifier: Apache-2.0
/// Interrupt sources of a PHB: PQ states, notification of the interrupt controller, ESB pages
/// (phb.md 5.9), and PHB3's vector table in memory with the cache before it.
/// The interrupt controller itself (XIVE, XICS) is not modelled: a notification is what it is told.
/// Not modelled: PHB3's reject bits and generation counts.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/arch/ioda_tables.hpp"
#include "models/arch/memory_view.hpp"
#include "models/arch/register_file.hpp"

namespace phbsim::arch {

/// Index of an LSI; INTA to INTD are 0 to 3.
constexpr unsigned kLsiInformative = 6;
constexpr unsigned kLsiError = 7;
constexpr unsigned kLsis = 8;

/// What the interrupt controller gets.
struct Notification {
  std::uint32_t source = 0;    ///< of this PHB
  RealAddr addr = 0;           ///< PHB4 on: an 8-byte big-endian store to here
  std::uint64_t data = 0;      ///< of this
  std::uint32_t server = 0;    ///< PHB3: from the IVE or LXIVT
  std::uint8_t priority = 0;   ///< PHB3
};

/// One IVE as it lies in memory [F 5.9].
using IveServer = Field<0, 23>;
using IvePriority = Field<24, 31>;
constexpr std::uint64_t kIveP = ppc_bit(39);
constexpr std::uint64_t kIveQ = ppc_bit(47);
using IvePe = Field<48, 63>;

// Offsets in an ESB management page (general XIVE knowledge [MA]).
constexpr std::uint32_t kEsbTrigger = 0x000;   ///< store: trigger; load: EOI
constexpr std::uint32_t kEsbStoreEoi = 0x400;
constexpr std::uint32_t kEsbGet = 0x800;
constexpr std::uint32_t kEsbSetPq = 0xC00;     ///< + 0x100 * PQ; gives the old state

class InterruptSources {
 public:
  InterruptSources(const GenerationFacts& facts, IodaTables& tables, const RegisterFile& file)
      : facts_(&facts), tables_(&tables), file_(&file) {}

  /// Memory in which PHB3's table lies; null: that table reads as 0.
  void set_memory(MemoryView* memory) { memory_ = memory; }
  void reset();

  /// PE that an MSI source belongs to.
  PeNumber msi_pe(std::uint32_t source);
  void message(std::uint32_t source);
  void set_lsi(unsigned index, bool asserted);
  bool lsi(unsigned index) const { return (tables_->lsi(index) & kListState) != 0; }
  std::uint32_t lsi_source(unsigned index) const;

  /// PHB4 on; `offset` in the management page of a source (the second of its pair).
  std::uint64_t esb_load(std::uint32_t source, std::uint32_t offset);
  void esb_store(std::uint32_t source, std::uint32_t offset);

  // PHB3's registers.
  void ivc_invalidate(std::uint64_t value);
  void ivc_update(std::uint64_t value);
  void fire_again(std::uint64_t request);  ///< FFI_REQUEST

  std::uint64_t notified() const { return notified_; }
  /// Those since the last call, at most kKept; what came beyond is only counted.
  std::vector<Notification> take();
  static constexpr std::size_t kKept = 4096;

 private:
  struct CachedIve {
    std::uint32_t source = 0;
    bool valid = false;
    std::uint64_t ive = 0;
  };

  bool ivt_enabled() const;
  RealAddr ive_address(std::uint32_t source) const;
  CachedIve& cached(std::uint32_t source);
  void store_ive(CachedIve& entry);
  unsigned pq(std::uint32_t source) const;
  void set_pq(std::uint32_t source, unsigned pq);
  int lsi_of(std::uint32_t source) const;
  void trigger(std::uint32_t source, bool check);
  void end_of_interrupt(std::uint32_t source);
  void notify(std::uint32_t source, bool checked);
  void keep(const Notification& n);

  const GenerationFacts* facts_;
  IodaTables* tables_;
  const RegisterFile* file_;
  MemoryView* memory_ = nullptr;
  std::array<CachedIve, 32> ivc_{};  ///< IVC CAM
  unsigned next_ivc_ = 0;
  std::uint64_t notified_ = 0;
  std::vector<Notification> pending_;
};

}  // namespace phbsim::arch
