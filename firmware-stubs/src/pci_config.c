/* SPDX-License-Identifier: Apache-2.0 */
#include "pci_config.h"

#include "ioda.h"

#define CONFIG_PE_SHIFT 16

/* Write-one-to-clear bits beside others in a word: of secondary status, device status, link status, link status 2;
 * the last group is whole words [F 5.8]. */
static uint32_t clear_on_write(unsigned word) {
  switch (word) {
    case 0x1c: return 0xf9000000u;
    case 0x50: return 0x000f0000u;
    case 0x58: return 0xc0000000u;
    case 0x78: return 0x00200000u;
    case 0x104: case 0x110: case 0x130: case 0x180: case 0x184: case 0x188: case 0x18c: return 0xffffffffu;
    default: return 0;
  }
}

static uint32_t rc_read(struct phb *phb, unsigned word) {
  const uint32_t at = PHB_RC_CONFIG + word; /* in words of 4 bytes only */
  if (phb->fenced) return le32((uint32_t)phb_read_scom(phb, at, 4));
  return le32((uint32_t)hal_mmio_read(phb->registers + at, 4));
}

static void rc_write(struct phb *phb, unsigned offset, unsigned bytes, uint32_t value) {
  const unsigned word = offset & ~3u, shift = 8 * (offset & 3);
  if (bytes != 4) {
    const uint32_t mask = ((1u << 8 * bytes) - 1) << shift;
    value = (rc_read(phb, word) & ~clear_on_write(word) & ~mask) | (value << shift & mask);
  }
  const uint32_t at = PHB_RC_CONFIG + word;
  if (phb->fenced) {
    phb_write_scom(phb, at, 4, le32(value));
  } else {
    hal_mmio_write(phb->registers + at, 4, le32(value));
  }
}

static void address_cycle(struct phb *phb, unsigned rid, unsigned offset) {
  const uint64_t pe = hal_mem_read16(phb->rtt + 2 * (uint64_t)rid) % phb->facts->pes; /* an error freezes it */
  phb_write(phb, PHB_CONFIG_ADDRESS,
            PHB_CONFIG_ADDRESS_ENABLE | FIELD(PHB_CONFIG_ADDRESS_BDFN, rid) |
                FIELD(PHB_CONFIG_ADDRESS_REG, offset & ~3u) | pe << CONFIG_PE_SHIFT);
}

static uint32_t ones(unsigned bytes) { return 0xffffffffu >> (32 - 8 * bytes); }

/* Device 0 is alone on bus 0, and probing others there is an error to the PHB. */
static bool exists(const struct phb *phb, unsigned rid) { return !phb->broken && (rid == ROOT_COMPLEX || rid >= 0x100); }

uint32_t config_read(struct phb *phb, unsigned rid, unsigned offset, unsigned bytes) {
  if (!exists(phb, rid)) return ones(bytes);
  const unsigned shift = 8 * (offset & 3);
  if (rid == ROOT_COMPLEX && !is_phb3(phb)) return rc_read(phb, offset & ~3u) >> shift & ones(bytes);
  if (phb->fenced && !is_phb3(phb)) return ones(bytes);
  address_cycle(phb, rid, offset);
  if (phb->fenced) { /* PHB3 through ASB: the four bytes lead the doubleword */
    return le32((uint32_t)(phb_read_scom(phb, PHB_CONFIG_DATA, 8) >> 32)) >> shift & ones(bytes);
  }
  return (uint32_t)little_endian(hal_mmio_read(phb->registers + PHB_CONFIG_DATA + (offset & 3), bytes), bytes);
}

void config_write(struct phb *phb, unsigned rid, unsigned offset, unsigned bytes, uint32_t value) {
  if (!exists(phb, rid)) return;
  if (rid == ROOT_COMPLEX && !is_phb3(phb)) {
    rc_write(phb, offset, bytes, value);
    return;
  }
  if (phb->fenced && !is_phb3(phb)) return;
  address_cycle(phb, rid, offset);
  if (phb->fenced) {
    phb_write_scom(phb, PHB_CONFIG_DATA, 8, (uint64_t)le32(value << 8 * (offset & 3)) << 32);
    return;
  }
  hal_mmio_write(phb->registers + PHB_CONFIG_DATA + (offset & 3), bytes, little_endian(value, bytes));
}

unsigned config_find_capability(struct phb *phb, unsigned rid, unsigned id) {
  if ((config_read(phb, rid, PCI_STATUS, 2) & PCI_STATUS_CAPABILITIES) == 0) return 0;
  unsigned at = config_read(phb, rid, PCI_CAPABILITIES, 1) & 0xfc;
  for (unsigned hops = 0; at != 0 && hops < 48; ++hops) { /* no more of them fit */
    const uint32_t header = config_read(phb, rid, at, 2);
    if (header == 0xffff) return 0;
    if ((header & 0xff) == id) return at;
    at = header >> 8 & 0xfc;
  }
  return 0;
}

unsigned config_find_extended(struct phb *phb, unsigned rid, unsigned id) {
  unsigned at = 0x100;
  for (unsigned hops = 0; at >= 0x100 && hops < 960; ++hops) {
    const uint32_t header = config_read(phb, rid, at, 4);
    if (header == 0 || header == 0xffffffffu) return 0;
    if ((header & 0xffff) == id) return at;
    at = header >> 20 & 0xffc;
  }
  return 0;
}

/* --- The root complex -------------------------------------------------------------------------- */

