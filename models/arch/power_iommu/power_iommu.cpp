// SPDX-License-Identifier: Apache-2.0
#include "models/arch/power_iommu/power_iommu.hpp"

#include <algorithm>
#include <string>

#include "models/arch/os/allocation.hpp"
#include "models/arch/tce_kill.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::power_iommu {

using opal::Code;
using os::Errno;

namespace {

constexpr std::uint64_t kNoWindow = 0;

/// What the kernel makes of a firmware call that failed. All but a fence are refused before a change.
void check(Code code) {
  switch (code) {
    case Code::Success: return;
    case Code::Hardware: os::fail(Errno::Io, "the PHB is fenced");
    case Code::Unsupported: os::fail(Errno::OpNotSupp, "the PHB lacks it");
    default: os::fail(Errno::Inval, "firmware does not take the window");
  }
}

}  // namespace

PowerIommu::PowerIommu(const PhbState& phb, const TableMemory& memory, EffectSink& sink, const PowerIommuOptions& options)
    : phb_(phb),
      memory_(memory),
      sink_(sink),
      options_(options),
      firmware_(phb, options.opal),
      default_windows_(options.default_windows),
      platform_(*this),
      blocked_(*this) {
  if (!default_windows_.empty()) return;
  WindowSpec low;
  low.page_shift = options_.host_page_shift;
  low.bytes = std::min<std::uint64_t>(2 * kGiB, 1ull << log2_floor(options_.m32_base));
  low.levels = choose_levels(low, limits());
  default_windows_.push_back(low);
}

PowerIommu::~PowerIommu() = default;

WindowLimits PowerIommu::limits() const {
  return {&facts(), options_.host_page_shift, memory_.largest_block};
}

std::uint64_t PowerIommu::page_sizes() const {
  std::uint64_t mask = 0;
  for (const unsigned shift : facts().page_shifts) mask |= 1ull << shift;
  return mask;
}

PowerGroup* PowerIommu::find_pe(PeNumber pe) {
  const auto it = groups_.find(pe);
  return it == groups_.end() ? nullptr : it->second.get();
}

PowerGroup& PowerIommu::add_pe(std::uint32_t group_id, PeNumber pe) {
  if (pe + 1 >= facts().max_pes || groups_.count(pe) != 0) {
    throw UserError("PE " + std::to_string(pe) + " is taken or not one of 0.." + std::to_string(facts().max_pes - 2));
  }
  PowerGroup& group = *groups_.emplace(pe, std::make_unique<PowerGroup>(*this, group_id, pe)).first->second;
  group.place_surely(platform_, host_setting());
  return group;
}

PeSetting PowerIommu::host_setting() {
  PeSetting setting;
  setting.kernels_own = true;
  if (options_.host_bypass) setting.bypass_bytes = 1ull << log2_ceil(options_.memory_bytes);
  if (!options_.host_window) return setting;
  // [F ddw-vfio.md 3.5]: one bit of the allocator's map for each page, in a block at most.
  const std::uint64_t most = (memory_.largest_block * 8) << options_.host_page_shift;
  WindowSpec spec;
  spec.page_shift = options_.host_page_shift;
  spec.bytes = std::min<std::uint64_t>(most, 1ull << log2_floor(options_.memory_bytes));
  const unsigned entries = log2_floor(spec.bytes >> spec.page_shift);
  const unsigned in_block = log2_floor(memory_.largest_block / kTceBytes);
  spec.levels = std::max((entries + in_block - 1) / in_block, kDefaultLevels);
  try {
    setting.windows[0] = std::make_shared<Window>(memory_, spec, options_.host_page_shift);
  } catch (const os::SysError&) {
    // Linux logs it and goes on with the bypass alone.
  }
  return setting;
}

std::array<std::uint64_t, kMaxWindows> PowerIommu::tves(PeNumber pe) const {
  return {phb_.tve_word(pe * kMaxWindows), phb_.tve_word(pe * kMaxWindows + 1)};
}

std::uint64_t PowerIommu::tve_word(const PeSetting& setting, unsigned slot, bool middle) const {
  const Window* window = setting.windows[slot].get();
  if (slot == 1 && setting.middle() != middle) window = nullptr;
  if (window != nullptr) return encode_translated(window->shape());
  if (slot == 1 && setting.bypass_bytes != 0 && !middle) return encode_bypass(kStartHigh, setting.bypass_bytes, facts());
  return kNoWindow;
}

void PowerIommu::plan_tve(PeNumber pe, const PeSetting& setting, unsigned slot, bool middle, Effects& effects) const {
  const std::uint64_t id = pe * kMaxWindows + slot;
  const std::uint64_t word = tve_word(setting, slot, middle);
  if (word == kNoWindow) {
    check(firmware_.map_pe_dma_window(pe, id, 0, 0, 0, 0, effects));
  } else if (const Window* window = setting.windows[slot].get(); window != nullptr) {
    const WindowShape& s = window->shape();
    check(firmware_.map_pe_dma_window(pe, id, s.levels, s.table, s.table_bytes, 1ull << s.page_shift, effects));
  } else {
    check(firmware_.map_pe_dma_window_real(pe, id, kStartHigh, setting.bypass_bytes, effects));
  }
}

