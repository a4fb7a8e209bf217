// SPDX-License-Identifier: Apache-2.0
#include "models/arch/outbound.hpp"

namespace phbsim::arch {

namespace {

constexpr std::uint64_t kUnmasked = ppc_mask(0, 7);  // an address has no such bits

/// Number of the segment that an offset lies in.
std::uint32_t segment_of(std::uint64_t offset, std::uint64_t size, std::uint32_t segments) {
  const unsigned size_bits = log2_ceil(size);  // a mask with holes must not leave the table
  const unsigned segment_bits = log2_floor(segments);
  return static_cast<std::uint32_t>(size_bits >= segment_bits ? offset >> (size_bits - segment_bits)
                                                              : offset << (segment_bits - size_bits));
}

std::uint32_t segments_of(const GenerationFacts& f, std::uint64_t divisor) {
  constexpr std::uint32_t kDivisors[] = {0, 128, 64, 8};
  return divisor == 0 ? f.max_pes : kDivisors[divisor];
}

std::optional<OutboundTarget> decode_mbt(const OutboundView& v, RealAddr addr) {
  const GenerationFacts& f = *v.facts;
  for (unsigned i = 0; i < mmio_bars(f); ++i) {
    const std::uint64_t w0 = v.bars[2 * i];
    const std::uint64_t w1 = v.bars[2 * i + 1];
    const std::uint64_t mask = (w1 & kMbtAddress) | kUnmasked;
    if ((w0 & kMbtValid) == 0 || ((addr ^ (w0 & kMbtAddress)) & mask) != 0) continue;
    const std::uint64_t size = ~mask + 1;
    const std::uint64_t offset = addr & ~mask;
    OutboundTarget t;
    t.bar = static_cast<std::uint8_t>(i);
    t.is_m32 = (w0 & kMbtM32) != 0;
    t.pci = t.is_m32 ? v.m32_start + offset : addr | v.m64_upper;
    const auto pe = static_cast<std::uint32_t>(MbtPe::get(w1));
    switch (static_cast<MbtModes>(MbtMode::get(w0))) {
      case MbtModes::SegmentIsPe:
        t.segment = segment_of(offset, size, segments_of(f, MbtDivisor::get(w0)));
        t.pe = pe + t.segment;
        break;
      case MbtModes::Mdt:
        t.segment = segment_of(offset, size, f.max_pes);
        t.pe = mdt_pe(v.segments[t.segment], static_cast<unsigned>(MbtColumn::get(w0)));
        break;
      default:  // SinglePe, and the undefined fourth mode [MA]
        t.pe = pe;
        break;
    }
    t.pe &= f.max_pes - 1;
    return t;
  }
  return std::nullopt;
}

std::optional<OutboundTarget> decode_phb3_m64(const OutboundView& v, RealAddr addr) {
  for (unsigned i = 0; i < mmio_bars(*v.facts); ++i) {
    const std::uint64_t w = v.bars[i];
    if ((w & kM64Valid) == 0) continue;
    const bool single = (w & kM64SinglePe) != 0;
    const unsigned shift = single ? 25 : 20;
    const std::uint64_t base = (single ? M64SingleBase::get(w) : M64Base::get(w)) << shift;
    const std::uint64_t field = (single ? M64SingleMask::get(w) : M64Mask::get(w)) << shift;
    if (field == 0) continue;  // no window [MA]
    const std::uint64_t mask = field | ~low_mask(kPhb3AddressBits);
    if (((addr ^ base) & mask) != 0) continue;
    const std::uint64_t size = ~mask + 1;
    if (!single && size < v.m64_minimum) continue;
    OutboundTarget t;
    t.bar = static_cast<std::uint8_t>(i);
    t.pci = addr | v.m64_upper;
    if (single) {
      t.pe = static_cast<PeNumber>(M64PeHigh::get(w) << M64PeLow::kWidth | M64PeLow::get(w));
    } else {
      t.segment = segment_of(addr & ~mask, size, kPhb3Segments);
      t.pe = t.segment;
    }
    t.pe &= v.facts->max_pes - 1;
    return t;
  }
  return std::nullopt;
}

std::optional<OutboundTarget> decode_phb3(const OutboundView& v, RealAddr addr) {
  if ((v.phb_config & kConfigM32) == 0 || v.m32_mask == 0 || ((addr ^ v.m32_base) & v.m32_mask) != 0)
    return decode_phb3_m64(v, addr);
  OutboundTarget t;
  const std::uint64_t offset = addr & ~v.m32_mask;
  t.is_m32 = true;
  t.pci = v.m32_start + offset;
  t.segment = segment_of(offset, ~v.m32_mask + 1, kPhb3Segments);
  t.pe = static_cast<PeNumber>(M32dtPe::get(v.segments[t.segment]));
  return t;
}

}  // namespace

void write_mbt(std::uint64_t* words, unsigned index, std::uint64_t value) {
  words[index] = value & (index % 2 == 0 ? kMbtWord0 : kMbtWord1);
  std::uint64_t& other = words[index ^ 1];
  other = (other & ~kMbtValid) | (value & kMbtValid);
}

std::optional<OutboundTarget> decode_outbound(const OutboundView& view, RealAddr addr) {
  return view.facts->generation == Generation::Phb3 ? decode_phb3(view, addr) : decode_mbt(view, addr);
}

}  // namespace phbsim::arch
