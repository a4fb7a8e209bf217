// SPDX-License-Identifier: Apache-2.0
/// What programs see of iommufd: the commands and their structs (iommufd.md 1, 3).
///
/// Ioctl words are those of x86-64 and most others, _IO(';', nr) = 0x3b00 + nr; those of powerpc have
/// bit 29 set, too [F]: a platform that serves programs of powerpc takes the bit off.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phbsim::arch::iommufd::abi {

constexpr std::uint32_t kType = 0x3b;
constexpr std::uint32_t kBase = 0x80;  ///< first command; lower numbers are VFIO's

constexpr std::uint32_t word(std::uint32_t nr) { return kType << 8 | nr; }

constexpr std::uint32_t kMapFixed = 1;
constexpr std::uint32_t kMapWriteable = 2;
constexpr std::uint32_t kMapReadable = 4;

constexpr std::uint32_t kHwptNestParent = 1;
constexpr std::uint32_t kHwptDirtyTracking = 2;
constexpr std::uint32_t kHwptFaultIdValid = 4;
constexpr std::uint32_t kHwptPasid = 8;

constexpr std::uint32_t kOptionRlimitMode = 0;
constexpr std::uint32_t kOptionHugePages = 1;
constexpr std::uint16_t kOptionSet = 0;
constexpr std::uint16_t kOptionGet = 1;

constexpr std::uint16_t kVfioIoasGet = 0;
constexpr std::uint16_t kVfioIoasSet = 1;
constexpr std::uint16_t kVfioIoasClear = 2;

struct Destroy {
  std::uint32_t size, id;
};

struct IoasAlloc {
  std::uint32_t size, flags, out_ioas_id;
};

struct IovaRangeEntry {
  std::uint64_t start, last;
};

struct IoasAllowIovas {
  std::uint32_t size, ioas_id, num_iovas, reserved;
  std::uint64_t allowed_iovas;
};

struct IoasCopy {
  std::uint32_t size, flags, dst_ioas_id, src_ioas_id;
  std::uint64_t length, dst_iova, src_iova;
};

struct IoasIovaRanges {
  std::uint32_t size, ioas_id, num_iovas, reserved;
  std::uint64_t allowed_iovas, out_iova_alignment;
};

struct IoasMap {
  std::uint32_t size, flags, ioas_id, reserved;
  std::uint64_t user_va, length, iova;
};

struct IoasUnmap {
  std::uint32_t size, ioas_id;
  std::uint64_t iova, length;
};

struct Option {
  std::uint32_t size, option_id;
  std::uint16_t op, reserved;
  std::uint32_t object_id;
  std::uint64_t val64;
};

struct VfioIoas {
  std::uint32_t size, ioas_id;
  std::uint16_t op, reserved;
};

struct HwptAlloc {
  std::uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
  std::uint64_t data_uptr;
  std::uint32_t fault_id, reserved2;
};

struct GetHwInfo {
  static constexpr std::uint32_t kInputType = 1;  ///< flag
  std::uint32_t size, flags, dev_id, data_len;
  std::uint64_t data_uptr;
  std::uint32_t data_type;  ///< in and out
  std::uint8_t out_max_pasid_log2, reserved[3];
  std::uint64_t out_capabilities;
};

struct HwptSetDirtyTracking {
  static constexpr std::uint32_t kEnable = 1;
  std::uint32_t size, flags, hwpt_id, reserved;
};

struct HwptGetDirtyBitmap {
  static constexpr std::uint32_t kNoClear = 1;
  std::uint32_t size, hwpt_id, flags, reserved;
  std::uint64_t iova, length, page_size, data;
};

struct HwptInvalidate {
  std::uint32_t size, hwpt_id;
  std::uint64_t data_uptr;
  std::uint32_t data_type, entry_len, entry_num, reserved;
};

struct FaultQueueAlloc {
  std::uint32_t size, flags, out_fault_id, out_fault_fd;
};

struct IoasMapFile {
  std::uint32_t size, flags, ioas_id;
  std::int32_t fd;
  std::uint64_t start, length, iova;
};

struct ViommuAlloc {
  std::uint32_t size, flags, type, dev_id, hwpt_id, out_viommu_id, data_len, reserved;
  std::uint64_t data_uptr;
};

struct VdeviceAlloc {
  std::uint32_t size, viommu_id, dev_id, out_vdevice_id;
  std::uint64_t virt_id;
};

