// SPDX-License-Identifier: Apache-2.0
/// Where a kernel's changes to the machine go: done at once before the run, listed during a call.
#pragma once

#include <algorithm>
#include <array>

#include "models/arch/power_iommu/effect_sink.hpp"
#include "models/arch/phb_state.hpp"

namespace phbsim::host {

/// The list of the call under way, shared by all PHBs of a machine.
class CallEffects {
 public:
  void begin(arch::Effects& list) { list_ = &list; }
  void end() { list_ = nullptr; }
  arch::Effects* list() const { return list_; }

 private:
  arch::Effects* list_ = nullptr;
};

/// What a call does to one PHB and to memory.
class MachineEffects final : public arch::power_iommu::EffectSink {
 public:
  MachineEffects(CallEffects& call, arch::PhbState& phb, arch::MemoryView& memory)
      : call_(call), phb_(phb), memory_(memory) {}

  bool carry_out(const arch::Effects& effects) override {
    if (call_.list() == nullptr) return arch::apply(effects, phb_, memory_);
    call_.list()->insert(call_.list()->end(), effects.begin(), effects.end());
    return true;
  }
  /// Zeros of a new table take no time here [MA]: nothing reads them before the link to it is stored.
  bool clear(RealAddr at, std::uint64_t bytes) override {
    std::array<unsigned char, 4096> page;
    for (std::uint64_t done = 0; done < bytes; done += page.size()) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(page.size(), bytes - done));
      memory_.read(at + done, page.data(), n);
      if (std::all_of(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(n), [](unsigned char b) { return b == 0; })) continue;
      page.fill(0);
      memory_.write(at + done, page.data(), n);
    }
    return true;
  }

 private:
  CallEffects& call_;
  arch::PhbState& phb_;
  arch::MemoryView& memory_;
};

}  // namespace phbsim::host
