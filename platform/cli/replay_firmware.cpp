// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"
#include "platform/replay/firmware_replay.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

namespace {

void print(const std::string& file, const replay::FirmwareReplay& r, std::size_t shown) {
  std::cout << file << "\n";
  std::cout << fmt::format("  {:24} {:>8} {:>8} {:>8} {:>10} {:>12}\n", "region", "writes", "reads", "equal", "explained",
                           "unexplained");
  const auto line = [](const std::string& name, const replay::RegionCount& c) {
    std::cout << fmt::format("  {:24} {:>8} {:>8} {:>8} {:>10} {:>12}\n", name, c.writes, c.reads, c.equal, c.explained,
                             c.unexplained);
  };
  for (const auto& [name, c] : r.regions) line(name, c);
  line("all", r.total());
  std::cout << fmt::format("  configuration cycles of devices: {} reads, {} writes, {} wrong\n", r.config_reads,
                           r.config_writes, r.config_wrong);
  if (!r.explained.empty()) std::cout << "  explained differences:\n";
  for (const replay::Explanation& x : replay::explanations()) {
    const auto it = r.explained.find(x.id);
    if (it == r.explained.end()) continue;
    std::cout << fmt::format("  {:>6} x {}: {} is 0x{:x} in the trace, 0x{:x} here\n           {} [{}]\n", it->second, x.id,
                             x.reg, x.recorded, x.model, x.reason, x.source);
  }
  if (r.unexplained.empty()) return;
  std::cout << "  unexplained differences:\n";
  for (std::size_t i = 0; i < r.unexplained.size() && i < shown; ++i) {
    const replay::Difference& d = r.unexplained[i];
    std::cout << fmt::format("    line {}: {} {} ({} bytes): 0x{:x} in the trace, 0x{:x} here\n", d.line, d.region, d.reg,
                             d.bytes, d.recorded, d.model);
  }
  if (r.unexplained.size() > shown) std::cout << fmt::format("    ... and {} more\n", r.unexplained.size() - shown);
}

}  // namespace

int replay_firmware_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("show", po::value<std::size_t>()->default_value(20), "unexplained differences to print");
  po::variables_map values;
  if (!parse(command_named("replay-firmware"), options, words, values)) return kOk;
  const auto& files = values["words"].as<Words>();
  if (files.empty()) throw UserError("replay-firmware takes at least one TRACE; see phbsim replay-firmware --help");
  int status = kOk;
  for (const std::string& f : files) {
    ProgressLine line("replaying");
    const replay::FirmwareReplay r = replay::replay_firmware(f, [&](double share) { line.update(share, f); });
    line.clear();
    print(f, r, values["show"].as<std::size_t>());
    if (!r.good()) status = kFailed;
  }
  return status;
}

}  // namespace phbsim::cli
