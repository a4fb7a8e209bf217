// SPDX-License-Identifier: Apache-2.0
/// What the kernel's selftests know of the mock driver: their command and its numbers (iommufd.md 10).
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::arch::iommufd::selftest {

enum class Op : std::uint32_t {
  AddReserved = 1,
  MockDomain,
  CheckMap,
  CheckRefs,
  CreateAccess,
  DestroyAccessPages,
  AccessPages,
  AccessRw,
  SetMemoryLimit,
  MockDomainReplace,
  AccessReplaceIoas,
  MockDomainFlags,
  Dirty,
  CheckIotlb,
  TriggerFault,
  CheckDeviceCache,
  TriggerEvent,
  PasidAttach,
  PasidReplace,
  PasidDetach,
  PasidCheck,
  DmaBufGet,
  DmaBufRevoke,
};
constexpr Op kLastOf6_12 = Op::TriggerFault;

struct Command {
  static constexpr std::uint32_t kLeast = 68;
  std::uint32_t size, op, id, reserved;
  union {
    struct {
      std::uint64_t start, length;
    } add_reserved;
    struct {
      std::uint32_t out_stdev_id, out_hwpt_id, out_idev_id, dev_flags;
    } mock_domain;
    struct {
      std::uint32_t pt_id;
    } mock_domain_replace;
    struct {
      std::uint64_t iova, length, uptr;
    } check_map;
    struct {
      std::uint64_t length, uptr;
      std::uint32_t refs;
    } check_refs;
    struct {
      std::uint32_t out_access_fd, flags;
    } create_access;
    struct {
      std::uint32_t access_pages_id;
    } destroy_access_pages;
    struct {
      std::uint32_t flags, out_access_pages_id;
      std::uint64_t iova, length, uptr;
    } access_pages;
    struct {
      std::uint64_t iova, length, uptr;
      std::uint32_t flags;
    } access_rw;
    struct {
      std::uint32_t limit;
    } memory_limit;
    struct {
      std::uint32_t ioas_id;
    } access_replace_ioas;
    struct {
      std::uint32_t flags, padding;
      std::uint64_t iova, length, page_size, uptr, out_nr_dirty;
    } dirty;
    struct {
      std::uint32_t id, value;
    } check_cache;  ///< CheckIotlb, CheckDeviceCache
    struct {
      std::uint32_t dev_id, pasid, grpid, perm;
      std::uint64_t addr;
    } trigger_fault;
    struct {
      std::uint32_t dev_id;
    } trigger_event;
    struct {
      std::uint32_t pasid, pt_id;
    } pasid;  ///< all four of them
    struct {
      std::uint32_t length, open_flags;
    } dma_buf_get;
    struct {
      std::int32_t fd;
      std::uint32_t revoked;
    } dma_buf_revoke;
  };
  std::uint32_t last, padding;
};
static_assert(sizeof(Command) == 72 && offsetof(Command, add_reserved) == 16 && offsetof(Command, last) == 64);

constexpr std::uint32_t kAccessWrite = 1;       ///< AccessPages, AccessRw
constexpr std::uint32_t kAccessSlowPath = 4;    ///< AccessRw
constexpr std::uint32_t kAccessByArea = 1u << 16;  ///< an address is {number of the area, offset in it}
constexpr std::uint32_t kAccessPins = 1;        ///< CreateAccess

constexpr std::uint32_t kDeviceNoDirty = 1;
constexpr std::uint32_t kDeviceHuge = 2;   ///< 6.12
constexpr std::uint32_t kDevicePasid = 4;  ///< later kernels
constexpr unsigned kPasidBits = 20;
constexpr std::uint32_t kPasidThatFails = 1024;  ///< its second domain in a row is refused, once

constexpr BusAddr kApertureFirst = 1ull << 24;
constexpr BusAddr kApertureLast = (1ull << 31) - 1;
constexpr unsigned kPageShift = 11;
constexpr std::uint64_t kPagesPerHuge = 512;

constexpr std::uint32_t kHwInfoType = 0xfeedbeef;
constexpr std::uint32_t kHwInfoValue = 0xdeadbeef;
struct HwInfoData {
  std::uint32_t flags, test_reg;
};

constexpr std::uint32_t kHwptData = 0xdead;
struct HwptData {
  static constexpr std::uint32_t kLeast = 4;
  static constexpr std::uint32_t kHuge = 1;  ///< pagetable_type
  std::uint32_t iotlb, pagetable_type;
};

constexpr std::uint32_t kInvalidateAll = 1;
constexpr std::uint32_t kNestedInvalidateData = 0xdeadbeef;
struct NestedInvalidate {
  std::uint32_t flags, iotlb_id;
};
constexpr std::uint32_t kViommuInvalidateData = 0xdeadbeef;
struct ViommuInvalidate {
  std::uint32_t flags, vdev_id, cache_id;
};
constexpr std::uint32_t kCacheEntries = 4;  ///< of a nested domain's IOTLB and of a device's cache
constexpr std::uint32_t kDeviceCacheDefault = 0xbaddad;

constexpr std::uint32_t kViommuType = 0xdeadbeef;
struct ViommuData {
  static constexpr std::uint32_t kLeast = 8;
  std::uint32_t in_data, out_data;
  std::uint64_t out_mmap_offset, out_mmap_length;
};
constexpr std::uint32_t kEventType = 0xbeefbeef;
constexpr std::uint32_t kQueueType = 0xdeadbeef;
constexpr std::uint32_t kQueues = 2;

}  // namespace phbsim::arch::iommufd::selftest
