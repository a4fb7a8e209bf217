// SPDX-License-Identifier: Apache-2.0
#include "platform/host/linux/ddw_policy.hpp"

#include <algorithm>

#include "models/base/bits.hpp"
#include "models/base/endian.hpp"

namespace phbsim::host {
namespace {

// Extensions by index, 0-based after the count (1.2).
constexpr unsigned kExtReset = 1;
constexpr unsigned kExtQuery6 = 2;
constexpr unsigned kExtLimited = 3;

constexpr std::uint64_t kHybridReserve = 2 * kGiB;  // step 11
constexpr std::size_t kWindowPropertyBytes = 24;
constexpr std::size_t kDmaWindowCells = 5;  // LIOBN, 2 address cells, 2 size cells (1.2)

/// Number of the highest one, from 1.
unsigned fls64(std::uint64_t v) { return v ? log2_floor(v) + 1 : 0; }

struct DefaultWindow {
  std::uint32_t liobn = 0;
  BusAddr start = 0;
  std::uint64_t bytes = 0;
};
std::optional<DefaultWindow> parse_default(const PropertyValue& v) {
  if (v.size() < kDmaWindowCells * 4) return std::nullopt;
  return DefaultWindow{load_be32(&v[0]), load_be64(&v[4]), load_be64(&v[12])};
}

void count(const TceCall& call, DdwCounts& calls) {
  switch (call.kind) {
    case TceCall::Kind::Put: ++calls.put; break;
    case TceCall::Kind::Indirect: ++calls.indirect; break;
    case TceCall::Kind::Stuff: ++calls.stuff; break;
    default: break;
  }
}

/// Direct maps stop at the first answer that is not 0 (2.6).
long run(DdwFirmware& firmware, const TcePlan& plan, DdwCounts& calls) {
  for (const TceCall& call : plan) {
    count(call, calls);
    if (const long rc = firmware.tce(call)) return rc;
  }
  return arch::papr::kSuccess;
}

}  // namespace

std::string_view to_string(DdwRefusal refusal) {
  constexpr std::string_view kTexts[] = {
      "none",
      "disable_ddw is set",
      "the DMA mask has 32 bits or less",
      "an earlier attempt for this PE failed",
      "no ibm,ddw-applicable",
      "query failed",
      "the DMA mask needs limited addressing, which firmware lacks",
      "reset to limited addressing failed",
      "no window is free and the default one is in use",
      "no window is free and there is no default one",
      "no window is free and a removal could not be undone",
      "the default window could not be removed",
      "no window is free even without the default one",
      "no known page size",
      "create failed",
      "memory could not be mapped",
  };
  return kTexts[static_cast<unsigned>(refusal)];
}

PropertyValue window_property(const DdwWindow& w) {
  PropertyValue v(kWindowPropertyBytes);
  store_be32(&v[0], w.liobn);
  store_be64(&v[8], w.base);
  store_be32(&v[16], w.page_shift);
  store_be32(&v[20], w.len);
  return v;
}

std::optional<DdwWindow> parse_window_property(std::string_view name, const PropertyValue& v) {
  if (v.size() < kWindowPropertyBytes) return std::nullopt;
  DdwWindow w;
  w.property = name;
  w.liobn = load_be32(&v[0]);
  w.base = load_be64(&v[8]);
  w.page_shift = load_be32(&v[16]);
  w.len = load_be32(&v[20]);
  return w;
}

int read_extension(DdwFirmware& firmware, unsigned index, std::uint32_t& value) {
  const auto cells = firmware.extensions();
  if (!cells) return kEInval;
  if (cells->empty()) return kENoData;
  if ((*cells)[0] < index || cells->size() <= index) return kEOverflow;
  value = (*cells)[index];
  return 0;
}

DdwPolicy::DdwPolicy(DdwMachine machine, const PageSizeOrder& order)
    : machine_(std::move(machine)),
      order_(order),
      tce_(make_named(kTceCalls, machine_.multitce ? "pseries" : "pseries-single")) {}

/// One enable_ddw() that has come past the recorded windows.
struct DdwPolicy::Session {
  const DdwPolicy& policy;
  DdwFirmware& firmware;
  DdwNode& node;
  DdwResult& result;
  bool limited = false;

  bool fail(DdwRefusal why) {
    result.why_not = why;
    // Step 17. What a reset brings back is the window; its property was not deleted yet.
    if (result.default_removed || limited) {
      ++result.calls.reset;
      firmware.reset(false);
      result.default_removed = false;
    }
    node.failed = true;
    return false;
  }

  DdwQuery query() {
    std::uint32_t six = 0;
    const bool wide = read_extension(firmware, kExtQuery6, six) == 0 && six == 1;
    ++result.calls.query;
    return firmware.query(wide ? 6 : 5);
  }

