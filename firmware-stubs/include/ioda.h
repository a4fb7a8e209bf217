/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of the I/O device architecture: those on the chip behind the indirect port (phb.md 4.4), and those in
 * memory, RTT, PELT-V, PEST and PHB3's IVT (1.2, 1.6, 5.9, 6.2). */
#ifndef IODA_H
#define IODA_H

#include "phb.h"

enum ioda_table {
  IODA_LIST = 1,
  IODA_MIST = 2, /* PHB3: LXIVT */
  IODA_RBA = 4,  /* PHB3 */
  IODA_RCAM = 5,
  IODA_MRT = 6,
  IODA_PESTA = 7,
  IODA_PESTB = 8,
  IODA_TVT = 9,
  IODA_MBT = 16, /* PHB3: M64BT */
  IODA_MDT = 17, /* PHB3: M32DT */
  IODA_PEEV = 20,
};

#define RTT_ENTRIES 65536u
#define RTT_BYTES (2 * RTT_ENTRIES)
#define PELTV_BYTES 0x20000u /* PHB3: 8 KiB of it */
#define PEST_ENTRY_BYTES 16u
#define IVT_STRIDE 128u

/* On-chip parts of PEST, and what hardware writes to memory (6.2). */
#define PESTA_MMIO_FROZEN PPC_BIT(0)
#define PESTB_DMA_STOPPED PPC_BIT(0)
#define PEST0_MMIO_CAUSE PPC_BIT(2)
#define PEST0_TYPE PPC_BITMASK(5, 7)
#define PEST0_TYPE_MMIO_LOAD 4
#define PEST0_CA_OR_TIMEOUT PPC_BIT(8)
#define PEST0_UR PPC_BIT(9)
#define PEST0_IODA_ERROR PPC_BIT(16)
#define PEST0_TCE_PAGE_FAULT PPC_BIT(18)
#define PEST0_TCE_ACCESS_FAULT PPC_BIT(19)
#define PEST0_RID PPC_BITMASK(32, 47)
#define PEST1_ADDRESS PPC_BITMASK(3, 63)

void ioda_select(struct phb *phb, enum ioda_table table, unsigned index, bool autoincrement);
uint64_t ioda_read(struct phb *phb, enum ioda_table table, unsigned index);
void ioda_write(struct phb *phb, enum ioda_table table, unsigned index, uint64_t value);

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
