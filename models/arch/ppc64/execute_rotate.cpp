// SPDX-License-Identifier: Apache-2.0
/// Rotates and shifts (Power ISA Book I 3.3.14). Masks are worked out when a word is decoded, into Decoded::imm.
#include "models/arch/ppc64/execute.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr std::uint64_t rotate64(std::uint64_t v, unsigned n) { return n == 0 ? v : v << n | v >> (64 - n); }
/// The low word, rotated, in both halves.
constexpr std::uint64_t rotate32(std::uint64_t v, unsigned n) {
  const std::uint64_t twice = (v & 0xffff'ffff) | v << 32;
  return rotate64(twice, n);
}

enum class Width : std::uint8_t { Word, Double };
enum class Amount : std::uint8_t { Immediate, Register };

template <Width W, Amount A, bool Insert, bool Rc>
const Decoded* rotate(Machine& m, const Decoded* d) {
  const unsigned n = A == Amount::Immediate ? d->rb : m.gpr(d->rb) & (W == Width::Word ? 31 : 63);
  const std::uint64_t turned = W == Width::Word ? rotate32(m.gpr(d->rt), n) : rotate64(m.gpr(d->rt), n);
  const std::uint64_t result = Insert ? (turned & d->imm) | (m.gpr(d->ra) & ~d->imm) : turned & d->imm;
  m.gpr(d->ra) = result;
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}

void word_mask(Decoded& d, unsigned) { d.imm = rotate_mask(d.x + 32u, static_cast<unsigned>(d.imm) + 32); }
void left_mask(Decoded& d, unsigned) { d.imm = rotate_mask(d.x, 63); }
void right_mask(Decoded& d, unsigned) { d.imm = rotate_mask(0, d.x); }
void middle_mask(Decoded& d, unsigned) { d.imm = rotate_mask(d.x, 63u - d.rb); }

template <Width W, Amount A, bool Insert>
constexpr Binding rotate_binding(std::string_view mnemonic, void (*prepare)(Decoded&, unsigned)) {
  return {mnemonic, &rotate<W, A, Insert, false>, &rotate<W, A, Insert, true>, nullptr, nullptr, prepare};
}

struct Slw {
  static std::uint64_t run(std::uint64_t s, std::uint64_t n) {
    return (n & 0x20) != 0 ? 0 : s << (n & 31) & 0xffff'ffff;
  }
};
struct Srw {
  static std::uint64_t run(std::uint64_t s, std::uint64_t n) {
    return (n & 0x20) != 0 ? 0 : (s & 0xffff'ffff) >> (n & 31);
  }
};
struct Sld {
  static std::uint64_t run(std::uint64_t s, std::uint64_t n) { return (n & 0x40) != 0 ? 0 : s << (n & 63); }
};
struct Srd {
  static std::uint64_t run(std::uint64_t s, std::uint64_t n) { return (n & 0x40) != 0 ? 0 : s >> (n & 63); }
};

/// CA: a negative value lost ones.
template <Width W, Amount A, bool Rc>
const Decoded* shift_algebraic(Machine& m, const Decoded* d) {
  constexpr unsigned kBits = W == Width::Word ? 32 : 64;
  const unsigned n = A == Amount::Immediate ? d->rb : m.gpr(d->rb) & (2 * kBits - 1);
  const auto source = W == Width::Word ? std::int64_t{static_cast<std::int32_t>(m.gpr(d->rt))}
                                       : static_cast<std::int64_t>(m.gpr(d->rt));
  const unsigned by = n < kBits ? n : kBits - 1;
  const std::uint64_t result = static_cast<std::uint64_t>(source >> by);
  const std::uint64_t lost = static_cast<std::uint64_t>(source) & low_mask(n < kBits ? n : kBits);
  m.st.xer.ca = m.st.xer.ca32 = source < 0 && lost != 0;
  m.gpr(d->ra) = result;
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}
template <Width W, Amount A>
constexpr Binding shift_binding(std::string_view mnemonic) {
  return {mnemonic, &shift_algebraic<W, A, false>, &shift_algebraic<W, A, true>};
}

template <bool Rc>
const Decoded* extswsli(Machine& m, const Decoded* d) {
  const auto word = static_cast<std::int64_t>(static_cast<std::int32_t>(m.gpr(d->rt)));
  const std::uint64_t result = static_cast<std::uint64_t>(word) << d->rb;
  m.gpr(d->ra) = result;
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}

constexpr Binding kHandlers[] = {
    rotate_binding<Width::Word, Amount::Immediate, false>("rlwinm", &word_mask),
    rotate_binding<Width::Word, Amount::Immediate, true>("rlwimi", &word_mask),
    rotate_binding<Width::Word, Amount::Register, false>("rlwnm", &word_mask),
    rotate_binding<Width::Double, Amount::Immediate, false>("rldicl", &left_mask),
    rotate_binding<Width::Double, Amount::Immediate, false>("rldicr", &right_mask),
    rotate_binding<Width::Double, Amount::Immediate, false>("rldic", &middle_mask),
    rotate_binding<Width::Double, Amount::Immediate, true>("rldimi", &middle_mask),
    rotate_binding<Width::Double, Amount::Register, false>("rldcl", &left_mask),
    rotate_binding<Width::Double, Amount::Register, false>("rldcr", &right_mask),
    ra_binding<Slw>("slw"),
    ra_binding<Srw>("srw"),
    ra_binding<Sld>("sld"),
    ra_binding<Srd>("srd"),
    shift_binding<Width::Word, Amount::Register>("sraw"),
    shift_binding<Width::Double, Amount::Register>("srad"),
    shift_binding<Width::Word, Amount::Immediate>("srawi"),
    shift_binding<Width::Double, Amount::Immediate>("sradi"),
    {"extswsli", &extswsli<false>, &extswsli<true>},
};

}  // namespace

Bindings rotate_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
