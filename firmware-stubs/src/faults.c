/* SPDX-License-Identifier: Apache-2.0 */
/* Faults, one by one: each is provoked, seen as what it is, recovered from, and a copy shows that all is well. */
#include "bugs.h"
#include "eeh.h"
#include "ioda.h"
#include "link.h"
#include "msi.h"
#include "opal.h"
#include "pci_config.h"
#include "selftest.h"

#define ALL_ONES (~0ull)

/* What a fault is to end in. */
enum effect { FREEZES, FENCES, INTERRUPTS, LINK_LOST };

struct fault {
  const char *name;
  /* Sets the machine up, and the copy that is to meet the fault. */
  void (*provoke)(struct bench *, struct dma_copy *);
  void (*restore)(struct bench *);
  enum effect effect;
  uint64_t pest0; /* bits that PEST has to show */
  bool dma;       /* the fault needs a copy */
};

/* --- DMA faults ----------------------------------------------------------------------------------- */

static void page_fault(struct bench *b, struct dma_copy *copy) {
  (void)b;
  copy->destination = BENCH_OFFSET + 0x100000;
}
static void access_fault(struct bench *b, struct dma_copy *copy) {
  (void)copy;
  tce_map(&b->window, BENCH_OFFSET + BENCH_DESTINATION, b->memory + BENCH_DESTINATION, 1, PHB_TCE_READ);
}
static void outside_window(struct bench *b, struct dma_copy *copy) { copy->destination = b->window.bytes; }
static void no_window(struct bench *b, struct dma_copy *copy) {
  (void)copy;
  ioda_set_tve(b->phb, b->window.tve, 0);
  tce_kill_pe(b->phb, b->pe);
}
static void give_window_back(struct bench *b) { tce_window_attach(&b->window); }

static void foreign_message(struct bench *b, struct dma_copy *copy) {
  (void)copy;
  msi_set_pe(b->phb, b->pe + 1, b->msi_source);
}

static void set_rte(struct bench *b, unsigned pe) {
  ioda_set_rte(b->phb, b->engine.rid, pe);
  hal_barrier();
  ioda_invalidate_rtc(b->phb);
}
static void bad_rte(struct bench *b, struct dma_copy *copy) {
  (void)copy;
  set_rte(b, b->phb->facts->pes);
}
static void good_rte(struct bench *b) { set_rte(b, b->pe); }

static void no_rtt(struct bench *b, struct dma_copy *copy) {
  (void)copy;
  phb_write(b->phb, PHB_RTT_BAR, b->phb->rtt);
  ioda_invalidate_rtc(b->phb);
}

/* --- Others --------------------------------------------------------------------------------------- */

static void inject_config_read(struct bench *b, struct dma_copy *copy) {
  (void)copy;
  eeh_inject(b->phb, b->pe, 0, INJECT_CONFIG_READ_FIRST, 0, 0);
  config_read(b->phb, b->engine.rid, PCI_VENDOR, 4);
}
static void inject_dma_write(struct bench *b, struct dma_copy *copy) { /* PHB3 */
  eeh_inject(b->phb, b->pe, 1, INJECT_DMA_WRITE_FIRST, copy->destination, ~0xfffull);
}
static void lose_link(struct bench *b, struct dma_copy *copy) {
  (void)copy;
  const unsigned control = b->phb->exp_cap + EXP_LINK_CONTROL;
  config_write(b->phb, ROOT_COMPLEX, control, 2, config_read(b->phb, ROOT_COMPLEX, control, 2) | EXP_LINK_DISABLE);
  hal_delay_us(1000);
}

static const struct fault faults[] = {
    {"page-fault", page_fault, NULL, FREEZES, PHB_PESTA_TCE_PAGE_FAULT, true},
    {"access-fault", access_fault, NULL, FREEZES, PHB_PESTA_TCE_ACCESS_FAULT, true},
    {"outside-window", outside_window, NULL, FREEZES, PHB_PESTA_IODA_ERROR, true},
    {"tve-zero", no_window, give_window_back, FREEZES, PHB_PESTA_IODA_ERROR, true},
    {"msi-pe", foreign_message, NULL, FREEZES, PHB_PESTA_IODA_ERROR, true},
    {"bad-rte", bad_rte, good_rte, INTERRUPTS, 0, true},
    {"rtt-disabled", no_rtt, NULL, FENCES, 0, true},
    {"injected-config-read", inject_config_read, NULL, FREEZES, 0, false},
    {"link-down", lose_link, NULL, LINK_LOST, 0, false},
};
static const struct fault injected_dma_write = {"injected-dma-write", inject_dma_write, NULL, FREEZES, 0, true};

