/* SPDX-License-Identifier: Apache-2.0 */
/* IBM bit numbers, and the conversions between byte orders that the code names wherever one happens. */
#ifndef BYTEORDER_H
#define BYTEORDER_H

#include <stdint.h>

#include "phb_registers.h" /* PPC_BIT, GETFIELD */

/* A word with only this field. */
#define FIELD(mask, value) SETFIELD(mask, 0ull, (uint64_t)(value))

static inline uint16_t swap16(uint16_t v) { return __builtin_bswap16(v); }
static inline uint32_t swap32(uint32_t v) { return __builtin_bswap32(v); }
static inline uint64_t swap64(uint64_t v) { return __builtin_bswap64(v); }

/* A number and the eight bytes of a big-endian doubleword, as this machine loads and stores them. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
static inline uint64_t be64(uint64_t v) { return v; }
static inline uint32_t be32(uint32_t v) { return v; }
static inline uint16_t be16(uint16_t v) { return v; }
#else
static inline uint64_t be64(uint64_t v) { return swap64(v); }
static inline uint32_t be32(uint32_t v) { return swap32(v); }
static inline uint16_t be16(uint16_t v) { return swap16(v); }
#endif

/* The HAL carries bytes as a big-endian number: what a little-endian field (PCI configuration space, device
 * registers, MSI data) means is its swapped value, and the other way round. */
static inline uint64_t little_endian(uint64_t v, unsigned bytes) { return swap64(v) >> (64 - 8 * bytes); }
static inline uint32_t le32(uint32_t v) { return swap32(v); }
static inline uint16_t le16(uint16_t v) { return swap16(v); }
static inline uint64_t le64(uint64_t v) { return swap64(v); }

#endif
