// SPDX-License-Identifier: Apache-2.0
// The firmware's jobs against the architected models: bring-up, copies, every fault and the way back from it, windows
// by hypercalls.
#include <algorithm>

#include "tests/firmware/arch_machine.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using arch::Generation;
using arch::PhbSize;
using test::ArchMachine;

namespace {

struct Chip {
  Generation generation;
  PhbSize size;
};

Chip chips() {
  return GENERATE(Chip{Generation::Phb3, PhbSize::Big}, Chip{Generation::Phb4, PhbSize::Big},
                  Chip{Generation::Phb4, PhbSize::Small}, Chip{Generation::Phb5, PhbSize::Big},
                  Chip{Generation::Phb5, PhbSize::Small});
}

}  // namespace

TEST_CASE("firmware: the models come up and train the link") {
  const Chip c = chips();
  ArchMachine m(c.generation, c.size);
  const int status = m.run();
  INFO(m.console);
  CHECK(status == 0);
  CHECK(m.console.find("PHB0: link up, Gen") != std::string::npos);
  CHECK_FALSE(m.phb.fenced());
}
TEST_CASE("firmware: copies through every window") {
  const Chip c = chips();
  ArchMachine m(c.generation, c.size);
  m.info.job = BOOT_JOB_SELF_TEST;
  const int status = m.run();
  INFO(m.console);
  CHECK(status == 0);
  CHECK(m.faults.empty());
}

TEST_CASE("firmware: a partition's windows") {
  const Chip c = chips();
  ArchMachine m(c.generation, c.size);
  m.info.job = BOOT_JOB_DDW;
  const int status = m.run();
  INFO(m.console);
  CHECK(status == 0);
  CHECK(m.faults.empty());
}

TEST_CASE("firmware: every fault is recovered from") {
  const Chip c = chips();
  ArchMachine m(c.generation, c.size);
  m.info.job = BOOT_JOB_EEH;
  const int status = m.run();
  INFO(m.console);
  CHECK(status == 0);
  if (c.generation != Generation::Phb3) {
    // While a page fault is being recovered its interrupt is masked; in the end all are enabled again.
    std::vector<std::uint64_t> enables;
    for (const auto& w : m.writes)
      if (w.addr == m.info.phb[0].registers + 0xEA0) enables.push_back(w.value);
    CHECK(std::count(enables.begin(), enables.end(), 0x60510050C0000000 & ~ppc_bit(2)) >= 1);
    CHECK(enables.back() == 0x60510050C0000000);
  }
  for (PeNumber pe = 0; pe < m.phb.facts().max_pes; ++pe) CHECK_FALSE((m.phb.dma_stopped(pe) || m.phb.mmio_frozen(pe)));
}