  DdwCreated create(unsigned page_shift, unsigned len) {
    for (;;) {
      ++result.calls.create;
      const DdwCreated c = firmware.create(page_shift, len);
      const bool delayed = c.status >= arch::papr::kRtasExtendedDelay && c.status <= arch::papr::kRtasExtendedDelay + 5;
      if (c.status != arch::papr::kRtasBusy && !delayed) return c;
      unsigned ms = policy.machine_.busy_pause_ms;
      if (delayed) {
        ms = 1;
        for (int i = c.status - arch::papr::kRtasExtendedDelay; i > 0; --i) ms *= 10;
      }
      ++result.calls.busy;
      result.calls.paused_ms += ms;
      firmware.pause(ms);
    }
  }

  /// Step 7: gives up the default window for a dynamic one.
  bool replace_default(DdwQuery& q) {
    if (node.default_in_use) return fail(DdwRefusal::DefaultInUse);
    const auto property = firmware.property(arch::papr::kDmaWindow);
    const auto window = property ? parse_default(*property) : std::nullopt;
    if (!window) return fail(DdwRefusal::NoDefaultProperty);
    std::uint32_t token = 0;
    if (read_extension(firmware, kExtReset, token) != 0) return fail(DdwRefusal::NoResetExtension);
    TcePlan clear;
    policy.tce_->clear_table({window->liobn, 12}, window->start, window->bytes >> 12, clear);
    run(firmware, clear, result.calls);
    ++result.calls.remove;
    if (firmware.remove(window->liobn) != 0) return fail(DdwRefusal::RemoveFailed);
    result.default_removed = true;
    q = query();
    if (q.status != 0) return fail(DdwRefusal::QueryFailed);
    if (q.windows_available == 0) return fail(DdwRefusal::NoWindowAvailable);
    return true;
  }

  void undo(const DdwWindow& w) {
    policy.close(firmware, w, result.calls);
    node.windows.pop_back();
  }