#define MPS_128_BYTES 0u
#define UNCORRECTABLE_NOT_REPORTED 0x0000d000u /* poisoned TLP, completion timeout, completer abort */
#define UNCORRECTABLE_ECRC 0x00080000u
#define PHB3_FATAL 0x00072030u /* data link, surprise down, flow control, unexpected completion, overflow, malformed */

static void find_root_capabilities(struct phb *phb) {
  if (phb->exp_cap == 0) phb->exp_cap = config_find_capability(phb, ROOT_COMPLEX, PCI_CAP_EXPRESS);
}

static bool init_root_phb4(struct phb *phb) {
  config_write(phb, ROOT_COMPLEX, PCI_BUSES, 4, 0x00ff0100);
  find_root_capabilities(phb);
  if (phb->exp_cap == 0) return false;
  config_write(phb, ROOT_COMPLEX, phb->exp_cap + EXP_DEVICE_CONTROL, 2, EXP_DEVICE_CONTROL_REPORT | MPS_128_BYTES);
  config_write(phb, ROOT_COMPLEX, phb->exp_cap + EXP_DEVICE_CONTROL2, 2, 0x5 | EXP_ARI_FORWARDING);
  if (phb->aer_cap == 0) phb->aer_cap = config_find_extended(phb, ROOT_COMPLEX, PCI_EXTCAP_AER);
  if (phb->aer_cap == 0) return false;
  config_write(phb, ROOT_COMPLEX, phb->aer_cap + AER_UNCORRECTABLE_MASK, 4, UNCORRECTABLE_NOT_REPORTED);
  config_write(phb, ROOT_COMPLEX, phb->aer_cap + AER_CONTROL, 4, AER_ECRC_ON);
  config_clear_root_errors(phb);
  return true;
}

static bool init_root_phb3(struct phb *phb) {
  config_write(phb, ROOT_COMPLEX, PCI_BUSES, 4, 0x00ff0100);
  /* Bases above limits: everything goes upstream. */
  config_write(phb, ROOT_COMPLEX, PCI_IO_BASE, 2, 0x0010);
  config_write(phb, ROOT_COMPLEX, PCI_MEMORY_BASE, 4, 0x00000010);
  config_write(phb, ROOT_COMPLEX, PCI_PREFETCH_BASE, 4, 0x00000010);
  config_write(phb, ROOT_COMPLEX, PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_SERR);
  find_root_capabilities(phb);
  if (phb->exp_cap == 0) return false;
  config_write(phb, ROOT_COMPLEX, phb->exp_cap + EXP_DEVICE_STATUS, 2, EXP_DEVICE_STATUS_ERRORS);
  config_write(phb, ROOT_COMPLEX, phb->exp_cap + EXP_DEVICE_CONTROL, 2, EXP_DEVICE_CONTROL_REPORT | MPS_128_BYTES);
  config_write(phb, ROOT_COMPLEX, phb->exp_cap + EXP_ROOT_CONTROL, 2, 0x0017); /* system errors; CRS visible */
  config_write(phb, ROOT_COMPLEX, phb->exp_cap + EXP_DEVICE_CONTROL2, 2, 0xf | EXP_ARI_FORWARDING);
  if (phb->aer_cap == 0) phb->aer_cap = config_find_extended(phb, ROOT_COMPLEX, PCI_EXTCAP_AER);
  if (phb->aer_cap == 0) return false;
  const unsigned aer = phb->aer_cap;
  config_write(phb, ROOT_COMPLEX, aer + AER_UNCORRECTABLE, 4, 0xffffffff);
  config_write(phb, ROOT_COMPLEX, aer + AER_UNCORRECTABLE_MASK, 4, UNCORRECTABLE_NOT_REPORTED | UNCORRECTABLE_ECRC);
  config_write(phb, ROOT_COMPLEX, aer + AER_UNCORRECTABLE_SEVERITY, 4, PHB3_FATAL);
  config_write(phb, ROOT_COMPLEX, aer + AER_CORRECTABLE, 4, 0xffffffff);
  config_write(phb, ROOT_COMPLEX, aer + AER_CORRECTABLE_MASK, 4, 0x2000 | (phb->link_up ? 0 : AER_RECEIVER_ERROR));
  config_write(phb, ROOT_COMPLEX, aer + AER_CONTROL, 4,
               config_read(phb, ROOT_COMPLEX, aer + AER_CONTROL, 4) | AER_ECRC_ON);
  config_write(phb, ROOT_COMPLEX, aer + AER_ROOT_COMMAND, 4, 0x7);
  config_write(phb, ROOT_COMPLEX, aer + AER_ROOT_STATUS, 4, 0xffffffff);
  return true;
}

bool config_init_root(struct phb *phb) {
  const bool ok = is_phb3(phb) ? init_root_phb3(phb) : init_root_phb4(phb);
  if (!ok) console_printf("PHB%u: the root complex lacks a capability\n", phb->number);
  return ok;
}

void config_clear_root_errors(struct phb *phb) {
  config_write(phb, ROOT_COMPLEX, PCI_SECONDARY_STATUS, 2, 0xffff);
  if (phb->exp_cap == 0) return;
  config_write(phb, ROOT_COMPLEX, phb->exp_cap + EXP_DEVICE_STATUS, 2, EXP_DEVICE_STATUS_ERRORS);
  if (phb->aer_cap == 0) return;
  config_write(phb, ROOT_COMPLEX, phb->aer_cap + AER_UNCORRECTABLE, 4, 0xffffffff);
  config_write(phb, ROOT_COMPLEX, phb->aer_cap + AER_CORRECTABLE, 4, 0xffffffff);
  config_write(phb, ROOT_COMPLEX, phb->aer_cap + AER_ROOT_STATUS, 4, 0xffffffff);
}
