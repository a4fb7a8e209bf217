// SPDX-License-Identifier: Apache-2.0
/// One PHB as firmware leaves it: RTT in memory, every RID at the reserved PE, RID 0x0100 at PE 5.
#pragma once

#include "models/arch/rtt.hpp"
#include "models/arch/translate.hpp"
#include "tests/support/plain_memory.hpp"

namespace phbsim::test {

struct PhbBench {
  static constexpr RealAddr kRtt = 0x20000000;
  static constexpr RealAddr kPest = 0x21000000;
  static constexpr RealAddr kPeltv = 0x22000000;
  static constexpr Rid kRid = 0x0100;
  static constexpr PeNumber kPe = 5;

  explicit PhbBench(arch::Generation generation = arch::Generation::Phb4,
                    arch::PhbSize size = arch::PhbSize::Big, const arch::PhbOptions& options = {})
      : phb(generation, size, options) {
    bring_up();
    arch::fill_rtt(memory, kRtt, phb.facts().max_pes - 1);
    arch::set_rte(memory, kRtt, kRid, kPe);
  }

  /// What firmware does after a complete reset.
  void bring_up() {
    phb.apply_firmware_defaults();
    write(arch::Reg::RttBar, arch::kBarEnable | kRtt);
    write(arch::Reg::PestBar, arch::kBarEnable | kPest);
    write(arch::Reg::PeltvBar, arch::kBarEnable | kPeltv);
  }

  void write(arch::Reg reg, std::uint64_t value) {
    phb.write_register(arch::offset_of(reg), value);
  }
  std::uint64_t read(arch::Reg reg) { return phb.read_register(arch::offset_of(reg)); }

  /// The two register writes that firmware makes for a table entry.
  void ioda(std::uint64_t addr, std::uint64_t data) {
    phb.write_register(0x220, addr);
    phb.write_register(0x228, data);
  }
  std::uint64_t ioda(std::uint64_t addr) {
    phb.write_register(0x220, addr);
    return phb.read_register(0x228);
  }
  void tve(std::uint32_t index, std::uint64_t word) { ioda(0x0009000000000000ull | index, word); }

  arch::Translation dma(BusAddr addr, arch::Access access = arch::Access::Read,
                        std::uint64_t length = 8, Rid rid = kRid) const {
    return arch::translate(phb, rid, addr, length, access, memory);
  }
  arch::Translation msi(BusAddr addr, std::uint32_t data, Rid rid = kRid) const {
    return arch::translate(phb, rid, addr, 4, arch::Access::Write, memory, data);
  }
  /// Raises the fault that a translation found.
  arch::FaultRecord raise(const arch::Translation& t, BusAddr addr, arch::TransactionType type,
                          Rid rid = kRid, std::uint16_t msi_data = 0) {
    return phb.raise(t.fault, t.pe, rid, addr, type, &memory, msi_data);
  }

  std::uint64_t pest(PeNumber pe, unsigned word) const {
    return memory.read_be64(kPest + 16ull * pe + 8ull * word);
  }
  bool frozen_both(PeNumber pe) const { return phb.mmio_frozen(pe) && phb.dma_stopped(pe); }

  PlainMemory memory;
  arch::PhbState phb;
};

}  // namespace phbsim::test
