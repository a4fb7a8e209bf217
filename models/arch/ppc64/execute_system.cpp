// SPDX-License-Identifier: Apache-2.0
/// System calls, MSR, special purpose registers, idle states (Power ISA Book III 3.3, 4.4).
///
/// [MA] Without translation the instructions that manage TLB and SLB are privileged no-ops, slbmfee and slbmfev give 0.
/// doze, nap, sleep and rvwinkle (POWER8) and stop (POWER9) are there whatever PVR says, and lose no state.
#include "models/arch/ppc64/execute.hpp"
#include "models/arch/ppc64/spr.hpp"

namespace phbsim::arch::ppc64 {
namespace {

const Decoded* sc(Machine& m, const Decoded* d) {
  const std::uint64_t here = m.nip_of(d);
  m.st.nip = here;
  if (m.bus.system_call(m.st, d->x)) return m.jump(m.st.nip == here ? here + 4 : m.st.nip);
  m.interrupt(Exception::SystemCall, (here + 4) & m.ea_mask, 0, d->x == 1);
  return nullptr;
}

const Decoded* attn(Machine& m, const Decoded* d) {
  m.st.nip = m.nip_of(d);
  return m.bus.attention(m.st) ? d + 1 : m.halt(d, StopReason::Attention);
}

/// Numbers that are no register, or none in this direction. Privileged state ignores them on hardware.
const Decoded* undefined_spr(Machine& m, const Decoded* d) {
  const auto number = static_cast<unsigned>(d->imm);
  if (number >= 808 && number <= 811) return d + 1;
  if (m.pr && (number & 16) != 0) return m.raise_program(d, program::kPrivileged);
  const bool always_illegal = number == 0 || (number >= 4 && number <= 6);
  if (m.pr || always_illegal || m.options.on_illegal == OnIllegal::Stop) return m.illegal(d);
  return d + 1;
}
bool may(Machine& m, const Decoded* d, SprAccess access) {
  const Privilege needed = access == SprAccess::Hypervisor   ? Privilege::Hypervisor
                           : access == SprAccess::Supervisor ? Privilege::Supervisor
                                                             : Privilege::User;
  return m.allowed(d, needed);
}

const Decoded* mfspr(Machine& m, const Decoded* d) {
  const auto number = static_cast<unsigned>(d->imm);
  const Spr* row = Machine::spr_row(number);
  if (row == nullptr || row->read == SprAccess::None) return undefined_spr(m, d);
  if (!may(m, d, row->read)) return nullptr;
  m.resolve_branch();
  m.gpr(d->rt) = m.read_spr(number);
  return d + 1;
}
const Decoded* mtspr(Machine& m, const Decoded* d) {
  const auto number = static_cast<unsigned>(d->imm);
  const Spr* row = Machine::spr_row(number);
  if (row == nullptr || row->write == SprAccess::None) return undefined_spr(m, d);
  if (!may(m, d, row->write)) return nullptr;
  m.resolve_branch();
  m.write_spr(number, m.gpr(d->rt));
  // LPCR, DEC, HMER ...: an interrupt may be due now.
  return row->kind == SprKind::Kept || row->kind == SprKind::Alias ? d + 1 : m.resume_behind(d);
}

const Decoded* mflr(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.st.lr;
  return d + 1;
}
const Decoded* mfctr(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.st.ctr;
  return d + 1;
}
const Decoded* mtlr(Machine& m, const Decoded* d) {
  m.st.lr = m.gpr(d->rt);
  return d + 1;
}
const Decoded* mtctr(Machine& m, const Decoded* d) {
  m.st.ctr = m.gpr(d->rt);
  return d + 1;
}
void prepare_mfspr(Decoded& d, unsigned) {
  if (d.imm == spr::kLr) d.run = &mflr;
  if (d.imm == spr::kCtr) d.run = &mfctr;
}
void prepare_mtspr(Decoded& d, unsigned) {
  if (d.imm == spr::kLr) d.run = &mtlr;
  if (d.imm == spr::kCtr) d.run = &mtctr;
}
void prepare_mftb(Decoded& d, unsigned) {
  if (d.imm != spr::kTb && d.imm != spr::kTbu) d.run = &Machine::unknown;
}

const Decoded* mfmsr(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Supervisor)) return nullptr;
  m.gpr(d->rt) = m.st.msr;
  return d + 1;
}

/// Problem state implies external interrupts and translation.
constexpr std::uint64_t with_problem_state(std::uint64_t v) {
  return (v & msr::kPr) != 0 ? v | msr::kEe | msr::kIr | msr::kDr : v;
}

