// SPDX-License-Identifier: Apache-2.0
/// What a driver of an I/OAT engine does, for tests: rings of descriptors and register sequences. Memory and
/// register access are the test's.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/arch/ioat/function.hpp"

namespace phbsim::test {

struct IoatHost {
  using Descriptor = arch::ioat::Descriptor;
  using Reg = arch::ioat::Reg;
  using Status = arch::ioat::Status;

  std::function<std::uint64_t(std::uint32_t offset, unsigned bytes)> read;
  std::function<void(std::uint32_t offset, unsigned bytes, std::uint64_t value)> write;
  std::function<void(BusAddr addr, const unsigned char* bytes, std::size_t n)> store;

  BusAddr ring = 0;
  unsigned entries = 64;
  std::uint64_t written = 0;

  std::uint64_t get(Reg r) const { return read(arch::ioat::spec_of(r).offset, arch::ioat::spec_of(r).bytes); }
  void set(Reg r, std::uint64_t v) const { write(arch::ioat::spec_of(r).offset, arch::ioat::spec_of(r).bytes, v); }
  Status status() const { return static_cast<Status>(get(Reg::ChanSts) & 7); }
  BusAddr slot(std::uint64_t i) const { return ring + (i % entries) * arch::ioat::kDescriptorBytes; }

  static Descriptor copy(BusAddr from, BusAddr to, std::uint32_t length, bool completion = true) {
    Descriptor d;
    d.length = length;
    d.source = from;
    d.destination = to;
    d.completion = completion;
    return d;
  }
  static Descriptor fill(std::uint64_t pattern, BusAddr to, std::uint32_t length) {
    Descriptor d = copy(pattern, to, length);
    d.operation = Descriptor::kFill;
    return d;
  }
  static Descriptor null() {
    Descriptor d;
    d.length = 1;
    d.null = true;
    d.completion = true;
    return d;
  }

  /// Puts a descriptor into the ring; without `next`, the entry behind it follows.
  void put(Descriptor d) {
    if (d.next == 0) d.next = slot(written + 1);
    unsigned char bytes[arch::ioat::kDescriptorBytes] = {};
    d.encode(bytes);
    store(slot(written++), bytes, sizeof bytes);
  }
  /// Arms the channel for the ring's entry `first`.
  void start(std::uint64_t first, BusAddr completion, std::uint16_t control = 0x0C) const {
    set(Reg::ChainAddr, slot(first));
    set(Reg::ChanCmp, completion);
    set(Reg::ChanCtrl, control);
  }
  void doorbell(std::uint64_t count) const { set(Reg::DmaCount, count & 0xFFFF); }
};

}  // namespace phbsim::test
