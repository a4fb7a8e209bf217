// SPDX-License-Identifier: Apache-2.0
/// Registers of a thread (Power ISA 2.07 and 3.0, fixed-point side). Bit numbers in names are IBM's (bit 0 highest).
///
/// Not modelled: floating-point, vector and VSX registers, SLB and TLB, performance monitor, debug facilities.
#pragma once

#include <array>
#include <cstdint>

#include "models/base/bits.hpp"

namespace phbsim::arch::ppc64 {

/// Machine state register.
namespace msr {
constexpr std::uint64_t kSf = ppc_bit(0), kHv = ppc_bit(3), kTm = ppc_bit(31), kVec = ppc_bit(38), kVsx = ppc_bit(40),
                        kEe = ppc_bit(48), kPr = ppc_bit(49), kFp = ppc_bit(50), kMe = ppc_bit(51), kFe0 = ppc_bit(52),
                        kSe = ppc_bit(53), kBe = ppc_bit(54), kFe1 = ppc_bit(55), kIr = ppc_bit(58), kDr = ppc_bit(59),
                        kPmm = ppc_bit(61), kRi = ppc_bit(62), kLe = ppc_bit(63);
constexpr std::uint64_t kTs = ppc_mask(29, 30);
/// Bits that exist; others read as zero.
constexpr std::uint64_t kWritable = kSf | kHv | kTm | kTs | kVec | kVsx | kEe | kPr | kFp | kMe | kFe0 | kSe | kBe |
                                    kFe1 | kIr | kDr | kPmm | kRi | kLe;
}  // namespace msr

/// Condition register field, as nibbles.
namespace cr {
constexpr unsigned kLt = 8, kGt = 4, kEq = 2, kSo = 1;
}  // namespace cr

struct Xer {
  std::uint8_t so = 0, ov = 0, ca = 0, ov32 = 0, ca32 = 0;  ///< 0 or 1
  std::uint8_t count = 0;                                   ///< bytes of lswx, stswx: 7 bits

  static constexpr std::uint64_t kDefined = ppc_mask(32, 34) | ppc_mask(44, 45) | ppc_mask(57, 63);

  constexpr std::uint64_t get() const {
    return std::uint64_t{so} << 31 | std::uint64_t{ov} << 30 | std::uint64_t{ca} << 29 | std::uint64_t{ov32} << 19 |
           std::uint64_t{ca32} << 18 | count;
  }
  constexpr void set(std::uint64_t v) {
    so = v >> 31 & 1;
    ov = v >> 30 & 1;
    ca = v >> 29 & 1;
    ov32 = v >> 19 & 1;
    ca32 = v >> 18 & 1;
    count = v & 0x7f;
  }
};

constexpr unsigned kSprs = 1024;

/// What lwarx and its kin hold. A store conditional succeeds if the address and size agree, and memory still holds
/// what was loaded: several cores on one memory need not snoop each other [MA].
struct Reservation {
  bool held = false;
  std::uint8_t bytes = 0;
  std::uint64_t addr = 0;  ///< real address
  std::array<unsigned char, 16> value{};
};

struct CpuState {
  std::array<std::uint64_t, 32> gpr{};
  std::uint64_t nip = 0;  ///< address of the next instruction
  std::uint64_t lr = 0;
  std::uint64_t ctr = 0;
  std::uint32_t cr = 0;  ///< CR0 in the top nibble
  Xer xer;
  std::uint64_t msr = msr::kSf | msr::kHv | msr::kMe;  ///< change it through Core::set_msr()
  /// By number, those that hold what was written. LR, CTR, XER, and what depends on the time: read them through
  /// Core::read_spr().
  std::array<std::uint64_t, kSprs> spr{};
  Reservation reservation;

  unsigned cr_field(unsigned n) const { return cr >> (28 - 4 * n) & 15; }
  void set_cr_field(unsigned n, unsigned nibble) {
    const unsigned shift = 28 - 4 * n;
    cr = (cr & ~(15u << shift)) | nibble << shift;
  }
};

}  // namespace phbsim::arch::ppc64
