// SPDX-License-Identifier: Apache-2.0
/// State of the PCIe controllers (PEC) of a chip as SCOM accesses see it, and the decode of processor
/// addresses by their BARs (phb.md 5.6, 7.1, 7.4). No time. What each register is stands in
/// pec_registers.hpp, where it lies in pec_layout.hpp.
///
/// Fence: an unmasked NFIR bit whose action bits are both 1, and bit 26 always, fences the PHB [I: bit
/// 26 is what firmware forces a fence with, and Hostboot gives it those actions]; on POWER8 it is the
/// bits that firmware counts as dead or fenced. A PFIR bit of that class sets NFIR bit 16 [I by its
/// name], but not bit 3: firmware expects accesses during reset to leave nothing but it [MA].
///
/// Not modelled: CAPP, peer to peer, error reports of their own (they are storage), cache inject,
/// the effect of engine overrides (the timed model's), special attention and checkstops.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/arch/pec/pec_layout.hpp"
#include "models/arch/register_file.hpp"

namespace phbsim::arch {

/// What a controller needs of a PHB.
class EtuPort {
 public:
  virtual ~EtuPort() = default;
  /// A register (8 bytes), the configuration space of the root complex or CONFIG_DATA (4 bytes): the
  /// big-endian number of the bytes. Works while the PHB is fenced.
  virtual std::uint64_t read(std::uint32_t offset, unsigned bytes) = 0;
  virtual void write(std::uint32_t offset, unsigned bytes, std::uint64_t value) = 0;
  /// The reset line. Released: all but sticky state is new, and the fence is lifted.
  virtual void set_reset(bool asserted) = 0;
  virtual void fence() = 0;
  virtual bool transactions_pending() const = 0;
};

struct PecOptions {
  /// Start as Hostboot leaves the controllers: FIR actions and masks, PHBs out of reset, no BARs [F 7.1].
  bool after_hostboot = true;
  /// POWER9: of PEC2 only; POWER10: of each controller.
  std::array<LaneConfig, kMaxPecs> lanes{LaneConfig::X16, LaneConfig::X16, LaneConfig::X16, LaneConfig::X16};
};

enum class PecBar : std::uint8_t { Registers, Interrupts, Mmio0, Mmio1 };

/// What a processor's address hits.
struct PecTarget {
  unsigned phb = 0;  ///< of the chip
  PecBar bar = PecBar::Registers;
  std::uint64_t offset = 0;
};

/// The part of a controller that serves one PHB.
class PecStack {
 public:
  PecStack(Generation generation, EtuPort& etu, bool after_hostboot);

  std::uint64_t read(PecUnit unit, const RegSpec& row);
  void write(PecUnit unit, const RegSpec& row, std::uint64_t value);

  bool etu_in_reset() const { return (pci(PecPciStackReg::EtuReset) & kEtuReset) != 0; }
  /// An NFIR bit holds the PHB fenced.
  bool fencing() const { return (nest(PecStackReg::Nfir) & ~nest(PecStackReg::NfirMask) & fence_class()) != 0; }
  /// Errors that something else finds.
  void raise_nfir(std::uint64_t bits);
  void raise_pfir(std::uint64_t bits);

  std::optional<PecTarget> decode(RealAddr addr) const;
  /// Peer to peer is on for this stack.
  bool peer_to_peer() const { return (nest(PecStackReg::PbcqMode) & ppc_bit(0)) != 0; }

 private:
  std::uint64_t nest(PecStackReg r) const { return nest_.get(static_cast<std::uint16_t>(r)); }
  std::uint64_t pci(PecPciStackReg r) const { return pci_.get(static_cast<std::uint16_t>(r)); }
  std::uint64_t fence_class() const;
  void write_fir(RegisterFile& file, const RegSpec& row, std::uint64_t value);
  void set_fir(RegisterFile& file, std::uint64_t value);
  void errors_changed();
  bool etu_reachable();
  std::uint64_t access_etu(const RegSpec& row, bool is_write, std::uint64_t value);
  std::uint64_t access_indirect(bool is_write, std::uint64_t value);
  std::uint64_t access_asb(bool is_write, std::uint64_t value);
  std::optional<std::uint64_t> window(PecStackReg bar, PecStackReg mask, RealAddr addr) const;

  EtuPort& etu_;
  const PecLayout& layout_;
  RegisterFile nest_, pci_, scom_;
  bool fenced_ = false;  // what etu_ was last told
};

/// One controller.
class PecState {
 public:
  PecState(Generation generation, unsigned pec, const std::vector<EtuPort*>& etus, const PecOptions& options);

  std::uint64_t read(const ScomPlace& place);
  void write(const ScomPlace& place, std::uint64_t value);

  PecStack& stack(unsigned s) { return stacks_[s]; }
  const PecStack& stack(unsigned s) const { return stacks_[s]; }
  unsigned stacks() const { return static_cast<unsigned>(stacks_.size()); }
  unsigned lanes(unsigned stack) const { return lanes_of(nest_.generation(), pec_, stack, lane_config_); }
  std::uint64_t nest(PecNestReg r) const { return nest_.get(static_cast<std::uint16_t>(r)); }
  std::uint64_t pci(PecPciReg r) const { return pci_.get(static_cast<std::uint16_t>(r)); }

 private:
  RegisterFile& file(PecUnit unit);

  unsigned pec_;
  LaneConfig lane_config_;
  RegisterFile nest_, pci_, chiplet_;
  std::vector<PecStack> stacks_;
};

struct XscomResult {
  bool ok = false;          ///< false: no such register
  std::uint64_t value = ~0ull;
};

/// All controllers of a chip behind their SCOM addresses.
class Scom {
 public:
  /// `etus`: the chip's PHBs in order, 3 or 4 on POWER8 and 6 from POWER9 on; they live longer.
  Scom(Generation generation, const std::vector<EtuPort*>& etus, const PecOptions& options = {});

  XscomResult read(std::uint64_t scom);
  XscomResult write(std::uint64_t scom, std::uint64_t value);

  /// The register at an address, if there is one.
  std::optional<ScomPlace> place(std::uint64_t scom) const;
  /// "PEC1 stack 0 PEC_NEST_STACK_NFIR", or "" if there is none.
  std::string name(std::uint64_t scom) const;
  /// PHB and BAR that a processor's address hits. Where BARs overlap the lowest PHB wins, and in it
  /// registers, then interrupts, then MMIO0 [MA].
  std::optional<PecTarget> decode(RealAddr addr) const;

  PecState& pec(unsigned p) { return pecs_[p]; }
  PecStack& stack_of(unsigned phb);
  unsigned pecs() const { return static_cast<unsigned>(pecs_.size()); }

 private:
  const PecLayout& layout_;
  std::vector<PecState> pecs_;
};

}  // namespace phbsim::arch
