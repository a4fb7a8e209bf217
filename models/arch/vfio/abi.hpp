// SPDX-License-Identifier: Apache-2.0
/// What programs see of VFIO: the commands and their structs (iommufd.md 9, ddw-vfio.md 4.1, 4.2).
///
/// Ioctl words are those of x86-64 and most others, _IO(';', 100 + n) = 0x3b64 + n; those of powerpc
/// have bit 29 set, too [F]: generic() takes it off. The meaning of a word depends on the kind of file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace phbsim::arch::vfio::abi {

constexpr std::uint32_t kBase = 0x3b00 + 100;
constexpr std::uint32_t kPowerpcNone = 1u << 29;
constexpr std::uint32_t generic(std::uint32_t word) { return word & ~kPowerpcNone; }

enum class FileKind : std::uint8_t { Container, Group, Device };

enum class Cmd : std::uint8_t {
  // of a container
  GetApiVersion, CheckExtension, SetIommu,
  SpaprTceGetInfo, MapDma, UnmapDma, SpaprEnable, SpaprDisable, SpaprRegisterMemory, SpaprUnregisterMemory,
  SpaprTceCreate, SpaprTceRemove, EehPeOp,
  Type1GetInfo, Type1DirtyPages,
  // of a group
  GroupGetStatus, GroupSetContainer, GroupUnsetContainer, GroupGetDeviceFd,
  // of a device
  DeviceGetInfo, DeviceGetRegionInfo, DeviceGetIrqInfo, DeviceSetIrqs, DeviceReset,
  DeviceHotResetInfo, DeviceHotReset, DeviceIoeventfd, DeviceFeature,
  DeviceBindIommufd, DeviceAttachPt, DeviceDetachPt,
};

/// Which IOMMU a container's word belongs to: words 12 and 17 have one meaning in each.
enum class Backend : std::uint8_t { Any, Spapr, Type1 };

struct Command {
  Cmd cmd;
  FileKind file;
  std::uint32_t n;          ///< word: kBase + n
  std::string_view name;
  std::uint32_t least;      ///< argsz that the kernel insists on (minsz); 0: the argument is no struct with argsz
  Backend backend = Backend::Any;
};

constexpr std::array<Command, 31> kCommands{{
    {Cmd::GetApiVersion, FileKind::Container, 0, "GET_API_VERSION", 0},
    {Cmd::CheckExtension, FileKind::Container, 1, "CHECK_EXTENSION", 0},
    {Cmd::SetIommu, FileKind::Container, 2, "SET_IOMMU", 0},
    {Cmd::SpaprTceGetInfo, FileKind::Container, 12, "IOMMU_SPAPR_TCE_GET_INFO", 16, Backend::Spapr},
    {Cmd::MapDma, FileKind::Container, 13, "IOMMU_MAP_DMA", 32},
    {Cmd::UnmapDma, FileKind::Container, 14, "IOMMU_UNMAP_DMA", 24},
    {Cmd::SpaprEnable, FileKind::Container, 15, "IOMMU_ENABLE", 0, Backend::Spapr},
    {Cmd::SpaprDisable, FileKind::Container, 16, "IOMMU_DISABLE", 0, Backend::Spapr},
    {Cmd::SpaprRegisterMemory, FileKind::Container, 17, "IOMMU_SPAPR_REGISTER_MEMORY", 24, Backend::Spapr},
    {Cmd::SpaprUnregisterMemory, FileKind::Container, 18, "IOMMU_SPAPR_UNREGISTER_MEMORY", 24, Backend::Spapr},
    {Cmd::SpaprTceCreate, FileKind::Container, 19, "IOMMU_SPAPR_TCE_CREATE", 40, Backend::Spapr},
    {Cmd::SpaprTceRemove, FileKind::Container, 20, "IOMMU_SPAPR_TCE_REMOVE", 16, Backend::Spapr},
    {Cmd::EehPeOp, FileKind::Container, 21, "EEH_PE_OP", 12, Backend::Spapr},
    {Cmd::Type1GetInfo, FileKind::Container, 12, "IOMMU_GET_INFO", 16, Backend::Type1},
    {Cmd::Type1DirtyPages, FileKind::Container, 17, "IOMMU_DIRTY_PAGES", 8, Backend::Type1},
    {Cmd::GroupGetStatus, FileKind::Group, 3, "GROUP_GET_STATUS", 8},
    {Cmd::GroupSetContainer, FileKind::Group, 4, "GROUP_SET_CONTAINER", 0},
    {Cmd::GroupUnsetContainer, FileKind::Group, 5, "GROUP_UNSET_CONTAINER", 0},
    {Cmd::GroupGetDeviceFd, FileKind::Group, 6, "GROUP_GET_DEVICE_FD", 0},
    {Cmd::DeviceGetInfo, FileKind::Device, 7, "DEVICE_GET_INFO", 16},
    {Cmd::DeviceGetRegionInfo, FileKind::Device, 8, "DEVICE_GET_REGION_INFO", 32},
    {Cmd::DeviceGetIrqInfo, FileKind::Device, 9, "DEVICE_GET_IRQ_INFO", 16},
    {Cmd::DeviceSetIrqs, FileKind::Device, 10, "DEVICE_SET_IRQS", 20},
    {Cmd::DeviceReset, FileKind::Device, 11, "DEVICE_RESET", 0},
    {Cmd::DeviceHotResetInfo, FileKind::Device, 12, "DEVICE_GET_PCI_HOT_RESET_INFO", 12},
    {Cmd::DeviceHotReset, FileKind::Device, 13, "DEVICE_PCI_HOT_RESET", 12},
    {Cmd::DeviceIoeventfd, FileKind::Device, 16, "DEVICE_IOEVENTFD", 32},
    {Cmd::DeviceFeature, FileKind::Device, 17, "DEVICE_FEATURE", 8},
    {Cmd::DeviceBindIommufd, FileKind::Device, 18, "DEVICE_BIND_IOMMUFD", 16},
    {Cmd::DeviceAttachPt, FileKind::Device, 19, "DEVICE_ATTACH_IOMMUFD_PT", 12},
    {Cmd::DeviceDetachPt, FileKind::Device, 20, "DEVICE_DETACH_IOMMUFD_PT", 8},
}};

