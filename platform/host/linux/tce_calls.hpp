// SPDX-License-Identifier: Apache-2.0
/// Which calls Linux makes to change the TCEs of a window, as a plan: hypercalls on pSeries
/// (ddw-vfio.md 2.6), table stores and invalidations on powernv (3.5, phb.md 4.2).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "models/arch/papr/calls.hpp"
#include "models/arch/tce.hpp"
#include "models/base/named.hpp"
#include "models/base/types.hpp"

namespace phbsim::host {

struct TceCall {
  enum class Kind : std::uint8_t {
    Put,       ///< H_PUT_TCE; one entry
    Indirect,  ///< H_PUT_TCE_INDIRECT; `count` entries from a list page
    Stuff,     ///< H_STUFF_TCE; `count` times `tce`
    Store,     ///< powernv: `count` entries written to the table in memory
    KillPages, ///< powernv: one firmware call (or, PHB3, register write) for `count` pages
    KillPe,    ///< powernv: everything of the PE
  };
  Kind kind = Kind::Put;
  std::uint32_t liobn = 0;
  BusAddr ioba = 0;
  std::uint64_t tce = 0;     ///< the first; 0 for kills
  std::uint64_t stride = 0;  ///< bytes from one entry's value to the next
  std::uint64_t count = 0;
};
inline bool operator==(const TceCall& a, const TceCall& b) {
  return a.kind == b.kind && a.liobn == b.liobn && a.ioba == b.ioba && a.tce == b.tce && a.stride == b.stride &&
         a.count == b.count;
}
using TcePlan = std::vector<TceCall>;

struct TceWindow {
  std::uint32_t liobn = 0;
  unsigned page_shift = 12;
};

/// As a driver says it; whose side writes.
enum class DmaDirection : std::uint8_t { Bidirectional, ToDevice, FromDevice };

/// What follows an answer in the middle of a map.
struct MapVerdict {
  bool go_on = true;    ///< the plan's next call
  bool failed = false;  ///< the driver sees an error; else what was not mapped is reported as mapped
  bool logged = false;
  TcePlan undo;         ///< calls to make now
};

class TceCalls {
 public:
  virtual ~TceCalls() = default;
  /// Entries for `pages` pages from real address `address` on (rounded down to the window's page).
  virtual void map(const TceWindow& window, BusAddr ioba, RealAddr address, std::uint64_t pages, DmaDirection direction,
                   TcePlan& plan) const = 0;
  virtual void unmap(const TceWindow& window, BusAddr ioba, std::uint64_t pages, TcePlan& plan) const = 0;
  /// All of a table before its first use.
  virtual void clear_table(const TceWindow& window, BusAddr start, std::uint64_t pages, TcePlan& plan) const;
  /// Memory [address, address + bytes) at its place in a direct window that starts at `base`.
  virtual void map_direct(const TceWindow& window, BusAddr base, RealAddr address, std::uint64_t bytes,
                          TcePlan& plan) const = 0;
  virtual void unmap_direct(const TceWindow& window, BusAddr base, RealAddr address, std::uint64_t bytes,
                            TcePlan& plan) const = 0;
  /// After call `index` of a map's plan answered `rc`.
  virtual MapVerdict after(const TceWindow& window, const TcePlan& plan, std::size_t index, long rc) const = 0;
};

/// Permission bits that a direction alone asks for (2.1).
std::uint64_t permissions_of(DmaDirection direction);

std::unique_ptr<TceCalls> make_pseries_calls();
std::unique_ptr<TceCalls> make_pseries_single_calls();
std::unique_ptr<TceCalls> make_powernv_calls();
std::unique_ptr<TceCalls> make_powernv_phb3_calls();

inline constexpr Named<TceCalls> kTceCalls[] = {
    {"pseries", "hypercalls: one entry PUT, more INDIRECT, clear STUFF, 512 a call", make_pseries_calls},
    {"pseries-single", "hypercalls without multi-TCE: one PUT per entry", make_pseries_single_calls},
    {"powernv", "bare metal: stores, then one firmware call for the range", make_powernv_calls},
    {"powernv-phb3", "bare metal POWER8: stores, then one register write per page", make_powernv_phb3_calls},
};

}  // namespace phbsim::host
