// SPDX-License-Identifier: Apache-2.0
/// Devices of a small kernel that tests of phbsim exec run their clients on, and what they are asked.
#pragma once

#include <cstdint>

namespace phbsim::toy {

constexpr unsigned kPageBytes = 4096;

// On /dev/iommu. The argument is a Block, answered in place, unless said otherwise.
constexpr std::uint32_t kEcho = 0x101;        ///< a + 1 in b
constexpr std::uint32_t kPin = 0x102;         ///< a address, b pages, c writable: pages pinned in d, first real address in e; kept until close
constexpr std::uint32_t kUnpin = 0x103;       ///< all of this file
constexpr std::uint32_t kPeek = 0x104;        ///< a byte offset in what is pinned: 8 bytes in b; c real address
constexpr std::uint32_t kPoke = 0x105;        ///< a byte offset, b value of 8 bytes
constexpr std::uint32_t kSignal = 0x106;      ///< the argument is an eventfd
constexpr std::uint32_t kKind = 0x107;        ///< the argument is a descriptor: the result is a Kind
constexpr std::uint32_t kOpen = 0x108;        ///< the result: open files of this kind
constexpr std::uint32_t kPins = 0x109;        ///< a address: pins of its page in b
constexpr std::uint32_t kQueue = 0x10a;       ///< the result is a new descriptor: a queue
constexpr std::uint32_t kFailQueue = 0x10b;   ///< as kQueue, but the call fails after that with EBUSY
constexpr std::uint32_t kCharge = 0x10c;      ///< the argument: pages to charge until close
constexpr std::uint32_t kAllocate = 0x10d;    ///< makes three allocations
constexpr std::uint32_t kPinFile = 0x10e;     ///< a memfd, b first page, c pages: pages pinned in d
constexpr std::uint32_t kLimit = 0x10f;       ///< RLIMIT_MEMLOCK in a, CAP_IPC_LOCK in b, user in c, CAP_SYS_RESOURCE in d
constexpr std::uint32_t kLeak = 0x110;        ///< pins stay after close
// On a queue: write puts bytes, read takes them.

enum Kind : std::int64_t { kNone = 0, kToy = 1, kEventFd = 2, kMemory = 3, kOther = 4 };

struct Block {
  std::uint64_t a = 0, b = 0, c = 0, d = 0, e = 0;
};

// On /dev/vfio/7, a device with a page of registers that can be mapped at offset 0.
constexpr std::uint32_t kAccesses = 0x201;    ///< loads in a, stores in b, bytes of the last one in c, its offset in d
constexpr std::uint32_t kMapped = 0x202;      ///< the result: mappings

}  // namespace phbsim::toy