struct IoasChangeProcess {
  std::uint32_t size, reserved;
};

struct VeventqAlloc {
  std::uint32_t size, flags, viommu_id, type, veventq_depth, out_veventq_id, out_veventq_fd, reserved;
};

struct HwQueueAlloc {
  std::uint32_t size, flags, viommu_id, type, index, out_hw_queue_id;
  std::uint64_t nesting_parent_iova, length;
};

struct NoIommuGetPa {
  std::uint32_t size, flags, ioas_id, reserved;
  std::uint64_t iova, length, out_phys;
};

/// One record of a fault queue (iommufd.md 8).
struct PageFaultRecord {
  static constexpr std::uint32_t kPasidValid = 1;
  static constexpr std::uint32_t kLastOfGroup = 2;
  std::uint32_t flags, dev_id, pasid, grpid, perm, reserved;
  std::uint64_t addr;
  std::uint32_t length, cookie;
};

/// An answer to a group of faults: code 0 success, 1 invalid.
struct PageResponse {
  std::uint32_t cookie, code;
};

/// Before the data of each event of an event queue.
struct EventHeader {
  static constexpr std::uint32_t kLost = 1;
  std::uint32_t flags, sequence;
};

/// One command. `since` is the kernel's version times 100 (6.12 is 612).
struct Command {
  std::uint32_t nr;
  std::string_view name;
  std::uint32_t least;  ///< bytes that a caller's struct has at least
  std::uint32_t known;  ///< bytes that are known here
  std::uint32_t since;
};

constexpr std::uint32_t kTestNr = kBase + 32;  ///< of the selftests; its struct is theirs

constexpr std::array<Command, 22> kCommands{{
    {0x80, "DESTROY", 8, sizeof(Destroy), 602},
    {0x81, "IOAS_ALLOC", 12, sizeof(IoasAlloc), 602},
    {0x82, "IOAS_ALLOW_IOVAS", 24, sizeof(IoasAllowIovas), 602},
    {0x83, "IOAS_COPY", 40, sizeof(IoasCopy), 602},
    {0x84, "IOAS_IOVA_RANGES", 32, sizeof(IoasIovaRanges), 602},
    {0x85, "IOAS_MAP", 40, sizeof(IoasMap), 602},
    {0x86, "IOAS_UNMAP", 24, sizeof(IoasUnmap), 602},
    {0x87, "OPTION", 24, sizeof(Option), 602},
    {0x88, "VFIO_IOAS", 12, sizeof(VfioIoas), 602},
    {0x89, "HWPT_ALLOC", 24, sizeof(HwptAlloc), 606},
    {0x8a, "GET_HW_INFO", 32, sizeof(GetHwInfo), 606},
    {0x8b, "HWPT_SET_DIRTY_TRACKING", 16, sizeof(HwptSetDirtyTracking), 607},
    {0x8c, "HWPT_GET_DIRTY_BITMAP", 48, sizeof(HwptGetDirtyBitmap), 607},
    {0x8d, "HWPT_INVALIDATE", 32, sizeof(HwptInvalidate), 608},
    {0x8e, "FAULT_QUEUE_ALLOC", 16, sizeof(FaultQueueAlloc), 611},
    {0x8f, "IOAS_MAP_FILE", 40, sizeof(IoasMapFile), 613},
    {0x90, "VIOMMU_ALLOC", 24, sizeof(ViommuAlloc), 613},
    {0x91, "VDEVICE_ALLOC", 24, sizeof(VdeviceAlloc), 613},
    {0x92, "IOAS_CHANGE_PROCESS", 8, sizeof(IoasChangeProcess), 613},
    {0x93, "VEVENTQ_ALLOC", 28, sizeof(VeventqAlloc), 615},
    {0x94, "HW_QUEUE_ALLOC", 40, sizeof(HwQueueAlloc), 617},
    {0x95, "IOAS_NOIOMMU_GET_PA", 40, sizeof(NoIommuGetPa), 703},
}};

constexpr bool commands_in_order() {
  for (std::size_t i = 0; i < kCommands.size(); ++i) {
    if (kCommands[i].nr != kBase + i || kCommands[i].least > kCommands[i].known) return false;
  }
  return true;
}
static_assert(commands_in_order());

