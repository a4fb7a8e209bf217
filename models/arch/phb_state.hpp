// SPDX-License-Identifier: Apache-2.0
/// The architected state of one PHB and what it decides: for a request from a device, for an access
/// of a processor, for an error. No time.
///
/// Holds: the registers (register_rows.hpp), the root port with its link, the IODA tables, PE freeze bits, fence, error traps and
/// the local error macro, interrupt sources. Side effects of registers that need the timed path
/// (TCE kill, DMA sync, RTC invalidate) take place at once here: without time nothing is in flight.
/// Not here: the RID and TCE caches (they are performance, and staleness, of the timed models).
/// Not modelled: CAPI and ASN compares, page migration, register locks, per-lane and DLLP errors but
/// by injection, the meaning of credits, timers and lane equalisation (storage).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/arch/config_bus.hpp"
#include "models/arch/faults.hpp"
#include "models/arch/generation.hpp"
#include "models/arch/interrupts.hpp"
#include "models/arch/ioda_tables.hpp"
#include "models/arch/link_training.hpp"
#include "models/arch/memory_view.hpp"
#include "models/arch/msi.hpp"
#include "models/arch/outbound.hpp"
#include "models/arch/register_file.hpp"
#include "models/arch/registers.hpp"
#include "models/arch/root_complex.hpp"
#include "models/arch/tce.hpp"
#include "models/arch/tve.hpp"

namespace phbsim::arch {

/// Choices where the hardware's behaviour is not public [MA].
struct PhbOptions {
  bool allow_any_page_size = false;       ///< accept TVE page sizes no firmware uses
  bool wrap_rte_pe = false;               ///< mask a too large RTE instead of failing (as QEMU does)
  bool check_indirect_direction = false;  ///< direction bits on indirect TCEs
  bool cascade_every_freeze = false;      ///< PELT-V for every freeze, not only for error messages
  unsigned link_speed = 0;                ///< highest generation of the port; 0: 3, 4, 5 by PHB (5: big only, else 4)
  unsigned link_width = 16;               ///< lanes of the port
  LinkTimes link_times;
};

/// What the path before the TCE lookup decided.
struct Route {
  enum class Kind : std::uint8_t { Fault, Translate, Bypass, Msi };
  Kind kind = Kind::Fault;
  Fault fault = Fault::None;
  std::uint32_t tve_index = 0;
  std::uint64_t offset = 0;   ///< address as presented to the TVE: window bits removed
  RealAddr real = 0;          ///< Bypass
  std::uint32_t source = 0;   ///< Msi
  const Tve* tve = nullptr;   ///< Translate, Bypass
};

/// A fault that was recorded (every fault but those of a PE already stopped).
struct FaultRecord {
  Fault fault = Fault::None;
  PeNumber pe = kNoPe;
  Rid rid = 0;
  BusAddr addr = 0;
  TransactionType type = TransactionType::DmaRead;
  FaultEffect effect;
  PestEntry pest;
};

/// An error message of a device (PCIe).
enum class ErrorMessage : std::uint8_t { Correctable, Nonfatal, Fatal };

/// How a processor's access comes: through the memory-mapped space, which a fence closes, or through
/// the service bus (HV indirect, ASB), which works while fenced.
enum class Path : std::uint8_t { Mmio, Scom };

class PhbState {
 public:
  PhbState(Generation generation, PhbSize size, const PhbOptions& options = {});
  PhbState(const PhbState&) = delete;
  PhbState& operator=(const PhbState&) = delete;

  const GenerationFacts& facts() const { return *facts_; }
  const PhbOptions& options() const { return options_; }

  // -- the inbound decision -------------------------------------------------------------------
  bool rtt_enabled() const { return (reg(Reg::RttBar) & kBarEnable) != 0; }
  RealAddr rtt_base() const { return reg(Reg::RttBar) & facts_->rtt_base_mask; }
  /// PE of an RTE value, or nothing if it names none (RtePeOutOfRange).
  std::optional<PeNumber> pe_of_rte(std::uint16_t rte) const;
  bool dma_stopped(PeNumber pe) const { return tables_.dma_stopped(pe); }
  bool mmio_frozen(PeNumber pe) const { return tables_.mmio_frozen(pe); }
  bool fenced() const { return fenced_; }
  /// Top bits, MSI, TVE select and bypass range for `length` bytes at `addr`. For an MSI, `data` is
  /// the little-endian payload.
  Route route(PeNumber pe, BusAddr addr, std::uint64_t length, Access access, std::uint32_t data = 0) const;
  /// TVE index that an address selects, and the offset it presents.
  std::uint32_t select_tve(PeNumber pe, BusAddr addr, std::uint64_t& offset) const;
  unsigned tves_per_pe() const { return tves_per_pe_; }
  bool tve1_above_4g() const { return tve1_above_4g_; }

  // -- faults ---------------------------------------------------------------------------------
  /// Sets status bits, freezes or fences by the enables, writes PEST memory through `memory` if the
  /// PEST BAR is on. Returns the record; nothing new happens for a PE already stopped.
  FaultRecord raise(Fault fault, PeNumber pe, Rid rid, BusAddr addr, TransactionType type, MemoryView* memory,
                    std::uint16_t msi_data = 0);
  AllEnables enables() const;

  /// An error message from `rid`, whose RTE names `pe`. A freeze of it takes the PEs of its PELT-V
  /// row along.
  FaultRecord receive(ErrorMessage message, PeNumber pe, Rid rid, MemoryView* memory);
  /// The link went down without being asked to. [MA] Where the masks make that a freeze, every PE
  /// freezes: no one of them is responsible.
  FaultRecord link_down(MemoryView* memory);
  /// True if an injection is armed and this access is what it waits for; one-shot unless sticky.
  /// For configuration cycles `addr` is the RID.
  bool injects(bool inbound, bool config, bool write, std::uint64_t addr);
  bool injection_armed() const { return injection_armed_; }

