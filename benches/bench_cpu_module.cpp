// SPDX-License-Identifier: Apache-2.0
/// Instructions per second of host CPU time that the processor module executes, with memory behind it.
///
///   bench_cpu_module [MILLIONS]    one row per program, each in a process of its own; MIPS of the module and of the core
///   alone
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <systemc>
#include <vector>

#include "models/cpu/cpu.hpp"
#include "models/memory/memory.hpp"

namespace phbsim::bench {
namespace {

using arch::ppc64::Core;
using arch::ppc64::CoreOptions;

constexpr RealAddr kCode = 0x10000, kData = 0x100000;
constexpr unsigned kR3 = 3, kR4 = 4, kR5 = 5;

struct Program {
  const char* name;
  std::vector<std::uint32_t> words;
  Tick quantum;
};

// Endless; r4 and r5 point to data.
const std::vector<Program>& programs() {
  static const std::vector<std::uint32_t> counting = {0x38630001, 0x4bfffffc};  // addi r3,r3,1; b -4
  static const std::vector<std::uint32_t> checksum = {
      // ld r6,0(r4); add r3,r3,r6; rldicl r3,r3,3,0; std r3,8(r5); addi r7,r7,8; rlwinm r7,r7,0,20,28; cmpdi r6,5;
      // beq +8; add r4,r5,r7; b -36
      0xe8c40000, 0x7c633214, 0x78631800, 0xf8650008, 0x38e70008,
      0x54e70538, 0x2c260005, 0x41820008, 0x7c853a14, 0x4bffffdc};
  static const std::vector<std::uint32_t> calls = {// bl +8; b -4; addi r3,r3,1; blr
                                                   0x48000009, 0x4bfffffc, 0x38630001, 0x4e800020};
  static const std::vector<Program> all = {{"count", counting, kPsPerUs},
                                           {"checksum", checksum, kPsPerUs},
                                           {"checksum, quantum 10 us", checksum, 10 * kPsPerUs},
                                           {"checksum, quantum 50 ns", checksum, 50 * kPsPerNs},
                                           {"calls", calls, kPsPerUs}};
  return all;
}

double cpu_seconds() {
  timespec ts{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return static_cast<double>(ts.tv_sec) + 1e-9 * static_cast<double>(ts.tv_nsec);
}

void start_state(Core& core) {
  core.state().gpr[kR3] = 0;
  core.state().gpr[kR4] = core.state().gpr[kR5] = kData;
}

/// Memory alone, no time.
struct PlainBus final : arch::ppc64::Bus {
  memory::SparseStore& store_;
  explicit PlainBus(memory::SparseStore& store) : store_(store) {}
  arch::ppc64::BusResult load(RealAddr addr, unsigned char* bytes, unsigned count, arch::ppc64::Access) override {
    store_.read(addr, bytes, count);
    return arch::ppc64::BusResult::Ok;
  }
  arch::ppc64::BusResult store(RealAddr addr, const unsigned char* bytes, unsigned count,
                               arch::ppc64::Access) override {
    store_.write(addr, bytes, count);
    return arch::ppc64::BusResult::Ok;
  }
  arch::ppc64::DirectPage direct(RealAddr page) override { return {store_.direct_page(page), true}; }
  std::uint64_t timebase() override { return 0; }
};

void run(const Program& program, std::uint64_t millions) {
  EngineDriver driver("driver");
  stats::Registry registry;
  memory::Memory memory("memory", driver, {}, 1, registry);
  RealAddr at = kCode;
  for (const std::uint32_t w : program.words) {
    unsigned char bytes[4];
    store_be32(bytes, w);
    memory.store().write(at, bytes, 4);
    at += 4;
  }
  CoreOptions options;
  options.reset_pc = kCode;
  cpu::CpuParams params;
  params.quantum = program.quantum;
  cpu::Cpu cpu("cpu", params, options);
  cpu.fabric_out.bind(memory.port_in(0));
  start_state(cpu.core());
  const double begin = cpu_seconds();
  driver.start(millions * 1'000'000 * 250);
  const double module = cpu_seconds() - begin;

  PlainBus bus(memory.store());
  Core core(options, bus);
  start_state(core);
  const double core_begin = cpu_seconds();
  core.run(cpu.core().executed());
  const double alone = cpu_seconds() - core_begin;
  if (core.state().gpr != cpu.core().state().gpr) std::printf("the module and the core alone differ\n");
  const double n = static_cast<double>(cpu.core().executed()) * 1e-6;
  std::printf("%-26s %8.0f million instructions  module %6.1f MIPS  core alone %6.1f MIPS\n", program.name, n,
              n / module, n / alone);
}

}  // namespace
}  // namespace phbsim::bench

int sc_main(int argc, char** argv) {
  const std::uint64_t millions = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200;
  for (const auto& program : phbsim::bench::programs()) {
    std::fflush(stdout);
    const pid_t child = fork();  // one elaboration per process
    if (child == 0) {
      phbsim::bench::run(program, millions);
      std::fflush(stdout);
      _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
  return sc_core::sc_elab_and_sim(argc, argv);
}
