/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONSOLE_H
#define CONSOLE_H

/* printf with %s %c %d %u %x %llu %llx %%, zero padding and a width. */
void console_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
