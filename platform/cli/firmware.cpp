// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"
#include "platform/config/read.hpp"
#include "platform/config/spelling.hpp"
#include "platform/firmware/checking.hpp"
#include "platform/firmware/cpu_debugger.hpp"
#include "platform/firmware/default_config.hpp"
#include "platform/firmware/machine.hpp"
#include "platform/firmware/register_trace.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

namespace {

arch::ppc64::Image read_image(const std::string& path, bool raw) {
  std::ifstream in(path, std::ios::binary);
  std::vector<unsigned char> bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in && !in.eof()) throw UserError(path + ": cannot be read");
  if (bytes.empty()) throw UserError(path + ": cannot be read, or is empty");
  try {
    if (arch::ppc64::is_elf(bytes)) return arch::ppc64::read_elf(bytes);
    if (raw) return arch::ppc64::raw_image(std::move(bytes), 0);
  } catch (const UserError& e) {
    throw UserError(path + ": " + e.what());
  }
  throw UserError(path + ": is no ELF image; a binary that is loaded and entered at 0 needs --boot raw");
}

/// False if the configuration has errors, which are printed.
bool read_machine(const Words& words, const po::variables_map& values, config::Config& config) {
  const auto sets = values["set"].as<std::vector<std::string>>();
  if (words.size() == 2) {
    if (!values["preset"].defaulted()) throw UserError("--preset is for a machine without CONFIG");
    return read_config(words[1], sets, config);
  }
  config::ReadResult r = config::read_text(firmware::default_config(values["preset"].as<std::string>()),
                                           "the default machine", sets);
  for (const auto& e : r.errors) std::cerr << e.text() << "\n";
  config = std::move(r.config);
  return r.errors.empty();
}

void print_summary(firmware::Machine& machine) {
  const auto& core = machine.cpu().core();
  std::cerr << fmt::format("simulated {:.6f} ms, {} instructions, {} register accesses",
                           static_cast<double>(machine.now()) / kPsPerMs, core.executed(), machine.register_accesses());
  std::uint64_t faults = 0;
  for (const auto& g : machine.system().phbs()) faults += g.phb->faults().size();
  std::cerr << fmt::format(", {} faults recorded by PHBs\n", faults);
}

}  // namespace

int firmware_command(const Words& words) {
  po::options_description options("options");
  options.add_options()                                                                                               //
      ("gdb", po::value<std::string>(), "wait for a debugger on this port of the loopback, or on unix:PATH")          //
      ("max-time", po::value<std::string>(), "end after this much simulated time, for example 500ms")                 //
      ("trace-registers", po::value<std::string>(), "write accesses of PHB and PEC registers to this file")           //
      ("no-check", "do not watch the firmware at work on the PHBs; see docs/checker.md")                              //
      ("boot", po::value<std::string>()->default_value("stubs"), "stubs: r3 is boot information; raw: no register is") //
      ("preset", po::value<std::string>()->default_value("power9"), "machine without CONFIG: power8, power9, power10") //
      ("set", po::value<std::vector<std::string>>()->default_value({}, ""), "KEY=VALUE over the configuration");
  po::variables_map values;
  if (!parse(command_named("firmware"), options, words, values)) return kOk;
  const Words files = values["words"].as<Words>();
  if (files.empty() || files.size() > 2) throw UserError("needs an image and at most one configuration; see phbsim firmware --help");
  const std::string boot = values["boot"].as<std::string>();
  if (boot != "stubs" && boot != "raw") throw UserError("--boot is stubs or raw, not \"" + boot + "\"");
  Tick max_time = kNever;
  if (values.count("max-time") != 0) {
    const auto t = config::parse_time(values["max-time"].as<std::string>());
    if (!t || *t == 0) throw UserError("--max-time is a time like 500ms, not \"" + values["max-time"].as<std::string>() + "\"");
    max_time = *t;
  }
  const arch::ppc64::Image image = read_image(files[0], boot == "raw");
  config::Config config;
  if (!read_machine(files, values, config)) return kUsage;

  firmware::MachineOptions machine_options;
  machine_options.boot_info = boot == "stubs";
  firmware::Machine machine(config, image, machine_options);
  machine.on_character = [](char c) {
    std::fputc(c, stdout);
    if (c == '\n') std::fflush(stdout);
  };
  std::unique_ptr<build::Checking> checking;
  if (values.count("no-check") == 0) checking = firmware::check(machine, image);
  std::unique_ptr<firmware::RegisterTrace> trace;
  if (values.count("trace-registers") != 0) {
    trace = std::make_unique<firmware::RegisterTrace>(values["trace-registers"].as<std::string>());
    machine.on_register = [&](const firmware::RegisterAccess& a) { trace->write(a); };
  }
  std::unique_ptr<firmware::CpuDebugger> debugger;
  if (values.count("gdb") != 0) {
    firmware::CpuDebuggerOptions o;
    o.where = values["gdb"].as<std::string>();
    o.order = image.order;
    debugger = std::make_unique<firmware::CpuDebugger>(machine.cpu(), o,
                                                       [&](const auto& stop) { return machine.stopped(stop); });
    debugger->on_kill([&] { machine.end("the debugger ended it"); });
    std::cerr << "gdb at " << debugger->address() << std::endl;
  }
  const firmware::Machine::Outcome outcome = machine.run(max_time);
  std::fflush(stdout);
  if (trace) trace->close();
  std::size_t violations = 0;
  if (checking) {
    // Of a run that was cut short nobody can say what it would have done.
    if (outcome.end == firmware::Machine::End::Finished) checking->checker().run_ended();
    violations = checking->checker().violations().size();
  }
  const bool passed = outcome.end == firmware::Machine::End::Finished && outcome.status == 0 && violations == 0;
  if (debugger) debugger->exited(passed ? 0 : 1);
  print_summary(machine);
  if (outcome.end == firmware::Machine::End::Finished) {
    std::cerr << "firmware ended with status " << outcome.status << "\n";
  } else {
    std::cerr << "phbsim: " << outcome.text << "\n";
  }
  if (violations != 0) {
    for (const std::string& text : checking->report()) std::cerr << "phbsim: " << text;
    std::cerr << "phbsim: the firmware broke " << violations << (violations == 1 ? " rule\n" : " rules\n");
  }
  return passed ? kOk : kFailed;
}

}  // namespace phbsim::cli
