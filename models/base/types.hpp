// SPDX-License-Identifier: Apache-2.0
/// Integers with a meaning: addresses, numbers and the unit of time used by every layer.
#pragma once

#include <cstdint>
#include <limits>

namespace phbsim {

using Tick = std::uint64_t;      ///< Simulated time in picoseconds.
using BusAddr = std::uint64_t;   ///< PCI bus address as the device sends it (IOVA).
using RealAddr = std::uint64_t;  ///< System (PowerBus) real address.
using Rid = std::uint16_t;       ///< PCI requester ID: bus << 8 | devfn.
using PeNumber = std::uint32_t;  ///< Partitionable endpoint number.

constexpr Tick kNever = std::numeric_limits<Tick>::max();
constexpr Tick kPsPerNs = 1000;
constexpr Tick kPsPerUs = 1000 * kPsPerNs;
constexpr Tick kPsPerMs = 1000 * kPsPerUs;
constexpr Tick kPsPerS = 1000 * kPsPerMs;

constexpr std::uint64_t kKiB = 1ull << 10;
constexpr std::uint64_t kMiB = 1ull << 20;
constexpr std::uint64_t kGiB = 1ull << 30;
constexpr std::uint64_t kTiB = 1ull << 40;
constexpr std::uint64_t kPiB = 1ull << 50;

constexpr unsigned kLineBytes = 128;  ///< PowerBus line (phb.md 1.8).
constexpr PeNumber kNoPe = ~PeNumber{0};

/// Length of `cycles` of a clock of `mhz`, rounded to the nearest picosecond.
constexpr Tick cycles_to_ticks(std::uint64_t cycles, std::uint64_t mhz) {
  return (cycles * 1'000'000 + mhz / 2) / mhz;
}

}  // namespace phbsim
