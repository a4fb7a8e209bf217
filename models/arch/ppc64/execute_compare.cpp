// SPDX-License-Identifier: Apache-2.0
/// Compares and traps (Power ISA Book I 3.3.10, 3.3.11).
#include "models/arch/ppc64/execute.hpp"

namespace phbsim::arch::ppc64 {
namespace {

/// Decoded::rt holds the shift of the field instead of its number.
template <typename T, bool Immediate>
const Decoded* compare(Machine& m, const Decoded* d) {
  const T a = static_cast<T>(m.gpr(d->ra));
  const T b = static_cast<T>(Immediate ? d->imm : m.gpr(d->rb));
  const unsigned nibble = (a < b ? cr::kLt : a > b ? cr::kGt : cr::kEq) | m.st.xer.so;
  m.st.cr = (m.st.cr & ~(15u << d->rt)) | nibble << d->rt;
  return d + 1;
}

template <typename Word, typename Double, bool Immediate>
void prepare_compare(Decoded& d, unsigned) {
  d.run = d.x != 0 ? &compare<Double, Immediate> : &compare<Word, Immediate>;
  d.rt = static_cast<std::uint8_t>(28 - 4 * d.rt);
}

template <typename Word, typename Double, bool Immediate>
constexpr Binding compare_binding(std::string_view mnemonic) {
  return {mnemonic, &compare<Double, Immediate>, nullptr, nullptr, nullptr, &prepare_compare<Word, Double, Immediate>};
}

/// RB holds one range, or two with L = 1: low and high bytes from the right.
const Decoded* cmprb(Machine& m, const Decoded* d) {
  const auto value = static_cast<std::uint8_t>(m.gpr(d->ra));
  const std::uint64_t ranges = m.gpr(d->rb);
  const auto inside = [value, ranges](unsigned shift) {
    return (ranges >> shift & 0xff) <= value && value <= (ranges >> (shift + 8) & 0xff);
  };
  m.st.set_cr_field(d->rt, inside(0) || (d->x != 0 && inside(16)) ? cr::kGt : 0);
  return d + 1;
}
const Decoded* cmpeqb(Machine& m, const Decoded* d) {
  const auto value = static_cast<std::uint8_t>(m.gpr(d->ra));
  bool found = false;
  for (unsigned shift = 0; shift < 64; shift += 8) found |= (m.gpr(d->rb) >> shift & 0xff) == value;
  m.st.set_cr_field(d->rt, found ? cr::kGt : 0);
  return d + 1;
}

template <typename T, bool Immediate>
const Decoded* trap(Machine& m, const Decoded* d) {
  using U = std::make_unsigned_t<T>;
  const T a = static_cast<T>(m.gpr(d->ra));
  const T b = static_cast<T>(Immediate ? d->imm : m.gpr(d->rb));
  const unsigned holds = (a < b ? 16u : 0) | (a > b ? 8u : 0) | (a == b ? 4u : 0) |
                         (static_cast<U>(a) < static_cast<U>(b) ? 2u : 0) |
                         (static_cast<U>(a) > static_cast<U>(b) ? 1u : 0);
  if ((holds & d->rt) != 0) return m.raise_program(d, program::kTrap);
  return d + 1;
}

constexpr Binding kHandlers[] = {
    compare_binding<std::int32_t, std::int64_t, true>("cmpi"),
    compare_binding<std::uint32_t, std::uint64_t, true>("cmpli"),
    compare_binding<std::int32_t, std::int64_t, false>("cmp"),
    compare_binding<std::uint32_t, std::uint64_t, false>("cmpl"),
    {"cmprb", &cmprb},
    {"cmpeqb", &cmpeqb},
    {"twi", &trap<std::int32_t, true>},
    {"tdi", &trap<std::int64_t, true>},
    {"tw", &trap<std::int32_t, false>},
    {"td", &trap<std::int64_t, false>},
};

}  // namespace

Bindings compare_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
