// SPDX-License-Identifier: Apache-2.0
/// Sparse bytes for tests of the timing-free layer.
#pragma once

#include <array>
#include <cstddef>
#include <unordered_map>

#include "models/arch/memory_view.hpp"

namespace phbsim::test {

class PlainMemory : public arch::MemoryView {
 public:
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override {
    for (std::size_t i = 0; i < n; ++i) out[i] = byte(addr + i);
  }
  void write(RealAddr addr, const unsigned char* in, std::size_t n) override {
    for (std::size_t i = 0; i < n; ++i) pages_[(addr + i) / kPage][(addr + i) % kPage] = in[i];
  }

  unsigned char byte(RealAddr addr) const {
    const auto it = pages_.find(addr / kPage);
    return it == pages_.end() ? 0 : it->second[addr % kPage];
  }
  bool untouched() const { return pages_.empty(); }

 private:
  static constexpr std::size_t kPage = 4096;
  std::unordered_map<RealAddr, std::array<unsigned char, kPage>> pages_;
};

}  // namespace phbsim::test
