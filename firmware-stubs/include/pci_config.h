/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration cycles (phb.md 5.8). Values are the numbers that the little-endian fields mean. */
#ifndef PCI_CONFIG_H
#define PCI_CONFIG_H

#include "phb.h"

#define ROOT_COMPLEX 0u /* RID of the root complex; no other device is on bus 0 */
#define RID(bus, device, function) ((unsigned)((bus) << 8 | (device) << 3 | (function)))

enum {
  PCI_VENDOR = 0x00,
  PCI_COMMAND = 0x04,
  PCI_STATUS = 0x06,
  PCI_HEADER_TYPE = 0x0e,
  PCI_BAR0 = 0x10,
  PCI_BUSES = 0x18,
  PCI_IO_BASE = 0x1c,
  PCI_SECONDARY_STATUS = 0x1e,
  PCI_MEMORY_BASE = 0x20,
  PCI_PREFETCH_BASE = 0x24,
  PCI_CAPABILITIES = 0x34,
  PCI_BRIDGE_CONTROL = 0x3e,
};
#define PCI_COMMAND_MEMORY 0x0002u
#define PCI_COMMAND_MASTER 0x0004u
#define PCI_COMMAND_PARITY 0x0040u
#define PCI_COMMAND_SERR 0x0100u
#define PCI_STATUS_CAPABILITIES 0x0010u
#define PCI_STATUS_ERRORS 0xf800u /* write one to clear; PHB4 on also clears its bit 15 */
#define PCI_BRIDGE_SERR 0x0002u
#define PCI_BRIDGE_RESET 0x0040u

#define PCI_CAP_EXPRESS 0x10u
#define PCI_CAP_MSI 0x05u
#define PCI_CAP_MSIX 0x11u
/* Offsets in the PCI Express capability. */
enum {
  EXP_DEVICE_CONTROL = 0x08, EXP_DEVICE_STATUS = 0x0a,
  EXP_LINK_CAPABILITIES = 0x0c, EXP_LINK_CONTROL = 0x10, EXP_LINK_STATUS = 0x12,
  EXP_ROOT_CONTROL = 0x1c, EXP_DEVICE_CONTROL2 = 0x28, EXP_LINK_CONTROL2 = 0x30,
};
#define EXP_DEVICE_CONTROL_REPORT 0x000fu /* correctable, non-fatal, fatal, unsupported request */
#define EXP_DEVICE_STATUS_ERRORS 0x000fu
#define EXP_LINK_DISABLE 0x0010u
#define EXP_LINK_ACTIVE 0x2000u
#define EXP_ARI_FORWARDING 0x0020u

#define PCI_EXTCAP_AER 0x0001u
enum {
  AER_UNCORRECTABLE = 0x04, AER_UNCORRECTABLE_MASK = 0x08, AER_UNCORRECTABLE_SEVERITY = 0x0c,
  AER_CORRECTABLE = 0x10, AER_CORRECTABLE_MASK = 0x14, AER_CONTROL = 0x18,
  AER_ROOT_COMMAND = 0x2c, AER_ROOT_STATUS = 0x30,
};
#define AER_RECEIVER_ERROR 0x00000001u
#define AER_ECRC_ON 0x00000140u /* generation and checking */

/* All ones if nothing answers or the PE is frozen. Accesses are aligned to their size. */
uint32_t config_read(struct phb *phb, unsigned rid, unsigned offset, unsigned bytes);
void config_write(struct phb *phb, unsigned rid, unsigned offset, unsigned bytes, uint32_t value);

/* Offset of a capability, 0 if there is none. */
unsigned config_find_capability(struct phb *phb, unsigned rid, unsigned id);
unsigned config_find_extended(struct phb *phb, unsigned rid, unsigned id);

/* The root complex' own set-up, and the part of clearing errors that lies in its configuration space. */
bool config_init_root(struct phb *phb);
void config_clear_root_errors(struct phb *phb);

#endif
