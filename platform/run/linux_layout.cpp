// SPDX-License-Identifier: Apache-2.0
#include "platform/run/linux_layout.hpp"

#include <algorithm>

#include "models/base/bits.hpp"
#include "models/base/text.hpp"
#include "models/memory/sparse_store.hpp"
#include "platform/host/linux/page_size_order.hpp"
#include "platform/host/partition_firmware.hpp"

namespace phbsim::run {

namespace {

/// A kernel of 64K pages allocates tables of up to 16 MiB: 8 pages of its largest block (3.5).
constexpr std::uint64_t kMostBareMetal = 8ull << 40;
constexpr arch::papr::LogicalAddr kList = 16 * kMiB;

config::WindowConfig window(BusAddr offset, unsigned page_shift, std::uint64_t size, bool direct) {
  config::WindowConfig w;
  w.offset = offset;
  w.page_size = 1ull << page_shift;
  w.size = size;
  w.mapping = direct ? config::Mapping::Direct : config::Mapping::PerIo;
  return w;
}

LinuxLayout bare_metal(const config::Config& c) {
  LinuxLayout out;
  const std::uint64_t size = std::min<std::uint64_t>(kMostBareMetal, 1ull << log2_floor(c.memory.size));
  out.windows.push_back(window(0, log2_floor(c.linux_dma.page_size), size, false));
  out.windows.back().levels = 2;
  out.decision = text::bytes(size) + " at 0 with " + text::bytes(c.linux_dma.page_size) + " pages";
  if (!c.linux_dma.bypass) return out;
  config::WindowConfig bypass;
  bypass.bypass = true;
  bypass.offset = 1ull << 59;
  out.windows.push_back(bypass);
  // The device must reach all of memory beyond 2^59.
  if (c.linux_dma.dma_bits < 60) return out;
  out.use = 1;
  out.decision += "; DMA by bypass at 2^59";
  return out;
}

LinuxLayout partition(const config::Config& c) {
  const config::PhbConfig& phb = c.phbs.front();
  arch::PhbState state(phb.phb.generation, phb.phb.size, phb.phb.options);
  memory::SparseStore store;
  arch::TableRegion region(1ull << 46, 1ull << 46);
  arch::papr::PartitionOptions options;
  options.personality = *arch::papr::personality_named(c.hypervisor.personality);
  options.multi_tce = c.linux_dma.multi_tce;
  arch::papr::Partition partition(options, arch::papr::GuestMemory::flat(c.memory.size), region);
  arch::papr::PeSpec pe;
  pe.buid = arch::papr::kFirstBuid;
  pe.hardware = &state;
  pe.max_windows = c.hypervisor.windows;
  pe.page_mask = c.hypervisor.page_mask;
  pe.default_bytes = c.hypervisor.default_window;
  pe.tces = c.hypervisor.pe_tces;
  pe.tces_64bit = std::max(c.hypervisor.pe_tces, pe.tces_64bit);
  arch::Effects effects;
  partition.add_pe(pe, effects);
  const bool ended = arch::apply(effects, state, store);
  PHBSIM_ASSERT(ended);

  host::DdwMachine machine;
  machine.ram = {{0, c.memory.size}};
  machine.hotplug_max = std::max(c.linux_dma.hotplug_max, c.memory.size);
  machine.pmem = c.linux_dma.pmem;
  machine.disable_ddw = c.linux_dma.disable_ddw;
  machine.multitce = c.linux_dma.multi_tce;
  const std::vector<unsigned> none;
  const auto order =
      make_named<host::PageSizeOrder, const std::vector<unsigned>&>(host::kPageSizeOrders, c.linux_dma.page_order, none);
  host::PartitionFirmware firmware(partition, arch::papr::kFirstBuid, state, store, kList);
  host::DdwNode node;
  node.table0 = pe.liobn;
  const std::uint64_t mask = c.linux_dma.dma_bits >= 64 ? ~0ull : (1ull << c.linux_dma.dma_bits) - 1;
  const host::DdwResult r = host::DdwPolicy(machine, *order).enable(firmware, node, mask);

  LinuxLayout out;
  // What the calls have left, as the partition has it.
  for (const auto* w : partition.windows(arch::papr::kFirstBuid)) {
    const bool ddw = r.used && w->liobn == r.liobn;
    // Memory that a direct window does not map (pmem) plays no part here.
    out.windows.push_back(window(w->start, w->page_shift, w->size, ddw && r.direct));
    out.windows.back().levels = w->table->shape().levels;
    if (ddw) out.use = static_cast<unsigned>(out.windows.size() - 1);
  }
  const auto& used = out.windows.at(out.use);
  out.decision = r.used ? text::bytes(used.size) + " at " + text::hex(used.offset) + " with " +
                              text::bytes(used.page_size) + " pages, " +
                              (r.direct ? "all of memory mapped once" : "buffers mapped one by one")
                        : "the default window: " + std::string(to_string(r.why_not));
  return out;
}

}  // namespace

LinuxLayout linux_layout(const config::Config& config) {
  return config.partitioned() ? partition(config) : bare_metal(config);
}

}  // namespace phbsim::run
