/* SPDX-License-Identifier: Apache-2.0 */
/* The host build: a C or C++ program plays the machine and runs the firmware as a function. One firmware at a
 * time: its state is static, as it is on the target. */
#ifndef HAL_HOST_H
#define HAL_HOST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "firmware.h"

/* As hal.h; every function must be set. `context` comes back as the first argument. */
struct hal_callbacks {
  void *context;
  uint64_t (*mmio_read)(void *context, uint64_t real, unsigned bytes);
  void (*mmio_write)(void *context, uint64_t real, unsigned bytes, uint64_t value);
  uint64_t (*xscom_read)(void *context, uint64_t scom);
  void (*xscom_write)(void *context, uint64_t scom, uint64_t value);
  uint64_t (*mem_read)(void *context, uint64_t real, unsigned bytes);
  void (*mem_write)(void *context, uint64_t real, unsigned bytes, uint64_t value);
  void (*barrier)(void *context);
  void (*delay_us)(void *context, uint64_t us);
  uint64_t (*time_us)(void *context);
  void (*console_write)(void *context, const char *text, unsigned length);
};

void hal_set_callbacks(const struct hal_callbacks *callbacks);

#ifdef __cplusplus
}
#endif

#endif
