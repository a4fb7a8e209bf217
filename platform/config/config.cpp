// SPDX-License-Identifier: Apache-2.0
#include "platform/config/config.hpp"

#include <algorithm>

#include "models/base/bits.hpp"

namespace phbsim::config {

namespace {

template <class T>
const T* find(const std::vector<T>& all, const std::string& name) {
  for (const T& t : all)
    if (t.name == name) return &t;
  return nullptr;
}

}  // namespace

const LayoutConfig* Config::find_layout(const std::string& name) const { return find(layouts, name); }
const PeConfig* Config::find_pe(const std::string& name) const { return find(pes, name); }
const PhbConfig* Config::find_phb(const std::string& name) const { return find(phbs, name); }
const EndpointConfig* Config::find_endpoint(const std::string& name) const { return find(endpoints, name); }

std::uint64_t window_size(const WindowConfig& window, const memory::MemoryParams& memory) {
  if (window.size != 0 && !window.bypass) return window.size;
  const std::uint64_t all = 1ull << log2_ceil(memory.size);
  return window.bypass ? all : std::max(all, window.page_size);
}

}  // namespace phbsim::config