  // -- registers and tables -------------------------------------------------------------------
  /// An access of a processor: registers (8 bytes), configuration data (1, 2, 4), the root complex's
  /// configuration space (4). The value is the big-endian number of the bytes. Fenced, in reset, or
  /// no such register: all ones, writes dropped.
  std::uint64_t read(std::uint32_t offset, unsigned bytes, Path path = Path::Mmio);
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value, Path path = Path::Mmio);
  std::uint64_t read_register(std::uint32_t offset) { return read(offset, 8); }
  void write_register(std::uint32_t offset, std::uint64_t value) { write(offset, 8, value); }
  std::uint64_t reg(Reg r) const { return file_.get(static_cast<std::uint16_t>(r)); }
  void set_reg(Reg r, std::uint64_t value) { file_.set(static_cast<std::uint16_t>(r), value); }
  const RegisterFile& file() const { return file_; }
  /// The register at an offset here, or null.
  const RegSpec* find_register(std::uint32_t offset) const { return file_.find(offset); }

  std::uint64_t tve_word(std::uint32_t index) const { return tables_.tve_word(index); }
  const Tve& tve(std::uint32_t index) const { return tables_.tve(index); }
  void set_tve(std::uint32_t index, std::uint64_t word) { tables_.set_tve(index, word); }
  /// Grants an interrupt source to a PE (the MIST's PE field).
  void set_msi_pe(std::uint32_t source, PeNumber pe);
  PeNumber msi_pe(std::uint32_t source) const { return interrupts_.msi_pe(source); }
  void set_frozen(PeNumber pe, bool mmio, bool dma) { tables_.set_frozen(pe, mmio, dma); }
  /// PEEV word: derived from both freeze bits of 64 PEs, never stored.
  std::uint64_t peev(unsigned word) const { return tables_.peev(word); }
  const IodaTables& tables() const { return tables_; }

  // -- the link and what a processor reaches through it -----------------------------------------
  /// The root port's link: plug devices in here.
  LinkTraining& link() { return link_; }
  const LinkTraining& link() const { return link_; }
  RootComplex& root_complex() { return rc_; }
  /// Time passes on the link; its events take effect.
  void elapse(Tick time);
  /// To be called after plug(), unplug() or drop(): what that did takes effect.
  void link_changed();
  /// PCI address and PE of a processor's access to an MMIO window, or nothing. PE freeze is the
  /// caller's to ask for.
  std::optional<OutboundTarget> outbound(RealAddr addr) const;

  // -- surroundings and resets ----------------------------------------------------------------
  /// What is behind the link; null: every configuration cycle is an unsupported request.
  void set_config_bus(ConfigBus* bus) { config_bus_ = bus; }
  /// Where PELT-V and PHB3's IVT lie; these are read and written without time.
  void set_memory(MemoryView* memory);
  InterruptSources& interrupts() { return interrupts_; }
  /// True if interrupts go anywhere: a notify port (PHB4 on) or a vector table (PHB3) is set.
  bool interrupts_routed() const;

  /// The ETU's reset line (PEC). Asserted: no access reaches it. All but sticky state is gone and the
  /// fence lifted when it is released.
  void hold_reset(bool asserted);
  bool in_reset() const { return in_reset_; }
  /// Fences as an error of the PEC does.
  void fence();
  void power_on_reset();

  /// Register values after firmware's initialisation: MSI windows on, error enables of phb.md 7.3.
  void apply_firmware_defaults();

 private:
  Route route_msi(PeNumber pe, BusAddr addr, std::uint64_t length, Access access, std::uint32_t data) const;

  // Errors (phb_state_errors.cpp).
  FaultEffect set_error(FaultPlace place, unsigned lem_bit, std::uint64_t log0, std::uint64_t log1);
  void freeze(PeNumber pe, const PestEntry& pest, bool cascade, MemoryView* memory);
  void inject(const RegSpec& spec, std::uint64_t bits);
  void update_lines();
  std::uint64_t summary(bool inbound) const;
  std::uint64_t error_summary() const;

  // Registers (phb_state_registers.cpp).
  std::uint64_t register_value(const RegSpec& spec);
  void after_write(const RegSpec& spec, std::uint64_t old, std::uint64_t value);
  std::uint64_t ioda_access(bool is_write, std::uint64_t value);
  std::uint32_t config_cycle(bool is_write, unsigned byte, unsigned bytes, std::uint32_t value);
  ConfigReply config_reply(bool is_write, Rid rid, unsigned offset, unsigned bytes, std::uint32_t value);
  void core_reset(const RegSpec& spec);
  void link_register(const RegSpec& spec, std::uint64_t value);
  std::uint64_t link_value(const RegSpec& spec) const;
  void control_changed();
  void reset(ResetKind kind);

  const GenerationFacts* facts_;
  PhbOptions options_;
  RegisterFile file_;
  IodaTables tables_;
  mutable InterruptSources interrupts_;  ///< a lookup in PHB3's table may fill its cache
  LinkTraining link_;
  RootComplex rc_;
  ConfigBus* config_bus_ = nullptr;
  MemoryView* memory_ = nullptr;
  unsigned tves_per_pe_ = 2;
  bool tve1_above_4g_ = false;
  bool injection_armed_ = false;
  bool fenced_ = false;
  bool in_reset_ = false;
};

}  // namespace phbsim::arch
