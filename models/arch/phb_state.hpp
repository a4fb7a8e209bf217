// SPDX-License-Identifier: Apache-2.0
/// The architected state of one PHB's inbound path and what it decides for a request. No time.
///
/// Holds: the register subset of registers.hpp, TVT, MIST, PE freeze bits, fence, fault records.
/// Not here: the RID and TCE caches (they are performance, and staleness, of the timed models).
/// Not modelled: PHB3's IVT in memory (its interrupt PEs are kept on chip like a MIST), PELT-V
/// cascades, CAPI and ASN compares, MRT, outbound state.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/arch/faults.hpp"
#include "models/arch/generation.hpp"
#include "models/arch/memory_view.hpp"
#include "models/arch/msi.hpp"
#include "models/arch/registers.hpp"
#include "models/arch/tce.hpp"
#include "models/arch/tve.hpp"

namespace phbsim::arch {

/// Choices where the hardware's behaviour is not public [MA].
struct PhbOptions {
  bool allow_any_page_size = false;       ///< accept TVE page sizes no firmware uses
  bool wrap_rte_pe = false;               ///< mask a too large RTE instead of failing (as QEMU does)
  bool check_indirect_direction = false;  ///< direction bits on indirect TCEs
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

class PhbState {
 public:
  PhbState(Generation generation, PhbSize size, const PhbOptions& options = {});

  const GenerationFacts& facts() const { return *facts_; }
  const PhbOptions& options() const { return options_; }

  // -- the inbound decision -------------------------------------------------------------------
  bool rtt_enabled() const { return (reg(Reg::RttBar) & kBarEnable) != 0; }
  RealAddr rtt_base() const { return reg(Reg::RttBar) & facts_->rtt_base_mask; }
  /// PE of an RTE value, or nothing if it names none (RtePeOutOfRange).
  std::optional<PeNumber> pe_of_rte(std::uint16_t rte) const;
  bool dma_stopped(PeNumber pe) const { return pe_flags_[pe] & kStopped; }
  bool mmio_frozen(PeNumber pe) const { return pe_flags_[pe] & kFrozen; }
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
  std::array<ErrorEnables, kErrorBlocks> enables() const;

  // -- registers and tables -------------------------------------------------------------------
  /// 8-byte register access as the CPU does it; fenced or unknown: all ones, writes dropped.
  /// SideEffect registers other than the IODA port read as stored; their actions are the caller's.
  std::uint64_t read_register(std::uint32_t offset);
  void write_register(std::uint32_t offset, std::uint64_t value);
  std::uint64_t reg(Reg r) const { return regs_[static_cast<unsigned>(r)]; }
  void set_reg(Reg r, std::uint64_t value) { regs_[static_cast<unsigned>(r)] = value; }

  std::uint64_t tve_word(std::uint32_t index) const { return tvt_words_[index]; }
  const Tve& tve(std::uint32_t index) const { return tvt_[index]; }
  void set_tve(std::uint32_t index, std::uint64_t word);
  /// Grants an interrupt source to a PE (the MIST's PE field).
  void set_msi_pe(std::uint32_t source, PeNumber pe);
  PeNumber msi_pe(std::uint32_t source) const;
  void set_frozen(PeNumber pe, bool mmio, bool dma);
  /// PEEV word: derived from both freeze bits of 64 PEs, never stored.
  std::uint64_t peev(unsigned word) const;

  /// Register values after firmware's initialisation: MSI windows on, error enables of phb.md 7.3.
  void apply_firmware_defaults();

 private:
  static constexpr std::uint8_t kFrozen = 1;   // PESTA bit 0
  static constexpr std::uint8_t kStopped = 2;  // PESTB bit 0

  Route route_msi(PeNumber pe, BusAddr addr, std::uint64_t length, Access access, std::uint32_t data) const;
  std::uint32_t ioda_entries(std::uint64_t table) const;
  std::uint64_t ioda_read();
  void ioda_write(std::uint64_t value);
  void ioda_advance();
  void control_changed();

  const GenerationFacts* facts_;
  PhbOptions options_;
  std::array<std::uint64_t, kRegs> regs_{};
  std::vector<std::uint64_t> tvt_words_;
  std::vector<Tve> tvt_;
  std::vector<std::uint16_t> mist_;
  std::vector<std::uint8_t> pe_flags_;
  unsigned tves_per_pe_ = 2;
  bool tve1_above_4g_ = false;
  bool fenced_ = false;
};

}  // namespace phbsim::arch
