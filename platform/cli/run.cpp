// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"
#include "platform/results/writers.hpp"
#include "platform/run/simulation.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

int run_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("set", po::value<Words>()->default_value({}, ""), "override a key of the file, KEY=VALUE")(
      "out", po::value<std::string>(), "write result.json and result.txt into this folder")(
      "json", "print the result as JSON instead of tables");
  po::variables_map values;
  if (!parse(command_named("run"), options, words, values)) return kOk;
  const auto& files = values["words"].as<Words>();
  if (files.size() != 1) throw UserError("run takes one CONFIG, not " + std::to_string(files.size()) + "; see phbsim run --help");
  config::Config config;
  if (!read_config(files[0], values["set"].as<Words>(), config)) return kUsage;
  if (values.count("out")) make_folder(values["out"].as<std::string>());
  ProgressLine line("simulating");
  const results::Result result = run::simulate(config, [&line](double share, Tick now) {
    line.update(share, results::human_time(now) + " simulated");
  });
  line.clear();
  const std::string json = results::to_json(result);
  const std::string table = results::to_table(result);
  std::cout << (values.count("json") ? json : table);
  if (values.count("out")) {
    const auto folder = values["out"].as<std::string>();
    write_file(folder + "/result.json", json);
    write_file(folder + "/result.txt", table);
  }
  return kOk;
}

}  // namespace phbsim::cli