// Offsets and sizes of iommufd.md 3.
static_assert(sizeof(Destroy) == 8 && offsetof(Destroy, id) == 4);
static_assert(sizeof(IoasAlloc) == 12 && offsetof(IoasAlloc, flags) == 4 && offsetof(IoasAlloc, out_ioas_id) == 8);
static_assert(sizeof(IoasAllowIovas) == 24 && offsetof(IoasAllowIovas, ioas_id) == 4 &&
              offsetof(IoasAllowIovas, num_iovas) == 8 && offsetof(IoasAllowIovas, reserved) == 12 &&
              offsetof(IoasAllowIovas, allowed_iovas) == 16 && sizeof(IovaRangeEntry) == 16);
static_assert(sizeof(IoasCopy) == 40 && offsetof(IoasCopy, flags) == 4 && offsetof(IoasCopy, dst_ioas_id) == 8 &&
              offsetof(IoasCopy, src_ioas_id) == 12 && offsetof(IoasCopy, length) == 16 &&
              offsetof(IoasCopy, dst_iova) == 24 && offsetof(IoasCopy, src_iova) == 32);
static_assert(sizeof(IoasIovaRanges) == 32 && offsetof(IoasIovaRanges, ioas_id) == 4 &&
              offsetof(IoasIovaRanges, num_iovas) == 8 && offsetof(IoasIovaRanges, reserved) == 12 &&
              offsetof(IoasIovaRanges, allowed_iovas) == 16 && offsetof(IoasIovaRanges, out_iova_alignment) == 24);
static_assert(sizeof(IoasMap) == 40 && offsetof(IoasMap, flags) == 4 && offsetof(IoasMap, ioas_id) == 8 &&
              offsetof(IoasMap, reserved) == 12 && offsetof(IoasMap, user_va) == 16 &&
              offsetof(IoasMap, length) == 24 && offsetof(IoasMap, iova) == 32);
static_assert(sizeof(IoasUnmap) == 24 && offsetof(IoasUnmap, ioas_id) == 4 && offsetof(IoasUnmap, iova) == 8 &&
              offsetof(IoasUnmap, length) == 16);
static_assert(sizeof(Option) == 24 && offsetof(Option, option_id) == 4 && offsetof(Option, op) == 8 &&
              offsetof(Option, reserved) == 10 && offsetof(Option, object_id) == 12 && offsetof(Option, val64) == 16);
static_assert(sizeof(VfioIoas) == 12 && offsetof(VfioIoas, ioas_id) == 4 && offsetof(VfioIoas, op) == 8 &&
              offsetof(VfioIoas, reserved) == 10);
static_assert(sizeof(HwptAlloc) == 48 && offsetof(HwptAlloc, flags) == 4 && offsetof(HwptAlloc, dev_id) == 8 &&
              offsetof(HwptAlloc, pt_id) == 12 && offsetof(HwptAlloc, out_hwpt_id) == 16 &&
              offsetof(HwptAlloc, reserved) == 20 && offsetof(HwptAlloc, data_type) == 24 &&
              offsetof(HwptAlloc, data_len) == 28 && offsetof(HwptAlloc, data_uptr) == 32 &&
              offsetof(HwptAlloc, fault_id) == 40 && offsetof(HwptAlloc, reserved2) == 44);
static_assert(sizeof(GetHwInfo) == 40 && offsetof(GetHwInfo, flags) == 4 && offsetof(GetHwInfo, dev_id) == 8 &&
              offsetof(GetHwInfo, data_len) == 12 && offsetof(GetHwInfo, data_uptr) == 16 &&
              offsetof(GetHwInfo, data_type) == 24 && offsetof(GetHwInfo, out_max_pasid_log2) == 28 &&
              offsetof(GetHwInfo, reserved) == 29 && offsetof(GetHwInfo, out_capabilities) == 32);
static_assert(sizeof(HwptSetDirtyTracking) == 16 && offsetof(HwptSetDirtyTracking, flags) == 4 &&
              offsetof(HwptSetDirtyTracking, hwpt_id) == 8 && offsetof(HwptSetDirtyTracking, reserved) == 12);
static_assert(sizeof(HwptGetDirtyBitmap) == 48 && offsetof(HwptGetDirtyBitmap, hwpt_id) == 4 &&
              offsetof(HwptGetDirtyBitmap, flags) == 8 && offsetof(HwptGetDirtyBitmap, reserved) == 12 &&
              offsetof(HwptGetDirtyBitmap, iova) == 16 && offsetof(HwptGetDirtyBitmap, length) == 24 &&
              offsetof(HwptGetDirtyBitmap, page_size) == 32 && offsetof(HwptGetDirtyBitmap, data) == 40);
