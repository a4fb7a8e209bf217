// SPDX-License-Identifier: Apache-2.0
/// Who carries out what the driver decided: at once, or a platform with sockets and time.
#pragma once

#include <algorithm>

#include "models/arch/effect.hpp"
#include "models/arch/os/errno.hpp"
#include "models/arch/phb_state.hpp"

namespace phbsim::arch::power_iommu {

/// Runs in NoFail scopes and throws nothing, but inject().
class EffectSink {
 public:
  virtual ~EffectSink() = default;

  /// Done when it returns. False: the PHB is fenced, what follows the failed wait is not done.
  virtual bool carry_out(const Effects& effects) = 0;
  /// Makes `bytes` (a multiple of 8) from `at` on zero.
  virtual bool clear(RealAddr at, std::uint64_t bytes) {
    constexpr std::uint64_t kAtOnce = 32 * kKiB;
    Effects zeros;
    bool ok = true;
    for (std::uint64_t done = 0; done < bytes; done += kAtOnce) {
      zeros.clear();
      for (std::uint64_t i = done; i < std::min(bytes, done + kAtOnce); i += 8) store(zeros, at + i, 0);
      ok = carry_out(zeros) && ok;
    }
    return ok;
  }
  /// Raises a fault as if the hardware had met it; EOPNOTSUPP where nobody can.
  virtual void inject(Fault, PeNumber, Rid, BusAddr, TransactionType) {
    os::fail(os::Errno::OpNotSupp, "faults cannot be injected here");
  }
};

/// Without time: arch::apply.
class UntimedSink final : public EffectSink {
 public:
  UntimedSink(PhbState& phb, MemoryView& memory) : phb_(phb), memory_(memory) {}

  bool carry_out(const Effects& effects) override { return apply(effects, phb_, memory_); }
  bool clear(RealAddr at, std::uint64_t bytes) override {
    constexpr std::size_t kChunk = 4096;
    const unsigned char zeros[kChunk] = {};
    for (std::uint64_t done = 0; done < bytes; done += kChunk) {
      memory_.write(at + done, zeros, static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, bytes - done)));
    }
    return true;
  }
  void inject(Fault fault, PeNumber pe, Rid rid, BusAddr addr, TransactionType type) override {
    phb_.raise(fault, pe, rid, addr, type, &memory_);
  }

 private:
  PhbState& phb_;
  MemoryView& memory_;
};

}  // namespace phbsim::arch::power_iommu
