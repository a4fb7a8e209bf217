// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <sstream>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"
#include "platform/explore/pool.hpp"
#include "platform/run/verify.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

namespace {

std::string verify(const std::string& file) {
  const run::Verification v = run::verify_trace(file);
  std::ostringstream out;
  // The first line for the parent: does it agree?
  out << (v.mismatches == 0 && v.hypercall_mismatches == 0 ? "good\n" : "bad\n");
  out << file << ": translations " << v.translations << " mismatches " << v.mismatches << "\n";
  out << file << ": hypercalls " << v.hypercalls << " mismatches " << v.hypercall_mismatches << "\n";
  for (const run::Mismatch& m : v.first) out << "  line " << m.line << ", " << m.model << " model: " << m.text << "\n";
  if (v.mismatches > 0) {
    out << "  reference model: " << v.reference_mismatches << " wrong, timed model: " << v.timed_mismatches << " wrong\n";
  }
  return out.str();
}

}  // namespace

int verify_trace_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("jobs", po::value<unsigned>()->default_value(0), "files at once (0: one per CPU)");
  po::variables_map values;
  if (!parse(command_named("verify-trace"), options, words, values)) return kOk;
  const auto& files = values["words"].as<Words>();
  if (files.empty()) throw UserError("verify-trace takes at least one FILE; see phbsim verify-trace --help");
  std::vector<std::function<std::string()>> tasks;
  for (const std::string& f : files) tasks.push_back([f] { return verify(f); });
  ProgressLine line("verifying");
  line.update(0);
  const auto outcomes = explore::run_tasks(tasks, values["jobs"].as<unsigned>(), [&](std::size_t done) {
    line.update(static_cast<double>(done) / static_cast<double>(files.size()),
                std::to_string(done) + " of " + std::to_string(files.size()) + " files");
  });
  line.clear();
  int status = kOk;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!outcomes[i].ok) {
      std::cerr << outcomes[i].error << "\n";
      status = kUsage;
      continue;
    }
    const auto first = outcomes[i].output.find('\n');
    if (outcomes[i].output.compare(0, first, "good") != 0 && status == kOk) status = kFailed;
    std::cout << outcomes[i].output.substr(first + 1);
  }
  return status;
}

}  // namespace phbsim::cli
