// SPDX-License-Identifier: Apache-2.0
/// VFIO's type1 container calls on an iommufd (iommufd.md 9). The sPAPR types are refused as any
/// unknown type, and their calls do not exist here (ddw-vfio.md 9.5, I10 and I11).
#include <algorithm>
#include <cstring>
#include <vector>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/hwpt.hpp"
#include "models/arch/iommufd/ioas_object.hpp"
#include "models/base/bits.hpp"
#include "models/arch/vfio/abi.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

namespace {

using vfio::abi::Cmd;
using vfio::abi::DmaMap;
using vfio::abi::DmaUnmap;
using vfio::abi::InfoCap;
using vfio::abi::kDmaCc;
using vfio::abi::kMapRead;
using vfio::abi::kMapWrite;
using vfio::abi::kType1;
using vfio::abi::kType1v2;
using vfio::abi::kUnmapAll;
using vfio::abi::kUnmapFlagAll;
using Info = vfio::abi::Type1Info;

constexpr std::uint32_t kInfoLeast = vfio::abi::least(Cmd::Type1GetInfo);  ///< without cap_offset

struct CapDmaAvail {
  static constexpr std::uint16_t kId = vfio::abi::kCapDmaAvail;
  InfoCap header;
  std::uint32_t avail;
};
static_assert(sizeof(CapDmaAvail) == 12);

struct CapIovaRange {
  static constexpr std::uint16_t kId = vfio::abi::kCapIovaRange;
  InfoCap header;
  std::uint32_t ranges, reserved;
};
static_assert(sizeof(CapIovaRange) == 16);

std::int64_t check_extension(const Context& context, std::uint64_t type) {
  switch (type) {
    case kType1:
    case kType1v2:
    case kUnmapAll: return 1;
    case kDmaCc: {
      const auto& hwpts = context.compat_ioas().hwpts();
      return std::all_of(hwpts.begin(), hwpts.end(),
                         [](HwptPaging* hwpt) { return hwpt->paging_domain().enforces_coherency(); });
    }
    default: return 0;
  }
}

void set_iommu(const Context& context, std::uint64_t type) {
  if (type != kType1 && type != kType1v2) fail(Errno::Inval, "iommufd stands in for type1 containers only");
  Ioas& ioas = context.compat_ioas().ioas();
  // type1 may unmap in the middle of a mapping, so none may become a large page.
  if (type == kType1) ioas.set_huge_pages(false);
}

void map_dma(const Context& context, const os::Caller& caller, os::UserAddr addr) {
  DmaMap map;
  caller.copy_in(addr, &map, sizeof map);
  if (map.argsz < sizeof map || (map.flags & ~(kMapRead | kMapWrite)) != 0) {
    fail(Errno::Inval, "the struct is too small or has an unknown flag");
  }
  Ioas& ioas = context.compat_ioas().ioas();
  Source source;
  source.mm = caller.mm;
  source.start = map.vaddr;
  // Charged as any mapping of this context is; a container's context charges processes.
  source.accounting = accounting_of(context, caller);
  ioas.map(source, map.size, map.iova, {(map.flags & kMapRead) != 0, (map.flags & kMapWrite) != 0});
}

void unmap_dma(const Context& context, const os::Caller& caller, os::UserAddr addr) {
  DmaUnmap unmap;
  caller.copy_in(addr, &unmap, sizeof unmap);
  if (unmap.argsz < sizeof unmap || (unmap.flags & ~kUnmapFlagAll) != 0) {
    fail(Errno::Inval, "the struct is too small or has an unknown flag");
  }
  Ioas& ioas = context.compat_ioas().ioas();
  if (unmap.flags == kUnmapFlagAll) {
    if (unmap.iova != 0 || unmap.size != 0) fail(Errno::Inval, "all is asked for with address and size 0");
    unmap.size = ioas.unmap_all();
  } else {
    if (!ioas.huge_pages() && unmap.size != 0) ioas.split(unmap.iova, unmap.size);
    // Nothing there is no error of type1; what is gone before an error is reported with it.
    const Ioas::Unmapped done = ioas.unmap_range(unmap.iova, unmap.size);
    unmap.size = done.bytes;
    if (done.error) {
      caller.copy_out(addr, &unmap, sizeof unmap);
      throw *done.error;
    }
  }
  caller.copy_out(addr, &unmap, sizeof unmap);
}

/// I/O page sizes that all domains have; those below the host's page stand for that.
std::uint64_t page_sizes(const Context& context, const Ioas& ioas) {
  std::uint64_t sizes = ~0ull;
  for (const os::PagingDomain* domain : ioas.domains()) sizes &= domain->page_sizes();
  const std::uint64_t page = context.layer().page_bytes();
  if ((sizes & (page - 1)) != 0) sizes = (sizes & ~(page - 1)) | page;
  return std::max(sizes, ioas.alignment());
}

template <typename T>
void append(std::vector<unsigned char>& bytes, const T& value) {
  const auto* from = reinterpret_cast<const unsigned char*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof value);
}

