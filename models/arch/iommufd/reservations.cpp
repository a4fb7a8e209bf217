// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/reservations.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

bool Reservations::touches(const std::vector<IovaRange>& list, IovaRange range) {
  return std::any_of(list.begin(), list.end(), [&](const IovaRange& r) { return overlap(r, range); });
}

bool Reservations::touches(const std::vector<Reserved>& list, IovaRange range) {
  return std::any_of(list.begin(), list.end(), [&](const Reserved& r) { return overlap(r.range, range); });
}

std::vector<IovaRange> Reservations::complement(const std::vector<Reserved>& reserved) {
  std::vector<IovaRange> sorted;
  for (const Reserved& r : reserved) sorted.push_back(r.range);
  std::sort(sorted.begin(), sorted.end(), [](const IovaRange& a, const IovaRange& b) { return a.first < b.first; });
  std::vector<IovaRange> out;
  Iova at = 0;
  for (const IovaRange& r : sorted) {
    if (r.first > at) out.push_back({at, r.first - 1});
    if (r.last == ~Iova{0}) return out;
    at = std::max(at, r.last + 1);
  }
  out.push_back({at, ~Iova{0}});
  return out;
}

void Reservations::reserve(const void* owner, IovaRange range) {
  std::vector<Reserved> reserved = reserved_;
  reserved.push_back({owner, range});
  usable_ = complement(reserved);
  reserved_.swap(reserved);
}

void Reservations::coarsen(const void* owner, IovaRange range, std::uint64_t granule) {
  coarse_.push_back({owner, range, granule});
}

void Reservations::release(const void* owner) noexcept {
  const os::NoFail no_fail;
  const auto owned = [owner](const auto& entry) { return entry.owner == owner; };
  reserved_.erase(std::remove_if(reserved_.begin(), reserved_.end(), owned), reserved_.end());
  coarse_.erase(std::remove_if(coarse_.begin(), coarse_.end(), owned), coarse_.end());
  usable_ = complement(reserved_);
}

void Reservations::allow(std::vector<IovaRange> ranges) {
  for (const IovaRange& r : ranges) {
    if (r.first >= r.last) fail(Errno::Inval, "an allowed range has less than two IOVAs");
  }
  std::sort(ranges.begin(), ranges.end(), [](const IovaRange& a, const IovaRange& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first <= ranges[i - 1].last) fail(Errno::Inval, "allowed ranges overlap");
  }
  for (const IovaRange& r : ranges) {
    if (reserved(r)) fail(Errno::AddrInUse, "an allowed range touches reserved IOVAs");
  }
  allowed_.swap(ranges);
}

std::vector<IovaRange> Reservations::pickable(std::uint64_t page_bytes) const {
  const IovaRange all{page_bytes, ~Iova{0} - page_bytes};
  if (allowed_.empty()) return {all};
  std::vector<IovaRange> out;
  for (const IovaRange& r : allowed_) {
    const IovaRange clipped{std::max(r.first, all.first), std::min(r.last, all.last)};
    if (clipped.first > clipped.last) continue;
    if (!out.empty() && out.back().last + 1 == clipped.first) {
      out.back().last = clipped.last;  // neighbours are one range
    } else {
      out.push_back(clipped);
    }
  }
  return out;
}

std::uint64_t Reservations::granule(IovaRange range) const {
  std::uint64_t most = 1;
  for (const Coarse& c : coarse_) {
    if (overlap(c.range, range)) most = std::max(most, c.granule);
  }
  return most;
}

}  // namespace phbsim::arch::iommufd
