// SPDX-License-Identifier: Apache-2.0
/// Logical instructions, counts, bytes and digits (Power ISA Book I 3.3.13, 3.3.15).
#include "models/arch/ppc64/execute.hpp"

namespace phbsim::arch::ppc64 {
namespace {

using u64 = std::uint64_t;

struct And { static u64 run(u64 s, u64 b) { return s & b; } };
struct Or { static u64 run(u64 s, u64 b) { return s | b; } };
struct Xor { static u64 run(u64 s, u64 b) { return s ^ b; } };
struct Nand { static u64 run(u64 s, u64 b) { return ~(s & b); } };
struct Nor { static u64 run(u64 s, u64 b) { return ~(s | b); } };
struct Eqv { static u64 run(u64 s, u64 b) { return ~(s ^ b); } };
struct Andc { static u64 run(u64 s, u64 b) { return s & ~b; } };
struct Orc { static u64 run(u64 s, u64 b) { return s | ~b; } };

template <typename T>
struct Extend { static u64 run(u64 s, u64) { return static_cast<u64>(static_cast<std::int64_t>(static_cast<T>(s))); } };

constexpr unsigned leading_zeros(u64 v) { return v == 0 ? 64 : 63 - log2_floor(v); }
constexpr unsigned ones(u64 v) {
  v -= v >> 1 & 0x5555'5555'5555'5555;
  v = (v & 0x3333'3333'3333'3333) + (v >> 2 & 0x3333'3333'3333'3333);
  v = (v + (v >> 4)) & 0x0f0f'0f0f'0f0f'0f0f;
  return static_cast<unsigned>(v * 0x0101'0101'0101'0101 >> 56);
}

struct Cntlzd { static u64 run(u64 s, u64) { return leading_zeros(s); } };
struct Cntlzw { static u64 run(u64 s, u64) { return leading_zeros(s << 32 | 0x8000'0000); } };
struct Cnttzd { static u64 run(u64 s, u64) { return ones(~s & (s - 1)); } };
struct Cnttzw { static u64 run(u64 s, u64) { s |= 1ull << 32; return ones(~s & (s - 1)); } };

/// Ones in each element of Bytes.
template <unsigned Bytes>
struct Popcount {
  static u64 run(u64 s, u64) {
    u64 result = 0;
    for (unsigned shift = 0; shift < 64; shift += 8 * Bytes)
      result |= u64{ones(s >> shift & low_mask(8 * Bytes))} << shift;
    return result;
  }
};
/// Parity of the lowest bits of the bytes of each element.
template <unsigned Bytes>
struct Parity {
  static u64 run(u64 s, u64) {
    return Popcount<Bytes>::run(s & 0x0101'0101'0101'0101, 0) & (Bytes == 8 ? 1 : 0x0000'0001'0000'0001);
  }
};
struct Cmpb {
  static u64 run(u64 s, u64 b) {
    u64 result = 0;
    for (unsigned shift = 0; shift < 64; shift += 8)
      if (((s ^ b) >> shift & 0xff) == 0) result |= u64{0xff} << shift;
    return result;
  }
};
struct Bpermd {
  static u64 run(u64 s, u64 b) {
    u64 result = 0;
    for (unsigned i = 0; i < 8; ++i) {
      const u64 index = s >> (8 * i) & 0xff;
      if (index < 64) result |= (b >> (63 - index) & 1) << i;
    }
    return result;
  }
};

/// Densely packed decimal (10 bits, three digits) as IEEE 754-2008 defines it.
constexpr u64 digits_of_declet(u64 dpd) {
  const auto bit = [dpd](unsigned n) { return dpd >> n & 1; };  // bit 9 is p, bit 0 is y
  const u64 p = bit(9), q = bit(8), r = bit(7), s = bit(6), t = bit(5), u = bit(4), v = bit(3), w = bit(2),
            x = bit(1), y = bit(0);
  u64 h = p << 2 | q << 1 | r, m = s << 2 | t << 1 | u, l = w << 2 | x << 1 | y;
  if (v != 0) {
    const u64 low = 8 | y, middle = 8 | u, high = 8 | r;
    switch (w << 1 | x) {
      case 0: l = low; break;
      case 1: m = middle; l = s << 2 | t << 1 | y; break;
      case 2: h = high; l = p << 2 | q << 1 | y; break;
      default:
        switch (s << 1 | t) {
          case 0: h = high; m = middle; l = p << 2 | q << 1 | y; break;
          case 1: h = high; m = p << 2 | q << 1 | u; l = low; break;
          case 2: m = middle; l = low; break;
          default: h = high; m = middle; l = low; break;
        }
    }
  }
  return h << 8 | m << 4 | l;
}
constexpr u64 declet_of_digits(u64 bcd) {
  const u64 h = bcd >> 8 & 15, m = bcd >> 4 & 15, l = bcd & 15;
  const u64 hs = h & 7, ms = m & 7, ls = l & 7, r = h & 1, u = m & 1, y = l & 1;
  switch ((h >> 3) << 2 | (m >> 3) << 1 | l >> 3) {
    case 0: return hs << 7 | ms << 4 | ls;
    case 1: return hs << 7 | ms << 4 | 8 | y;
    case 2: return hs << 7 | (ls >> 1) << 5 | u << 4 | 10 | y;
    case 4: return (ls >> 1) << 8 | r << 7 | ms << 4 | 12 | y;
    case 6: return (ls >> 1) << 8 | r << 7 | u << 4 | 14 | y;
    case 5: return (ms >> 1) << 8 | r << 7 | 1 << 5 | u << 4 | 14 | y;
    case 3: return hs << 7 | 2 << 5 | u << 4 | 14 | y;
    default: return r << 7 | 3 << 5 | u << 4 | 14 | y;
  }
}
struct Cdtbcd {
  static u64 run(u64 s, u64) {
    u64 result = 0;
    for (const unsigned word : {0u, 32u})
      result |= (digits_of_declet(s >> word & 0x3ff) | digits_of_declet(s >> (word + 10) & 0x3ff) << 12) << word;
    return result;
  }
};
struct Cbcdtd {
  static u64 run(u64 s, u64) {
    u64 result = 0;
    for (const unsigned word : {0u, 32u})
      result |= (declet_of_digits(s >> word & 0xfff) | declet_of_digits(s >> (word + 12) & 0xfff) << 10) << word;
    return result;
  }
};

const Decoded* move_register(Machine& m, const Decoded* d) {
  m.gpr(d->ra) = m.gpr(d->rt);
  return d + 1;
}
/// Plain `or rx,rx,rx` only: it may be a priority hint, which has no effect here.
void prepare_or(Decoded& d, unsigned) {
  if ((d.word & kRcBit) == 0 && d.rt == d.rb) d.run = d.ra == d.rt ? &no_operation : &move_register;
}
void prepare_ori(Decoded& d, unsigned) {
  if (d.imm == 0) d.run = d.ra == d.rt ? &no_operation : &move_register;
}

const Decoded* isel(Machine& m, const Decoded* d) {
  const std::uint64_t then = m.base(d->ra);
  m.gpr(d->rt) = (m.st.cr >> (31 - d->x) & 1) != 0 ? then : m.gpr(d->rb);
  return d + 1;
}
const Decoded* setb(Machine& m, const Decoded* d) {
  const unsigned field = m.st.cr_field(d->ra);
  m.gpr(d->rt) = (field & cr::kLt) != 0 ? ~0ull : (field & cr::kGt) != 0 ? 1 : 0;
  return d + 1;
}

constexpr Binding kHandlers[] = {
    {"andi.", &to_ra_immediate<And, true>},
    {"andis.", &to_ra_immediate<And, true>, nullptr, nullptr, nullptr, &shift_immediate},
    {"ori", &to_ra_immediate<Or, false>, nullptr, nullptr, nullptr, &prepare_ori},
    {"oris", &to_ra_immediate<Or, false>, nullptr, nullptr, nullptr, &shift_immediate},
    {"xori", &to_ra_immediate<Xor, false>},
    {"xoris", &to_ra_immediate<Xor, false>, nullptr, nullptr, nullptr, &shift_immediate},
    ra_binding<And>("and"),
    {"or", &to_ra<Or, false>, &to_ra<Or, true>, nullptr, nullptr, &prepare_or},
    ra_binding<Xor>("xor"),
    ra_binding<Nand>("nand"),
    ra_binding<Nor>("nor"),
    ra_binding<Eqv>("eqv"),
    ra_binding<Andc>("andc"),
    ra_binding<Orc>("orc"),
    ra_binding<Extend<std::int8_t>>("extsb"),
    ra_binding<Extend<std::int16_t>>("extsh"),
    ra_binding<Extend<std::int32_t>>("extsw"),
    ra_binding<Cntlzw>("cntlzw"),
    ra_binding<Cntlzd>("cntlzd"),
    ra_binding<Cnttzw>("cnttzw"),
    ra_binding<Cnttzd>("cnttzd"),
    ra_binding<Popcount<1>>("popcntb"),
    ra_binding<Popcount<4>>("popcntw"),
    ra_binding<Popcount<8>>("popcntd"),
    ra_binding<Parity<4>>("prtyw"),
    ra_binding<Parity<8>>("prtyd"),
    ra_binding<Cmpb>("cmpb"),
    ra_binding<Bpermd>("bpermd"),
    ra_binding<Cdtbcd>("cdtbcd"),
    ra_binding<Cbcdtd>("cbcdtd"),
    {"isel", &isel},
    {"setb", &setb},
};

}  // namespace

Bindings logical_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
