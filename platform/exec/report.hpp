// SPDX-License-Identifier: Apache-2.0
/// What the program asked of the simulated kernel: `--report`.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>

namespace phbsim::exec {

/// "IOMMU_IOAS_MAP", or the number.
std::string name_of_ioctl(std::uint32_t command);

class Report {
 public:
  void count(std::uint32_t command, int error) { ++ioctls_[{command, error}]; }
  void print(std::ostream& out) const;

 private:
  std::map<std::pair<std::uint32_t, int>, std::uint64_t> ioctls_;  // by command and errno
};

}  // namespace phbsim::exec
