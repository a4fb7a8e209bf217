// SPDX-License-Identifier: Apache-2.0
/// Records with stable addresses and small indices, recycled through a free list.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace phbsim {

template <class T>
class Slab {
 public:
  std::uint32_t take() {
    if (free_.empty()) {
      records_.push_back(std::make_unique<T>());
      return static_cast<std::uint32_t>(records_.size() - 1);
    }
    const std::uint32_t i = free_.back();
    free_.pop_back();
    return i;
  }
  void put(std::uint32_t i) { free_.push_back(i); }
  T& operator[](std::uint32_t i) { return *records_[i]; }
  std::size_t capacity() const { return records_.size(); }
  std::size_t in_use() const { return records_.size() - free_.size(); }

 private:
  std::vector<std::unique_ptr<T>> records_;
  std::vector<std::uint32_t> free_;
};

}  // namespace phbsim