static_assert(sizeof(HwptInvalidate) == 32 && offsetof(HwptInvalidate, hwpt_id) == 4 &&
              offsetof(HwptInvalidate, data_uptr) == 8 && offsetof(HwptInvalidate, data_type) == 16 &&
              offsetof(HwptInvalidate, entry_len) == 20 && offsetof(HwptInvalidate, entry_num) == 24 &&
              offsetof(HwptInvalidate, reserved) == 28);
static_assert(sizeof(FaultQueueAlloc) == 16 && offsetof(FaultQueueAlloc, flags) == 4 &&
              offsetof(FaultQueueAlloc, out_fault_id) == 8 && offsetof(FaultQueueAlloc, out_fault_fd) == 12);
static_assert(sizeof(IoasMapFile) == 40 && offsetof(IoasMapFile, flags) == 4 && offsetof(IoasMapFile, ioas_id) == 8 &&
              offsetof(IoasMapFile, fd) == 12 && offsetof(IoasMapFile, start) == 16 &&
              offsetof(IoasMapFile, length) == 24 && offsetof(IoasMapFile, iova) == 32);
static_assert(sizeof(ViommuAlloc) == 40 && offsetof(ViommuAlloc, flags) == 4 && offsetof(ViommuAlloc, type) == 8 &&
              offsetof(ViommuAlloc, dev_id) == 12 && offsetof(ViommuAlloc, hwpt_id) == 16 &&
              offsetof(ViommuAlloc, out_viommu_id) == 20 && offsetof(ViommuAlloc, data_len) == 24 &&
              offsetof(ViommuAlloc, reserved) == 28 && offsetof(ViommuAlloc, data_uptr) == 32);
static_assert(sizeof(VdeviceAlloc) == 24 && offsetof(VdeviceAlloc, viommu_id) == 4 &&
              offsetof(VdeviceAlloc, dev_id) == 8 && offsetof(VdeviceAlloc, out_vdevice_id) == 12 &&
              offsetof(VdeviceAlloc, virt_id) == 16);
static_assert(sizeof(IoasChangeProcess) == 8 && offsetof(IoasChangeProcess, reserved) == 4);
static_assert(sizeof(VeventqAlloc) == 32 && offsetof(VeventqAlloc, flags) == 4 &&
              offsetof(VeventqAlloc, viommu_id) == 8 && offsetof(VeventqAlloc, type) == 12 &&
              offsetof(VeventqAlloc, veventq_depth) == 16 && offsetof(VeventqAlloc, out_veventq_id) == 20 &&
              offsetof(VeventqAlloc, out_veventq_fd) == 24 && offsetof(VeventqAlloc, reserved) == 28);
static_assert(sizeof(HwQueueAlloc) == 40 && offsetof(HwQueueAlloc, flags) == 4 &&
              offsetof(HwQueueAlloc, viommu_id) == 8 && offsetof(HwQueueAlloc, type) == 12 &&
              offsetof(HwQueueAlloc, index) == 16 && offsetof(HwQueueAlloc, out_hw_queue_id) == 20 &&
              offsetof(HwQueueAlloc, nesting_parent_iova) == 24 && offsetof(HwQueueAlloc, length) == 32);
static_assert(sizeof(NoIommuGetPa) == 40 && offsetof(NoIommuGetPa, flags) == 4 &&
              offsetof(NoIommuGetPa, ioas_id) == 8 && offsetof(NoIommuGetPa, reserved) == 12 &&
              offsetof(NoIommuGetPa, iova) == 16 && offsetof(NoIommuGetPa, length) == 24 &&
              offsetof(NoIommuGetPa, out_phys) == 32);
static_assert(sizeof(PageFaultRecord) == 40 && offsetof(PageFaultRecord, dev_id) == 4 &&
              offsetof(PageFaultRecord, pasid) == 8 && offsetof(PageFaultRecord, grpid) == 12 &&
              offsetof(PageFaultRecord, perm) == 16 && offsetof(PageFaultRecord, reserved) == 20 &&
              offsetof(PageFaultRecord, addr) == 24 && offsetof(PageFaultRecord, length) == 32 &&
              offsetof(PageFaultRecord, cookie) == 36 && sizeof(PageResponse) == 8 && sizeof(EventHeader) == 8);

}  // namespace phbsim::arch::iommufd::abi
