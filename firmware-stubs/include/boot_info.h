/* SPDX-License-Identifier: Apache-2.0 */
/* What the platform hands to the firmware: r3 is the real address of a struct boot_info. Every field is a
 * 64-bit big-endian word whatever the image's byte order is, so one loop reads it and one loop writes it. */
#ifndef BOOT_INFO_H
#define BOOT_INFO_H

#include <stdint.h>

#define BOOT_INFO_MAGIC 0x50484253494d4657ull /* "PHBSIMFW" */
#define BOOT_INFO_VERSION 1ull
#define BOOT_INFO_MAX_PHBS 6

enum boot_chip { BOOT_CHIP_P8 = 8, BOOT_CHIP_P9 = 9, BOOT_CHIP_P10 = 10 };

/* What to do after bring-up. */
enum boot_job { BOOT_JOB_BRING_UP = 0, BOOT_JOB_SELF_TEST = 1, BOOT_JOB_EEH = 2, BOOT_JOB_DDW = 3, BOOT_JOB_ALL = 4 };

/* One deliberate bug, for the checker that is to find it; names in boot_bug_names of main.c. */
enum boot_bug {
  BOOT_BUG_NONE = 0,
  BOOT_BUG_STALE_TCE = 1,          /* unmaps without a kill, then lets the device use the page */
  BOOT_BUG_KILL_NOT_WAITED = 2,    /* reuses the page before the kill is complete */
  BOOT_BUG_TVE_IN_FLIGHT = 3,      /* writes a TVE while its DMA is under way */
  BOOT_BUG_TABLE_REUSED = 4,       /* uses the memory of a TCE table that a TVE still names */
  BOOT_BUG_PE_LEFT_FROZEN = 5,     /* recovers the last fault, but not the PE */
  BOOT_BUG_RTT_NO_INVALIDATE = 6,  /* changes RTEs and leaves the RTC as it is */
  BOOT_BUG_RESERVED_FIELD = 7,     /* writes ones to bits that are not defined */
  BOOT_BUGS = 8
};

/* boot_info.flags */
#define BOOT_FLAG_HOSTBOOT 1ull      /* do hostboot's part, too: PBCQ configuration, FIR actions and masks */
#define BOOT_FLAG_COLD 2ull          /* PERST is already asserted: the first FRESET does not assert it again */
#define BOOT_FLAG_QUIET 4ull         /* only results on the console */
#define BOOT_FLAG_NO_LINK 8ull       /* leave the links alone */
#define BOOT_FLAG_MMIO_EEH_OFF 16ull /* CTRLR.MMIO_EEH_DISABLE */
#define BOOT_FLAG_PAGE_KILLS 32ull   /* kill single pages although erratum HW560152 may lose them (phb.md 4.2) */

/* boot_info.platform_faults: what the platform will do to the bus by itself; the EEH job waits for each. */
#define BOOT_FAULT_POISON 1ull
#define BOOT_FAULT_LINK_DOWN 2ull
#define BOOT_FAULT_ERR_FATAL 4ull

struct boot_info_phb {
  uint64_t generation; /* 3, 4, 5 */
  uint64_t index;      /* of the PHB on its chip */
  uint64_t pec;
  uint64_t stack; /* within the PEC */
  uint64_t big;   /* 1: the size with more PEs (PHB4, PHB5) */
  uint64_t registers; /* real addresses from here on */
  uint64_t mmio64_base;
  uint64_t mmio64_bytes;
  uint64_t mmio32_base;
  uint64_t mmio32_bytes;
  uint64_t esb_base;
  uint64_t notify_address; /* of the interrupt controller; 0: the firmware names a doubleword of its own memory */
  uint64_t notify_index;
  uint64_t max_speed; /* PCIe generation to train at */
  uint64_t devices;   /* device functions that must answer on the bus below */
};

struct boot_info {
  uint64_t magic;
  uint64_t version;
  uint64_t bytes;     /* of this struct */
  uint64_t phb_bytes; /* of one struct boot_info_phb */
  uint64_t chip;      /* enum boot_chip */
  uint64_t chip_level; /* 0x20: DD2.0 */
  uint64_t memory_base; /* free for tables and buffers */
  uint64_t memory_bytes;
  uint64_t uart;  /* real address of a 16550; 0: no console */
  uint64_t xscom; /* real address of SCOM 0; SCOM n is at + (n << 3) */
  uint64_t timebase_hz;
  uint64_t job;
  uint64_t bug;
  uint64_t flags;
  uint64_t platform_faults;
  uint64_t settle_divisor; /* fixed waits (link settling, reset pulses) are shortened by this; 1: as hardware */
  uint64_t num_phbs;
  struct boot_info_phb phb[BOOT_INFO_MAX_PHBS];
};

#endif
