// SPDX-License-Identifier: Apache-2.0
/// Runs a program on a processor with memory and one device, under a debugger if asked to.
///   phbsim_toy_firmware [--gdb WHERE] [--nowait] IMAGE.elf
/// Prints "gdb at ADDRESS", the console at the end, and how it ended. Exit status: the program's.
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "models/arch/ppc64/elf.hpp"
#include "platform/firmware/cpu_debugger.hpp"
#include "tests/support/toy_machine.hpp"

using namespace phbsim;
using arch::ppc64::Image;
using arch::ppc64::ImageOrder;

namespace {

int run(const std::vector<std::string>& args) {
  std::string path, where;
  bool wait = true;
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--gdb" && i + 1 < args.size()) {
      where = args[++i];
    } else if (args[i] == "--nowait") {
      wait = false;
    } else {
      path = args[i];
    }
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw UserError(path + ": cannot be read");
  const Image image = arch::ppc64::read_elf({std::istreambuf_iterator<char>(in), {}});
  const bool little = image.order == ImageOrder::Little;
  arch::ppc64::CoreOptions options;
  options.reset_pc = image.entry;
  if (little) options.reset_msr |= arch::ppc64::msr::kLe;
  test::ToyMachine m({}, options);
  image.load(m.memory.store());
  m.cpu.core().state().gpr[12] = image.r12;
  if (image.toc) m.cpu.core().state().gpr[2] = *image.toc;
  m.cpu.set_symbolizer([&image](std::uint64_t pc) { return image.symbols.lookup(pc); });

  int status = -1;
  std::string end = "nothing is left to do";
  m.device.on_exit = [&](std::uint64_t v) {
    status = static_cast<int>(v);
    end = "exit " + std::to_string(status);
    m.driver.stop();
  };
  const auto stopped = [&](const cpu::Cpu::Stop& stop) {
    end = m.cpu.describe(stop);
    status = 2;
    m.driver.stop();
    return cpu::Cpu::Action::End;
  };
  m.cpu.on_stop(stopped);
  std::unique_ptr<firmware::CpuDebugger> debugger;
  if (!where.empty()) {
    firmware::CpuDebuggerOptions o;
    o.where = where;
    o.wait = wait;
    o.order = image.order;
    debugger = std::make_unique<firmware::CpuDebugger>(m.cpu, o, stopped);
    debugger->on_kill([&] {
      end = "killed";
      m.driver.stop();
    });
    std::cout << "gdb at " << debugger->address() << std::endl;
  }
  m.driver.start(kNever);
  if (debugger) debugger->exited(static_cast<unsigned>(status) & 0xff);
  std::cout << m.device.console << end << std::endl;
  return status & 0xff;
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << "\n";
    return 2;
  }
}

int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", /*overwrite=*/0);
  sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
  return sc_core::sc_elab_and_sim(argc, argv);
}
