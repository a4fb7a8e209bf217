// SPDX-License-Identifier: Apache-2.0
/// Taking interrupts (Power ISA 3.0 Book III 6), idle states and what ends them.
#include "models/arch/ppc64/machine.hpp"
#include "models/arch/ppc64/spr.hpp"

namespace phbsim::arch::ppc64 {
namespace {

/// SRR1[42:45] of the system reset that ends a power-saving state, and [46:47] = 1: no state was lost [MA].
constexpr std::uint64_t wake_reason(std::uint64_t code) { return code << 18 | 1ull << 16; }
constexpr std::uint64_t kWakeReset = 4, kWakeDoorbell = 5, kWakeDecrementer = 6, kWakeHypervisorDoorbell = 3,
                        kWakeExternal = 8, kWakeVirtualization = 9, kWakeMaintenance = 10;

/// Bits of SRR1 that an interrupt sets itself; the others are the old MSR's.
constexpr std::uint64_t kSrr1Own = ppc_mask(33, 36) | ppc_mask(42, 47);

}  // namespace

/// POWER8: HID0[19]; POWER9: HID0[4].
bool Machine::little_after(std::uint64_t new_msr) const {
  const std::uint64_t hile = power9() ? ppc_bit(4) : ppc_bit(19);
  if ((new_msr & msr::kHv) != 0) return (st.spr[spr::kHid0] & hile) != 0;
  return (st.spr[spr::kLpcr] & lpcr::kIle) != 0;
}

void Machine::interrupt(Exception e, std::uint64_t return_nip, std::uint64_t srr1_bits, bool to_hypervisor) {
  const Vector& v = vector(e);
  const bool lpes = v.target == Target::Lpes && (st.spr[spr::kLpcr] & lpcr::kLpes0) == 0;
  const bool hypervisor = v.target == Target::Hypervisor || lpes || to_hypervisor;
  const bool hsrr = v.pair == SavePair::Hsrr || lpes;
  st.spr[hsrr ? spr::kHsrr0 : spr::kSrr0] = return_nip;
  st.spr[hsrr ? spr::kHsrr1 : spr::kSrr1] = (st.msr & ~kSrr1Own) | srr1_bits;
  std::uint64_t next = msr::kSf | (st.msr & (msr::kHv | msr::kMe));
  if (hsrr) next |= st.msr & msr::kRi;
  if (hypervisor) next |= msr::kHv;
  if (e == Exception::MachineCheck) next &= ~msr::kMe;
  if (little_after(next)) next |= msr::kLe;
  trace_suppressed_ = true;
  set_msr(next);
  st.nip = v.offset;
}

const Decoded* Machine::raise(const Decoded* d, Exception e, std::uint64_t srr1_bits) {
  interrupt(e, nip_of(d), srr1_bits);
  return nullptr;
}

const Decoded* Machine::raise_alignment(const Decoded* d, std::uint64_t ea) {
  st.spr[spr::kDar] = ea & ea_mask;
  st.spr[spr::kDsisr] = 0;
  return raise(d, Exception::Alignment);
}

const Decoded* Machine::illegal(const Decoded* d) {
  switch (facility_of(d->word)) {
    case Facility::None: break;
    case Facility::FloatingPoint:
      return (st.msr & msr::kFp) == 0 ? raise(d, Exception::FpUnavailable) : halt(d, StopReason::Unknown);
    case Facility::Vector:
      return (st.msr & msr::kVec) == 0 ? raise(d, Exception::VectorUnavailable) : halt(d, StopReason::Unknown);
    case Facility::Vsx:
      return (st.msr & msr::kVsx) == 0 ? raise(d, Exception::VsxUnavailable) : halt(d, StopReason::Unknown);
  }
  switch (options.on_illegal) {
    case OnIllegal::Stop: break;
    case OnIllegal::Emulation: st.spr[spr::kHeir] = d->word; return raise(d, Exception::HypervisorEmulation);
    case OnIllegal::Program: return raise_program(d, program::kIllegal);
  }
  return halt(d, StopReason::Unknown);
}

bool Machine::allowed(const Decoded* d, Privilege privilege) {
  if (privilege == Privilege::User || (!pr && (hv || privilege == Privilege::Supervisor))) return true;
  raise_program(d, program::kPrivileged);
  return false;
}

void Machine::system_reset() {
  reset_pending_ = true;
  poll_ = true;
  break_run();
}

void Machine::set_line(Line line, bool level) {
  lines_[static_cast<unsigned>(line)] = level;
  poll_ = true;
  break_run();
}

void Machine::take_doorbell(bool hypervisor, bool level) {
  (hypervisor ? hypervisor_doorbell_ : doorbell_) = level;
  poll_ = true;
  break_run();
}

void Machine::sleep(bool waiting_only) {
  idle_ = waiting_only ? Idle::Waiting : Idle::PowerSaving;
  bus.idle(st);
}

/// Ends an idle state if there is reason to; false: still idle.
bool Machine::wake() {
  const std::uint64_t lpcr_now = st.spr[spr::kLpcr];
  const struct {
    bool pending;
    std::uint64_t enable;  // 0: always
    std::uint64_t reason;
  } sources[] = {
      {line(Line::HypervisorMaintenance) || (st.spr[spr::kHmer] & st.spr[spr::kHmeer]) != 0, 0, kWakeMaintenance},
      {line(Line::HypervisorVirtualization), lpcr::kPeceHvee, kWakeVirtualization},
      {line(Line::External), lpcr::kPeceExternal, kWakeExternal},
      {expired(true) && (lpcr_now & lpcr::kHdice) != 0, lpcr::kPeceDecrementer, kWakeDecrementer},
      {expired(false), lpcr::kPeceDecrementer, kWakeDecrementer},
      {hypervisor_doorbell_, lpcr::kPeceHDoorbell, kWakeHypervisorDoorbell},
      {doorbell_, lpcr::kPeceDoorbell, kWakeDoorbell},
  };
  for (const auto& source : sources) {
    if (!source.pending) continue;
    if (idle_ == Idle::Waiting) {
      idle_ = Idle::No;
      return true;
    }
    if (source.enable != 0 && (lpcr_now & source.enable) == 0) continue;
    idle_ = Idle::No;
    interrupt(Exception::SystemReset, st.nip, wake_reason(source.reason));
    return true;
  }
  return false;
}

/// The one of highest priority that is enabled now.
void Machine::take_interrupts() {
  if (reset_pending_) {
    reset_pending_ = false;
    const std::uint64_t reason = idle_ == Idle::PowerSaving ? wake_reason(kWakeReset) : 0;
    idle_ = Idle::No;
    interrupt(Exception::SystemReset, st.nip, reason);
    return;
  }
  if (idle() && !wake()) return;
  const std::uint64_t lpcr_now = st.spr[spr::kLpcr];
  const bool ee = (st.msr & msr::kEe) != 0;
  const bool above = ee || !hv || pr;  // what the hypervisor takes, it takes from those below at any time
  const bool to_hypervisor = (lpcr_now & lpcr::kLpes0) == 0;
  const bool masked_here = power9() && hv && !pr && (lpcr_now & lpcr::kHeic) != 0;
  const bool maintenance =
      line(Line::HypervisorMaintenance) || (st.spr[spr::kHmer] & st.spr[spr::kHmeer]) != 0;
  if (above && maintenance) return interrupt(Exception::HypervisorMaintenance, st.nip, 0);
  if (above && line(Line::HypervisorVirtualization) && (lpcr_now & lpcr::kHvice) != 0)
    return interrupt(Exception::HypervisorVirtualization, st.nip, 0);
  if ((to_hypervisor ? above : ee) && line(Line::External) && !masked_here)
    return interrupt(Exception::External, st.nip, 0);
  if (above && (lpcr_now & lpcr::kHdice) != 0 && expired(true))
    return interrupt(Exception::HypervisorDecrementer, st.nip, 0);
  if (above && hypervisor_doorbell_) {
    hypervisor_doorbell_ = false;
    return interrupt(Exception::HypervisorDoorbell, st.nip, 0);
  }
  if (ee && expired(false)) return interrupt(Exception::Decrementer, st.nip, 0);
  if (ee && doorbell_) {
    doorbell_ = false;
    return interrupt(Exception::Doorbell, st.nip, 0);
  }
}

}  // namespace phbsim::arch::ppc64
