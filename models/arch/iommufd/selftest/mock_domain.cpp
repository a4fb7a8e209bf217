// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/selftest/mock_domain.hpp"

#include <algorithm>

#include "models/arch/iommufd/selftest/mock_device.hpp"
#include "models/arch/iommufd/undo.hpp"
#include "models/arch/translate.hpp"
#include "models/base/bits.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::iommufd::selftest {

using os::Errno;
using os::fail;

namespace {

constexpr unsigned kWideShift = 56;

WindowShape window(const MockShape& shape) {
  // Two levels reach the aperture's end, four the wide one's; tables come with what is mapped.
  const unsigned levels = shape.wide ? 4 : 2;
  const unsigned span = shape.wide ? kWideShift : log2_ceil(kApertureLast + 1);
  const unsigned bits = (span - shape.page_shift + levels - 1) / levels;
  WindowShape out;
  out.levels = levels;
  out.table_bytes = std::max<std::uint64_t>(4 * kKiB, std::uint64_t{kTceBytes} << bits);
  out.page_shift = shape.page_shift;
  return out;
}

os::Aperture aperture(const MockShape& shape) {
  if (shape.wide) return {0, low_mask(kWideShift), shape.page_shift};
  return {kApertureFirst, kApertureLast, shape.page_shift};
}

std::uint64_t permissions(os::Protection prot) { return (prot.read ? kTceRead : 0) | (prot.write ? kTceWrite : 0); }

}  // namespace

MockDomain::MockDomain(BlockPool& pool, const MockShape& shape)
    : shape_(shape),
      block_(pool),
      region_(block_.base(), BlockPool::kBlockBytes),
      table_(window(shape), region_),
      apertures_{aperture(shape)} {
  stores_.reserve(kMaxLevels + 1);
}

MockDomain::~MockDomain() { block_.set_used(region_.used()); }

std::uint64_t MockDomain::tce(BusAddr iova) const {
  const RealAddr leaf = table_.leaf_address(iova >> shape_.page_shift);
  return leaf == 0 ? 0 : block_.memory().read_be64(leaf);
}

void MockDomain::put(BusAddr iova, std::uint64_t tce) {
  const std::uint64_t index = iova >> shape_.page_shift;
  stores_.clear();
  const auto write_out = [&] {
    const os::NoFail memory_of_the_machine;
    for (const TceTable::Store& store : stores_) block_.memory().write_be64(store.addr, store.value);
  };
  try {
    table_.plan_put(index, tce, stores_);
  } catch (const UserError&) {
    write_out();  // links to tables that the plan counts as present
    fail(Errno::NoMem, "the domain's block has no room for another table");
  } catch (...) {
    write_out();
    throw;
  }
  write_out();
}

void MockDomain::map(BusAddr iova, RealAddr real, std::uint64_t bytes, os::Protection prot) {
  const std::uint64_t page = page_bytes();
  const os::Aperture& range = apertures_.front();
  if (bytes == 0 || (iova | real | bytes) % page != 0 || iova < range.first || iova > range.last ||
      bytes - 1 > range.last - iova) {
    fail(Errno::Inval, "not whole pages within the domain's aperture");
  }
  for (std::uint64_t at = 0; at < bytes; at += page) {
    if (mapped(iova + at)) fail(Errno::Exist, "a page is mapped there");
  }
  Undo clear([&] { unmap(iova, bytes); });
  std::uint64_t at = 0;
  while (at < bytes) {
    std::uint64_t size = page;
    const std::uint64_t huge = shape_.huge_bytes;
    if (huge != 0 && (iova + at) % huge == 0 && (real + at) % huge == 0 && bytes - at >= huge) {
      huge_.insert(iova + at);
      size = huge;
    }
    for (const std::uint64_t end = at + size; at < end; at += page) put(iova + at, (real + at) | permissions(prot));
  }
  clear.keep();
}

void MockDomain::unmap(BusAddr iova, std::uint64_t bytes) noexcept {
  const os::NoFail clearing;
  const std::uint64_t page = page_bytes();
  for (std::uint64_t at = 0; at < bytes; at += page) {
    if (mapped(iova + at)) put(iova + at, 0);
  }
  const auto forget = [&](std::set<BusAddr>& pages) {
    pages.erase(pages.lower_bound(iova), pages.lower_bound(iova + bytes));
  };
  forget(huge_);
  forget(dirty_);
}

std::optional<RealAddr> MockDomain::to_real(BusAddr iova) const {
  if (!table_.geometry().spans(iova)) return std::nullopt;
  for (const Access access : {Access::Read, Access::Write}) {
    const Translation translation = walk(table_.geometry(), iova, access, block_.memory());
    if (translation.ok()) return translation.real;
  }
  return std::nullopt;
}

std::pair<BusAddr, std::uint64_t> MockDomain::page_at(BusAddr iova) const {
  if (shape_.huge_bytes != 0) {
    const BusAddr start = align_down(iova, shape_.huge_bytes);
    if (huge_.count(start) != 0) return {start, shape_.huge_bytes};
  }
  return {align_down(iova, page_bytes()), page_bytes()};
}

void MockDomain::set_dirty(BusAddr iova) {
  if (mapped(iova)) dirty_.insert(page_at(iova).first);
}

void MockDomain::enable(bool on) {
  if (on) dirty_.clear();
  tracking_ = on;
}

void MockDomain::read(BusAddr iova, std::uint64_t bytes, bool keep,
                      std::vector<std::pair<BusAddr, std::uint64_t>>& dirty) {
  const BusAddr end = iova + bytes;
  for (auto it = dirty_.lower_bound(page_at(iova).first); it != dirty_.end() && *it < end;) {
    dirty.push_back(page_at(*it));
    it = keep ? std::next(it) : dirty_.erase(it);
  }
}

std::uint32_t MockNested::invalidate(const os::UserData& array, std::uint32_t entry_bytes, std::uint32_t entries,
                                     std::optional<Errno>& error) {
  if (array.type != kNestedInvalidateData) {
    error = Errno::Inval;
    return 0;
  }
  for (std::uint32_t i = 0; i < entries; ++i) {
    NestedInvalidate entry;
    try {
      const os::UserData one{array.type, array.addr + std::uint64_t{i} * entry_bytes, entry_bytes, array.caller};
      os::copy_driver_data(one, kNestedInvalidateData, &entry, sizeof entry, sizeof entry);
    } catch (const os::SysError& why) {
      error = why.code();
      return i;
    }
    if ((entry.flags & ~kInvalidateAll) != 0) error = Errno::OpNotSupp;
    else if (entry.iotlb_id >= kCacheEntries) error = Errno::Inval;
    if (error) return i;
    if ((entry.flags & kInvalidateAll) != 0) std::fill_n(iotlb_, kCacheEntries, 0u);
    else iotlb_[entry.iotlb_id] = 0;
  }
  return entries;
}

}  // namespace phbsim::arch::iommufd::selftest
