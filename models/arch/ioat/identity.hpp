// SPDX-License-Identifier: Apache-2.0
/// How an I/OAT function presents itself on PCI: what configuration space is made of.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace phbsim::arch::ioat {

constexpr std::uint16_t kVendor = 0x8086;
constexpr std::uint32_t kClass = 0x088000;  ///< system peripheral, other
constexpr std::uint64_t kBarBytes = 16 * 1024;  ///< BAR 0: 64-bit memory, not prefetchable
constexpr unsigned kVectors = 1;
// MSI-X in BAR 0 [MA].
constexpr std::uint32_t kMsixTable = 0x2000;
constexpr std::uint32_t kMsixPba = 0x3000;
constexpr std::uint32_t kMsixEntryBytes = 16;

// Registers of its own in configuration space [F].
constexpr std::uint32_t kConfigUncorrectable = 0x148;  ///< DMAUNCERRSTS
constexpr std::uint32_t kConfigChanErr = 0x180;        ///< CHANERR_INT
constexpr std::uint32_t kConfigChanErrMask = 0x184;    ///< CHANERRMSK_INT

/// Devices that drivers tell apart. Which version silicon has is [I]: the VFIO selftests' driver takes SKX with
/// 3.2 or 3.3; DPDK counts on error reports from 3.4 on.
struct Model {
  std::string_view name;
  std::uint16_t device;
  std::uint8_t version;  ///< CBVER
  std::string_view text;
};
constexpr std::array<Model, 3> kModels{{
    {"skx", 0x2021, 0x33, "Skylake server: Linux, DPDK, VFIO selftests"},
    {"bdx", 0x6f20, 0x33, "Broadwell server: Linux, DPDK"},
    {"icx", 0x0b00, 0x34, "Ice Lake server: Linux, DPDK"},
}};

constexpr const Model* find_model(std::string_view name) {
  for (const Model& m : kModels)
    if (m.name == name) return &m;
  return nullptr;
}

}  // namespace phbsim::arch::ioat
