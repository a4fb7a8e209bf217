// SPDX-License-Identifier: Apache-2.0
/// phbsim exec with the small kernel: toy_exec [--selftest] [--report] PROGRAM ARGS
#include <iostream>

#include "models/base/check.hpp"
#include "platform/exec/server.hpp"
#include "tests/exec/toy_kernel.hpp"

int main(int argc, char** argv) {
  phbsim::exec::RunOptions options;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; ++at) {
    if (std::string_view(argv[at]) == "--selftest") options.calls.selftest = true;
    if (std::string_view(argv[at]) == "--report") options.report = true;
  }
  options.words.assign(argv + at, argv + argc);
  options.preload = PHBSIM_PRELOAD;
  try {
    phbsim::exec::Frames frames({});
    phbsim::toy::ToyKernel kernel(frames);
    return phbsim::exec::run(options, kernel, frames, std::cerr);
  } catch (const phbsim::UserError& e) {
    std::cerr << e.what() << "\n";
    return 2;
  }
}