constexpr std::uint32_t word(Cmd cmd) { return kBase + kCommands[static_cast<std::size_t>(cmd)].n; }
constexpr std::uint32_t least(Cmd cmd) { return kCommands[static_cast<std::size_t>(cmd)].least; }

/// The command that `word` (generic or powerpc) is on a file of that kind; null if none.
constexpr const Command* find(FileKind file, std::uint32_t word, Backend backend = Backend::Any) {
  for (const Command& c : kCommands) {
    const bool ours = c.backend == Backend::Any || c.backend == backend;
    if (c.file == file && ours && kBase + c.n == generic(word)) return &c;
  }
  return nullptr;
}

constexpr bool in_order() {
  for (std::size_t i = 0; i < kCommands.size(); ++i) {
    if (static_cast<std::size_t>(kCommands[i].cmd) != i) return false;
  }
  return true;
}
static_assert(in_order());
static_assert(word(Cmd::GetApiVersion) == 0x3b64 && word(Cmd::SpaprUnregisterMemory) == 0x3b76 &&
              word(Cmd::DeviceBindIommufd) == 0x3b76 && word(Cmd::EehPeOp) == 0x3b79);

// -- CHECK_EXTENSION, SET_IOMMU ---------------------------------------------------------------------
constexpr std::uint32_t kApiVersion = 0;
constexpr std::uint64_t kType1 = 1;
constexpr std::uint64_t kSpaprTce = 2;
constexpr std::uint64_t kType1v2 = 3;
constexpr std::uint64_t kDmaCc = 4;
constexpr std::uint64_t kEeh = 5;
constexpr std::uint64_t kSpaprTceV2 = 7;
constexpr std::uint64_t kUnmapAll = 9;
constexpr std::uint64_t kUpdateVaddr = 10;

// -- container --------------------------------------------------------------------------------------
struct SpaprTceInfo {
  static constexpr std::uint32_t kDdw = 1;  ///< flag
  std::uint32_t argsz, flags, dma32_window_start, dma32_window_size;
  std::uint64_t pgsizes;
  std::uint32_t max_dynamic_windows_supported, levels;
};
static_assert(sizeof(SpaprTceInfo) == 32 && offsetof(SpaprTceInfo, dma32_window_start) == 8 &&
              offsetof(SpaprTceInfo, dma32_window_size) == 12 && offsetof(SpaprTceInfo, pgsizes) == 16 &&
              offsetof(SpaprTceInfo, max_dynamic_windows_supported) == 24 && offsetof(SpaprTceInfo, levels) == 28);

struct SpaprRegisterMemory {
  std::uint32_t argsz, flags;
  std::uint64_t vaddr, size;
};
static_assert(sizeof(SpaprRegisterMemory) == 24 && offsetof(SpaprRegisterMemory, vaddr) == 8 &&
              offsetof(SpaprRegisterMemory, size) == 16);

