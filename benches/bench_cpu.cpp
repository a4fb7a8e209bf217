// SPDX-License-Identifier: Apache-2.0
/// Instructions per second of host CPU time of the PPC64 interpreter (models/arch/ppc64), alone on a flat memory.
///
///   bench_cpu [MILLIONS]    instructions per loop, 200 millions unless given
///
/// Three loops: counting, a checksum over 16 KiB, and a walk with calls, stores and compares.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "models/arch/ppc64/core.hpp"
#include "models/base/endian.hpp"

namespace phbsim::bench {
namespace {

using namespace arch::ppc64;

class Ram final : public Bus {
 public:
  explicit Ram(std::size_t bytes) : bytes_(bytes) {}
  BusResult load(RealAddr, unsigned char*, unsigned, Access) override { return BusResult::Error; }
  BusResult store(RealAddr, const unsigned char*, unsigned, Access) override { return BusResult::Error; }
  DirectPage direct(RealAddr page) override {
    return page < bytes_.size() ? DirectPage{bytes_.data() + page, true} : DirectPage{};
  }
  std::uint64_t timebase() override { return 0; }
  void put(RealAddr at, const std::vector<std::uint32_t>& words) {
    for (std::size_t i = 0; i < words.size(); ++i) store_be32(bytes_.data() + at + 4 * i, words[i]);
  }

 private:
  std::vector<unsigned char> bytes_;
};

struct Loop {
  const char* name;
  std::vector<std::uint32_t> words;
};

const Loop kLoops[] = {
    {"count",
     {0x38630001,    // addi r3, r3, 1
      0x4bfffffc}},  // b .-4
    {"checksum",
     {0x38a00800,    // li r5, 2048
      0x38801000,    // li r4, 0x1000
      0x7ca903a6,    // mtctr r5
      0xe8c40000,    // 1: ld r6, 0(r4)
      0x7c633214,    // add r3, r3, r6
      0x78630fe0,    // rldicl r3, r3, 1, 63
      0x7c633278,    // xor r3, r3, r6
      0x38840008,    // addi r4, r4, 8
      0x4200ffec,    // bdnz 1b
      0x4bffffdc}},  // b start
    {"calls",
     {0x38801000,    // li r4, 0x1000
      0x48000015,    // 1: bl f
      0x2c230000,    // cmpdi r3, 0
      0x41820004,    // beq .+4
      0x4bfffff4,    // b 1b
      0x60000000,    // nop
      0xf8640000,    // f: std r3, 0(r4)
      0x38630001,    // addi r3, r3, 1
      0x80a40004,    // lwz r5, 4(r4)
      0x4e800020}},  // blr
};

double seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t count = (argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200) * 1'000'000;
  for (const Loop& loop : kLoops) {
    Ram ram(64 * 1024);
    ram.put(0x100, loop.words);
    Core core({}, ram);
    const double start = seconds();
    const Stop stop = core.run(count);
    const double taken = seconds() - start;
    if (stop.reason != StopReason::Count) {
      std::fprintf(stderr, "%s: %s\n", loop.name, to_text(stop).c_str());
      return 1;
    }
    std::printf("%-10s %8.1f MIPS\n", loop.name, static_cast<double>(count) / taken / 1e6);
  }
  return 0;
}

}  // namespace phbsim::bench

int main(int argc, char** argv) { return phbsim::bench::main(argc, argv); }
