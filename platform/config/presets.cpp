// SPDX-License-Identifier: Apache-2.0
#include "platform/config/presets.hpp"

#include "platform/config/read.hpp"

namespace phbsim::config {

const std::array<Preset, 3> kPresets{{
    {"power8", "PHB3: Gen3 x16, 28 read engines a PHB, 64 TCE cache entries, page kills", arch::Generation::Phb3, 4,
     {0, 1, 2, 3, 3, 3}, 28, 500, 32, "page"},
    {"power9", "PHB4: Gen4 x16, 64 read engines a PEC, 1024 or 512 TCE cache entries, PE kills",
     arch::Generation::Phb4, 6, {0, 1, 1, 2, 2, 2}, 64, 1000, 32, "pe"},
    {"power10", "PHB5: as power9, but Gen5 on PHB 0 and 3 and a 64-byte data path", arch::Generation::Phb5, 6,
     {0, 0, 0, 1, 1, 1}, 64, 1000, 64, "pe"},
}};

const Preset& preset_of(arch::Generation generation) { return kPresets[static_cast<std::size_t>(generation)]; }

const Preset* find_preset(std::string_view name) {
  for (const Preset& p : kPresets)
    if (p.name == name) return &p;
  return nullptr;
}

unsigned max_link_gen(arch::Generation generation, unsigned index) {
  switch (generation) {
    case arch::Generation::Phb3:
      return 3;
    case arch::Generation::Phb4:
      return 4;
    case arch::Generation::Phb5:
      return index == 0 || index == 3 ? 5 : 4;
  }
  return 3;
}

PhbConfig make_phb(const Preset& preset, const std::string& name, unsigned index) {
  PhbConfig c;
  c.name = name;
  c.index = index;
  c.pec = index < preset.pec_of_index.size() ? preset.pec_of_index[index] : 0;
  c.stack_limit = preset.engines;
  const auto size = arch::size_of_index(preset.generation, index);
  const arch::GenerationFacts& facts = arch::facts_of(preset.generation, size);
  c.phb.generation = preset.generation;
  c.phb.size = size;
  c.phb.clock_mhz = preset.clock_mhz;
  c.phb.datapath_bytes = preset.datapath_bytes;
  c.phb.rid_cache_entries = facts.rid_entries;
  c.link.gen = max_link_gen(preset.generation, index);
  c.tce.clock_mhz = preset.clock_mhz;
  c.tce.sets = facts.tce_entries / c.tce.ways;
  c.tce.walk_slots = facts.tce_tags;
  c.host.kill_policy = preset.kill_policy;
  return c;
}

Config make_config(const Preset& preset) {
  Config c;
  c.preset = preset.name;
  c.generation = preset.generation;
  c.layouts = builtin_layouts(preset.generation);
  c.hypervisor.kill_policy = preset.kill_policy;
  return c;
}

std::vector<PresetInfo> presets() {
  std::vector<PresetInfo> out;
  for (const Preset& p : kPresets) out.push_back({std::string(p.name), std::string(p.description)});
  return out;
}

}  // namespace phbsim::config
