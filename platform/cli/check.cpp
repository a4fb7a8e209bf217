// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

int check_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("set", po::value<Words>()->default_value({}, ""), "override a key of the files, KEY=VALUE");
  po::variables_map values;
  if (!parse(command_named("check"), options, words, values)) return kOk;
  const auto& files = values["words"].as<Words>();
  if (files.empty()) throw UserError("check takes at least one CONFIG; see phbsim check --help");
  bool good = true;
  for (const std::string& f : files) {
    config::Config config;
    if (read_config(f, values["set"].as<Words>(), config)) {
      std::cout << f << ": good\n";
    } else {
      good = false;
    }
  }
  return good ? kOk : kUsage;
}

}  // namespace phbsim::cli
