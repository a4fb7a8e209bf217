// SPDX-License-Identifier: Apache-2.0
/// The frame by which a device's driver asks the operating system to map a buffer for DMA.
#pragma once

#include <cstdint>

#include "models/base/endian.hpp"
#include "models/base/types.hpp"

namespace phbsim {

/// Five big-endian doublewords: what (1 map, 2 unmap, 3 tear
/// down: clear every entry of the window, as when its owner goes) << 32 | domain, flags (bit 0: the device
/// writes the buffer, bit 1: it reads it), real address, bytes, bus address (of an unmap). A map's
/// answer is the bus address: in the extension's `bus_addr`, or for an initiator without one by a
/// read of 8 bytes at the address of its frame.
struct DriverCall {
  enum class Kind : std::uint32_t { Map = 1, Unmap = 2, Teardown = 3 };
  static constexpr unsigned kBytes = 40;

  Kind kind = Kind::Map;
  std::uint32_t domain = 0;
  bool device_writes = false;
  bool device_reads = true;
  RealAddr real = 0;
  std::uint64_t length = 0;
  BusAddr iova = 0;

  void encode(unsigned char* p) const {
    store_be64(p, static_cast<std::uint64_t>(kind) << 32 | domain);
    store_be64(p + 8, (device_writes ? 1 : 0) | (device_reads ? 2 : 0));
    store_be64(p + 16, real);
    store_be64(p + 24, length);
    store_be64(p + 32, iova);
  }
  static DriverCall decode(const unsigned char* p) {
    DriverCall c;
    c.kind = static_cast<Kind>(load_be64(p) >> 32);
    c.domain = static_cast<std::uint32_t>(load_be64(p));
    c.device_writes = load_be64(p + 8) & 1;
    c.device_reads = load_be64(p + 8) & 2;
    c.real = load_be64(p + 16);
    c.length = load_be64(p + 24);
    c.iova = load_be64(p + 32);
    return c;
  }
};

}  // namespace phbsim