static bool wrong(const struct bench *b, const char *name, const char *why, uint64_t value) {
  console_printf("PHB%u: fault %s: %s, %016llx\n", b->phb->number, name, why, (unsigned long long)value);
  return false;
}

static bool saw_freeze(struct bench *b, const struct fault *f) {
  struct eeh_status status;
  eeh_freeze_status(b->phb, b->pe, &status);
  if (b->phb->fenced) return wrong(b, f->name, "the PHB is fenced", 0);
  if (status.severity != OPAL_EEH_SEVERITY_PE && status.severity != OPAL_EEH_SEVERITY_PHB_FENCED) {
    return wrong(b, f->name, "the PE is not frozen", status.state);
  }
  if (status.severity == OPAL_EEH_SEVERITY_PE && status.state != OPAL_EEH_ACTION_ALL) return wrong(b, f->name, "state", status.state);
  const uint64_t pest = hal_mem_read64(b->phb->pest + 16ull * b->pe);
  if ((pest & f->pest0) != f->pest0) return wrong(b, f->name, "PEST lacks its cause", pest);
  return true;
}

static bool saw_interrupt(struct bench *b, const struct fault *f) {
  if (phb_fenced(b->phb)) return wrong(b, f->name, "fenced", 0);
  if (!is_phb3(b->phb)) { /* PHB3's names of the bits are not public */
    const uint64_t status = phb_read(b->phb, PHB_RXE_ARB_ERR_STATUS);
    if ((status & PHB_RXE_ARB_FAULT_RTE_PE_OUT_OF_RANGE) == 0) return wrong(b, f->name, "no error recorded", status);
  }
  return true;
}

static bool saw_link_down(struct bench *b, const struct fault *f) {
  if (phb_fenced(b->phb)) return true;
  const uint32_t control = is_phb3(b->phb) ? PHB_PCIE_DLP_TRAIN_CTL_PHB3 : PHB_PCIE_DLP_TRAIN_CTL;
  const uint64_t train = phb_read(b->phb, control);
  return (train & PHB_PCIE_DLP_TRAIN_CTL_TL_LINKACT) == 0 || wrong(b, f->name, "the link is up", train);
}

static bool recover_and_copy(struct bench *b, const char *name, void (*restore)(struct bench *)) {
  if (!eeh_recover(b->phb, b->pe)) return wrong(b, name, "not recovered", 0);
  if (restore != NULL) restore(b);
  tce_unmap(&b->window, BENCH_OFFSET, BENCH_PAGES);
  if (!bench_reopen(b)) return wrong(b, name, "no device after it", 0);
  if (!bench_copy(b, name)) return false;
  if (phb_read(b->phb, PHB_ETU_ERR_SUMMARY) != 0) {
    return wrong(b, name, "errors left", phb_read(b->phb, PHB_ETU_ERR_SUMMARY));
  }
  console_printf("PHB%u: fault %s: recovered\n", b->phb->number, name);
  return true;
}

static bool run(struct bench *b, const struct fault *f) {
  struct dma_copy copy;
  bool seen = false;
  if (!bench_map(b)) return false;
  bench_plan(b, &copy, BENCH_OFFSET);
  bench_fill(b, &copy);
  msi_set_pe(b->phb, b->pe, b->msi_source);
  f->provoke(b, &copy);
  if (f->dma) {
    dma_engine_start(&b->engine, &copy);
    dma_engine_wait(&b->engine, &copy, BENCH_TIMEOUT_US);
    hal_delay_us(100); /* the message comes last */
  }
  switch (f->effect) {
    case FREEZES: seen = saw_freeze(b, f); break;
    case FENCES: seen = phb_fenced(b->phb) || wrong(b, f->name, "not fenced", 0); break;
    case INTERRUPTS: seen = saw_interrupt(b, f); break;
    case LINK_LOST: seen = saw_link_down(b, f); break;
  }
  return seen && recover_and_copy(b, f->name, f->restore);
}

