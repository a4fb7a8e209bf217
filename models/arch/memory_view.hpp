// SPDX-License-Identifier: Apache-2.0
/// Bytes of system memory as the timing-free layer sees them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/base/endian.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

/// Real addresses reach 2^56 (P9, phb.md 3.1). Reads of never-written bytes give 0.
class MemoryView {
 public:
  virtual ~MemoryView() = default;
  virtual void read(RealAddr addr, unsigned char* out, std::size_t n) const = 0;
  virtual void write(RealAddr addr, const unsigned char* in, std::size_t n) = 0;

  std::uint64_t read_be64(RealAddr addr) const {
    unsigned char b[8];
    read(addr, b, 8);
    return load_be64(b);
  }
  std::uint16_t read_be16(RealAddr addr) const {
    unsigned char b[2];
    read(addr, b, 2);
    return load_be16(b);
  }
  void write_be64(RealAddr addr, std::uint64_t v) {
    unsigned char b[8];
    store_be64(b, v);
    write(addr, b, 8);
  }
  void write_be16(RealAddr addr, std::uint16_t v) {
    unsigned char b[2];
    store_be16(b, v);
    write(addr, b, 2);
  }
};

}  // namespace phbsim::arch
