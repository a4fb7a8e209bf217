// SPDX-License-Identifier: Apache-2.0
/// Quotients and remainders (Power ISA Book I 3.3.9). Division by zero and quotients that do not fit set OV; their
/// results are undefined: the dividend for div, 0 for dive and mod.
#include <limits>

#include "models/arch/ppc64/execute.hpp"

namespace phbsim::arch::ppc64 {
namespace {

__extension__ typedef __int128 int128;

template <typename T>
bool no_quotient(T a, T b) {
  return b == 0 || (std::numeric_limits<T>::is_signed && b == static_cast<T>(-1) && a == std::numeric_limits<T>::min());
}

/// Words: the upper half of the result is undefined, 0 here.
template <typename T>
struct Divide {
  static std::uint64_t run(std::uint64_t left, std::uint64_t right, bool& overflow) {
    const T a = static_cast<T>(left), b = static_cast<T>(right);
    overflow = no_quotient(a, b);
    const T quotient = overflow ? a : static_cast<T>(a / b);
    return static_cast<std::make_unsigned_t<T>>(quotient);
  }
};

/// Signed words are extended.
template <typename T>
struct Modulo {
  static std::uint64_t run(std::uint64_t left, std::uint64_t right) {
    const T a = static_cast<T>(left), b = static_cast<T>(right);
    if (no_quotient(a, b)) return 0;
    return static_cast<std::uint64_t>(static_cast<T>(a % b));
  }
};

/// The dividend is RA with as many zeros behind it: T is the operand, Wide holds the dividend.
template <typename T, typename Wide>
struct DivideExtended {
  static std::uint64_t run(std::uint64_t left, std::uint64_t right, bool& overflow) {
    constexpr unsigned kBits = sizeof(T) * 8;
    const T a = static_cast<T>(left), b = static_cast<T>(right);
    overflow = true;
    if (b == 0) return 0;
    const Wide dividend = static_cast<Wide>(a) * (static_cast<Wide>(1) << (kBits - 1)) * 2;
    // The least dividend over -1 does not fit even in Wide.
    if (std::is_signed_v<T> && b == static_cast<T>(-1) && a == std::numeric_limits<T>::min()) return 0;
    const Wide quotient = dividend / static_cast<Wide>(b);
    overflow = quotient != static_cast<Wide>(static_cast<T>(quotient));
    return overflow ? 0 : static_cast<std::uint64_t>(static_cast<T>(quotient));
  }
};

constexpr Binding kHandlers[] = {
    rt_overflow_binding<Divide<std::int32_t>>("divw"),
    rt_overflow_binding<Divide<std::uint32_t>>("divwu"),
    rt_overflow_binding<DivideExtended<std::int32_t, std::int64_t>>("divwe"),
    rt_overflow_binding<DivideExtended<std::uint32_t, std::uint64_t>>("divweu"),
    rt_overflow_binding<Divide<std::int64_t>>("divd"),
    rt_overflow_binding<Divide<std::uint64_t>>("divdu"),
    rt_overflow_binding<DivideExtended<std::int64_t, int128>>("divde"),
    rt_overflow_binding<DivideExtended<std::uint64_t, uint128>>("divdeu"),
    rt_binding<Modulo<std::int32_t>>("modsw"),
    rt_binding<Modulo<std::uint32_t>>("moduw"),
    rt_binding<Modulo<std::int64_t>>("modsd"),
    rt_binding<Modulo<std::uint64_t>>("modud"),
};

}  // namespace

Bindings divide_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
