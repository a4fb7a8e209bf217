// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

int show_config_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("set", po::value<Words>()->default_value({}, ""), "override a key of the file, KEY=VALUE")(
      "no-comments", "keys and values only");
  po::variables_map values;
  if (!parse(command_named("show-config"), options, words, values)) return kOk;
  const auto& files = values["words"].as<Words>();
  if (files.size() != 1) throw UserError("show-config takes one CONFIG; see phbsim show-config --help");
  config::Config config;
  if (!read_config(files[0], values["set"].as<Words>(), config)) return kUsage;
  std::cout << config::to_toml(config, values.count("no-comments") == 0);
  return kOk;
}

}  // namespace phbsim::cli
