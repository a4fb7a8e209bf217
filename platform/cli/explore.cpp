// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"
#include "platform/explore/explore.hpp"
#include "platform/results/writers.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

int explore_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("set", po::value<Words>()->default_value({}, ""), "override a key of the files, KEY=VALUE")(
      "out", po::value<std::string>(), "write results.json, results.csv and report.html into this folder")(
      "json", "print the results as JSON instead of tables")("jobs", po::value<unsigned>(),
                                                             "processes at once (default: one per CPU)");
  po::variables_map values;
  if (!parse(command_named("explore"), options, words, values)) return kOk;
  const auto& files = values["words"].as<Words>();
  if (files.empty()) throw UserError("explore takes at least one CONFIG; see phbsim explore --help");
  const auto& sets = values["set"].as<Words>();
  std::vector<config::Config> configs(files.size());
  bool good = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    good = read_config(files[i], sets, configs[i]) && good;
    if (good && configs[i].explore.axes.empty()) {
      std::cerr << files[i] << ": has no [explore.axes]; phbsim run simulates a single configuration\n";
      good = false;
    }
    if (values.count("jobs")) configs[i].explore.jobs = values["jobs"].as<unsigned>();
  }
  if (!good) return kUsage;
  if (values.count("out")) make_folder(values["out"].as<std::string>());
  std::vector<results::Exploration> all;
  bool complete = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    ProgressLine line("exploring " + files[i]);
    line.update(0);
    all.push_back(explore::explore(configs[i], sets, [&line](std::size_t done, std::size_t points) {
      line.update(static_cast<double>(done) / static_cast<double>(points),
                  std::to_string(done) + " of " + std::to_string(points) + " points");
    }));
    line.clear();
    for (const auto& p : all.back().points) complete = complete && p.error.empty();
    if (values.count("json")) continue;
    std::cout << results::to_table(all.back()) << "\n" << results::explain(all.back()) << "\n";
  }
  if (values.count("json")) std::cout << results::to_json(all);
  if (values.count("out")) {
    const auto folder = values["out"].as<std::string>();
    write_file(folder + "/results.json", results::to_json(all));
    write_file(folder + "/results.csv", results::to_csv(all));
    write_file(folder + "/report.html", results::to_html(all));
    if (!values.count("json")) {
      std::cout << "written: " << folder << "/results.json, results.csv, report.html\n";
    }
  }
  return complete ? kOk : kFailed;
}

}  // namespace phbsim::cli
