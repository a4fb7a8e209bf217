// SPDX-License-Identifier: Apache-2.0
/// Counters by instance. A module owns a Block of consecutive Stats; the Registry knows all blocks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/stats/catalogue.hpp"

namespace phbsim::stats {

class Block;

class Registry {
 public:
  const std::vector<Block*>& blocks() const { return blocks_; }
  /// Zeroes every counter: the end of the warm-up.
  void reset();

 private:
  friend class Block;
  std::vector<Block*> blocks_;
};

/// The counters of one instance, Stats first..last. Lives as long as its module.
class Block {
 public:
  Block(Registry& registry, std::string path, Stat first, Stat last)
      : path_(std::move(path)), first_(static_cast<unsigned>(first)),
        values_(static_cast<unsigned>(last) - static_cast<unsigned>(first) + 1, 0), data_(values_.data()) {
    registry.blocks_.push_back(this);
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  std::uint64_t& operator[](Stat s) { return data_[static_cast<unsigned>(s) - first_]; }
  std::uint64_t operator[](Stat s) const { return data_[static_cast<unsigned>(s) - first_]; }

  const std::string& path() const { return path_; }
  Stat first() const { return static_cast<Stat>(first_); }
  std::size_t size() const { return values_.size(); }
  void reset() { values_.assign(values_.size(), 0); }

 private:
  std::string path_;
  unsigned first_;
  std::vector<std::uint64_t> values_;
  std::uint64_t* data_;
};

inline void Registry::reset() {
  for (Block* b : blocks_) b->reset();
}

}  // namespace phbsim::stats
