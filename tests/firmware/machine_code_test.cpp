// SPDX-License-Identifier: Apache-2.0
// The firmware as machine code, big- and little-endian, on the interpreter and the architected models: it passes, and
// writes the same to registers and SCOMs in the same order as the host build does.
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "models/arch/ppc64/core.hpp"
#include "tests/firmware/arch_machine.hpp"
#include "tests/firmware/bugs.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using arch::Generation;
using arch::PhbSize;
using test::ArchMachine;

namespace {

constexpr RealAddr kXscom = 0x603FC00000000ull;
constexpr std::uint64_t kXscomBytes = 16ull << 30;
constexpr RealAddr kUart = 0x60300D0010000ull;
constexpr RealAddr kBootInfo = 0x1000000;     ///< behind the image
constexpr RealAddr kDevices = 0x3000000000000ull;  ///< nothing below is anything but memory

class Bus : public arch::ppc64::Bus {
 public:
  using Result = arch::ppc64::BusResult;
  explicit Bus(ArchMachine& machine) : m_(machine) {}

  Result load(RealAddr addr, unsigned char* bytes, unsigned count, arch::ppc64::Access) override {
    if (addr < kDevices) {
      m_.memory.read(addr, bytes, count);
      return Result::Ok;
    }
    if (count > 8) return Result::Error;
    put(bytes, count,
        addr - kXscom < kXscomBytes ? m_.scom_read((addr - kXscom) >> 3)
        : addr - kUart < 8          ? (addr == kUart + 5 ? 0x60 : 0)
                                    : m_.mmio_read(addr, count));
    return Result::Ok;
  }
  Result store(RealAddr addr, const unsigned char* bytes, unsigned count, arch::ppc64::Access access) override {
    if (addr < kDevices) {
      m_.memory.write(addr, bytes, count);
      m_.stored(addr, count);
      return Result::Ok;
    }
    if (access != arch::ppc64::Access::CacheInhibited || count > 8) return Result::Error;
    std::uint64_t v = 0;
    for (unsigned i = 0; i < count; ++i) v = v << 8 | bytes[i];
    if (addr - kXscom < kXscomBytes) {
      m_.scom_write((addr - kXscom) >> 3, v);
    } else if (addr == kUart) {
      m_.console.push_back(static_cast<char>(v));
    } else {
      m_.mmio_write(addr, count, v);
    }
    return Result::Ok;
  }
  arch::ppc64::DirectPage direct(RealAddr page) override {
    if (!addr_is_memory(page)) return {};
    // Stores to tables that a checker watches are to be seen.
    const bool watched = m_.checker != nullptr && m_.checker->tables().find(page, 4096) != nullptr;
    return {m_.memory.page(page), !watched};
  }
  /// A microsecond for each look: what the firmware waits for comes without spinning long.
  std::uint64_t timebase() override {
    m_.pass(1);
    return m_.now_us * 512;
  }

