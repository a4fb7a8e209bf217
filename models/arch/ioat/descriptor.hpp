// SPDX-License-Identifier: Apache-2.0
/// A descriptor in memory: 64 little-endian bytes on a boundary of 64.
#pragma once

#include <cstdint>

#include "models/arch/ioat/registers.hpp"
#include "models/base/endian.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch::ioat {

constexpr unsigned kDescriptorBytes = 64;

/// Bytes 0-3 length, 4-7 control, 8-15 source (fill: the pattern), 16-23 destination, 24-31 next; the rest is
/// software's.
struct Descriptor {
  static constexpr std::uint8_t kCopy = 0x00;
  static constexpr std::uint8_t kFill = 0x01;

  std::uint32_t length = 0;
  bool interrupt = false;   ///< control bit 0
  bool completion = false;  ///< bit 3: write CHANCMP's doubleword
  bool fence = false;       ///< bit 4: nothing that follows starts before this is complete
  bool null = false;        ///< bit 5: moves nothing
  std::uint8_t operation = kCopy;  ///< bits 31:24
  std::uint64_t source = 0;
  BusAddr destination = 0;
  BusAddr next = 0;

  /// Bytes that it moves.
  std::uint32_t moves() const { return null ? 0 : length; }

  /// What keeps the engine from executing it; a length of zero even if it moves nothing.
  Error error() const {
    if (operation != kCopy && operation != kFill) return Error::Control;
    if (length == 0 || length > 1u << kXferCapLog2) return Error::Length;
    return Error::None;
  }

  static Descriptor decode(const unsigned char* p) {
    const std::uint32_t control = load_le32(p + 4);
    Descriptor d;
    d.length = load_le32(p);
    d.interrupt = (control & 0x01) != 0;
    d.completion = (control & 0x08) != 0;
    d.fence = (control & 0x10) != 0;
    d.null = (control & 0x20) != 0;
    d.operation = static_cast<std::uint8_t>(control >> 24);
    d.source = load_le64(p + 8);
    d.destination = load_le64(p + 16);
    d.next = load_le64(p + 24);
    return d;
  }
  /// Leaves the bytes from 32 on as they are.
  void encode(unsigned char* p) const {
    store_le32(p, length);
    store_le32(p + 4, (interrupt ? 0x01u : 0) | (completion ? 0x08u : 0) | (fence ? 0x10u : 0) | (null ? 0x20u : 0) |
                          static_cast<std::uint32_t>(operation) << 24);
    store_le64(p + 8, source);
    store_le64(p + 16, destination);
    store_le64(p + 24, next);
  }
};

}  // namespace phbsim::arch::ioat
