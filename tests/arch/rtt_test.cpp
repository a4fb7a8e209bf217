// SPDX-License-Identifier: Apache-2.0
#include "models/arch/rtt.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/plain_memory.hpp"

using namespace phbsim;
using namespace phbsim::arch;

TEST_CASE("Filling the RTT writes 65536 big-endian entries and nothing else") {
  test::PlainMemory memory;
  fill_rtt(memory, 0x40000, 0x1FF);
  for (std::uint64_t i = 0; i < 65536; ++i)
    if (memory.byte(0x40000 + 2 * i) != 0x01 || memory.byte(0x40001 + 2 * i) != 0xFF)
      FAIL("entry " << i);
  CHECK(memory.byte(0x3FFFF) == 0);
  CHECK(memory.byte(0x60000) == 0);
}

TEST_CASE("An RTT entry lies at twice the requester ID") {
  test::PlainMemory memory;
  fill_rtt(memory, 0x40000, 0xFF);
  set_rte(memory, 0x40000, 0xFFFF, 0x1234);
  CHECK(rte_address(0x40000, 0xFFFF) == 0x5FFFE);
  CHECK(memory.byte(0x5FFFE) == 0x12);
  CHECK(memory.byte(0x5FFFF) == 0x34);
  CHECK(memory.read_be16(0x5FFFC) == 0xFF);
}
