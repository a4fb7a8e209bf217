/* SPDX-License-Identifier: Apache-2.0 */
#include "opal.h"

#include "eeh.h"
#include "ioda.h"
#include "link.h"
#include "msi.h"
#include "tce.h"

#define BYPASS_GRANULE 0x1000000ull
#define BYPASS_LIMIT 0x3ffffffffffffull
#define ANY_BITS 0xffffull

static bool power_of_two(uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }
static bool owns_window(const struct phb *phb, uint64_t pe, uint64_t window) {
  return pe < phb->facts->pes && window >> 1 == pe;
}

/* --- 31, 32: who owns a RID --------------------------------------------------------------------- */

static int64_t set_pe(struct phb *phb, const uint64_t *a) {
  const uint64_t pe = a[1], bdfn = a[2], bus = a[3], device = a[4], function = a[5], map = a[6];
  if (map > 1 || pe >= phb->facts->pes || bdfn > 0xffff || bus > 7 || device > 1 || function > 1) {
    return OPAL_PARAMETER;
  }
  /* `bus` 0: any; n: the top n + 1 bits of the bus number are compared. */
  const uint64_t mask = (bus != 0 ? ANY_BITS << (15 - bus) & 0xff00 : 0) | (device != 0 ? 0xf8 : 0) |
                        (function != 0 ? 0x7 : 0);
  const unsigned owner = map != 0 ? (unsigned)pe : reserved_pe(phb);
  for (unsigned rid = 0; rid < RTT_ENTRIES; ++rid)
    if (((rid ^ bdfn) & mask) == 0) ioda_set_rte(phb, rid, owner);
  hal_barrier();
  ioda_invalidate_rtc(phb);
  return OPAL_SUCCESS;
}

static int64_t set_peltv(struct phb *phb, const uint64_t *a) {
  if (a[1] >= phb->facts->pes || a[2] >= phb->facts->pes) return OPAL_PARAMETER;
  ioda_set_peltv(phb, (unsigned)a[1], (unsigned)a[2], a[3] != 0);
  return OPAL_SUCCESS;
}

/* --- 44, 45, 126: windows. A kill is a call of its own ------------------------------------------- */

static int64_t map_window(struct phb *phb, const uint64_t *a) {
  const uint64_t pe = a[1], window = a[2], levels = a[3], table = a[4], bytes = a[5], page = a[6];
  if (!owns_window(phb, pe, window)) return OPAL_PARAMETER;
  if (bytes == 0) {
    ioda_set_tve(phb, (unsigned)window, 0);
    return OPAL_SUCCESS;
  }
  if (levels < 1 || levels > TVE_MAX_LEVELS || !power_of_two(bytes) || bytes < 0x1000) return OPAL_PARAMETER;
  if (__builtin_ctzll(bytes) - 11 > 31 || !power_of_two(page)) return OPAL_PARAMETER;
  const unsigned page_shift = (unsigned)__builtin_ctzll(page);
  if (!tce_supports(phb, page_shift)) return OPAL_PARAMETER;
  ioda_set_tve(phb, (unsigned)window, tve_translated(table, (unsigned)levels, bytes, page_shift));
  return OPAL_SUCCESS;
}

static int64_t map_bypass(struct phb *phb, const uint64_t *a) {
  const uint64_t pe = a[1], window = a[2], start = a[3], bytes = a[4];
  if (!owns_window(phb, pe, window)) return OPAL_PARAMETER;
  if (bytes == 0) {
    ioda_set_tve(phb, (unsigned)window, 0);
    return OPAL_SUCCESS;
  }
  const uint64_t base = start & ~(31ull << 59), end = base + bytes;
  if (start >> 59 != (window & 1) || base % BYPASS_GRANULE != 0 || bytes % BYPASS_GRANULE != 0 || end < base ||
      end > BYPASS_LIMIT) {
    return OPAL_PARAMETER;
  }
  ioda_set_tve(phb, (unsigned)window, tve_bypass(phb, base, end));
  return OPAL_SUCCESS;
}

