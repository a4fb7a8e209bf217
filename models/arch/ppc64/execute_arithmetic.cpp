// SPDX-License-Identifier: Apache-2.0
/// Additions, subtractions and products (Power ISA Book I 3.3.9).
#include "models/arch/ppc64/execute.hpp"

namespace phbsim::arch::ppc64 {
namespace {

__extension__ typedef __int128 int128;

/// All of them are left + right + carry in, left being RA or its complement.
enum class Right : std::uint8_t { Rb, Immediate, Zero, Ones };
enum class CarryIn : std::uint8_t { Zero, One, Ca };

template <bool Complement, Right R, CarryIn In, bool Ca, bool Rc, bool Oe>
const Decoded* sum(Machine& m, const Decoded* d) {
  const std::uint64_t left = Complement ? ~m.gpr(d->ra) : m.gpr(d->ra);
  const std::uint64_t right = R == Right::Rb ? m.gpr(d->rb) : R == Right::Immediate ? d->imm
                              : R == Right::Ones ? ~0ull : 0;
  const std::uint64_t in = In == CarryIn::Ca ? m.st.xer.ca : In == CarryIn::One ? 1 : 0;
  const std::uint64_t result = left + right + in;
  if constexpr (Ca) {
    const bool carry32 = ((left ^ right ^ result) >> 32 & 1) != 0;
    m.st.xer.ca32 = carry32;
    m.st.xer.ca = m.sf ? (in != 0 ? result <= left : result < left) : carry32;
  }
  if constexpr (Oe) {
    const std::uint64_t signs = (left ^ result) & (right ^ result);
    const bool ov32 = (signs >> 31 & 1) != 0;
    set_overflow(m, m.sf ? signs >> 63 != 0 : ov32, ov32);
  }
  m.gpr(d->rt) = result;
  if constexpr (Rc) m.set_cr0(result);
  return d + 1;
}

template <bool Complement, Right R, CarryIn In, bool Ca>
constexpr Binding sum_binding(std::string_view mnemonic) {
  return {mnemonic, &sum<Complement, R, In, Ca, false, false>, &sum<Complement, R, In, Ca, true, false>,
          &sum<Complement, R, In, Ca, false, true>, &sum<Complement, R, In, Ca, true, true>};
}

const Decoded* addi(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.base(d->ra) + d->imm;
  return d + 1;
}
/// li, lis
const Decoded* load_immediate(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = d->imm;
  return d + 1;
}
void prepare_addi(Decoded& d, unsigned) {
  if (d.ra == 0) d.run = &load_immediate;
}
void prepare_addis(Decoded& d, unsigned index) {
  shift_immediate(d, index);
  prepare_addi(d, index);
}
const Decoded* addpcis(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.nip_of(d) + 4 + d->imm;
  return d + 1;
}
const Decoded* mulli(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.gpr(d->ra) * d->imm;
  return d + 1;
}
/// OV is carry in and out (CY = 0, the only one defined).
const Decoded* addex(Machine& m, const Decoded* d) {
  const std::uint64_t a = m.gpr(d->ra), b = m.gpr(d->rb), in = m.st.xer.ov;
  const std::uint64_t result = a + b + in;
  const bool carry32 = ((a ^ b ^ result) >> 32 & 1) != 0;
  m.st.xer.ov32 = carry32;
  m.st.xer.ov = m.sf ? (in != 0 ? result <= a : result < a) : carry32;
  m.gpr(d->rt) = result;
  return d + 1;
}
void prepare_addex(Decoded& d, unsigned) {
  if (d.x != 0) d.run = &Machine::unknown;
}

/// 6 in each decimal digit whose sum does not carry.
struct AddG6s {
  static std::uint64_t run(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t sum = a + b;
    const bool carry = sum < a;
    // Bit 4 * (i + 1) of a ^ b ^ sum is the carry out of digit i.
    const std::uint64_t carries = ((a ^ b ^ sum) >> 4 & 0x0111'1111'1111'1111) | std::uint64_t{carry} << 60;
    return (carries ^ 0x1111'1111'1111'1111) * 6;
  }
};

struct Mullw {
  static std::uint64_t run(std::uint64_t a, std::uint64_t b, bool& overflow) {
    const std::int64_t product = std::int64_t{static_cast<std::int32_t>(a)} * static_cast<std::int32_t>(b);
    overflow = product != static_cast<std::int32_t>(product);
    return static_cast<std::uint64_t>(product);
  }
};
struct Mulld {
  static std::uint64_t run(std::uint64_t a, std::uint64_t b, bool& overflow) {
    const int128 product = int128{static_cast<std::int64_t>(a)} * static_cast<std::int64_t>(b);
    overflow = product != static_cast<std::int64_t>(product);
    return static_cast<std::uint64_t>(product);
  }
};
struct Mulhw {
  static std::uint64_t run(std::uint64_t a, std::uint64_t b) {
    const std::int64_t product = std::int64_t{static_cast<std::int32_t>(a)} * static_cast<std::int32_t>(b);
    return static_cast<std::uint64_t>(product) >> 32;
  }
};
struct Mulhwu {
  static std::uint64_t run(std::uint64_t a, std::uint64_t b) { return (a & 0xffff'ffff) * (b & 0xffff'ffff) >> 32; }
};
struct Mulhd {
  static std::uint64_t run(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(int128{static_cast<std::int64_t>(a)} * static_cast<std::int64_t>(b) >> 64);
  }
};
struct Mulhdu {
  static std::uint64_t run(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(uint128{a} * b >> 64);
  }
};

enum class Part : std::uint8_t { HighSigned, HighUnsigned, Low };
template <Part P>
const Decoded* multiply_add(Machine& m, const Decoded* d) {
  const std::uint64_t a = m.gpr(d->ra), b = m.gpr(d->rb), c = m.gpr(d->x);
  if constexpr (P == Part::Low) {
    m.gpr(d->rt) = a * b + c;
  } else if constexpr (P == Part::HighUnsigned) {
    m.gpr(d->rt) = static_cast<std::uint64_t>((uint128{a} * b + c) >> 64);
  } else {
    const int128 product = int128{static_cast<std::int64_t>(a)} * static_cast<std::int64_t>(b);
    m.gpr(d->rt) = static_cast<std::uint64_t>((product + static_cast<std::int64_t>(c)) >> 64);
  }
  return d + 1;
}

const Decoded* darn(Machine& m, const Decoded* d) {
  m.gpr(d->rt) = m.random(d->x);
  return d + 1;
}

constexpr auto kRb = Right::Rb, kSi = Right::Immediate;
constexpr auto kNo = CarryIn::Zero, kOne = CarryIn::One, kCarry = CarryIn::Ca;

constexpr Binding kHandlers[] = {
    {"addi", &addi, nullptr, nullptr, nullptr, &prepare_addi},
    {"addis", &addi, nullptr, nullptr, nullptr, &prepare_addis},
    {"addic", &sum<false, kSi, kNo, true, false, false>},
    {"addic.", &sum<false, kSi, kNo, true, true, false>},
    {"subfic", &sum<true, kSi, kOne, true, false, false>},
    {"mulli", &mulli},
    {"addpcis", &addpcis},
    sum_binding<false, kRb, kNo, false>("add"),
    sum_binding<true, kRb, kOne, false>("subf"),
    sum_binding<false, kRb, kNo, true>("addc"),
    sum_binding<true, kRb, kOne, true>("subfc"),
    sum_binding<false, kRb, kCarry, true>("adde"),
    sum_binding<true, kRb, kCarry, true>("subfe"),
    sum_binding<false, Right::Ones, kCarry, true>("addme"),
    sum_binding<true, Right::Ones, kCarry, true>("subfme"),
    sum_binding<false, Right::Zero, kCarry, true>("addze"),
    sum_binding<true, Right::Zero, kCarry, true>("subfze"),
    sum_binding<true, Right::Zero, kOne, false>("neg"),
    {"addex", &addex, nullptr, nullptr, nullptr, &prepare_addex},
    rt_binding<AddG6s>("addg6s"),
    rt_overflow_binding<Mullw>("mullw"),
    rt_overflow_binding<Mulld>("mulld"),
    rt_binding<Mulhw>("mulhw"),
    rt_binding<Mulhwu>("mulhwu"),
    rt_binding<Mulhd>("mulhd"),
    rt_binding<Mulhdu>("mulhdu"),
    {"maddhd", &multiply_add<Part::HighSigned>},
    {"maddhdu", &multiply_add<Part::HighUnsigned>},
    {"maddld", &multiply_add<Part::Low>},
    {"darn", &darn},
};

}  // namespace

Bindings arithmetic_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
