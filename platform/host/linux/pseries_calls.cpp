// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/base/bits.hpp"
#include "platform/host/linux/tce_calls.hpp"

namespace phbsim::host {
namespace {

class PseriesCalls final : public TceCalls {
 public:
  explicit PseriesCalls(bool multi) : multi_(multi) {}

 private:
  using Kind = TceCall::Kind;

  void map(const TceWindow& w, BusAddr ioba, RealAddr address, std::uint64_t pages, DmaDirection direction,
           TcePlan& plan) const override {
    // READ always, WRITE unless the device only reads (2.1).
    const std::uint64_t perm = arch::kTceRead | (permissions_of(direction) & arch::kTceWrite);
    const std::uint64_t tce = align_down(address, 1ull << w.page_shift) | perm;
    put(w, ioba, tce, pages, multi_ && pages > 1, plan);
  }

  void unmap(const TceWindow& w, BusAddr ioba, std::uint64_t pages, TcePlan& plan) const override {
    clear(w, ioba, pages, plan);
  }

  // Start rounded down, count rounded up; the list even for a single entry (2.6).
  void map_direct(const TceWindow& w, BusAddr base, RealAddr address, std::uint64_t bytes,
                  TcePlan& plan) const override {
    const std::uint64_t start = align_down(address, 1ull << w.page_shift);
    put(w, base + start, start | arch::kTceRead | arch::kTceWrite, pages_of(w, address, bytes), multi_, plan);
  }
  void unmap_direct(const TceWindow& w, BusAddr base, RealAddr address, std::uint64_t bytes,
                    TcePlan& plan) const override {
    clear(w, base + align_down(address, 1ull << w.page_shift), pages_of(w, address, bytes), plan);
  }

  MapVerdict after(const TceWindow& w, const TcePlan& plan, std::size_t index, long rc) const override {
    MapVerdict v;
    if (rc == arch::papr::kSuccess) return v;
    if (rc == arch::papr::kNotEnoughResources) {
      // Clears what this map has done so far, even if that is nothing (L21).
      v.go_on = false;
      v.failed = true;
      std::uint64_t done = 0;
      for (std::size_t i = 0; i < index; ++i) done += plan[i].count;
      if (done == 0 && plan[index].kind == Kind::Indirect) {
        v.undo.push_back({Kind::Stuff, w.liobn, plan[0].ioba, 0, 0, 0});
      } else {
        clear(w, plan[0].ioba, done, v.undo);
      }
      return v;
    }
    // Logged and reported as mapped. A list stops here, single entries go on [R].
    v.logged = true;
    v.go_on = plan[index].kind == Kind::Put;
    return v;
  }

  static std::uint64_t pages_of(const TceWindow& w, RealAddr address, std::uint64_t bytes) {
    const std::uint64_t page = 1ull << w.page_shift;
    return (align_up(address + bytes, page) - align_down(address, page)) >> w.page_shift;
  }

  static void put(const TceWindow& w, BusAddr ioba, std::uint64_t tce, std::uint64_t pages, bool list, TcePlan& plan) {
    const std::uint64_t page = 1ull << w.page_shift;
    for (std::uint64_t done = 0; done < pages;) {
      const std::uint64_t n = list ? std::min<std::uint64_t>(pages - done, arch::papr::kMaxTces) : 1;
      plan.push_back({list ? Kind::Indirect : Kind::Put, w.liobn, ioba + done * page, tce + done * page,
                      list ? page : 0, n});
      done += n;
    }
  }

  void clear(const TceWindow& w, BusAddr ioba, std::uint64_t pages, TcePlan& plan) const {
    for (std::uint64_t done = 0; done < pages;) {
      const std::uint64_t n = multi_ ? std::min<std::uint64_t>(pages - done, arch::papr::kMaxTces) : 1;
      plan.push_back({multi_ ? Kind::Stuff : Kind::Put, w.liobn, ioba + (done << w.page_shift), 0, 0, n});
      done += n;
    }
  }

  bool multi_;
};

}  // namespace

std::unique_ptr<TceCalls> make_pseries_calls() { return std::make_unique<PseriesCalls>(true); }
std::unique_ptr<TceCalls> make_pseries_single_calls() { return std::make_unique<PseriesCalls>(false); }

}  // namespace phbsim::host
