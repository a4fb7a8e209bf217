/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the I/O device architecture: those on the chip behind the indirect port (phb.md 4.4), and those in
 * memory, RTT, PELT-V, PEST and PHB3's IVT (1.2, 1.6, 5.9, 6.2). */
#ifndef IODA_H
#define IODA_H

#include "phb.h"

#define RTT_ENTRIES 65536u
#define PELTV_BYTES 0x20000u /* PHB3: 8 KiB of it */
#define IVT_STRIDE 128u

void ioda_select(struct phb *phb, unsigned table, unsigned index, bool autoincrement);
uint64_t ioda_read(struct phb *phb, unsigned table, unsigned index);
void ioda_write(struct phb *phb, unsigned table, unsigned index, uint64_t value);

/* Takes memory for the tables and gives them and the copies of on-chip ones their first contents. */
bool ioda_allocate(struct phb *phb);
void ioda_set_defaults(struct phb *phb);
/* Writes all on-chip tables from the copies, in the hardware's order. */
void ioda_write_tables(struct phb *phb);

/* The reserved PE owns every RID that nobody has claimed. */
static inline unsigned reserved_pe(const struct phb *phb) { return phb->facts->pes - 1; }

/* RTE of one RID; stale in the PHB until ioda_invalidate_rtc. */
void ioda_set_rte(struct phb *phb, unsigned rid, unsigned pe);
void ioda_invalidate_rtc(struct phb *phb);
void ioda_set_peltv(struct phb *phb, unsigned parent, unsigned child, bool set);
void ioda_set_tve(struct phb *phb, unsigned index, uint64_t tve);
/* PE of a segment of the M32 window. */
void ioda_set_m32_segment(struct phb *phb, unsigned segment, unsigned pe);

#endif
