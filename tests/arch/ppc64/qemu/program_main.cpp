// SPDX-License-Identifier: Apache-2.0
/// phbsim_ppc64_program ELF: a static program of Linux on the Core, its write and exit calls served. The exit status
/// is the program's; 3 with a reason if it stopped otherwise.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "models/arch/ppc64/core.hpp"
#include "models/base/endian.hpp"
#include "models/base/text.hpp"
#include "tests/arch/ppc64/qemu/linux.h"

namespace phbsim::arch::ppc64 {
namespace {

constexpr RealAddr kMemory = 0x1000'0000, kMemoryBytes = 16 * kMiB;
constexpr RealAddr kStack = kMemory + kMemoryBytes - 0x1000;

class LinuxBus final : public Bus {
 public:
  BusResult load(RealAddr, unsigned char*, unsigned, Access) override { return BusResult::Error; }
  BusResult store(RealAddr, const unsigned char*, unsigned, Access) override { return BusResult::Error; }
  DirectPage direct(RealAddr page) override {
    return page >= kMemory && page < kMemory + kMemoryBytes ? DirectPage{at(page), true} : DirectPage{};
  }
  std::uint64_t timebase() override { return 0; }
  bool system_call(CpuState& state, unsigned) override {
    auto& r = state.gpr;
    state.set_cr_field(0, 0);
    if (r[0] == CALL_WRITE && r[3] == 1) {
      std::fwrite(at(r[4]), 1, r[5], stdout);
      r[3] = r[5];
      return true;
    }
    exited = r[0] == CALL_EXIT;
    status = static_cast<int>(r[3]);
    if (!exited) std::fprintf(stderr, "system call %llu is not served\n", static_cast<unsigned long long>(r[0]));
    core->request_stop();
    return true;
  }
  unsigned char* at(RealAddr addr) {
    if (addr < kMemory || addr >= kMemory + kMemoryBytes) throw std::runtime_error("no memory at " + text::hex(addr));
    return memory.data() + (addr - kMemory);
  }

  std::vector<unsigned char> memory = std::vector<unsigned char>(kMemoryBytes);
  Core* core = nullptr;
  bool exited = false;
  int status = 0;
};

/// Segments of an ELF64 file of either order into memory; its entry.
std::uint64_t load(const char* path, LinuxBus& bus, bool& little) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 64 || bytes.compare(0, 5, "\x7f" "ELF\x02") != 0) throw std::runtime_error("no ELF64 file");
  little = bytes[5] == 1;
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto field = [p, little](std::size_t at, unsigned width) {
    std::uint64_t v = 0;
    for (unsigned i = 0; i < width; ++i) v |= std::uint64_t{p[at + i]} << 8 * (little ? i : width - 1 - i);
    return v;
  };
  for (std::uint64_t i = 0; i < field(56, 2); ++i) {
    const std::uint64_t header = field(32, 8) + i * field(54, 2);
    const std::uint64_t offset = field(header + 8, 8), length = field(header + 32, 8);
    if (field(header, 4) == 1 && length != 0) std::memcpy(bus.at(field(header + 16, 8)), p + offset, length);
  }
  return field(24, 8);
}

int run(const char* path) {
  LinuxBus bus;
  CoreOptions options;
  options.translation = Translation::Identity;
  Core core(options, bus);
  bus.core = &core;
  bool little = false;
  CpuState& s = core.state();
  s.nip = s.gpr[12] = load(path, bus, little);
  s.gpr[1] = kStack;
  core.set_msr(msr::kSf | msr::kPr | msr::kEe | msr::kMe | msr::kIr | msr::kDr | (little ? msr::kLe : 0));
  Stop stop = core.run(2'000'000'000);
  std::fprintf(stderr, "%llu instructions\n", static_cast<unsigned long long>(stop.executed));
  if (bus.exited) return bus.status;
  std::fprintf(stderr, "%s\n", to_text(stop).c_str());
  return 3;
}

}  // namespace
}  // namespace phbsim::arch::ppc64

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: phbsim_ppc64_program ELF\n");
    return 3;
  }
  try {
    return phbsim::arch::ppc64::run(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[1], e.what());
    return 3;
  }
}
