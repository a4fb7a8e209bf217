// SPDX-License-Identifier: Apache-2.0
// What Linux decides for a PE, from a configuration: the decisions that the traces show, and the
// rules of ddw-vfio.md 3.4 and 3.5.
#include "platform/run/linux_layout.hpp"

#include "platform/config/read.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;

namespace {

constexpr BusAddr kHigh = 1ull << 59;

config::Config config_with(const std::string& memory, const std::string& more) {
  const config::ReadResult r = config::read_text(
      "[memory]\nsize = \"" + memory + "\"\n[host]\nstack = \"linux-dma\"\n" + more +
          "\n[pe.a]\nlayout = \"linux\"\n[endpoint.a]\n[endpoint.a.generator]\ncount = 10\n",
      "c.toml");
  for (const auto& e : r.errors) UNSCOPED_INFO(e.text());
  REQUIRE(r.ok());
  return r.config;
}

run::LinuxLayout in_partition(const std::string& memory, const std::string& more = "") {
  return run::linux_layout(config_with(memory, "firmware = \"papr\"\n" + more));
}

}  // namespace

TEST_CASE("layout linux, a partition: the windows that the traces show") {
  // ps-ddw16m and ps-ddw64k: 2 GiB at 2^59 beside the default window; 16M pages need a PHB that takes them.
  const run::LinuxLayout m16 =
      in_partition("2G", "[hypervisor]\npage_mask = 0x107\n[phb.phb0]\nallow_any_page_size = true\n");
  REQUIRE(m16.windows.size() == 2);
  CHECK(m16.use == 1);
  CHECK(m16.windows[0].offset == 0);
  CHECK(m16.windows[0].page_size == 4096);
  CHECK(m16.windows[0].size == kGiB);
  CHECK(m16.windows[0].mapping == config::Mapping::PerIo);
  CHECK(m16.windows[1].offset == kHigh);
  CHECK(m16.windows[1].page_size == 16 * kMiB);
  CHECK(m16.windows[1].size == 2 * kGiB);
  CHECK(m16.windows[1].mapping == config::Mapping::Direct);
  const run::LinuxLayout k64 = in_partition("2G", "[hypervisor]\npage_mask = 3\n");
  CHECK(k64.windows.at(1).page_size == 64 * kKiB);
  CHECK(k64.windows.at(1).size == 2 * kGiB);
  // ps-noddw.
  const run::LinuxLayout none = in_partition("2G", "[linux]\ndisable_ddw = true\n");
  CHECK(none.windows.size() == 1);
  CHECK(none.use == 0);
  CHECK_THAT(none.decision, Catch::Matchers::Contains("disable_ddw"));
}

TEST_CASE("layout linux, a partition: what the PHB lacks is not used, and the order is a policy") {
  CHECK(in_partition("64G").windows.at(1).page_size == 2 * kMiB);
  CHECK(in_partition("64G", "[linux]\npage_order = \"smallest\"\n").windows.at(1).page_size == 4 * kKiB);
}

TEST_CASE("layout linux, a partition: too few TCEs for all memory make a dynamic window (L05)") {
  const run::LinuxLayout l = in_partition("128G", "[hypervisor]\npage_mask = 3\npe_tces = 0x100000\n");
  REQUIRE(l.windows.size() == 2);
  CHECK(l.use == 1);
  CHECK(l.windows[1].size == 64 * kGiB);
  CHECK(l.windows[1].page_size == 64 * kKiB);
  CHECK(l.windows[1].mapping == config::Mapping::PerIo);
}

TEST_CASE("layout linux, a partition: one window only makes room by removing the default one (L06)") {
  const run::LinuxLayout l = in_partition("16G", "[hypervisor]\nwindows = 1\n");
  REQUIRE(l.windows.size() == 1);
  CHECK(l.use == 0);
  CHECK(l.windows[0].page_size == 2 * kMiB);
  CHECK(l.windows[0].size == 16 * kGiB);
}

TEST_CASE("layout linux, a partition: masks between 32 and 64 bits (L11, L12, L13)") {
  const run::LinuxLayout limited = in_partition("16G", "[linux]\ndma_bits = 40\n");
  REQUIRE(limited.windows.size() == 2);
  CHECK(limited.windows[1].offset == 4 * kGiB);
  const run::LinuxLayout qemu = in_partition("16G", "[linux]\ndma_bits = 40\n[hypervisor]\npersonality = \"qemu\"\n");
  CHECK(qemu.windows.size() == 1);
  const run::LinuxLayout bits32 = in_partition("16G", "[linux]\ndma_bits = 32\n");
  CHECK(bits32.windows.size() == 1);
}

TEST_CASE("layout linux, a partition: memory that may come widens the window") {
  CHECK(in_partition("16G", "[linux]\nhotplug_max = \"256G\"\n").windows.at(1).size == 256 * kGiB);
}

TEST_CASE("layout linux, bare metal: a window of the kernel's pages at 0, and bypass") {
  const run::LinuxLayout l = run::linux_layout(config_with("64G", ""));
  REQUIRE(l.windows.size() == 2);
  CHECK(l.use == 1);
  CHECK(l.windows[0].page_size == 64 * kKiB);
  CHECK(l.windows[0].size == 64 * kGiB);
  CHECK(l.windows[0].levels == 2);
  CHECK(l.windows[1].bypass);
  CHECK(run::linux_layout(config_with("64G", "[linux]\nbypass = false\n")).windows.size() == 1);
  CHECK(run::linux_layout(config_with("64G", "[linux]\ndma_bits = 48\n")).use == 0);
  CHECK(run::linux_layout(config_with("32T", "")).windows[0].size == 8 * kTiB);
}

TEST_CASE("layout linux needs a kernel") {
  const config::ReadResult r = config::read_text("[pe.a]\nlayout = \"linux\"\n[endpoint.a.generator]\ncount = 10\n", "c.toml");
  REQUIRE(r.errors.size() == 1);
  CHECK(r.errors[0].text() == "c.toml:2:10: pe.a.layout: \"linux\" is not allowed with host.stack \"bare\"; allowed: "
                              "with \"linux-dma\"");
}
