/* SPDX-License-Identifier: Apache-2.0 */
/* Resets of the slot and the training of its link: one state machine for all (phb.md 7.4). */
#ifndef LINK_H
#define LINK_H

#include "phb.h"

enum link_reset { RESET_FUNDAMENTAL, RESET_HOT, RESET_COMPLETE };

/* Begins; then link_step until it returns 0 or less. */
void link_begin(struct phb *phb, enum link_reset reset);
/* Milliseconds to wait before the next step, 0: done, negative: an OPAL code, the PHB is broken. What came of it is
 * phb->link_up. */
int64_t link_step(struct phb *phb);

/* Both, and the waits. */
bool link_reset(struct phb *phb, enum link_reset reset);

#endif
