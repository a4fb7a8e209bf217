// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"
#include "platform/config/read.hpp"
#include "platform/exec/iommufd_kernel.hpp"
#include "platform/exec/machine/machine_kernel.hpp"
#include "platform/exec/server.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

namespace {

constexpr unsigned kHugePage = 21;  // of hosts with 4K pages and of POWER's radix hosts

unsigned page_shift_of(const std::string& text) {
  if (text == "4K") return 12;
  if (text == "64K") return 16;
  throw UserError("--host-page is 4K or 64K, not \"" + text + "\"");
}

arch::iommufd::Compat compat_of(const std::string& text) {
  if (text == "newest") return arch::iommufd::Compat::Newest;
  if (text == "6.12") return arch::iommufd::Compat::Linux6_12;
  throw UserError("--compat is newest or 6.12, not \"" + text + "\"");
}

arch::vfio::Personality personality_of(const std::string& text) {
  if (text == "kernel") return arch::vfio::Personality::Kernel;
  if (text == "clean") return arch::vfio::Personality::Clean;
  throw UserError("--vfio is kernel or clean, not \"" + text + "\"");
}

constexpr const char* kDefaultPlatform = R"(title = "POWER9 with one DMA engine"
[platform]
preset = "power9"
[pe.dev]
layout = "program"
[endpoint.dev]
rid = "01:00.0"
workload = "program"
)";

/// False if the file has errors, which are printed.
bool read_platform(const po::variables_map& values, config::Config& config) {
  if (values.count("platform") != 0) return read_config(values["platform"].as<std::string>(), {}, config);
  config = config::read_text(kDefaultPlatform, "the default platform").config;
  return true;
}

}  // namespace

int exec_command(const Words& words) {
  po::options_description options("options");
  options.add_options()                                                                                              //
      ("platform", po::value<std::string>(), "configuration of the machine; without one: a POWER9 with one DMA engine")  //
      ("vfio", po::value<std::string>()->default_value("kernel"), "VFIO's sPAPR container: kernel (Linux's quirks), clean")  //
      ("selftest", "offer the mock driver and the fault injection that the kernel's own tests use")                  //
      ("compat", po::value<std::string>()->default_value("newest"), "whose errors where kernels differ: newest, 6.12")  //
      ("host-page", po::value<std::string>()->default_value("4K"), "page of the simulated host: 4K, 64K")            //
      ("no-check", "do not watch what is done to the PHBs; see docs/checker.md")                                     //
      ("report", "print at the end what the program asked for");
  // What follows "--" is the program's, options and all.
  const auto mark = std::find(words.begin(), words.end(), "--");
  po::variables_map values;
  if (!parse(command_named("exec"), options, Words(words.begin(), mark), values)) return kOk;
  if (!values["words"].as<Words>().empty() || mark == words.end() || mark + 1 == words.end()) {
    throw UserError("the program and its arguments come after \"--\"; see phbsim exec --help");
  }
  exec::RunOptions run;
  run.words.assign(mark + 1, words.end());
  run.calls.selftest = values.count("selftest") != 0;
  run.report = values.count("report") != 0;
  run.preload = exec::find_preload();
  if (run.preload.empty()) throw UserError("libphbsim_preload.so is neither beside phbsim nor where it is installed");

  exec::Frames::Params frame_params;
  frame_params.page_shift = page_shift_of(values["host-page"].as<std::string>());
  frame_params.piece_shift = kHugePage;
  exec::Frames frames(frame_params);
  if (!run.calls.selftest) {
    exec::MachineOptions machine;
    machine.host_page_shift = frame_params.page_shift;
    machine.compat = compat_of(values["compat"].as<std::string>());
    machine.personality = personality_of(values["vfio"].as<std::string>());
    machine.check = values.count("no-check") == 0;
    config::Config config;
    if (!read_platform(values, config)) return kUsage;
    exec::MachineKernel kernel(config, machine, frames);
    return exec::run(run, kernel, frames, std::cerr);
  }
  exec::IommufdKernel::Params kernel_params;
  kernel_params.selftest = run.calls.selftest;
  kernel_params.compat = compat_of(values["compat"].as<std::string>());
  exec::IommufdKernel kernel(kernel_params, frames);
  return exec::run(run, kernel, frames, std::cerr);
}

}  // namespace phbsim::cli
