/* SPDX-License-Identifier: Apache-2.0 */
#include "bugs.h"

#include "phb.h"

const char *const bug_names[BOOT_BUGS] = {"none",           "stale-tce",      "kill-not-waited",   "tve-in-flight",
                                          "table-reused",   "pe-left-frozen", "rtt-no-invalidate", "reserved-field"};

static bool armed;

void bug_setup(void) { armed = boot.bug == BOOT_BUG_RESERVED_FIELD; } /* that one is part of bring-up */
void bug_arm(void) { armed = true; }

bool bug_take(enum boot_bug bug) {
  if (!armed || boot.bug != (uint64_t)bug) return false;
  armed = false;
  return true;
}