 private:
  static bool addr_is_memory(RealAddr a) { return a < kDevices; }
  static void put(unsigned char* bytes, unsigned count, std::uint64_t v) {
    for (unsigned i = count; i-- > 0; v >>= 8) bytes[i] = static_cast<unsigned char>(v);
  }
  ArchMachine& m_;
};

/// machine_code.sh makes them and says where.
std::string images() {
  const char* folder = std::getenv("PHBSIM_FIRMWARE_IMAGES");
  REQUIRE(folder != nullptr);
  return folder;
}

/// The loadable parts of a 64-bit ELF file of either order to their real addresses; its entry.
std::uint64_t load_elf(const std::string& path, ArchMachine& m, bool& little) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<unsigned char> b((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  INFO(path);
  REQUIRE(b.size() > 64);
  REQUIRE(b[4] == 2);
  little = b[5] == 1;
  const auto word = [&](std::size_t at, unsigned n) {
    std::uint64_t v = 0;
    for (unsigned i = 0; i < n; ++i) v = v << 8 | b.at(at + (little ? n - 1 - i : i));
    return v;
  };
  const std::uint64_t headers = word(32, 8);
  for (std::uint64_t i = 0; i < word(56, 2); ++i) {
    const std::uint64_t p = headers + i * word(54, 2);
    if (word(p, 4) == 1) m.memory.write(word(p + 24, 8), &b.at(word(p + 8, 8)), word(p + 32, 8));
  }
  return word(24, 8);
}

struct Result {
  int status = -1;
  std::string console;
  std::vector<ArchMachine::Write> writes;
  std::uint64_t instructions = 0;
};

void set_up(ArchMachine& m, std::uint64_t job) {
  m.info.job = job;
  m.info.settle_divisor = 1000;
  m.info.xscom = kXscom;
  m.info.uart = kUart;
}

Result on_host(Generation g, PhbSize s, std::uint64_t job) {
  ArchMachine m(g, s);
  set_up(m, job);
  Result r;
  r.status = m.run();
  r.console = m.console;
  r.writes = std::move(m.writes);
  return r;
}

Result as_machine_code(ArchMachine& m, const char* image) {
  const Generation g = m.phb.facts().generation;
  bool little = false;
  const std::uint64_t entry = load_elf(images() + "/" + image, m, little);
  Bus bus(m);
  arch::ppc64::CoreOptions options;
  if (g == Generation::Phb3) options.pvr = 0x004D0200;
  arch::ppc64::Core core(options, bus);
  core.state().nip = entry;
  core.state().gpr[3] = kBootInfo;
  m.put_boot_info(kBootInfo);
  if (m.checker != nullptr) m.checker->on_watch = [&](RealAddr, std::uint64_t, bool) { core.forget_direct(); };
  if (little) core.set_msr(core.state().msr | arch::ppc64::msr::kLe);
  const arch::ppc64::Stop stop = core.run(2'000'000'000);
  INFO(arch::ppc64::to_text(stop));
  INFO(m.console);
  CHECK(stop.reason == arch::ppc64::StopReason::Attention);
  if (m.checker != nullptr) m.checker->on_watch = nullptr;
  Result r;
  r.status = static_cast<int>(core.state().gpr[3]);
  r.console = m.console;
  r.writes = std::move(m.writes);
  r.instructions = core.executed();
  return r;
}

}  // namespace

TEST_CASE("firmware: machine code of both byte orders writes what the host build writes", "[.images]") {
  const auto [g, s] = GENERATE(std::make_pair(Generation::Phb3, PhbSize::Big),
                               std::make_pair(Generation::Phb4, PhbSize::Big),
                               std::make_pair(Generation::Phb5, PhbSize::Small));
  const Result host = on_host(g, s, BOOT_JOB_ALL);
  REQUIRE(host.status == 0);
  for (const char* image : {"phb_firmware_be.elf", "phb_firmware_le.elf"}) {
    CAPTURE(image);
    ArchMachine m(g, s);
    set_up(m, BOOT_JOB_ALL);
    const Result r = as_machine_code(m, image);
    CAPTURE(r.instructions);
    CHECK(r.status == 0);
    CHECK(r.console == host.console);
    REQUIRE(r.writes.size() == host.writes.size());
    for (std::size_t i = 0; i < r.writes.size(); ++i) {
      if (r.writes[i] == host.writes[i]) continue;
      CAPTURE(i, r.writes[i].addr, r.writes[i].value, host.writes[i].addr, host.writes[i].value);
      FAIL("the first write that differs");
    }
  }
}

TEST_CASE("firmware under the checker: machine code, correct and with every bug", "[.images]") {
  const auto [g, s] = GENERATE(std::make_pair(Generation::Phb3, PhbSize::Big),
                               std::make_pair(Generation::Phb4, PhbSize::Big),
                               std::make_pair(Generation::Phb4, PhbSize::Small),
                               std::make_pair(Generation::Phb5, PhbSize::Big),
                               std::make_pair(Generation::Phb5, PhbSize::Small));
  const char* const image = GENERATE("phb_firmware_be.elf", "phb_firmware_le.elf");
  const unsigned bug = GENERATE(range(0u, static_cast<unsigned>(BOOT_BUGS)));
  ArchMachine m(g, s);
  m.check();
  m.slow_dma = true;
  set_up(m, bug == BOOT_BUG_NONE ? BOOT_JOB_ALL : BOOT_JOB_SELF_TEST);
  m.info.bug = bug;
  CAPTURE(image, bug);
  const Result r = as_machine_code(m, image);
  m.checker->run_ended();
  INFO(m.console);
  CHECK(r.status == 0);
  INFO(test::to_text(*m.checker));
  CHECK(test::is_found(*m.checker, bug, g));
}
