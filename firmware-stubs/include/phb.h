/* SPDX-License-Identifier: Apache-2.0 */
/* One PCI host bridge as the firmware keeps it, and how its registers are reached. */
#ifndef PHB_H
#define PHB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"
#include "byteorder.h"
#include "console.h"
#include "hal.h"
#include "phb_registers.h"

#define MAX_PES 512
#define MAX_TVES 1024
#define MAX_MBT_WORDS 64

/* Sizes of a generation's IODA tables (phb.md 4.4); big and small PHBs differ. */
struct phb_facts {
  unsigned generation;
  bool big;
  unsigned pes, tves, msis, lsis;
  unsigned mist, lxivt, mrt, mbt, mdt, rba, peev; /* entries, 0: has no such table */
  const uint8_t *page_shifts;                     /* of TCEs, 0-terminated */
};

enum link_state {
  LINK_IDLE,
  FRESET_START, FRESET_RELEASE,
  HRESET_START, HRESET_RELEASE, HRESET_SETTLE,
  CRESET_START, CRESET_WAIT_CQ, CRESET_REINIT, CRESET_FRESET,
  LINK_START, LINK_ELECTRICAL, LINK_TRAINING, LINK_STABLE,
};

struct phb {
  const struct phb_facts *facts;
  const struct boot_info_phb *boot;
  unsigned number; /* of the firmware's PHBs; the id of OPAL calls */
  bool p10, dd20;
  uint64_t registers;
  /* SCOM addresses: of the PEC's and the stack's nest side, of its PCI side, of the ETU's (P8: ASB) port */
  uint64_t nest, nest_stack, pci, pci_stack, etu;

  bool initialised; /* once */
  bool broken;      /* not to be touched any more */
  bool fenced;      /* seen fenced; until CRESET registers are reached through SCOM */
  bool cold;        /* PERST was asserted before we came */
  bool link_up;
  uint32_t revision;
  unsigned irqs;
  unsigned speed; /* to train at */

  enum link_state state;
  unsigned retries, link_retries;
  uint64_t reset_time_us;
  uint64_t pfir, nfir;

  uint64_t rtt, peltv, pest, ivt; /* real addresses of tables in memory */
  uint64_t mailbox;               /* where interrupts go that no controller takes */

  /* What the IODA tables hold: a reset loses it, and then it is written again. */
  uint64_t tvt[MAX_TVES];
  uint64_t mist[MAX_TVES];
  uint64_t mbt[MAX_MBT_WORDS];
  uint64_t mdt[MAX_PES];

  unsigned exp_cap, aer_cap; /* of the root complex; 0: not looked for yet */
};

extern struct boot_info boot;
extern struct phb phbs[BOOT_INFO_MAX_PHBS];

static inline unsigned generation(const struct phb *phb) { return phb->facts->generation; }
static inline bool is_phb3(const struct phb *phb) { return phb->facts->generation == 3; }

uint64_t phb_read(struct phb *phb, uint32_t offset);
void phb_write(struct phb *phb, uint32_t offset, uint64_t value);
static inline void phb_set_bits(struct phb *phb, uint32_t offset, uint64_t bits) {
  phb_write(phb, offset, phb_read(phb, offset) | bits);
}
static inline void phb_clear_bits(struct phb *phb, uint32_t offset, uint64_t bits) {
  phb_write(phb, offset, phb_read(phb, offset) & ~bits);
}

/* Through SCOM whatever the state: also while fenced or before the PHB answers. */
uint64_t phb_read_scom(struct phb *phb, uint32_t offset, unsigned bytes);
void phb_write_scom(struct phb *phb, uint32_t offset, unsigned bytes, uint64_t value);

struct register_value {
  uint32_t offset;
  uint64_t value;
};
void phb_write_table(struct phb *phb, const struct register_value *table, size_t count);
#define PHB_WRITE_TABLE(phb, table) phb_write_table(phb, table, sizeof(table) / sizeof((table)[0]))

/* Polls until (register & bits) == expected, looking `attempts` times, `step_us` apart; attempts 0: as long as it
 * takes. False if time is up or everything reads as ones: the PHB is fenced. */
bool phb_wait(struct phb *phb, uint32_t offset, uint64_t bits, uint64_t expected, unsigned attempts, uint64_t step_us);

/* Reads the fence probe; remembers a fence. */
bool phb_fenced(struct phb *phb);

/* Waits that only let hardware settle; boot.settle_divisor shortens them. */
void settle_us(uint64_t us);

/* The sequences of phb.md 7.2, 7.3 (phb4.c), 7.5 (phb3.c) and 6.4. phb_init_hw marks a PHB that fails broken. */
bool phb_create(struct phb *phb);
bool phb_init_hw(struct phb *phb);
void phb_clear_errors(struct phb *phb);
bool phb4_init_hw(struct phb *phb);
bool phb3_init_hw(struct phb *phb);
void phb4_clear_errors(struct phb *phb);
void phb3_clear_errors(struct phb *phb);
void phb4_clear_link_errors(struct phb *phb);
void phb4_enable_link_errors(struct phb *phb, bool on);
/* Enables the error interrupts: after bring-up, and again once recovery found nothing more. */
void phb4_set_error_interrupts(struct phb *phb);
void phb3_set_error_interrupts(struct phb *phb);
void phb3_enable_link_errors(struct phb *phb, bool on);

#endif