struct SpaprTceCreate {
  std::uint32_t argsz, flags, page_shift, resv1;
  std::uint64_t window_size;
  std::uint32_t levels, resv2;
  std::uint64_t start_addr;  ///< out
};
static_assert(sizeof(SpaprTceCreate) == 40 && offsetof(SpaprTceCreate, page_shift) == 8 &&
              offsetof(SpaprTceCreate, window_size) == 16 && offsetof(SpaprTceCreate, levels) == 24 &&
              offsetof(SpaprTceCreate, start_addr) == 32);

struct SpaprTceRemove {
  std::uint32_t argsz, flags;
  std::uint64_t start_addr;
};
static_assert(sizeof(SpaprTceRemove) == 16 && offsetof(SpaprTceRemove, start_addr) == 8);

constexpr std::uint32_t kMapRead = 1;   ///< the device reads
constexpr std::uint32_t kMapWrite = 2;
constexpr std::uint32_t kMapVaddr = 4;

struct DmaMap {
  std::uint32_t argsz, flags;
  std::uint64_t vaddr, iova, size;
};
static_assert(sizeof(DmaMap) == 32 && offsetof(DmaMap, vaddr) == 8 && offsetof(DmaMap, iova) == 16 &&
              offsetof(DmaMap, size) == 24);

constexpr std::uint32_t kUnmapGetDirtyBitmap = 1;
constexpr std::uint32_t kUnmapFlagAll = 2;
constexpr std::uint32_t kUnmapVaddr = 4;

struct DmaUnmap {
  std::uint32_t argsz, flags;
  std::uint64_t iova, size;
};
static_assert(sizeof(DmaUnmap) == 24 && offsetof(DmaUnmap, iova) == 8 && offsetof(DmaUnmap, size) == 16);

struct EehPeOp {
  std::uint32_t argsz, flags, op, pad;
  std::uint32_t err_type, err_func;
  std::uint64_t err_addr, err_mask;
};
static_assert(sizeof(EehPeOp) == 40 && offsetof(EehPeOp, op) == 8 && offsetof(EehPeOp, err_type) == 16 &&
              offsetof(EehPeOp, err_func) == 20 && offsetof(EehPeOp, err_addr) == 24 &&
              offsetof(EehPeOp, err_mask) == 32);

/// EehPeOp::op (ddw-vfio.md 4.6).
enum class EehOp : std::uint32_t {
  Disable, Enable, UnfreezeIo, UnfreezeDma, GetState, ResetDeactivate, ResetHot, ResetFundamental, Configure, InjectErr
};
constexpr std::uint32_t kEehErrTypes = 2;   ///< 0: 32-bit, 1: 64-bit
constexpr std::uint32_t kEehErrFuncs = 20;

struct Type1Info {
  static constexpr std::uint32_t kPgsizes = 1;
  static constexpr std::uint32_t kCaps = 2;
  std::uint32_t argsz, flags;
  std::uint64_t iova_pgsizes;
  std::uint32_t cap_offset, pad;
};
static_assert(sizeof(Type1Info) == 24 && offsetof(Type1Info, iova_pgsizes) == 8 &&
              offsetof(Type1Info, cap_offset) == 16);

/// Header of one capability in a chain; `next` is an offset from the start of the struct before the chain.
struct InfoCap {
  std::uint16_t id, version;
  std::uint32_t next;
};
constexpr std::uint16_t kCapIovaRange = 1;   ///< of Type1Info: u32 count, u32, then {u64 first, u64 last}...
constexpr std::uint16_t kCapDmaAvail = 3;    ///< u32 mappings that may still be made
static_assert(sizeof(InfoCap) == 8);

// -- group ------------------------------------------------------------------------------------------
struct GroupStatus {
  static constexpr std::uint32_t kViable = 1;
  static constexpr std::uint32_t kContainerSet = 2;
  std::uint32_t argsz, flags;
};
static_assert(sizeof(GroupStatus) == 8);

// -- device -----------------------------------------------------------------------------------------
struct DeviceInfo {
  static constexpr std::uint32_t kReset = 1;
  static constexpr std::uint32_t kPci = 2;
  static constexpr std::uint32_t kCaps = 128;
  std::uint32_t argsz, flags, num_regions, num_irqs, cap_offset, pad;
};
static_assert(sizeof(DeviceInfo) == 24 && offsetof(DeviceInfo, cap_offset) == 16);

