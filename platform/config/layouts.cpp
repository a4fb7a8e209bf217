// SPDX-License-Identifier: Apache-2.0
/// The layouts that every file can name: the 32-bit default window, DDW windows, bypass.
#include "platform/config/read.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::config {

namespace {

constexpr BusAddr kHigh = 1ull << 59;
constexpr BusAddr kAbove4G = 4 * kGiB;

std::string lower(std::string s) {
  for (char& c : s)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return s;
}

WindowConfig window(BusAddr offset, std::uint64_t page_size, std::uint64_t size, unsigned levels, Mapping mapping) {
  WindowConfig w;
  w.offset = offset;
  w.page_size = page_size;
  w.size = size;
  w.levels = levels;
  w.mapping = mapping;
  return w;
}

}  // namespace

std::vector<LayoutConfig> builtin_layouts(arch::Generation generation) {
  const arch::GenerationFacts& facts = arch::facts_of(generation, arch::PhbSize::Big);
  std::vector<LayoutConfig> out;
  const auto add = [&out](const std::string& name, const std::string& description, const WindowConfig& w) {
    out.push_back({name, description, {w}});
  };
  for (const std::uint64_t page : {4 * kKiB, 64 * kKiB}) {
    add("default32-" + lower(bytes_text(page)),
        "2 GiB at 0 with " + bytes_text(page) + " pages, buffers mapped one by one",
        window(0, page, 2 * kGiB, 1, Mapping::PerIo));
  }
  for (std::size_t i = 0; i < facts.page_shifts.size(); ++i) {
    const std::uint64_t page = 1ull << facts.page_shifts[i];
    const std::string name = "ddw-" + lower(bytes_text(page));
    const std::string pages = bytes_text(page) + " pages";
    add(name, "all of memory at 2^59 with " + pages, window(kHigh, page, 0, 1, Mapping::Direct));
    if (facts.tve_select_register) {
      add(name + "-4g", "all of memory at 4 GiB with " + pages, window(kAbove4G, page, 0, 1, Mapping::Direct));
    }
    if (i == facts.page_shifts.size() - 1) continue;  // the largest pages need no second level
    for (const unsigned levels : {2u, 3u}) {
      add(name + "-l" + std::to_string(levels),
          "all of memory at 2^59 with " + pages + " and a table of " + std::to_string(levels) + " levels",
          window(kHigh, page, 0, levels, Mapping::Direct));
    }
  }
  add("ddw-64k-io", "64 GiB at 2^59 with 64K pages, buffers mapped one by one",
      window(kHigh, 64 * kKiB, 64 * kGiB, 1, Mapping::PerIo));
  WindowConfig bypass;
  bypass.bypass = true;
  bypass.offset = kHigh;
  add("bypass", "no translation: memory at 2^59", bypass);
  out.push_back({std::string(kLinuxLayout), "what Linux decides on host.firmware (needs host.stack \"linux-dma\")", {}});
  out.push_back({std::string(kProgramLayout), "none: a program makes its windows (phbsim exec)", {}});
  return out;
}

}  // namespace phbsim::config
