// SPDX-License-Identifier: Apache-2.0
/// The command frame by which a device's driver asks the host agent for mappings.
#pragma once

#include <array>
#include <cstdint>

#include "models/base/endian.hpp"

namespace phbsim {

/// Five big-endian doublewords: what (1 put, 2 clear, 3 clear without kill, 4 kill the PE of the
/// table, 5 clear all entries, passing over absent tables or not) << 32 | table, first page in the window, number of pages, first TCE, difference from one
/// TCE to the next.
struct MapCommand {
  enum class Kind : std::uint32_t { Put = 1, Clear = 2, ClearOnly = 3, KillPe = 4, ClearAll = 5 };
  static constexpr unsigned kBytes = 40;
  static constexpr std::uint64_t kMaxPages = 1ull << 20;

  Kind kind = Kind::Put;
  std::uint32_t table = 0;
  std::uint64_t index = 0;
  std::uint64_t count = 0;
  std::uint64_t tce = 0;
  std::uint64_t stride = 0;

  void encode(unsigned char* p) const {
    store_be64(p, static_cast<std::uint64_t>(kind) << 32 | table);
    store_be64(p + 8, index);
    store_be64(p + 16, count);
    store_be64(p + 24, tce);
    store_be64(p + 32, stride);
  }
  static MapCommand decode(const unsigned char* p) {
    MapCommand c;
    c.kind = static_cast<Kind>(load_be64(p) >> 32);
    c.table = static_cast<std::uint32_t>(load_be64(p));
    c.index = load_be64(p + 8);
    c.count = load_be64(p + 16);
    c.tce = load_be64(p + 24);
    c.stride = load_be64(p + 32);
    return c;
  }
};

}  // namespace phbsim
