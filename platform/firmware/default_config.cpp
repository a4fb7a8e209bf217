// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/default_config.hpp"

#include <fmt/format.h>

#include "models/base/check.hpp"
#include "platform/config/presets.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::firmware {

std::string default_config(const std::string& preset) {
  const config::Preset* p = config::find_preset(preset);
  if (p == nullptr) {
    std::vector<std::string> known;
    for (const config::Preset& k : config::kPresets) known.emplace_back(k.name);
    throw UserError("--preset is \"" + preset + "\", allowed are " + config::join(known, ", "));
  }
  std::string text = fmt::format("title = \"{}: all PHBs, a DMA engine on each\"\n[platform]\npreset = \"{}\"\n", p->name, p->name);
  for (unsigned i = 0; i < p->phbs; ++i)
    text += fmt::format(
        "[phb.phb{0}]\nindex = {0}\n[pe.dev{0}]\nphb = \"phb{0}\"\nlayout = \"program\"\n"
        "[endpoint.dev{0}]\npe = \"dev{0}\"\nrid = \"01:00.0\"\nworkload = \"program\"\n",
        i);
  return text;
}

}  // namespace phbsim::firmware
