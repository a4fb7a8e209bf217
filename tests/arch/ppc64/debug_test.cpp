// SPDX-License-Identifier: Apache-2.0
/// Breakpoints, watchpoints, requests to stop, memory for debuggers.
#include "tests/arch/ppc64/rig.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::arch::ppc64 {
namespace {

using Bytes = std::vector<unsigned char>;

}  // namespace

TEST_CASE("breakpoints stop before the instruction and let the next run pass") {
  Rig rig;
  rig.code({word("addi", {3, 3, 1}), word("addi", {3, 3, 1}), word("b", {-8})});
  rig.run(3);
  rig.core.add_breakpoint(0x2004);
  Stop stop = rig.run(100);
  CHECK(stop.reason == StopReason::Breakpoint);
  CHECK(stop.pc == 0x2004);
  CHECK(stop.executed == 1);
  CHECK(rig.r(3) == 3);
  stop = rig.run(100);
  CHECK(stop.reason == StopReason::Breakpoint);
  CHECK(stop.executed == 3);
  CHECK(rig.r(3) == 5);
  CHECK(rig.run(1).reason == StopReason::Count);
  CHECK(rig.r(3) == 6);
  rig.core.remove_breakpoint(0x2004);
  CHECK(rig.run(100).reason == StopReason::Count);
}

TEST_CASE("watchpoints stop behind the instruction that touched their bytes") {
  Rig rig;
  rig.r(4) = 0x3000;
  rig.code({word("stw", {3, 8, 4}), word("lwz", {5, 0, 4}), word("stb", {3, 3, 4}), word("addi", {3, 3, 1})});
  rig.core.add_watchpoint(0x3003, 1, Watch::Write);
  Stop stop = rig.run(100);
  CHECK(stop.reason == StopReason::Watchpoint);
  CHECK(stop.pc == 0x2008);
  CHECK(stop.address == 0x3003);
  CHECK(stop.executed == 3);
  CHECK(rig.s.nip == 0x200c);
  rig.core.remove_watchpoint(0x3003, 1, Watch::Write);
  rig.core.add_watchpoint(0x3002, 2, Watch::Read);
  rig.s.nip = 0x2000;
  stop = rig.run(100);
  CHECK(stop.pc == 0x2004);
  CHECK(stop.address == 0x3002);
}

TEST_CASE("a stop that a device asks for comes behind the access") {
  Rig rig;
  rig.bus.on_device = &rig.core;
  rig.r(4) = kDevice;
  rig.code({word("lwz", {3, 0, 4}), word("addi", {3, 3, 1})});
  const Stop stop = rig.run(100);
  CHECK(stop.reason == StopReason::Yield);
  CHECK(stop.executed == 1);
  CHECK(rig.s.nip == 0x2004);
}

TEST_CASE("debuggers read and write memory and devices") {
  Rig rig;
  unsigned char bytes[16] = {1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(rig.core.write_memory(0x2ffc, bytes, 8));
  unsigned char back[8];
  CHECK(rig.core.read_memory(0x2ffc, back, 8));
  CHECK(Bytes(back, back + 8) == Bytes(bytes, bytes + 8));
  CHECK(rig.core.write_memory(kDevice + 4, bytes, 6));
  CHECK(rig.bus.log.size() == 2);
  CHECK(rig.bus.log[0].count == 4);
  CHECK(rig.bus.log[1].count == 2);
  CHECK_FALSE(rig.core.read_memory(kDevice + 0x1000, back, 8));
  rig.code({word("addi", {3, 3, 1})});
  rig.run(1);
  rig.s.nip = 0x2000;
  unsigned char changed[4];
  store_be32(changed, word("addi", {3, 3, 16}));
  rig.core.write_memory(0x2000, changed, 4);
  rig.run(1);
  CHECK(rig.r(3) == 17);
}

}  // namespace phbsim::arch::ppc64
