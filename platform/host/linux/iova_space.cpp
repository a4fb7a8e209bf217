// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/iova_space.hpp"

#include <algorithm>

#include "models/base/bits.hpp"

namespace phbsim::host {

IovaRelease IovaSpace::flush_timer(unsigned cpu, Tick now) {
  IovaRelease r;
  r.cpu = cpu;
  r.now = now;
  r.timer = true;
  return r;
}

std::optional<std::uint64_t> IovaSpace::allocate(IovaSearch& search) {
  IovaStep s;
  do {
    s = step(search);
  } while (!s.done);
  if (!s.found) return std::nullopt;
  return s.first;
}

unsigned IovaSpace::release(IovaRelease release) {
  unsigned kills = 0;
  IovaStep s;
  do {
    s = step(release);
    kills += s.kill_all;
  } while (!s.done);
  return kills;
}

IovaSearch search_for(const IovaSpaceParams& params, const DmaBuffer& buffer) {
  const std::uint64_t io_page = 1ull << params.page_shift;
  IovaSearch s;
  s.cpu = buffer.cpu;
  s.coherent = buffer.coherent;
  s.limit = buffer.mask >> params.page_shift;
  if (buffer.coherent) {
    // Whole kernel pages; naturally aligned by the power of two that holds the I/O pages.
    const std::uint64_t bytes = align_up(buffer.length, 1ull << params.cpu_page_shift);
    s.pages = align_up(bytes, io_page) >> params.page_shift;
    if (s.pages == 0) return s;
    s.align_order = log2_ceil(s.pages);
    if (s.align_order > params.table.max_coherent_order) s.pages = 0;
    return s;
  }
  if (buffer.length == 0) return s;
  s.pages = (align_up((buffer.address & (io_page - 1)) + buffer.length, io_page)) >> params.page_shift;
  const std::uint64_t cpu_page = 1ull << params.cpu_page_shift;
  if (params.page_shift < params.cpu_page_shift && buffer.length >= cpu_page && buffer.address % cpu_page == 0) {
    s.align_order = params.cpu_page_shift - params.page_shift;
  }
  return s;
}

BusAddr bus_address(const IovaSpaceParams& params, std::uint64_t first, RealAddr address) {
  return first << params.page_shift | (address & low_mask(params.page_shift));
}

std::unique_ptr<IovaSpace> make_iova_space(std::string_view name, const IovaSpaceParams& params) {
  return make_named<IovaSpace, const IovaSpaceParams&>(kIovaSpaces, name, params);
}

}  // namespace phbsim::host
