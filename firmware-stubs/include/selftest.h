/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs after bring-up. False, with a line on the console, at the first thing that is not as it should be. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include "bench.h"

/* Copies through windows of every shape. */
bool selftest_run(struct bench *bench);
/* Each fault: provoked, detected, recovered from, and a copy after it. */
bool faults_run(struct bench *bench);
/* As a partition: windows by RTAS, TCEs by hypercalls, copies through them. */
bool ddw_run(struct bench *bench);
/* The bug that boot information asks for, if any. */
bool bug_run(struct bench *bench);

#endif
