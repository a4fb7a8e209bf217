// SPDX-License-Identifier: Apache-2.0
// The firmware under the checker: correct, it breaks no rule in any job; with a bug, it breaks that bug's rule once and
// no other. The host build here, machine code in machine_code_test.cpp.
#include "tests/firmware/arch_machine.hpp"
#include "tests/firmware/bugs.hpp"
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

TEST_CASE("firmware under the checker: every job of the correct one") {
  const Chip c = chips();
  ArchMachine m(c.generation, c.size);
  m.check();
  m.info.settle_divisor = 1000;
  m.info.job = GENERATE(BOOT_JOB_BRING_UP, BOOT_JOB_SELF_TEST, BOOT_JOB_EEH, BOOT_JOB_DDW, BOOT_JOB_ALL);
  m.slow_dma = GENERATE(false, true);
  if (GENERATE(false, true)) m.info.flags |= BOOT_FLAG_PAGE_KILLS;
  CAPTURE(m.info.job, m.slow_dma, m.info.flags);
  const int status = m.run();
  m.checker->run_ended();
  INFO(m.console);
  CHECK(status == 0);
  INFO(test::to_text(*m.checker));
  CHECK(m.checker->violations().empty());
}

TEST_CASE("firmware under the checker: every bug") {
  const Chip c = chips();
  ArchMachine m(c.generation, c.size);
  m.check();
  m.slow_dma = true;
  m.info.settle_divisor = 1000;
  m.info.job = GENERATE(BOOT_JOB_SELF_TEST, BOOT_JOB_ALL);
  const unsigned bug = GENERATE(range(1u, static_cast<unsigned>(BOOT_BUGS)));
  m.info.bug = bug;
  CAPTURE(bug, m.info.job);
  const int status = m.run();
  m.checker->run_ended();
  INFO(m.console);
  CHECK(status == 0);
  INFO(test::to_text(*m.checker));
  CHECK(test::is_found(*m.checker, bug, c.generation));
}