static int64_t tce_kill(struct phb *phb, const uint64_t *a) {
  const uint64_t type = a[1], page = a[3], address = a[4], pages = a[5];
  const unsigned pe = (unsigned)(a[2] & 0x1ff);
  if (is_phb3(phb)) return OPAL_UNSUPPORTED;
  if (type > OPAL_TCE_KILL_ALL) return OPAL_PARAMETER;
  if (type == OPAL_TCE_KILL_ALL) return tce_kill_all(phb) ? OPAL_SUCCESS : OPAL_HARDWARE;
  if (type == OPAL_TCE_KILL_PE || (boot.flags & BOOT_FLAG_PAGE_KILLS) == 0) {
    return tce_kill_pe(phb, pe) ? OPAL_SUCCESS : OPAL_HARDWARE;
  }
  const unsigned shift = power_of_two(page) ? (unsigned)__builtin_ctzll(page) : 0;
  if (!tce_supports(phb, shift) || address >> 60 != 0 || (address & (page - 1)) != 0) return OPAL_PARAMETER;
  return tce_kill_pages(phb, pe, address, shift, (unsigned)pages) ? OPAL_SUCCESS : OPAL_HARDWARE;
}

/* --- 37, 39, 40: messages ------------------------------------------------------------------------ */

static int64_t get_msi32(struct phb *phb, const uint64_t *a) {
  uint32_t address, data;
  const int64_t code = msi_message32(phb, (unsigned)a[1], (unsigned)a[2], (unsigned)a[3], &address, &data);
  if (code != OPAL_SUCCESS) return code;
  hal_mem_write32(a[4], address);
  hal_mem_write32(a[5], data);
  return OPAL_SUCCESS;
}

static int64_t get_msi64(struct phb *phb, const uint64_t *a) {
  uint64_t address;
  uint32_t data;
  const int64_t code = msi_message64(phb, (unsigned)a[1], (unsigned)a[2], (unsigned)a[3], &address, &data);
  if (code != OPAL_SUCCESS) return code;
  hal_mem_write64(a[4], address);
  hal_mem_write32(a[5], data);
  return OPAL_SUCCESS;
}

/* --- 23, 60: errors ------------------------------------------------------------------------------ */

static int64_t freeze_status(struct phb *phb, const uint64_t *a) {
  struct eeh_status status;
  if (a[1] >= phb->facts->pes) return OPAL_PARAMETER;
  const int64_t code = eeh_freeze_status(phb, (unsigned)a[1], &status);
  hal_mem_write(a[2], 1, status.state);
  hal_mem_write16(a[3], (uint16_t)status.error);
  return code;
}

static int64_t next_error(struct phb *phb, const uint64_t *a) {
  struct eeh_error error;
  const int64_t code = eeh_next_error(phb, &error);
  hal_mem_write64(a[1], error.pe);
  hal_mem_write16(a[2], (uint16_t)error.type);
  hal_mem_write16(a[3], (uint16_t)error.severity);
  return code;
}

static int64_t freeze_clear(struct phb *phb, const uint64_t *a) {
  if (a[1] >= phb->facts->pes || a[2] < OPAL_EEH_ACTION_MMIO || a[2] > OPAL_EEH_ACTION_ALL) return OPAL_PARAMETER;
  return eeh_freeze_clear(phb, (unsigned)a[1], (unsigned)a[2]);
}

/* --- 49, 62: resets ------------------------------------------------------------------------------ */

