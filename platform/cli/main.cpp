// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <exception>
#include <iostream>
#include <systemc>

#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/cli/commands.hpp"
#include "platform/version.hpp"

namespace phbsim::cli {
namespace {

void print_help(std::ostream& out) {
  out << "phbsim: simulator of the POWER PCI host bridge and its TCE IOMMU\n\nusage: phbsim COMMAND ...\n\n";
  for (const Command& c : kCommands) {
    out << "  phbsim " << c.name << " " << c.arguments << "\n      " << c.summary << "\n";
  }
  out << "\n  phbsim COMMAND --help   what a command takes, with an example\n"
         "  phbsim --version\n\n"
         "start here: phbsim explore examples/demo-random-read.toml --out out\n";
}

int dispatch(const Words& words) {
  if (words.empty()) {
    print_help(std::cerr);
    return kUsage;
  }
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_help(std::cout);
    return kOk;
  }
  if (words[0] == "--version") {
    std::cout << "phbsim " << kVersion << "\n";
    return kOk;
  }
  const Command* nearest = nullptr;
  unsigned distance = 4;
  for (const Command& c : kCommands) {
    if (words[0] == c.name) return c.run(Words(words.begin() + 1, words.end()));
    const unsigned d = text::edit_distance(words[0], c.name);
    if (d < distance) {
      distance = d;
      nearest = &c;
    }
  }
  throw UserError("unknown command \"" + words[0] + "\"" +
                  (nearest != nullptr ? ", did you mean \"" + std::string(nearest->name) + "\"?" : "") +
                  " See phbsim --help");
}

}  // namespace
}  // namespace phbsim::cli

int sc_main(int argc, char** argv) {
  try {
    // Reports of the kernel are errors of ours: they end as exceptions, not as text and exit.
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    return phbsim::cli::dispatch(phbsim::cli::Words(argv + 1, argv + argc));
  } catch (const phbsim::UserError& e) {
    std::cerr << "phbsim: " << e.what() << "\n";
    return phbsim::cli::kUsage;
  } catch (const std::exception& e) {
    std::cerr << "phbsim: internal error: " << e.what() << "\n";
    return 70;
  }
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