void PowerIommu::plan_tves(PeNumber pe, const PeSetting& setting, bool middle,
                           const std::array<std::uint64_t, kMaxWindows>& now, Effects& effects) const {
  bool changed = false;
  for (unsigned slot = 0; slot < kMaxWindows; ++slot) {
    if (tve_word(setting, slot, middle) == now[slot]) continue;
    plan_tve(pe, setting, slot, middle, effects);
    changed = true;
  }
  if (changed) plan_kill(pe, nullptr, 0, effects);
}

void PowerIommu::plan_move(const PowerGroup& group, const PeSetting& to, bool middle, Effects& effects) const {
  auto now = tves(group.pe());
  if (middle != middle_) {
    // Nobody translates through TVE#1 while its addresses change, and no cache remembers that it did.
    if (now[1] != kNoWindow) {
      PeSetting low = group.setting();
      low.windows[1] = nullptr;
      low.bypass_bytes = 0;
      plan_tve(group.pe(), low, 1, middle_, effects);
      plan_kill(group.pe(), nullptr, 0, effects);
      now[1] = kNoWindow;
    }
    check(firmware_.phb_set_option(opal::kOptionTve1Above4G, middle ? 1 : 0, effects));
  }
  plan_tves(group.pe(), to, middle, now, effects);
  if (middle == middle_) return;
  // The kernel's own use of other PEs gets back, or loses, what needs address bit 59.
  for (const auto& [pe, other] : groups_) {
    if (other.get() != &group) plan_tves(pe, other->setting(), middle, tves(pe), effects);
  }
}

void PowerIommu::move(PowerGroup& group, const PeSetting& to, bool surely) {
  bool others_middle = false;
  bool others_bit59 = false;
  for (const auto& [pe, other] : groups_) {
    if (other.get() == &group) continue;
    others_middle = others_middle || other->setting().middle();
    others_bit59 = others_bit59 || other->setting().needs_bit59();
  }
  if (to.middle() && !middle_ && others_bit59) {
    os::fail(Errno::Busy, "another PE of the PHB uses addresses from 2^59 on, or a window above 4 GiB");
  }
  if (others_middle && to.needs_bit59() && !to.kernels_own) {
    os::fail(Errno::Busy, "another PE of the PHB has a window at 4 GiB");
  }
  const bool middle = to.middle() || others_middle;

  Effects effects;
  plan_move(group, to, middle, effects);
  for (const auto& window : to.windows)
    if (window != nullptr) window->expect_user();

  const os::NoFail decided;
  const bool done = !phb_.fenced() && sink_.carry_out(effects);
  // A fenced PHB lets no DMA pass; restore() gives it what holds then.
  if (!done && !surely) os::fail(Errno::Io, "the PHB is fenced");
  middle_ = middle;
  PeSetting from = group.setting_;
  for (unsigned slot = 0; slot < kMaxWindows; ++slot) {
    if (from.windows[slot] == to.windows[slot]) continue;
    if (from.windows[slot] != nullptr) from.windows[slot]->remove_user(group);
    if (to.windows[slot] != nullptr) to.windows[slot]->add_user(group);
  }
  group.setting_ = to;
  // What the PE had is released here, after the kill, if nobody else has it.
}

void PowerIommu::plan_kill(PeNumber pe, const KillRange* ranges, std::size_t count, Effects& effects) const {
  const bool pages_possible = !facts().firmware_kills || !options_.opal.page_kills_as_pe;
  std::uint64_t pages = 0;
  for (std::size_t i = 0; i < count; ++i) pages += std::min<std::uint64_t>(ranges[i].pages, options_.page_kill_limit + 1);
  const bool by_page = count != 0 && pages_possible && pages <= options_.page_kill_limit;
  if (facts().firmware_kills) {
    // Refused by a fenced PHB only, which has nothing cached after its reset.
    if (!by_page) firmware_.tce_kill(opal::kKillTypePe, pe, 0, 0, 0, effects);
    for (std::size_t i = 0; by_page && i < count; ++i) {
      firmware_.tce_kill(opal::kKillTypePages, pe, 1ull << ranges[i].page_shift, ranges[i].first, ranges[i].pages, effects);
    }
    return;
  }
  // PHB3: the kernel writes the register itself. It polls for no free slot; that a load orders the
  // writes is an assumption (phb.md 4.2), which the waits of plan_kills stand for [MA].
  std::vector<std::uint64_t> words;
  if (!by_page) words.push_back(encode_kill_pe(pe));
  for (std::size_t i = 0; by_page && i < count; ++i) {
    for (std::uint64_t n = 0; n < ranges[i].pages; ++n) {
      words.push_back(encode_kill_one(pe, ranges[i].first + (n << ranges[i].page_shift), ranges[i].page_shift, facts()));
    }
  }
  plan_kills(words, false, effects);
}

void PowerIommu::restore() noexcept {
  const os::NoFail always;
  Effects effects;
  if (middle_) firmware_.phb_set_option(opal::kOptionTve1Above4G, 1, effects);
  for (const auto& [pe, group] : groups_) plan_tves(pe, group->setting(), middle_, tves(pe), effects);
  sink_.carry_out(effects);
}

}  // namespace phbsim::arch::power_iommu
