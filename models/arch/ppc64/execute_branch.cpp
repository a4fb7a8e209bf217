// SPDX-License-Identifier: Apache-2.0
/// Branches and the condition register (Power ISA Book I 2.4, 2.5). A branch whose target lies in its page goes to
/// the target's entry without leaving the straight run.
#include "models/arch/ppc64/execute.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr unsigned kBoNoCondition = 16, kBoTrue = 8, kBoKeepCtr = 4, kBoCtrZero = 2;

bool bit_of(const Machine& m, unsigned n) { return (m.st.cr >> (31 - n) & 1) != 0; }

bool counts(Machine& m, unsigned bo) {
  if ((bo & kBoKeepCtr) != 0) return true;
  --m.st.ctr;
  return ((m.st.ctr & m.ea_mask) == 0) == ((bo & kBoCtrZero) != 0);
}
bool holds(const Machine& m, unsigned bo, unsigned bi) {
  return (bo & kBoNoCondition) != 0 || bit_of(m, bi) == ((bo & kBoTrue) != 0);
}
void link(Machine& m, const Decoded* d) { m.st.lr = (m.nip_of(d) + 4) & m.ea_mask; }

bool relative(const Decoded& d) { return (d.word & kAaBit) == 0; }
std::uint64_t target(const Machine& m, const Decoded* d) { return relative(*d) ? m.nip_of(d) + d->imm : d->imm; }
/// Entries from here to a relative target.
std::int64_t distance(const Decoded* d) { return static_cast<std::int64_t>(d->imm) / 4; }
bool inside_page(const Decoded& d, unsigned index) {
  const std::int64_t to = static_cast<std::int64_t>(index) + distance(&d);
  return relative(d) && to >= 0 && to < static_cast<std::int64_t>(kPageEntries);
}

template <bool Near, bool Link>
const Decoded* branch(Machine& m, const Decoded* d) {
  const std::uint64_t to = Near ? 0 : target(m, d);
  m.note_branch(d);
  if constexpr (Link) link(m, d);
  if constexpr (Near) return d + distance(d);
  return m.jump(to);
}
void prepare_b(Decoded& d, unsigned index) {
  const bool near = inside_page(d, index), links = (d.word & kLkBit) != 0;
  d.run = near ? (links ? &branch<true, true> : &branch<true, false>)
               : (links ? &branch<false, true> : &branch<false, false>);
}

const Decoded* bc(Machine& m, const Decoded* d) {
  const bool ctr = counts(m, d->rt);
  const bool taken = ctr && holds(m, d->rt, d->ra);
  const std::uint64_t to = target(m, d);
  if ((d->word & kLkBit) != 0) link(m, d);
  if (!taken) return d + 1;
  m.note_branch(d);
  return m.jump(to);
}
/// Without link, target in the page: on a bit of CR, or on CTR alone.
template <bool True>
const Decoded* bc_near_condition(Machine& m, const Decoded* d) {
  if (bit_of(m, d->ra) != True) return d + 1;
  m.note_branch(d);
  return d + distance(d);
}
const Decoded* bc_near_count(Machine& m, const Decoded* d) {
  if (!counts(m, d->rt)) return d + 1;
  m.note_branch(d);
  return d + distance(d);
}
void prepare_bc(Decoded& d, unsigned index) {
  if (!inside_page(d, index) || (d.word & kLkBit) != 0) return;
  const bool keeps_ctr = (d.rt & kBoKeepCtr) != 0, ignores_cr = (d.rt & kBoNoCondition) != 0;
  if (keeps_ctr && ignores_cr) d.run = &branch<true, false>;
  else if (keeps_ctr) d.run = (d.rt & kBoTrue) != 0 ? &bc_near_condition<true> : &bc_near_condition<false>;
  else if (ignores_cr) d.run = &bc_near_count;
}

