/* SPDX-License-Identifier: Apache-2.0 */
/* Enhanced error handling: what is frozen or fenced, and the way back (phb.md 6, 7.6). */
#ifndef EEH_H
#define EEH_H

#include "phb.h"

struct eeh_status {
  unsigned state; /* OPAL_EEH_STATE_NONE ... OPAL_EEH_ACTION_ALL */
  unsigned error; /* OPAL_EEH_TYPE_NONE, OPAL_EEH_TYPE_PHB */
  unsigned severity;
};

/* OPAL codes. */
int64_t eeh_freeze_status(struct phb *phb, unsigned pe, struct eeh_status *status);
int64_t eeh_freeze_clear(struct phb *phb, unsigned pe, unsigned what);
int64_t eeh_freeze_set(struct phb *phb, unsigned pe, unsigned what);

struct eeh_error {
  uint64_t pe; /* ~0: none */
  unsigned type, severity;
};
int64_t eeh_next_error(struct phb *phb, struct eeh_error *error);

/* PEST doubleword of a PE: the chip's bit merged with what hardware stored in memory. */
uint64_t eeh_pesta(struct phb *phb, unsigned pe);
uint64_t eeh_pestb(struct phb *phb, unsigned pe);

int64_t eeh_inject(struct phb *phb, unsigned pe, unsigned type, unsigned function, uint64_t address, uint64_t mask);
/* Disarms it: one shot is not to be relied on. */
void eeh_inject_clear(struct phb *phb);

/* Error interrupts: those that are pending are masked until next_error finds nothing more. */
void eeh_mask_active(struct phb *phb);

/* Everything an operating system does about a PE or a PHB in trouble, in its order. False if it is lost. */
bool eeh_recover(struct phb *phb, unsigned pe);

#endif
