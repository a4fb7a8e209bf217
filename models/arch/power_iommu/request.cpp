// SPDX-License-Identifier: Apache-2.0
#include "models/arch/power_iommu/request.hpp"

#include <algorithm>

#include "models/arch/power_iommu/uapi.hpp"

namespace phbsim::arch::power_iommu {

using os::Errno;
using os::fail;

namespace {

bool any_phb_has(unsigned page_shift) {
  return std::any_of(kGenerations.begin(), kGenerations.end(),
                     [&](const GenerationFacts& g) { return supports_page_shift(g, page_shift); });
}

bool is_zero(const UapiWindow& w) { return w.start == 0 && w.size == 0 && w.page_shift == 0 && w.levels == 0; }

WindowSpec check(const UapiWindow& w, const WindowLimits& limits) {
  if (w.start != kStartLow && w.start != kStartMiddle && w.start != kStartHigh) {
    fail(Errno::Inval, "a window starts at 0, 4 GiB or 2^59");
  }
  if (!any_phb_has(w.page_shift)) fail(Errno::Inval, "no PHB has I/O pages of this size");
  if (!supports_page_shift(*limits.facts, w.page_shift)) fail(Errno::OpNotSupp, "this PHB has no I/O pages of this size");
  if (!is_power_of_two(w.size) || w.size < 1ull << w.page_shift) {
    fail(Errno::Inval, "the size of a window is a power of two, a page at least");
  }
  if (w.levels > kMaxLevels) fail(Errno::Inval, "a table has at most five levels");
  if (w.start == kStartMiddle && !limits.facts->firmware_options) {
    fail(Errno::OpNotSupp, "windows at 4 GiB need a PHB option that this PHB lacks");
  }
  WindowSpec spec{w.start, w.size, w.page_shift, w.levels};
  if (spec.levels == 0) spec.levels = choose_levels(spec, limits);
  if (!shape_of(spec, limits.host_page_shift)) fail(Errno::Inval, "the window needs more address bits than a table has");
  return spec;
}

}  // namespace

unsigned choose_levels(const WindowSpec& spec, const WindowLimits& limits) {
  for (unsigned levels = kDefaultLevels; levels <= kMaxLevels; ++levels) {
    WindowSpec tried = spec;
    tried.levels = levels;
    const auto shape = shape_of(tried, limits.host_page_shift);
    if (shape && shape->table_bytes <= limits.largest_block) return levels;
  }
  return 1;
}

std::vector<WindowSpec> parse_windows(const os::UserData& user, const WindowLimits& limits) {
  UapiHwptData data;
  os::copy_driver_data(user, kHwptDataPowerTce, &data, sizeof data, kHwptDataLeast);
  if (data.flags != 0) fail(Errno::OpNotSupp, "there are no flags yet");
  if (data.windows < 1 || data.windows > kMaxWindows) fail(Errno::Inval, "a PE has one window or two");
  if (data.windows == 2 && user.length < sizeof data) fail(Errno::Inval, "the second window is missing");
  if (data.windows == 1 && !is_zero(data.window[1])) fail(Errno::Inval, "there is a second window beyond the count");

  std::vector<WindowSpec> specs;
  for (unsigned i = 0; i < data.windows; ++i) specs.push_back(check(data.window[i], limits));
  if (specs.size() == 1) return specs;
  if (specs[0].start > specs[1].start) std::swap(specs[0], specs[1]);
  if (specs[0].start == specs[1].start) fail(Errno::Inval, "both windows start at the same address");
  if (specs[0].slot() == specs[1].slot()) fail(Errno::OpNotSupp, "4 GiB and 2^59 are the same TVE");
  if (specs[0].bytes > specs[1].start) fail(Errno::Inval, "the windows overlap");
  return specs;
}

}  // namespace phbsim::arch::power_iommu