enum class To : std::uint8_t { Lr, Ctr, Tar };
template <To Where>
const Decoded* branch_register(Machine& m, const Decoded* d) {
  const bool ctr = counts(m, d->rt);
  const bool taken = ctr && holds(m, d->rt, d->ra);
  const std::uint64_t to = Where == To::Lr ? m.st.lr : Where == To::Ctr ? m.st.ctr : m.st.spr[815];
  if ((d->word & kLkBit) != 0) link(m, d);
  if (!taken) return d + 1;
  m.note_branch(d);
  return m.jump(to);
}
/// bcctr that decrements CTR is an invalid form.
void prepare_bcctr(Decoded& d, unsigned) {
  if ((d.rt & kBoKeepCtr) == 0) d.run = &Machine::unknown;
}

struct CrAnd { static bool run(bool a, bool b) { return a && b; } };
struct CrNand { static bool run(bool a, bool b) { return !(a && b); } };
struct CrOr { static bool run(bool a, bool b) { return a || b; } };
struct CrNor { static bool run(bool a, bool b) { return !(a || b); } };
struct CrXor { static bool run(bool a, bool b) { return a != b; } };
struct CrEqv { static bool run(bool a, bool b) { return a == b; } };
struct CrAndc { static bool run(bool a, bool b) { return a && !b; } };
struct CrOrc { static bool run(bool a, bool b) { return a || !b; } };

template <typename Op>
const Decoded* cr_bits(Machine& m, const Decoded* d) {
  const unsigned shift = 31u - d->rt;
  const auto result = static_cast<std::uint32_t>(Op::run(bit_of(m, d->ra), bit_of(m, d->rb)));
  m.st.cr = (m.st.cr & ~(1u << shift)) | result << shift;
  return d + 1;
}

const Decoded* mcrf(Machine& m, const Decoded* d) {
  m.st.set_cr_field(d->rt, m.st.cr_field(d->ra));
  return d + 1;
}
const Decoded* mcrxrx(Machine& m, const Decoded* d) {
  const Xer& xer = m.st.xer;
  m.st.set_cr_field(d->rt, xer.ov * 8u | xer.ov32 * 4u | xer.ca * 2u | xer.ca32);
  return d + 1;
}

/// Decoded::imm: the bits of the fields that FXM chooses.
void field_mask(Decoded& d, unsigned) {
  d.imm = 0;
  for (unsigned n = 0; n < 8; ++n)
    if ((d.x >> (7 - n) & 1) != 0) d.imm |= 15u << (28 - 4 * n);
}
const Decoded* mtcrf(Machine& m, const Decoded* d) {
  const auto mask = static_cast<std::uint32_t>(d->imm);
  m.st.cr = (m.st.cr & ~mask) | (static_cast<std::uint32_t>(m.gpr(d->rt)) & mask);
  return d + 1;
}
const Decoded* mfcr(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.st.cr;
  return d + 1;
}
/// Other fields are undefined: 0.
const Decoded* mfocrf(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.st.cr & d->imm;
  return d + 1;
}

constexpr Binding kHandlers[] = {
    {"b", &branch<false, false>, nullptr, nullptr, nullptr, &prepare_b},
    {"bc", &bc, nullptr, nullptr, nullptr, &prepare_bc},
    {"bclr", &branch_register<To::Lr>},
    {"bcctr", &branch_register<To::Ctr>, nullptr, nullptr, nullptr, &prepare_bcctr},
    {"bctar", &branch_register<To::Tar>},
    {"crand", &cr_bits<CrAnd>},
    {"crnand", &cr_bits<CrNand>},
    {"cror", &cr_bits<CrOr>},
    {"crnor", &cr_bits<CrNor>},
    {"crxor", &cr_bits<CrXor>},
    {"creqv", &cr_bits<CrEqv>},
    {"crandc", &cr_bits<CrAndc>},
    {"crorc", &cr_bits<CrOrc>},
    {"mcrf", &mcrf},
    {"mcrxrx", &mcrxrx},
    {"mtcrf", &mtcrf, nullptr, nullptr, nullptr, &field_mask},
    {"mtocrf", &mtcrf, nullptr, nullptr, nullptr, &field_mask},
    {"mfcr", &mfcr},
    {"mfocrf", &mfocrf, nullptr, nullptr, nullptr, &field_mask},
};

}  // namespace

Bindings branch_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
