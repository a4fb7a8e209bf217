// SPDX-License-Identifier: Apache-2.0
/// phbsim exec with the small kernel, or with --iommufd that of phbsim exec without the rest of phbsim:
///   toy_exec [--iommufd [--compat 6.12]] [--selftest] [--report] [--] PROGRAM ARGS
#include <iostream>

#include "models/base/check.hpp"
#include "platform/exec/iommufd_kernel.hpp"
#include "platform/exec/server.hpp"
#include "tests/exec/toy_kernel.hpp"

int main(int argc, char** argv) {
  phbsim::exec::RunOptions options;
  bool iommufd = false;
  phbsim::exec::IommufdKernel::Params params;
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; ++at) {
    const std::string_view word = argv[at];
    if (word == "--iommufd") iommufd = true;
    if (word == "--selftest") options.calls.selftest = params.selftest = true;
    if (word == "--report") options.report = true;
    if (word == "--compat" && std::string_view(argv[++at]) == "6.12") params.compat = phbsim::arch::iommufd::Compat::Linux6_12;
  }
  options.words.assign(argv + at, argv + argc);
  options.preload = PHBSIM_PRELOAD;
  try {
    phbsim::exec::Frames frames({});
    if (iommufd) {
      phbsim::exec::IommufdKernel kernel(params, frames);
      return phbsim::exec::run(options, kernel, frames, std::cerr);
    }
    phbsim::toy::ToyKernel kernel(frames);
    return phbsim::exec::run(options, kernel, frames, std::cerr);
  } catch (const phbsim::UserError& e) {
    std::cerr << e.what() << "\n";
    return 2;
  }
}
