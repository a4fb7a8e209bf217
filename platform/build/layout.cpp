// SPDX-License-Identifier: Apache-2.0
#include "platform/build/layout.hpp"

#include <algorithm>
#include <vector>

#include "models/arch/rtt.hpp"
#include "models/base/text.hpp"

namespace phbsim::build {

using arch::Reg;

DirectTable make_direct_table(memory::SparseStore& store, arch::TableRegion& region, unsigned page_shift,
                              unsigned levels, std::uint64_t span_bytes, std::uint64_t first,
                              std::uint64_t memory_bytes) {
  DirectTable t;
  t.table_bytes = arch::table_bytes_for(span_bytes, page_shift, levels);
  const unsigned bits = log2_floor(t.table_bytes) - 3;
  const std::uint64_t pages = (memory_bytes + (1ull << page_shift) - 1) >> page_shift;
  // At each level the tables from the one of entry `first` to that of the last page lie side by side.
  RealAddr below = 0;
  std::uint64_t below_first = 0;
  for (unsigned level = 0; level < levels; ++level) {
    const std::uint64_t first_entry = first >> (bits * level);
    const std::uint64_t last_entry = (first + pages - 1) >> (bits * level);
    const bool root = level + 1 == levels;
    const std::uint64_t first_table = root ? 0 : first_entry >> bits;
    const std::uint64_t tables = root ? 1 : (last_entry >> bits) - first_table + 1;
    const RealAddr base = region.allocate(std::max<std::uint64_t>(1ull << log2_ceil(tables * t.table_bytes), 4096));
    t.total_bytes += tables * t.table_bytes;
    const std::uint64_t entry_base = first_table << bits;  // number of the first entry at `base`
    const std::uint64_t table_bytes = t.table_bytes;
    store.add_lazy(base, tables * t.table_bytes, [=](RealAddr page, unsigned char* bytes) {
      for (unsigned i = 0; i < 512; ++i) {
        const std::uint64_t entry = entry_base + (page - base) / 8 + i;
        std::uint64_t tce = 0;
        if (entry >= first_entry && entry <= last_entry) {
          tce = level == 0 ? (entry - first) << page_shift : below + (entry - below_first) * table_bytes;
          tce |= arch::kTcePermissions;
        }
        store_be64(bytes + 8ull * i, tce);
      }
    });
    below = base;
    below_first = first_table;
    t.root = base;
  }
  return t;
}

PhbSpec phb_spec_of(const config::PhbConfig& p) {
  PhbSpec s;
  s.name = p.name;
  s.pec = p.pec;
  s.stack_limit = p.stack_limit;
  s.phb = p.phb;
  s.link = p.link;
  s.tce = p.tce;
  s.host = p.host;
  s.devices = 0;
  return s;
}

void install_rtt(System& system, PhbGroup& group) {
  arch::PhbState& state = group.phb->state();
  const RealAddr rtt = system.region().allocate(arch::kRttBytes);
  arch::fill_rtt(system.memory().store(), rtt, state.facts().max_pes - 1);
  state.write_register(arch::offset_of(Reg::RttBar), rtt | arch::kBarEnable);
}

void assign_rid(System& system, PhbGroup& group, Rid rid, PeNumber pe) {
  arch::set_rte(system.memory().store(), group.phb->state().rtt_base(), rid, pe);
}

namespace {
struct PaprAddress {
  std::uint64_t buid;
  std::uint32_t config_addr;
};
/// How the partition names a PE: its PHB's BUID as QEMU counts them, and the PE number in place of
/// a bus [MA].
PaprAddress papr_address_of(const PhbGroup& group, PeNumber pe) {
  return {arch::papr::kFirstBuid + group.hypervised_index, pe << 8};
}
}  // namespace

void give_to_partition(System& system, PhbGroup& group, PeNumber pe, unsigned ordinal) {
  const PaprAddress at = papr_address_of(group, pe);
  arch::papr::PeSpec spec;
  spec.buid = at.buid;
  spec.config_addr = at.config_addr;
  spec.pe = pe;
  spec.liobn = 0x80000000u | ordinal << 8;
  spec.default_bytes = 0;
  system.add_pe(group, spec);
}

PlacedWindow place_window(System& system, PhbGroup& group, PeNumber pe, const config::WindowConfig& c,
                          std::uint64_t memory_bytes) {
  arch::PhbState& state = group.phb->state();
  const arch::GenerationFacts& facts = state.facts();
  PlacedWindow w;
  w.bypass = c.bypass;
  w.start = c.offset;
  const bool above_4g = c.offset == 4 * kGiB;
  if (above_4g) {
    state.write_register(arch::offset_of(Reg::Ctrlr), state.reg(Reg::Ctrlr) | arch::kCtrlrTve1Above4G);
  }
  std::uint64_t offset = 0;
  w.tve_index = state.select_tve(pe, c.offset, offset);
  PHBSIM_ASSERT(w.tve_index < facts.tves);
  const std::uint64_t memory_pow2 = 1ull << log2_ceil(memory_bytes);
  if (c.bypass) {
    w.direct = true;
    w.size = std::max(memory_pow2, arch::kBypassGranule);
    state.set_tve(w.tve_index, arch::encode_bypass(offset, w.size, facts));
    return w;
  }
  w.page_shift = log2_floor(c.page_size);
  w.levels = c.levels;
  w.size = c.size != 0 ? c.size : std::max(memory_pow2, c.page_size);
  w.table_base = c.offset - offset;
  const std::uint64_t span = 1ull << log2_ceil(offset + w.size);
  arch::WindowShape shape;
  shape.levels = c.levels;
  shape.page_shift = w.page_shift;
  if (c.mapping == config::Mapping::Direct) {
    w.direct = true;
    const DirectTable t = make_direct_table(system.memory().store(), system.region(), w.page_shift, c.levels, span,
                                            offset >> w.page_shift, memory_bytes);
    shape.table = t.root;
    shape.table_bytes = t.table_bytes;
    w.table_bytes = t.total_bytes;
  } else if (group.spec.hypervised) {
    // The partition's window, as it stands when the kernel has booted.
    arch::Effects effects;
    const PaprAddress at = papr_address_of(group, pe);
    w.liobn = system.partition().add_window(at.buid, at.config_addr, c.offset, w.size, w.page_shift, c.levels, effects);
    const bool ended = arch::apply(effects, state, system.memory().store());
    PHBSIM_ASSERT(ended);
    const arch::papr::DmaWindow* made = system.partition().window(w.liobn);
    w.entries = made->table.get();
    w.table_bytes = made->table->table_bytes();
    return w;
  } else {
    shape.table_bytes = arch::table_bytes_for(span, w.page_shift, c.levels);
    const bool full = c.population == "full";
    auto table = std::make_unique<arch::TceTable>(
        shape, system.region(), full ? arch::Population::Full : arch::Population::OnDemand, span >> w.page_shift);
    std::vector<arch::TceTable::Store> links;
    table->plan_full(links);
    for (const auto& s : links) system.memory().store().write_be64(s.addr, s.value);
    shape = table->shape();
    w.table_bytes = table->table_bytes();
    w.entries = table.get();
    w.table = group.host->add_table(std::move(table), pe, w.table_base);
  }
  const std::string wrong = arch::check_shape(shape, facts, state.options().allow_any_page_size);
  if (!wrong.empty()) throw UserError("window at " + text::hex(c.offset) + ": " + wrong);
  state.set_tve(w.tve_index, arch::encode_translated(shape));
  return w;
}

}  // namespace phbsim::build
