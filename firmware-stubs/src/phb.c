/* SPDX-License-Identifier: Apache-2.0 */
#include "phb.h"

#include "ioda.h"
#include "pec.h"

#define ALL_ONES (~0ull)

/* --- Ways to a register ------------------------------------------------------------------------ */

/* PHB4 on: configuration space of the root complex is reached in words of 4 bytes (5.6). */
static uint64_t indirect_address(uint32_t offset, unsigned bytes) {
  return ETU_SCOM_HV_IND_ADDRESS_VALID | (bytes == 4 ? ETU_SCOM_HV_IND_ADDRESS_4B : 0) | offset;
}

uint64_t phb_read_scom(struct phb *phb, uint32_t offset, unsigned bytes) {
  if (is_phb3(phb)) {
    hal_xscom_write(phb->etu + ETU_SCOM_ASB_ADDRESS, offset);
    return hal_xscom_read(phb->etu + ETU_SCOM_ASB_DATA);
  }
  hal_xscom_write(phb->etu + ETU_SCOM_HV_IND_ADDRESS, indirect_address(offset, bytes));
  return hal_xscom_read(phb->etu + ETU_SCOM_HV_IND_DATA);
}

void phb_write_scom(struct phb *phb, uint32_t offset, unsigned bytes, uint64_t value) {
  if (is_phb3(phb)) {
    hal_xscom_write(phb->etu + ETU_SCOM_ASB_ADDRESS, offset);
    hal_xscom_write(phb->etu + ETU_SCOM_ASB_DATA, value);
    return;
  }
  hal_xscom_write(phb->etu + ETU_SCOM_HV_IND_ADDRESS, indirect_address(offset, bytes));
  hal_xscom_write(phb->etu + ETU_SCOM_HV_IND_DATA, value);
}

uint64_t phb_read(struct phb *phb, uint32_t offset) {
  return phb->fenced ? phb_read_scom(phb, offset, 8) : hal_mmio_read(phb->registers + offset, 8);
}

void phb_write(struct phb *phb, uint32_t offset, uint64_t value) {
  if (phb->fenced) {
    phb_write_scom(phb, offset, 8, value);
  } else {
    hal_mmio_write(phb->registers + offset, 8, value);
  }
}

void phb_write_table(struct phb *phb, const struct register_value *table, size_t count) {
  for (size_t i = 0; i < count; ++i) phb_write(phb, table[i].offset, table[i].value);
}

/* --- Waiting ----------------------------------------------------------------------------------- */

bool phb_wait(struct phb *phb, uint32_t offset, uint64_t bits, uint64_t expected, unsigned attempts, uint64_t step_us) {
  for (unsigned i = 0; attempts == 0 || i < attempts; ++i) {
    const uint64_t value = phb_read(phb, offset);
    if (value == ALL_ONES && phb_fenced(phb)) return false;
    if ((value & bits) == expected) return true;
    hal_delay_us(step_us);
  }
  return false;
}

bool phb_fenced(struct phb *phb) {
  if (phb->fenced) return true;
  if (hal_mmio_read(phb->registers + PHB_CPU_LOADSTORE_STATUS, 8) != ALL_ONES) return false;
  phb->fenced = true;
  console_printf("PHB%u: fenced\n", phb->number);
  return true;
}

void settle_us(uint64_t us) { hal_delay_us(boot.settle_divisor > 1 ? us / boot.settle_divisor : us); }

/* --- What both families do --------------------------------------------------------------------- */

bool phb_init_hw(struct phb *phb) {
  const bool ok = is_phb3(phb) ? phb3_init_hw(phb) : phb4_init_hw(phb);
  if (!ok) {
    phb->broken = true;
    console_printf("PHB%u: initialisation failed\n", phb->number);
  }
  return ok;
}

void phb_clear_errors(struct phb *phb) {
  if (is_phb3(phb)) {
    phb3_clear_errors(phb);
  } else {
    phb4_clear_errors(phb);
  }
}

/* 7.2: is it there, how large is it, and memory for its tables. */
bool phb_create(struct phb *phb) {
  const uint64_t version = phb_read_scom(phb, PHB_VERSION, 8);
  if (version == 0 || version == ALL_ONES) {
    console_printf("PHB%u: no version, broken\n", phb->number);
    phb->broken = true;
    return false;
  }
  phb->revision = (uint32_t)(version >> 16 & 0xff0000) | (uint32_t)(version & 0xffff);
  phb->irqs = phb->facts->msis + phb->facts->lsis;
  if (!is_phb3(phb)) {
    const uint64_t pes = hal_mmio_read(phb->registers + PHB_EEH_CAP, 8) >> 52;
    const uint64_t irqs = hal_mmio_read(phb->registers + PHB_IRQ_CAP, 8) & 0xffff;
    if (pes != phb->facts->pes || irqs != phb->irqs) {
      console_printf("PHB%u: has %llu PEs and %llu interrupts, not %u and %u\n", phb->number,
                     (unsigned long long)pes, (unsigned long long)irqs, phb->facts->pes, phb->irqs);
      phb->broken = true;
      return false;
    }
  }
  if (!ioda_allocate(phb)) phb->broken = true;
  return !phb->broken;
}
