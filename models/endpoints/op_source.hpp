// SPDX-License-Identifier: Apache-2.0
/// What a driver and its device do, one operation after the other: the input of the TracePlayer.
#pragma once

#include <cstdint>

#include "models/arch/tce.hpp"
#include "models/base/types.hpp"

namespace phbsim::endpoints {

constexpr std::uint32_t kNoBuffer = ~0u;

/// An operation is on bus addresses that are known (buffer == kNoBuffer), or on a buffer that gets
/// its bus address when the operating system maps it: then Map names memory, Access an offset.
struct DmaOp {
  enum class Kind : std::uint8_t { Map, Unmap, Access, Teardown };  ///< Teardown: of the whole window
  Kind kind = Kind::Access;
  std::uint32_t buffer = kNoBuffer;  ///< small numbers, used again after their Unmap
  BusAddr iova = 0;          ///< of a buffer's Access: offset in it
  std::uint64_t length = 0;  ///< bytes
  arch::Access access = arch::Access::Read;  ///< Access
  // Map of a buffer.
  RealAddr real = 0;
  bool device_writes = false;
  bool device_reads = true;
  // Map, Unmap on known bus addresses: pages of a table of the host agent.
  std::uint32_t table = 0;
  std::uint64_t index = 0;   ///< first page in the window
  std::uint64_t count = 0;
  std::uint64_t tce = 0;     ///< Map: first TCE
  std::uint64_t stride = 0;  ///< Map: from one TCE to the next
};

/// Gives operations in order; constant memory whatever the length.
class OpSource {
 public:
  virtual ~OpSource() = default;
  /// False at the end.
  virtual bool next(DmaOp& op) = 0;
  /// Starts again from the beginning.
  virtual void rewind() = 0;
};

}  // namespace phbsim::endpoints
