// SPDX-License-Identifier: Apache-2.0
#include "models/arch/msi.hpp"

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

TEST_CASE("Every source survives encoding and decoding in both windows") {
  for (std::uint32_t source = 0; source < 4096; ++source) {
    for (const bool wide : {false, true}) {
      const MsiMessage m = encode_msi(source, wide);
      if (msi_source(m.addr, m.data) != source) FAIL("source " << source << ", 64 bit " << wide);
      if ((m.addr & 0x1F0) != 0 || m.data > 0x1F)
        FAIL("low source bits belong to the data, source " << source);
      if (in_msi32(m.addr) == wide || in_msi64(m.addr) != wide) FAIL("window of source " << source);
    }
  }
}

TEST_CASE("The worked MSI example has the address and data of the reference") {
  const MsiMessage m = encode_msi(0x123, false);
  CHECK(m.addr == 0xFFFF1200);
  CHECK(m.data == 3);
  CHECK(encode_msi(0x123, true).addr == 0x1000000000001200ull);
  CHECK(msi_source(0xFFFF1200, 3) == 0x123);
}

TEST_CASE("A block of 32 sources shares an address") {
  for (std::uint32_t i = 0; i < 32; ++i) {
    CHECK(encode_msi(0x120 + i, false).addr == 0xFFFF1200);
    CHECK(msi_source(0xFFFF1200, i) == 0x120 + i);
  }
  CHECK(msi_source(0xFFFF1200, 0xFFFFFFE3u) == 0x123);  // upper data bits do not count
}

TEST_CASE("The MSI windows have exact ends") {
  CHECK_FALSE(in_msi32(0xFFFEFFFF));
  CHECK(in_msi32(0xFFFF0000));
  CHECK(in_msi32(0xFFFFFFFF));
  CHECK_FALSE(in_msi32(0x100000000ull));
  CHECK_FALSE(in_msi32(0x1FFFF0000ull));
  CHECK_FALSE(in_msi64(0x0FFFFFFFFFFFFFFFull));
  CHECK(in_msi64(0x1000000000000000ull));
  CHECK(in_msi64(0x1FFFFFFFFFFFFFFFull));
  CHECK_FALSE(in_msi64(0x2000000000000000ull));
  CHECK_FALSE(in_msi64(0x3000000000000000ull));
}