static int64_t pci_reset(struct phb *phb, const uint64_t *a) {
  if (a[2] > 1) return OPAL_PARAMETER;
  if (a[2] == 0) return OPAL_SUCCESS; /* whatever was asserted is released in time */
  switch (a[1]) {
    case OPAL_RESET_COMPLETE:
      link_begin(phb, RESET_COMPLETE);
      return link_step(phb);
    case OPAL_RESET_FUNDAMENTAL:
      link_begin(phb, RESET_FUNDAMENTAL);
      return link_step(phb);
    case OPAL_RESET_HOT:
      link_begin(phb, RESET_HOT);
      return link_step(phb);
    case OPAL_RESET_ERROR:
      phb_clear_errors(phb);
      return OPAL_SUCCESS;
    case OPAL_RESET_IODA:
      ioda_set_defaults(phb);
      hal_barrier();
      ioda_write_tables(phb);
      return OPAL_SUCCESS;
    default:
      return OPAL_UNSUPPORTED;
  }
}

/* --- 179, 180: options --------------------------------------------------------------------------- */

static uint64_t option_bit(const struct phb *phb, uint64_t option) {
  if (is_phb3(phb)) return 0;
  return option == OPAL_OPTION_TVE1_4GB ? PHB_CTRLR_TVE1_4GB
         : option == OPAL_OPTION_MMIO_EEH_DISABLE ? PHB_CTRLR_MMIO_EEH_DISABLE : 0;
}

static int64_t set_option(struct phb *phb, const uint64_t *a) {
  const uint64_t bit = option_bit(phb, a[1]);
  if (bit == 0) return OPAL_UNSUPPORTED;
  if (a[2] > 1) return OPAL_PARAMETER;
  if (a[2] != 0) {
    phb_set_bits(phb, PHB_CTRLR, bit);
  } else {
    phb_clear_bits(phb, PHB_CTRLR, bit);
  }
  return OPAL_SUCCESS;
}

static int64_t get_option(struct phb *phb, const uint64_t *a) {
  const uint64_t bit = option_bit(phb, a[1]);
  if (a[2] == 0) return OPAL_PARAMETER;
  if (bit == 0) return OPAL_UNSUPPORTED;
  hal_mem_write64(a[2], (phb_read(phb, PHB_CTRLR) & bit) != 0);
  return OPAL_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------- */

int64_t opal_call(uint64_t token, const uint64_t a[OPAL_MAX_ARGS]) {
  if (a[0] >= boot.num_phbs) return OPAL_PARAMETER;
  struct phb *phb = &phbs[a[0]];
  switch (token) {
    case OPAL_SET_PE: return set_pe(phb, a);
    case OPAL_SET_PELTV: return set_peltv(phb, a);
    case OPAL_MAP_PE_DMA_WINDOW: return map_window(phb, a);
    case OPAL_MAP_PE_DMA_WINDOW_REAL: return map_bypass(phb, a);
    case OPAL_TCE_KILL: return tce_kill(phb, a);
    case OPAL_SET_XIVE_PE: return msi_set_pe(phb, (unsigned)a[1], (unsigned)a[2]);
    case OPAL_GET_MSI_32: return get_msi32(phb, a);
    case OPAL_GET_MSI_64: return get_msi64(phb, a);
    case OPAL_EEH_FREEZE_STATUS: return freeze_status(phb, a);
    case OPAL_EEH_FREEZE_CLEAR: return freeze_clear(phb, a);
    case OPAL_EEH_FREEZE_SET: return eeh_freeze_set(phb, (unsigned)a[1], (unsigned)a[2]);
    case OPAL_NEXT_ERROR: return next_error(phb, a);
    case OPAL_ERR_INJECT:
      return eeh_inject(phb, (unsigned)a[1], (unsigned)a[2], (unsigned)a[3], a[4], a[5]);
    case OPAL_PCI_RESET: return pci_reset(phb, a);
    case OPAL_PCI_POLL: return link_step(phb);
    case OPAL_PHB_SET_OPTION: return set_option(phb, a);
    case OPAL_PHB_GET_OPTION: return get_option(phb, a);
    default: return OPAL_UNSUPPORTED;
  }
}
