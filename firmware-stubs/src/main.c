/* SPDX-License-Identifier: Apache-2.0 */
/* From boot information to PASS or FAIL: every PHB brought up, its link trained, then the job. */
#include "bugs.h"
#include "firmware.h"
#include "link.h"
#include "memory.h"
#include "pci_config.h"
#include "pec.h"
#include "phb.h"
#include "selftest.h"

struct boot_info boot;
struct phb phbs[BOOT_INFO_MAX_PHBS];

static const uint8_t pages_p8[] = {12, 16, 24, 28, 0};
static const uint8_t pages_p9[] = {12, 16, 21, 30, 0};

static const struct phb_facts facts[] = {
    /* generation, big, PEs, TVEs, MSIs, LSIs, MIST, LXIVT, MRT, MBT, MDT, RBA, PEEV */
    {3, false, PHB3_PES, PHB3_TVES, PHB3_INTERRUPTS - 8, 8, 0, 8, 8, 16, 256, 32, 4, pages_p8},
    {4, true, PHB4_BIG_PES, PHB4_BIG_TVES, PHB4_BIG_INTERRUPTS - 8, 8, 1024, 0, 16, 64, 512, 0, 8, pages_p9},
    {4, false, PHB4_SMALL_PES, PHB4_SMALL_TVES, PHB4_SMALL_INTERRUPTS - 8, 8, 512, 0, 8, 32, 256, 0, 4, pages_p9},
    {5, true, PHB5_BIG_PES, PHB5_BIG_TVES, PHB5_BIG_INTERRUPTS - 8, 8, 1024, 0, 16, 64, 512, 0, 8, pages_p9},
    {5, false, PHB5_SMALL_PES, PHB5_SMALL_TVES, PHB5_SMALL_INTERRUPTS - 8, 8, 512, 0, 8, 32, 256, 0, 4, pages_p9},
};

static const struct phb_facts *facts_of(uint64_t generation, uint64_t big) {
  for (unsigned i = 0; i < sizeof(facts) / sizeof(facts[0]); ++i) {
    const bool size = facts[i].generation == 3 || facts[i].big == (big != 0);
    if (facts[i].generation == generation && size) return &facts[i];
  }
  return NULL;
}

static bool fail(const char *reason) {
  console_printf("FAIL %s\n", reason);
  return false;
}

/* All fields are big-endian doublewords: the struct is read as such. */
static bool read_boot_info(uint64_t real) {
  uint64_t *words = (uint64_t *)&boot;
  for (unsigned i = 0; i < sizeof(boot) / 8; ++i) words[i] = 0;
  if (hal_mem_read64(real + offsetof(struct boot_info, magic)) != BOOT_INFO_MAGIC) return false;
  const uint64_t bytes = hal_mem_read64(real + offsetof(struct boot_info, bytes));
  for (unsigned i = 0; i < sizeof(boot) / 8 && 8 * i < bytes; ++i) words[i] = hal_mem_read64(real + 8 * i);
  hal_setup(&(struct hal_machine){boot.uart, boot.xscom, boot.timebase_hz});
  return true;
}

static bool check_boot_info(void) {
  if (boot.version != BOOT_INFO_VERSION) return fail("boot information of another version");
  if (boot.phb_bytes != sizeof(struct boot_info_phb)) return fail("boot information: size of a PHB's part");
  if (boot.num_phbs > BOOT_INFO_MAX_PHBS) return fail("boot information: too many PHBs");
  if (boot.bug >= BOOT_BUGS || boot.job > BOOT_JOB_ALL) return fail("boot information: job or bug");
  for (unsigned i = 0; i < boot.num_phbs; ++i)
    if (facts_of(boot.phb[i].generation, boot.phb[i].big) == NULL) return fail("boot information: PHB generation");
  return true;
}

static void describe(struct phb *phb, unsigned number) {
  const struct boot_info_phb *b = &boot.phb[number];
  *phb = (struct phb){.number = number, .boot = b, .facts = facts_of(b->generation, b->big)};
  phb->registers = b->registers;
  phb->p10 = b->generation == 5;
  phb->dd20 = b->generation == 4 && boot.chip_level == 0x20;
  phb->cold = (boot.flags & BOOT_FLAG_COLD) != 0;
  phb->speed = (unsigned)b->max_speed;
  pec_locate(phb);
}

static bool bring_up(void) {
  for (unsigned i = 0; i < boot.num_phbs; ++i) {
    describe(&phbs[i], i);
    if ((boot.flags & BOOT_FLAG_HOSTBOOT) != 0) pec_hostboot(&phbs[i]);
    pec_probe(&phbs[i]);
  }
  for (unsigned i = 0; i < boot.num_phbs; ++i) {
    struct phb *phb = &phbs[i];
    if (!phb_create(phb) || !phb_init_hw(phb)) return fail("bring-up");
    console_printf("PHB%u: PHB%u revision %x, %u PEs, %u interrupts\n", i, phb->facts->generation, phb->revision,
                   phb->facts->pes, phb->irqs);
  }
  if ((boot.flags & BOOT_FLAG_NO_LINK) != 0) return true;
  for (unsigned i = 0; i < boot.num_phbs; ++i) {
    struct phb *phb = &phbs[i];
    if (!link_reset(phb, RESET_FUNDAMENTAL)) return fail("link");
    if (phb->link_up) {
      const uint32_t status = config_read(phb, ROOT_COMPLEX, phb->exp_cap + EXP_LINK_STATUS, 2);
      console_printf("PHB%u: link up, Gen%u x%u\n", i, (unsigned)(status & 0xf), (unsigned)(status >> 4 & 0x3f));
    } else {
      console_printf("PHB%u: no link\n", i);
      if (phb->boot->devices != 0) return fail("no link where devices are expected");
    }
  }
  return true;
}

static bool run_job(struct phb *phb) {
  static struct bench bench;
  const uint64_t job = boot.job;
  if (!bench_open(&bench, phb)) return fail("device set-up");
  if ((job == BOOT_JOB_SELF_TEST || job == BOOT_JOB_ALL) && !selftest_run(&bench)) return fail("self-test");
  if ((job == BOOT_JOB_DDW || job == BOOT_JOB_ALL) && !ddw_run(&bench)) return fail("DDW");
  if ((job == BOOT_JOB_EEH || job == BOOT_JOB_ALL) && !faults_run(&bench)) return fail("EEH");
  if (!bug_run(&bench)) return fail("tidying up after the bug");
  return true;
}

int firmware_main(uint64_t boot_info) {
  if (!read_boot_info(boot_info)) return 2; /* nothing to print to */
  console_printf("phbsim firmware, %u PHBs\n", (unsigned)boot.num_phbs);
  if (!check_boot_info()) return 1;
  mem_setup(boot.memory_base, boot.memory_bytes);
  bug_setup();
  if (!bring_up()) return 1;
  for (unsigned i = 0; i < boot.num_phbs && boot.job != BOOT_JOB_BRING_UP; ++i) {
    if (boot.phb[i].devices != 0 && !run_job(&phbs[i])) return 1;
  }
  console_printf("PASS\n");
  return 0;
}
