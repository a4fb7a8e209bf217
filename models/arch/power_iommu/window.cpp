// SPDX-License-Identifier: Apache-2.0
#include "models/arch/power_iommu/window.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/arch/power_iommu/power_group.hpp"
#include "models/arch/power_iommu/uapi.hpp"
#include "models/arch/translate.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::power_iommu {

using os::Errno;

namespace {

WindowShape checked_shape(const TableMemory& memory, const WindowSpec& spec, unsigned host_page_shift) {
  const auto shape = shape_of(spec, host_page_shift);
  if (!shape) os::fail(Errno::Inval, "no TCE table has this size, page and number of levels");
  if (shape->table_bytes > memory.largest_block) os::fail(Errno::NoMem, "one table is larger than the kernel's largest block");
  return *shape;
}

/// A region that is full is memory that ran out.
template <typename F>
auto allocating(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const UserError&) {
    os::fail(Errno::NoMem, "the memory for TCE tables is used up");
  }
}

}  // namespace

std::uint64_t table_lead(const WindowSpec& spec) { return spec.start == kStartMiddle ? spec.start : 0; }

std::optional<WindowShape> shape_of(const WindowSpec& spec, unsigned host_page_shift) {
  if (!is_power_of_two(spec.bytes) || spec.bytes > 1ull << 59) return std::nullopt;
  const std::uint64_t lead = table_lead(spec);
  const std::uint64_t span = lead == 0 ? spec.bytes : 1ull << log2_ceil(lead + spec.bytes);
  const auto shift = linux_level_shift(span, spec.page_shift, spec.levels, host_page_shift);
  if (!shift) return std::nullopt;
  WindowShape shape;
  shape.levels = spec.levels;
  shape.page_shift = spec.page_shift;
  // A single table is as long as its entries, not a kernel page at least [F set_window].
  shape.table_bytes = spec.levels == 1 ? std::max(4 * kKiB, (span >> spec.page_shift) * kTceBytes) : 1ull << *shift;
  return shape;
}

Window::Window(const TableMemory& memory, const WindowSpec& spec, unsigned host_page_shift)
    : memory_(memory),
      spec_(spec),
      lead_(table_lead(spec) >> spec.page_shift),
      charge_(linux_table_size(spec.bytes, spec.page_shift, spec.levels, host_page_shift)),
      table_(allocating([&] {
        return TceTable(checked_shape(memory, spec, host_page_shift), memory.region, Population::OnDemand,
                        lead_ + (spec.bytes >> spec.page_shift));
      })) {}

Window::~Window() {
  const os::NoFail releasing;
  PHBSIM_ASSERT(users_.empty());
  table_.give_back([&](RealAddr table, std::uint64_t bytes) { memory_.stores.clear(table, bytes); });
}

void Window::reserve(Effects& room, std::uint64_t count) {
  room.reserve(static_cast<std::size_t>(std::min(count, kStoresAtOnce)));
}

void Window::flush(Effects& room) noexcept {
  // A fenced PHB cannot keep memory from being written.
  if (!room.empty()) memory_.stores.carry_out(room);
  room.clear();
}

bool Window::any_set(std::uint64_t first, std::uint64_t count) const {
  bool any = false;
  table_.for_each_piece(entry_of(first), count, [&](const TceTable::Piece& p) {
    for (std::uint64_t i = 0; i < p.count && !any; ++i) any = memory_.memory.read_be64(p.entry + kTceBytes * i) != 0;
  });
  return any;
}

void Window::ensure(std::uint64_t first, std::uint64_t count) {
  std::vector<TceTable::Store> links;
  Effects room;
  reserve(room, 1);  // links are few, and grow below only where nothing may fail
  allocating([&] { table_.ensure(entry_of(first), count, links); });
  const os::NoFail linked;
  for (const TceTable::Store& s : links) {
    store(room, s.addr, s.value);
    if (room.size() == kStoresAtOnce) flush(room);
  }
  flush(room);
}

void Window::set(std::uint64_t first, std::uint64_t count, RealAddr real, std::uint64_t permissions,
                 Effects& room) noexcept {
  const os::NoFail reserved;
  const std::uint64_t from = entry_of(first);
  table_.for_each_piece(from, count, [&](const TceTable::Piece& p) {
    for (std::uint64_t i = 0; i < p.count; ++i) {
      store(room, p.entry + kTceBytes * i, (real + ((p.index - from + i) << spec_.page_shift)) | permissions);
      if (room.size() == kStoresAtOnce) flush(room);
    }
  });
  flush(room);
}

void Window::clear(std::uint64_t first, std::uint64_t count) noexcept {
  const os::NoFail releasing;
  Effects room;
  table_.for_each_piece(entry_of(first), count, [&](const TceTable::Piece& p) {
    for (std::uint64_t i = 0; i < p.count; ++i) {
      store(room, p.entry + kTceBytes * i, 0);
      if (room.size() == kStoresAtOnce) flush(room);
    }
  });
  flush(room);
}

std::optional<RealAddr> Window::to_real(BusAddr addr) const {
  const std::uint64_t offset = addr - spec_.start + (lead_ << spec_.page_shift);
  const Translation t = walk(table_.geometry(), offset, Access::Read, memory_.memory);
  if (t.ok()) return t.real;
  if (t.reads != shape().levels) return std::nullopt;
  // An entry that permits nothing still names its page.
  const std::uint64_t tce = memory_.memory.read_be64(t.fetched[t.reads - 1]);
  if (tce == 0) return std::nullopt;
  return tce_page_base(tce, spec_.page_shift) | (addr & low_mask(spec_.page_shift));
}

os::TceWindowTable::Entry Window::get(std::uint64_t index) const {
  const RealAddr at = table_.leaf_address(entry_of(index));
  const std::uint64_t tce = at == 0 ? 0 : memory_.memory.read_be64(at);
  return {tce_page_base(tce, spec_.page_shift), {(tce & kTceRead) != 0, (tce & kTceWrite) != 0}};
}

os::TceWindowTable::Entry Window::exchange(std::uint64_t index, Entry entry) {
  if (index >= spec_.bytes >> spec_.page_shift) os::fail(Errno::Inval, "the entry lies beyond the window");
  const Entry old = get(index);
  const std::uint64_t permissions = tce_permissions(entry.prot);
  if (permissions == 0) {
    clear(index, 1);
    return old;
  }
  Effects room;
  reserve(room, 1);
  ensure(index, 1);
  set(index, 1, align_down(entry.real, 1ull << spec_.page_shift), permissions, room);
  return old;
}

void Window::kill(std::uint64_t first, std::uint64_t count) noexcept {
  const KillRange range{spec_.start + (first << spec_.page_shift), count, spec_.page_shift};
  for (PowerGroup* group : users_) group->kill(&range, 1);
}

void Window::remove_user(PowerGroup& group) noexcept {
  users_.erase(std::remove(users_.begin(), users_.end(), &group), users_.end());
}

}  // namespace phbsim::arch::power_iommu
