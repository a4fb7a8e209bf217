/* SPDX-License-Identifier: Apache-2.0 */
/* Deliberate bugs (boot_info.h): each strikes once, where bug_take stands, after somebody armed it there. The
 * correct firmware is boot.bug == BOOT_BUG_NONE. */
#ifndef BUGS_H
#define BUGS_H

#include <stdbool.h>

#include "boot_info.h"

void bug_setup(void);
void bug_arm(void);
bool bug_take(enum boot_bug bug);
extern const char *const bug_names[BOOT_BUGS];

#endif
