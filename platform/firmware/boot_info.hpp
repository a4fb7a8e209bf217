// SPDX-License-Identifier: Apache-2.0
/// What a machine tells the firmware of firmware-stubs at its start; the layout is that of
/// firmware-stubs/include/boot_info.h, which a test compares this with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/memory_view.hpp"

namespace phbsim::firmware {

constexpr std::uint64_t kBootMagic = 0x50484253494d4657ull;
constexpr std::uint64_t kBootVersion = 1;
constexpr unsigned kBootPhbs = 6;

/// Names of the jobs and bugs, in the order of their numbers.
extern const std::vector<std::string> kBootJobs;
extern const std::vector<std::string> kBootBugs;

enum BootFlag : std::uint64_t {
  kBootHostboot = 1, kBootCold = 2, kBootQuiet = 4, kBootNoLink = 8, kBootMmioEehOff = 16, kBootPageKills = 32,
};
enum BootFault : std::uint64_t { kBootPoison = 1, kBootLinkDown = 2, kBootErrFatal = 4 };

struct BootPhb {
  std::uint64_t generation = 4;  ///< 3, 4, 5
  std::uint64_t index = 0;
  std::uint64_t pec = 0;
  std::uint64_t stack = 0;
  std::uint64_t big = 0;
  std::uint64_t registers = 0;
  std::uint64_t mmio64_base = 0;
  std::uint64_t mmio64_bytes = 0;
  std::uint64_t mmio32_base = 0;
  std::uint64_t mmio32_bytes = 0;
  std::uint64_t esb_base = 0;
  std::uint64_t notify_address = 0;
  std::uint64_t notify_index = 0;
  std::uint64_t max_speed = 0;
  std::uint64_t devices = 0;
};

struct BootInfo {
  std::uint64_t chip = 9;
  std::uint64_t chip_level = 0x22;
  std::uint64_t memory_base = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t uart = 0;
  std::uint64_t xscom = 0;
  std::uint64_t timebase_hz = 0;
  std::uint64_t job = 0;
  std::uint64_t bug = 0;
  std::uint64_t flags = 0;
  std::uint64_t platform_faults = 0;
  std::uint64_t settle_divisor = 1;
  std::vector<BootPhb> phbs;
};

constexpr std::uint64_t kBootPhbBytes = 15 * 8;
constexpr std::uint64_t kBootBytes = 17 * 8 + kBootPhbs * kBootPhbBytes;

/// Big-endian doublewords, in order. At most kBootPhbs PHBs.
void store(const BootInfo& info, arch::MemoryView& memory, RealAddr at);

}  // namespace phbsim::firmware