struct RegionInfo {
  static constexpr std::uint32_t kRead = 1;
  static constexpr std::uint32_t kWrite = 2;
  static constexpr std::uint32_t kMmap = 4;
  static constexpr std::uint32_t kCaps = 8;
  std::uint32_t argsz, flags, index, cap_offset;
  std::uint64_t size, offset;
};
static_assert(sizeof(RegionInfo) == 32 && offsetof(RegionInfo, size) == 16 && offsetof(RegionInfo, offset) == 24);
constexpr std::uint16_t kCapMsixMappable = 3;  ///< the MSI-X table may be mapped, too

/// Indices of regions; offset of region i is i << 40.
constexpr std::uint32_t kRegionRom = 6;
constexpr std::uint32_t kRegionConfig = 7;
constexpr std::uint32_t kRegionVga = 8;
constexpr std::uint32_t kRegions = 9;
constexpr unsigned kRegionShift = 40;

constexpr std::uint32_t kIrqIntx = 0;
constexpr std::uint32_t kIrqMsi = 1;
constexpr std::uint32_t kIrqMsix = 2;
constexpr std::uint32_t kIrqErr = 3;
constexpr std::uint32_t kIrqReq = 4;
constexpr std::uint32_t kIrqs = 5;

struct IrqInfo {
  static constexpr std::uint32_t kEventfd = 1;
  static constexpr std::uint32_t kMaskable = 2;
  static constexpr std::uint32_t kAutomasked = 4;
  static constexpr std::uint32_t kNoresize = 8;
  std::uint32_t argsz, flags, index, count;
};
static_assert(sizeof(IrqInfo) == 16);

struct IrqSet {
  static constexpr std::uint32_t kDataNone = 1;
  static constexpr std::uint32_t kDataBool = 2;
  static constexpr std::uint32_t kDataEventfd = 4;
  static constexpr std::uint32_t kDataMask = 7;
  static constexpr std::uint32_t kMask = 8;
  static constexpr std::uint32_t kUnmask = 16;
  static constexpr std::uint32_t kTrigger = 32;
  static constexpr std::uint32_t kActionMask = 56;
  std::uint32_t argsz, flags, index, start, count;  ///< then `count` bytes or s32 descriptors
};
static_assert(sizeof(IrqSet) == 20);

struct DeviceFeature {
  static constexpr std::uint32_t kIndexMask = 0xffff;
  static constexpr std::uint32_t kGet = 1u << 16;
  static constexpr std::uint32_t kSet = 1u << 17;
  static constexpr std::uint32_t kProbe = 1u << 18;
  std::uint32_t argsz, flags;  ///< then data
};
static_assert(sizeof(DeviceFeature) == 8);
constexpr std::uint32_t kFeatureVfToken = 0;
constexpr std::uint32_t kFeatureLowPowerEntry = 3;
constexpr std::uint32_t kFeatureLowPowerEntryWakeup = 4;
constexpr std::uint32_t kFeatureLowPowerExit = 5;

struct HotResetInfo {
  static constexpr std::uint32_t kDevId = 1;
  static constexpr std::uint32_t kDevIdOwned = 2;
  std::uint32_t argsz, flags, count;  ///< then `count` of HotResetDevice
};
struct HotResetDevice {
  std::uint32_t group_or_devid;
  std::uint16_t segment;
  std::uint8_t bus, devfn;
};
constexpr std::uint32_t kDevidOwned = 0;
constexpr std::uint32_t kDevidNotOwned = ~0u;
struct HotReset {
  std::uint32_t argsz, flags, count;  ///< then `count` s32 descriptors of groups
};
static_assert(sizeof(HotResetInfo) == 12 && sizeof(HotResetDevice) == 8 && sizeof(HotReset) == 12);

struct BindIommufd {
  static constexpr std::uint32_t kToken = 1;
  std::uint32_t argsz, flags;
  std::int32_t iommufd;
  std::uint32_t out_devid;
  std::uint64_t token_uuid_ptr;
};
static_assert(sizeof(BindIommufd) == 24 && offsetof(BindIommufd, iommufd) == 8 &&
              offsetof(BindIommufd, out_devid) == 12 && offsetof(BindIommufd, token_uuid_ptr) == 16);

struct AttachPt {
  static constexpr std::uint32_t kPasid = 1;
  std::uint32_t argsz, flags, pt_id, pasid;
};
struct DetachPt {
  static constexpr std::uint32_t kPasid = 1;
  std::uint32_t argsz, flags, pasid;
};
static_assert(sizeof(AttachPt) == 16 && sizeof(DetachPt) == 12);

}  // namespace phbsim::arch::vfio::abi