/// Capabilities as they follow the struct, each at a multiple of 8.
std::vector<std::vector<unsigned char>> capabilities(const Ioas& ioas) {
  std::vector<std::vector<unsigned char>> caps(2);
  append(caps[0], CapDmaAvail{{CapDmaAvail::kId, 1, 0}, 0xffffffff});
  const std::vector<IovaRange> usable = ioas.usable();
  append(caps[1], CapIovaRange{{CapIovaRange::kId, 1, 0}, static_cast<std::uint32_t>(usable.size()), 0});
  for (const IovaRange& range : usable) append(caps[1], abi::IovaRangeEntry{range.first, range.last});
  return caps;
}

void get_info(const Context& context, const os::Caller& caller, os::UserAddr addr) {
  Info info{};
  caller.copy_in(addr, &info, kInfoLeast);
  if (info.argsz < kInfoLeast) fail(Errno::Inval, "the struct is too small");
  const Ioas& ioas = context.compat_ioas().ioas();
  const std::uint32_t room = info.argsz;
  std::vector<unsigned char> chain;
  std::size_t header = 0;  // of the last one, its offset in the chain
  std::size_t whole = 0;   // bytes of the chain that the caller has room for, in whole capabilities
  for (const std::vector<unsigned char>& cap : capabilities(ioas)) {
    const std::size_t start = chain.size();
    if (start != 0) {
      const auto next = static_cast<std::uint32_t>(sizeof info + start);
      std::memcpy(chain.data() + header + offsetof(InfoCap, next), &next, sizeof next);
    }
    header = start;
    chain.insert(chain.end(), cap.begin(), cap.end());
    if (sizeof info + chain.size() <= room && whole == start) whole = align_up(chain.size(), 8);
    chain.resize(align_up(chain.size(), 8));
  }
  info.flags = Info::kPgsizes | Info::kCaps;
  info.iova_pgsizes = page_sizes(context, ioas);
  info.argsz = static_cast<std::uint32_t>(sizeof info + chain.size());
  info.cap_offset = room >= info.argsz ? sizeof info : 0;
  if (whole != 0) {
    caller.copy_out(addr + sizeof info, chain.data(), std::min<std::size_t>(whole, room - sizeof info));
  }
  caller.copy_out(addr, &info, std::min<std::size_t>(room, sizeof info));
}

}  // namespace

std::int64_t calls::vfio_compat(Context& context, os::Caller& caller, std::uint32_t word, std::uint64_t argument) {
  switch (word) {
    case vfio::abi::word(Cmd::GetApiVersion): return vfio::abi::kApiVersion;
    case vfio::abi::word(Cmd::CheckExtension): return check_extension(context, argument);
    case vfio::abi::word(Cmd::SetIommu): set_iommu(context, argument); return 0;
    case vfio::abi::word(Cmd::Type1GetInfo): get_info(context, caller, argument); return 0;
    case vfio::abi::word(Cmd::MapDma): map_dma(context, caller, argument); return 0;
    case vfio::abi::word(Cmd::UnmapDma): unmap_dma(context, caller, argument); return 0;
    default: fail(Errno::NoTty, "iommufd has no such call");
  }
}

}  // namespace phbsim::arch::iommufd