template <bool Double>
const Decoded* mtmsr(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Supervisor)) return nullptr;
  constexpr std::uint64_t kKept = msr::kHv | msr::kMe | msr::kLe | msr::kTs | msr::kTm;
  const std::uint64_t bits = d->x != 0 ? msr::kEe | msr::kRi : (Double ? ~kKept : ~kKept & 0xffff'ffff);
  const std::uint64_t source = d->x != 0 ? m.gpr(d->rt) : with_problem_state(m.gpr(d->rt));
  m.set_msr((m.st.msr & ~bits) | (source & bits));
  return m.resume_behind(d);
}

const Decoded* rfid(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Supervisor)) return nullptr;
  std::uint64_t next = with_problem_state(m.st.spr[spr::kSrr1]);
  // Only the hypervisor changes ME, and nobody gains HV.
  if (!m.hv) next = (next & ~(msr::kHv | msr::kMe)) | (m.st.msr & msr::kMe);
  m.note_branch(d);
  m.resolve_branch();
  m.no_trace();
  m.set_msr(next);
  return m.jump(m.st.spr[spr::kSrr0]);
}
const Decoded* hrfid(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Hypervisor)) return nullptr;
  m.note_branch(d);
  m.resolve_branch();
  m.no_trace();
  m.set_msr(with_problem_state(m.st.spr[spr::kHsrr1]));
  return m.jump(m.st.spr[spr::kHsrr0]);
}

const Decoded* go_idle(Machine& m, const Decoded* d, bool waiting_only) {
  m.resume_behind(d);
  m.sleep(waiting_only);
  return nullptr;
}
const Decoded* nap(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Hypervisor)) return nullptr;
  return go_idle(m, d, false);
}
/// Without PSSCR[ESL] and [EC] execution goes on behind stop.
const Decoded* stop(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Supervisor)) return nullptr;
  return go_idle(m, d, (m.st.spr[spr::kPsscr] & (ppc_bit(42) | ppc_bit(43))) == 0);
}
/// WC = 0 waits for an interrupt; the others may end at once, and do.
const Decoded* wait(Machine& m, const Decoded* d) { return d->x == 0 ? go_idle(m, d, true) : d + 1; }

template <bool Hypervisor>
const Decoded* msgsnd(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Hypervisor ? Privilege::Hypervisor : Privilege::Supervisor)) return nullptr;
  m.bus.doorbell(m.gpr(d->rb), Hypervisor);
  return d + 1;
}
template <bool Hypervisor>
const Decoded* msgclr(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Hypervisor ? Privilege::Hypervisor : Privilege::Supervisor)) return nullptr;
  m.take_doorbell(Hypervisor, false);
  return d + 1;
}

template <Privilege P>
const Decoded* privileged_nop(Machine& m, const Decoded* d) {
  return m.allowed(d, P) ? d + 1 : nullptr;
}
const Decoded* slbmf(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Supervisor)) return nullptr;
  m.gpr(d->rt) = 0;
  return d + 1;
}

constexpr Binding kHandlers[] = {
    {"sc", &sc},
    {"attn", &attn},
    {"mfspr", &mfspr, nullptr, nullptr, nullptr, &prepare_mfspr},
    {"mtspr", &mtspr, nullptr, nullptr, nullptr, &prepare_mtspr},
    {"mftb", &mfspr, nullptr, nullptr, nullptr, &prepare_mftb},
    {"mfmsr", &mfmsr},
    {"mtmsr", &mtmsr<false>},
    {"mtmsrd", &mtmsr<true>},
    {"rfid", &rfid},
    {"hrfid", &hrfid},
    {"doze", &nap},
    {"nap", &nap},
    {"sleep", &nap},
    {"rvwinkle", &nap},
    {"stop", &stop},
    {"wait", &wait},
    {"msgsnd", &msgsnd<true>},
    {"msgclr", &msgclr<true>},
    {"msgsndp", &msgsnd<false>},
    {"msgclrp", &msgclr<false>},
    {"msgsync", &privileged_nop<Privilege::Hypervisor>},
    {"tlbie", &privileged_nop<Privilege::Hypervisor>},
    {"tlbiel", &privileged_nop<Privilege::Supervisor>},
    {"tlbsync", &privileged_nop<Privilege::Hypervisor>},
    {"slbie", &privileged_nop<Privilege::Supervisor>},
    {"slbieg", &privileged_nop<Privilege::Supervisor>},
    {"slbia", &privileged_nop<Privilege::Supervisor>},
    {"slbmte", &privileged_nop<Privilege::Supervisor>},
    {"slbsync", &privileged_nop<Privilege::Supervisor>},
    {"slbmfee", &slbmf},
    {"slbmfev", &slbmf},
    {"cp_abort", &no_operation},
};

}  // namespace

Bindings system_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
