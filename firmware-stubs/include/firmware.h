/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stdint.h>

/* The whole firmware: 0 passed, 1 failed, 2 no boot information at that real address. */
int firmware_main(uint64_t boot_info);

#endif
