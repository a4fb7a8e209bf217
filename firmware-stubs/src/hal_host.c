/* SPDX-License-Identifier: Apache-2.0 */
#include "hal_host.h"

#include "ddw.h"
#include "hal.h"

static struct hal_callbacks machine;

void hal_set_callbacks(const struct hal_callbacks *callbacks) { machine = *callbacks; }
void hal_setup(const struct hal_machine *described) { (void)described; }

uint64_t hal_mmio_read(uint64_t real, unsigned bytes) { return machine.mmio_read(machine.context, real, bytes); }
void hal_mmio_write(uint64_t real, unsigned bytes, uint64_t value) {
  machine.mmio_write(machine.context, real, bytes, value);
}
uint64_t hal_xscom_read(uint64_t scom) { return machine.xscom_read(machine.context, scom); }
void hal_xscom_write(uint64_t scom, uint64_t value) { machine.xscom_write(machine.context, scom, value); }
uint64_t hal_mem_read(uint64_t real, unsigned bytes) { return machine.mem_read(machine.context, real, bytes); }
void hal_mem_write(uint64_t real, unsigned bytes, uint64_t value) {
  machine.mem_write(machine.context, real, bytes, value);
}
void hal_barrier(void) { machine.barrier(machine.context); }
void hal_delay_us(uint64_t us) { machine.delay_us(machine.context, us); }
uint64_t hal_time_us(void) { return machine.time_us(machine.context); }
void hal_console_write(const char *text, unsigned length) { machine.console_write(machine.context, text, length); }

int64_t hal_hypercall(uint64_t token, uint64_t args[4]) { return ddw_hypercall(token, args); }
