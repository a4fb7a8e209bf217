// SPDX-License-Identifier: Apache-2.0
/// What lies where in a process's memory: /proc/PID/maps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "platform/exec/unique_fd.hpp"

namespace phbsim::exec {

struct MemoryMap {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool read = false;
  bool write = false;
  bool shared = false;
  std::uint64_t offset = 0;
  dev_t device = 0;
  ino_t inode = 0;  ///< 0: no file
};

/// Keeps to the memory that the process had when it was made, not to that after exec.
class MemoryMaps {
 public:
  explicit MemoryMaps(pid_t pid);
  /// The maps that end above `from`, ascending, until `visit` returns false. Nothing after the exit.
  void walk(std::uint64_t from, const std::function<bool(const MemoryMap&)>& visit) const;

 private:
  UniqueFd fd_;
};

}  // namespace phbsim::exec
