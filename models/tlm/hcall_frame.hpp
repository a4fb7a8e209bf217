// SPDX-License-Identifier: Apache-2.0
/// How a CPU makes a hypercall through a socket: registers as big-endian doublewords.
///
/// A write of 56 bytes at kCallAddress is the call: R3 (token) to R9. It is answered when the call
/// returns. A read of 16 bytes at kResultAddress then gives R3 (status) and R4 of that CPU's last
/// call. One socket is one CPU.
#pragma once

#include <array>
#include <cstdint>

#include "models/base/endian.hpp"

namespace phbsim {

struct HcallFrame {
  static constexpr std::uint64_t kCallAddress = 0;
  static constexpr std::uint64_t kResultAddress = 0x40;
  static constexpr unsigned kCallBytes = 56;
  static constexpr unsigned kResultBytes = 16;

  std::uint64_t token = 0;
  std::array<std::uint64_t, 6> args{};

  void encode(unsigned char* p) const {
    store_be64(p, token);
    for (unsigned i = 0; i < 6; ++i) store_be64(p + 8 + 8 * i, args[i]);
  }
  static HcallFrame decode(const unsigned char* p) {
    HcallFrame f;
    f.token = load_be64(p);
    for (unsigned i = 0; i < 6; ++i) f.args[i] = load_be64(p + 8 + 8 * i);
    return f;
  }
};

struct HcallResult {
  std::int64_t status = 0;
  std::uint64_t r4 = 0;

  void encode(unsigned char* p) const {
    store_be64(p, static_cast<std::uint64_t>(status));
    store_be64(p + 8, r4);
  }
  static HcallResult decode(const unsigned char* p) {
    return {static_cast<std::int64_t>(load_be64(p)), load_be64(p + 8)};
  }
};

}  // namespace phbsim
