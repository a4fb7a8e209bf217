// SPDX-License-Identifier: Apache-2.0
/// What a whole iommufd layer is configured with.
#pragma once

#include <cstdint>

#include "models/arch/memory_view.hpp"

namespace phbsim::arch::iommufd {

/// Whose errno are answered where kernels differ (iommufd.md 0, "6.12" and "7.3").
enum class Compat : std::uint8_t { Newest, Linux6_12 };

struct Layer {
  /// Real memory: where pinned pages are read and written.
  MemoryView* memory = nullptr;
  unsigned page_shift = 12;   ///< host page: 12 or 16 (4K, 64K kernels)
  unsigned huge_shift = 21;   ///< host's transparent huge page, page_shift if none (section 4)
  Compat compat = Compat::Newest;
  /// Extension: I/O pages larger than the host's page are accepted; the IOAS aligns to them (section 11).
  bool large_io_pages = false;

  std::uint64_t page_bytes() const { return 1ull << page_shift; }
};

}  // namespace phbsim::arch::iommufd
