// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/base/bits.hpp"
#include "platform/host/linux/tce_calls.hpp"

namespace phbsim::host {
namespace {

class PowernvCalls final : public TceCalls {
 public:
  explicit PowernvCalls(bool kill_each) : kill_each_(kill_each) {}

 private:
  using Kind = TceCall::Kind;

  void map(const TceWindow& w, BusAddr ioba, RealAddr address, std::uint64_t pages, DmaDirection direction,
           TcePlan& plan) const override {
    std::uint64_t perm = permissions_of(direction);
    if (perm & arch::kTceWrite) perm |= arch::kTceRead;  // 2.1
    store(w, ioba, align_down(address, 1ull << w.page_shift) | perm, 1ull << w.page_shift, pages, plan);
  }
  void unmap(const TceWindow& w, BusAddr ioba, std::uint64_t pages, TcePlan& plan) const override {
    store(w, ioba, 0, 0, pages, plan);
  }
  // A new table is zeroed memory; the window's opening invalidates the PE.
  void clear_table(const TceWindow& w, BusAddr, std::uint64_t, TcePlan& plan) const override {
    plan.push_back({Kind::KillPe, w.liobn, 0, 0, 0, 0});
  }
  // Direct DMA is the bypass window: no entries (3.5).
  void map_direct(const TceWindow&, BusAddr, RealAddr, std::uint64_t, TcePlan&) const override {}
  void unmap_direct(const TceWindow&, BusAddr, RealAddr, std::uint64_t, TcePlan&) const override {}
  MapVerdict after(const TceWindow&, const TcePlan&, std::size_t, long) const override { return {}; }

  void store(const TceWindow& w, BusAddr ioba, std::uint64_t tce, std::uint64_t stride, std::uint64_t pages,
             TcePlan& plan) const {
    if (pages == 0) return;
    plan.push_back({Kind::Store, w.liobn, ioba, tce, stride, pages});
    const std::uint64_t each = kill_each_ ? 1 : pages;
    for (std::uint64_t done = 0; done < pages; done += each) {
      plan.push_back({Kind::KillPages, w.liobn, ioba + (done << w.page_shift), 0, 0, each});
    }
  }

  bool kill_each_;
};

}  // namespace

std::unique_ptr<TceCalls> make_powernv_calls() { return std::make_unique<PowernvCalls>(false); }
std::unique_ptr<TceCalls> make_powernv_phb3_calls() { return std::make_unique<PowernvCalls>(true); }

}  // namespace phbsim::host
