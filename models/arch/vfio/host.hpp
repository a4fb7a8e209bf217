// SPDX-License-Identifier: Apache-2.0
/// What a kernel's VFIO is configured with, and what all of its files share.
#pragma once

#include "models/arch/vfio/mm_regions.hpp"
#include "models/arch/vfio/quirks.hpp"

namespace phbsim::arch::vfio {

struct Setup {
  Personality personality = Personality::Kernel;
  unsigned page_shift = 16;  ///< host page: 12 or 16
  bool spapr = true;         ///< a POWER host: extensions 2, 7 and perhaps 5
  bool type1 = false;        ///< as x86: extensions 1, 3, 4, 9
  bool eeh = true;           ///< extension 5
  bool mmap_bars = true;     ///< programs may map BARs; else each access is a read or write
};

class Host {
 public:
  explicit Host(const Setup& setup) : setup_(setup), regions_(setup.page_shift) {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const Setup& setup() const { return setup_; }
  bool has(Quirk) const { return setup_.personality == Personality::Kernel; }
  RegionTable& regions() { return regions_; }

 private:
  Setup setup_;
  RegionTable regions_;
};

}  // namespace phbsim::arch::vfio
