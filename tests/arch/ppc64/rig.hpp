// SPDX-License-Identifier: Apache-2.0
/// A core on a flat memory with one device page, for the tests of models/arch/ppc64.
#pragma once

#include <initializer_list>
#include <vector>

#include "models/arch/ppc64/core.hpp"
#include "models/arch/ppc64/instructions.hpp"
#include "models/arch/ppc64/spr.hpp"
#include "models/base/endian.hpp"
#include "tests/arch/ppc64/encode.hpp"

namespace phbsim::arch::ppc64 {

constexpr RealAddr kRamBytes = 0x4'0000;
constexpr RealAddr kDevice = 0x6030'0000'0000;  ///< 4 KiB that answers; what follows does not

struct DeviceAccess {
  bool store;
  RealAddr addr;
  unsigned count;
  Access access;
  std::vector<unsigned char> bytes;
};

class RigBus : public Bus {
 public:
  RigBus() : ram(kRamBytes) {}

  BusResult load(RealAddr addr, unsigned char* bytes, unsigned count, Access access) override {
    if (addr < kDevice || addr + count > kDevice + kCodePageBytes) return BusResult::Error;
    for (unsigned i = 0; i < count; ++i) bytes[i] = device[addr - kDevice + i];
    log.push_back({false, addr, count, access, {bytes, bytes + count}});
    if (on_device) on_device->request_stop();
    return BusResult::Ok;
  }
  BusResult store(RealAddr addr, const unsigned char* bytes, unsigned count, Access access) override {
    if (addr < kDevice || addr + count > kDevice + kCodePageBytes) return BusResult::Error;
    for (unsigned i = 0; i < count; ++i) device[addr - kDevice + i] = bytes[i];
    log.push_back({true, addr, count, access, {bytes, bytes + count}});
    if (raise_line != nullptr) raise_line->set_line(Line::External, true);
    return BusResult::Ok;
  }
  DirectPage direct(RealAddr page) override {
    return page < ram.size() ? DirectPage{ram.data() + page, page != read_only} : DirectPage{};
  }
  std::uint64_t timebase() override { return time; }
  bool system_call(CpuState& state, unsigned lev) override {
    last_call = lev;
    if (!serve_calls) return false;
    state.gpr[3] += 1;
    return true;
  }
  void barrier(Hint hint) override { hints.push_back(hint); }
  void code_changed(RealAddr line) override { changed.push_back(line); }
  void doorbell(std::uint64_t message, bool) override { messages.push_back(message); }
  bool attention(CpuState&) override { return serve_attention; }

  std::vector<unsigned char> ram;
  std::vector<unsigned char> device = std::vector<unsigned char>(kCodePageBytes, 0);
  std::vector<DeviceAccess> log;
  std::vector<Hint> hints;
  std::vector<RealAddr> changed;
  std::vector<std::uint64_t> messages;
  RealAddr read_only = ~RealAddr{0};
  std::uint64_t time = 1000;
  unsigned last_call = 99;
  bool serve_calls = false, serve_attention = false;
  Core* on_device = nullptr;
  Core* raise_line = nullptr;
};

struct Rig {
  explicit Rig(const CoreOptions& options = {}) : core(options, bus), s(core.state()) {
    for (RealAddr at = 0; at < 0x1000; at += 4) store_be32(bus.ram.data() + at, 0x4800'0000);  // vectors: b .
    s.nip = 0x2000;
  }

  Rig& code(std::initializer_list<std::uint32_t> words, RealAddr at = 0x2000) {
    for (const std::uint32_t w : words) {
      if ((s.msr & msr::kLe) != 0) store_le32(bus.ram.data() + at, w);
      else store_be32(bus.ram.data() + at, w);
      at += 4;
    }
    return *this;
  }
  Stop run(std::uint64_t count = 1) { return core.run(count); }
  std::uint64_t& r(unsigned n) { return s.gpr[n]; }
  std::uint64_t spr(unsigned n) { return core.read_spr(n); }
  /// One instruction at 0x2000.
  Stop one(std::uint32_t w) {
    s.nip = 0x2000;
    code({w});
    core.invalidate_decoded(0x2000, 4);
    return run(1);
  }

  RigBus bus;
  Core core;
  CpuState& s;
};

}  // namespace phbsim::arch::ppc64
