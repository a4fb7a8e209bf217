// SPDX-License-Identifier: Apache-2.0
/// The device-tree properties of DMA windows as 32-bit cells (ddw-vfio.md 1.2). [F]
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "models/arch/papr/calls.hpp"
#include "models/base/endian.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch::papr {

using Cells = std::vector<std::uint32_t>;

constexpr std::string_view kDmaWindow = "ibm,dma-window";
constexpr std::string_view kDdwApplicable = "ibm,ddw-applicable";
constexpr std::string_view kDdwExtensions = "ibm,ddw-extensions";
// Linux's own.
constexpr std::string_view kDirectWindowInfo = "linux,direct64-ddr-window-info";
constexpr std::string_view kDynamicWindowInfo = "linux,dma64-ddr-window-info";
constexpr std::string_view kSavedDmaWindow = "ibm,dma-window-saved";

/// What ibm,dma-window says; two cells for address and for size.
struct DmaWindowProperty {
  std::uint32_t liobn = 0;
  BusAddr start = 0;
  std::uint64_t size = 0;
};
inline Cells encode(const DmaWindowProperty& w) {
  return {w.liobn, static_cast<std::uint32_t>(w.start >> 32), static_cast<std::uint32_t>(w.start),
          static_cast<std::uint32_t>(w.size >> 32), static_cast<std::uint32_t>(w.size)};
}
/// Nothing if the property is too short for its cell counts (ibm,#dma-address-cells, -size-cells).
inline std::optional<DmaWindowProperty> decode_dma_window(const Cells& c, unsigned address_cells = 2,
                                                          unsigned size_cells = 2) {
  if (c.size() < 1u + address_cells + size_cells) return std::nullopt;
  DmaWindowProperty w;
  w.liobn = c[0];
  for (unsigned i = 0; i < address_cells; ++i) w.start = w.start << 32 | c[1 + i];
  for (unsigned i = 0; i < size_cells; ++i) w.size = w.size << 32 | c[1 + address_cells + i];
  return w;
}

/// Values of ibm,ddw-extensions by their 0-based place behind the count.
enum class DdwExtension : std::uint8_t { ResetToken = 0, SixOutputs = 1, LimitedAddressing = 2 };

/// What Linux adds to a node for a window of its own. 24 bytes: four of them padding after the LIOBN.
struct WindowInfo {
  std::uint32_t liobn = 0;
  BusAddr base = 0;
  std::uint32_t tce_shift = 0;
  std::uint32_t window_shift = 0;
};
inline std::array<unsigned char, 24> encode(const WindowInfo& w) {
  std::array<unsigned char, 24> b{};
  store_be32(b.data(), w.liobn);
  store_be64(b.data() + 8, w.base);
  store_be32(b.data() + 16, w.tce_shift);
  store_be32(b.data() + 20, w.window_shift);
  return b;
}
inline WindowInfo decode_window_info(const std::array<unsigned char, 24>& b) {
  return {load_be32(b.data()), load_be64(b.data() + 8), load_be32(b.data() + 16), load_be32(b.data() + 20)};
}

}  // namespace phbsim::arch::papr
