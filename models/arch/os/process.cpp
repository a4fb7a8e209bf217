// SPDX-License-Identifier: Apache-2.0
#include "models/arch/os/process.hpp"

#include <algorithm>
#include <array>

namespace phbsim::arch::os {

void copy_struct_in(const Caller& caller, UserAddr from, std::uint64_t length, void* to, std::size_t known) {
  std::array<unsigned char, 256> tail;
  for (std::uint64_t at = known; at < length; at += tail.size()) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(tail.size(), length - at));
    caller.copy_in(from + at, tail.data(), n);
    if (std::any_of(tail.begin(), tail.begin() + static_cast<std::ptrdiff_t>(n), [](unsigned char b) { return b != 0; })) {
      fail(Errno::TooBig, "bytes beyond those that are known are not zero");
    }
  }
  std::fill_n(static_cast<unsigned char*>(to), known, static_cast<unsigned char>(0));
  caller.copy_in(from, to, static_cast<std::size_t>(std::min<std::uint64_t>(length, known)));
}

}  // namespace phbsim::arch::os