  bool enable(std::uint64_t mask, unsigned max_ram_len);
};

bool DdwPolicy::Session::enable(std::uint64_t mask, unsigned max_ram_len) {
  const DdwMachine& machine = policy.machine_;
  if (!firmware.applicable()) return fail(DdwRefusal::NotApplicable);
  DdwQuery q = query();
  if (q.status != 0) return fail(DdwRefusal::QueryFailed);

  if (mask != ~0ull) {
    std::uint32_t token = 0, extension = 0;
    if (read_extension(firmware, kExtReset, token) != 0 || read_extension(firmware, kExtLimited, extension) != 0 ||
        extension == 0) {
      return fail(DdwRefusal::NoLimitedAddressing);
    }
    ++result.calls.reset;
    if (firmware.reset(true) != 0) return fail(DdwRefusal::LimitedResetFailed);
    limited = true;
  }

  if (q.windows_available == 0 && !replace_default(q)) return false;

  const unsigned page_shift = policy.order_.pick(q.page_mask);
  if (page_shift == 0) return fail(DdwRefusal::NoPageSize);

  // Step 9; as a sum of orders, so that 2^37 pages of 16 GiB do not overflow.
  const unsigned reach = q.largest_block ? log2_ceil(q.largest_block) + page_shift : 0;
  const unsigned ddw_sz = std::min(reach, fls64(mask));
  unsigned len = max_ram_len;
  if (machine.pmem && ddw_sz >= machine.max_physmem_bits) len = machine.max_physmem_bits;
  bool direct = false;
  bool dynamic = false;
  std::uint64_t dynamic_offset = 0;
  if (ddw_sz < len) {
    len = ddw_sz;
    dynamic = true;
  } else {
    direct = !result.default_removed || len == machine.max_physmem_bits || (!machine.pmem && len == max_ram_len);
    if (!direct) {
      // pmem and no default window: RAM may be mapped directly, the rest on demand.
      dynamic = true;
      const std::uint64_t needed = kHybridReserve + (1ull << max_ram_len);
      if (ddw_sz >= 64 || 1ull << ddw_sz >= needed) {
        direct = true;
        dynamic_offset = 1ull << max_ram_len;
      }
      len = ddw_sz;
    }
  }

  const DdwCreated created = create(page_shift, len);
  if (created.status != 0) return fail(DdwRefusal::CreateFailed);
  DdwWindow w;
  w.property = direct ? arch::papr::kDirectWindowInfo : arch::papr::kDynamicWindowInfo;
  w.liobn = created.liobn;
  w.base = created.start;
  w.page_shift = page_shift;
  w.len = len;
  w.direct = direct;
  w.dynamic = dynamic;
  w.dynamic_offset = dynamic_offset;
  firmware.set_property(w.property, window_property(w));
  node.windows.push_back(w);

  if (direct) {
    for (const MemoryRange& r : machine.ram) {
      TcePlan plan;
      policy.tce_->map_direct({w.liobn, w.page_shift}, w.base, r.start, r.bytes, plan);
      if (run(firmware, plan, result.calls) == arch::papr::kSuccess) continue;
      undo(w);
      return fail(DdwRefusal::MapFailed);
    }
    if (result.default_removed) node.table0.reset();
  }
  if (dynamic) (result.default_removed ? node.table0 : node.table1) = w.liobn;
  if (result.default_removed) {
    if (const auto value = firmware.property(arch::papr::kDmaWindow)) {
      firmware.set_property(arch::papr::kSavedDmaWindow, *value);
      firmware.delete_property(arch::papr::kDmaWindow);
    }
  }
  result.used = true;
  result.property = w.property;
  result.liobn = w.liobn;
  result.page_shift = page_shift;
  result.len = len;
  result.base = w.base;
  result.direct = direct;
  result.dynamic = dynamic;
  result.dynamic_offset = dynamic_offset;
  return true;
}

DdwResult DdwPolicy::enable(DdwFirmware& firmware, DdwNode& node, std::uint64_t dma_mask) const {
  DdwResult result;
  if (machine_.disable_ddw) {
    result.why_not = DdwRefusal::Disabled;
    return result;
  }
  if (fls64(dma_mask) <= 32) {
    result.why_not = DdwRefusal::MaskTooSmall;
    return result;
  }
  const unsigned max_ram_len = machine_.hotplug_max ? log2_ceil(machine_.hotplug_max) : 0;
  if (!node.windows.empty()) {
    const DdwWindow& w = node.windows.front();
    result.used = result.reused = true;
    result.property = w.property;
    result.liobn = w.liobn;
    result.page_shift = w.page_shift;
    result.len = w.len;
    result.base = w.base;
    result.direct = w.direct;
    result.dynamic = w.dynamic;
    result.dynamic_offset = w.dynamic_offset;
  } else if (node.failed) {
    result.why_not = DdwRefusal::NodeFailedBefore;
    return result;
  } else {
    Session session{*this, firmware, node, result};
    if (!session.enable(dma_mask, max_ram_len)) return result;
  }
  if (machine_.pmem && result.direct && result.len != machine_.max_physmem_bits) {
    result.bus_dma_limit = result.base + (1ull << max_ram_len);
  }
  return result;
}

void DdwPolicy::find_existing(DdwFirmware& firmware, DdwNode& node) const {
  for (const std::string_view name : {arch::papr::kDirectWindowInfo, arch::papr::kDynamicWindowInfo}) {
    const auto value = firmware.property(name);
    if (!value) continue;
    if (auto w = parse_window_property(name, *value)) node.windows.push_back(*w);
  }
}

/// All of the window is cleared, not only where RAM is.
void DdwPolicy::close(DdwFirmware& firmware, const DdwWindow& w, DdwCounts& calls) const {
  TcePlan plan;
  tce_->clear_table({w.liobn, w.page_shift}, w.base, 1ull << (w.len - w.page_shift), plan);
  run(firmware, plan, calls);
  ++calls.remove;
  firmware.remove(w.liobn);
  firmware.delete_property(w.property);
}

bool DdwPolicy::covered(const MemoryRange& range) const {
  return range.start < machine_.hotplug_max && range.bytes <= machine_.hotplug_max - range.start;
}

// Every direct window follows; the last refusal is the answer.
long DdwPolicy::follow(DdwFirmware& firmware, const DdwNode& node, const MemoryRange& range, bool online,
                       DdwCounts& calls) const {
  long veto = arch::papr::kSuccess;
  if (!covered(range)) return veto;
  for (const DdwWindow& w : node.windows) {
    if (!w.direct) continue;
    const TceWindow window{w.liobn, w.page_shift};
    TcePlan plan;
    if (online) {
      tce_->map_direct(window, w.base, range.start, range.bytes, plan);
    } else {
      tce_->unmap_direct(window, w.base, range.start, range.bytes, plan);
    }
    if (const long rc = run(firmware, plan, calls)) veto = rc;
  }
  return veto;
}

long DdwPolicy::memory_online(DdwFirmware& firmware, const DdwNode& node, const MemoryRange& range,
                              DdwCounts& calls) const {
  return follow(firmware, node, range, true, calls);
}

long DdwPolicy::memory_offline(DdwFirmware& firmware, const DdwNode& node, const MemoryRange& range,
                               DdwCounts& calls) const {
  return follow(firmware, node, range, false, calls);
}

bool DdwPolicy::detach(DdwFirmware& firmware, DdwNode& node, DdwCounts& calls) const {
  for (const std::string_view name : {arch::papr::kDirectWindowInfo, arch::papr::kDynamicWindowInfo}) {
    const auto value = firmware.property(name);
    const auto w = value ? parse_window_property(name, *value) : std::nullopt;
    if (!w) continue;
    close(firmware, *w, calls);
    node.windows.erase(std::remove_if(node.windows.begin(), node.windows.end(),
                                      [&](const DdwWindow& x) { return x.liobn == w->liobn; }),
                       node.windows.end());
    return true;
  }
  return false;
}

}  // namespace phbsim::host