/* --- The trap blocks' own injection ---------------------------------------------------------------- */

struct trap {
  const char *name;
  uint32_t inject, status;
  uint64_t harmless, fatal; /* only interrupts; fences */
};
static const struct trap traps_phb4[] = {
    {"phb-err", PHB_ERR_INJECT, PHB_ERR_STATUS, PPC_BIT(24), PPC_BIT(2)},
    {"txe", PHB_TXE_ERR_INJECT, PHB_TXE_ERR_STATUS, PPC_BIT(12), PPC_BIT(0)},
    {"rxe-arb", PHB_RXE_ARB_ERR_INJECT, PHB_RXE_ARB_ERR_STATUS, PPC_BIT(5), PPC_BIT(6)},
    {"rxe-mrg", PHB_RXE_MRG_ERR_INJECT, PHB_RXE_MRG_ERR_STATUS, PPC_BIT(40), PPC_BIT(51)},
    {"rxe-tce", PHB_RXE_TCE_ERR_INJECT, PHB_RXE_TCE_ERR_STATUS, PPC_BIT(9), PPC_BIT(30)},
    {"pbl", PHB_PBL_ERR_INJECT, PHB_PBL_ERR_STATUS, PPC_BIT(36), PPC_BIT(24)},
    {"regb", PHB_REGB_ERR_INJECT, PHB_REGB_ERR_STATUS, PPC_BIT(10), PPC_BIT(0)},
};
static const struct trap traps_phb3[] = {
    {"phb-err", PHB_ERR_INJECT, PHB_ERR_STATUS, PPC_BIT(26), PPC_BIT(0)},
    {"out", PHB_OUT_ERR_INJECT, PHB_OUT_ERR_STATUS, PPC_BIT(1), PPC_BIT(0)},
    {"ina", PHB_INA_ERR_INJECT, PHB_INA_ERR_STATUS, PPC_BIT(16), PPC_BIT(2)},
    {"inb", PHB_INB_ERR_INJECT, PHB_INB_ERR_STATUS, PPC_BIT(40), PPC_BIT(0)},
};

static bool run_trap(struct bench *b, const struct trap *t) {
  phb_write(b->phb, t->inject, t->harmless);
  const uint64_t status = phb_read(b->phb, t->status);
  if (status == ALL_ONES) return wrong(b, t->name, "a harmless error fences", status);
  if ((status & t->harmless) == 0) return wrong(b, t->name, "not recorded", status);
  if (!recover_and_copy(b, t->name, NULL)) return false;
  phb_write(b->phb, t->inject, t->fatal);
  if (!phb_fenced(b->phb)) return wrong(b, t->name, "a fatal error does not fence", phb_read(b->phb, t->status));
  return recover_and_copy(b, t->name, NULL);
}

/* --- What the platform does by itself --------------------------------------------------------------- */

static bool run_platform_fault(struct bench *b) {
  struct eeh_error error;
  for (unsigned i = 0; i < 100000; ++i) {
    eeh_next_error(b->phb, &error);
    if (error.type != OPAL_EEH_TYPE_NONE) break;
    hal_delay_us(10);
  }
  if (error.type == OPAL_EEH_TYPE_NONE) return wrong(b, "of the platform", "does not come", boot.platform_faults);
  const unsigned pe = error.pe == ALL_ONES ? b->pe : (unsigned)error.pe;
  return eeh_recover(b->phb, pe) && recover_and_copy(b, "of the platform", NULL);
}

bool faults_run(struct bench *b) {
  const bool p8 = is_phb3(b->phb);
  if (!bench_copy(b, "copy before the faults")) return false;
  for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); ++i)
    if (!run(b, &faults[i])) return false;
  if (p8 && !run(b, &injected_dma_write)) return false;
  const struct trap *traps = p8 ? traps_phb3 : traps_phb4;
  const size_t count = p8 ? sizeof(traps_phb3) / sizeof(traps_phb3[0]) : sizeof(traps_phb4) / sizeof(traps_phb4[0]);
  for (size_t i = 0; i < count; ++i)
    if (!run_trap(b, &traps[i])) return false;
  for (uint64_t left = boot.platform_faults; left != 0; left &= left - 1)
    if (!run_platform_fault(b)) return false;
  return true;
}
