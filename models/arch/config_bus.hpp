// SPDX-License-Identifier: Apache-2.0
/// Configuration cycles from a PHB to what is behind it.
#pragma once

#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::arch {

/// How a configuration cycle ended; the value is CONFIG_ADDRESS bits 1:3 (phb.md 5.8).
enum class ConfigStatus : std::uint8_t { Good = 0, UnsupportedRequest = 1, RetryStatus = 2, CompleterAbort = 4 };

struct ConfigReply {
  ConfigStatus status = ConfigStatus::UnsupportedRequest;
  std::uint32_t value = ~0u;  ///< little-endian, in the low bytes; of a read that is Good
};

class ConfigBus {
 public:
  virtual ~ConfigBus() = default;
  /// 1, 2 or 4 bytes, aligned to themselves, at a register of 0 to 4095.
  virtual ConfigReply read_config(Rid rid, unsigned offset, unsigned bytes) = 0;
  virtual ConfigReply write_config(Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) = 0;
};

}  // namespace phbsim::arch
