// SPDX-License-Identifier: Apache-2.0
/// A PHB that software and devices work on, caches included, and a checker that watches them.
#pragma once

#include <string>

#include "models/arch/checker/checker.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/caching_path.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::test {

struct CheckedPhb : PhbBench {
  static constexpr RealAddr kMemoryEnd = 1ull << 40;
  static constexpr RealAddr kTable = 0x30000000;
  static constexpr RealAddr kPage = 0x50000000;
  static constexpr std::uint32_t kTve = 2 * kPe;

  explicit CheckedPhb(arch::Generation generation = arch::Generation::Phb4, const arch::PhbOptions& options = {})
      : PhbBench(generation, arch::PhbSize::Big, options), checker(memory, kMemoryEnd), path(phb, memory) {
    path.watch = &checker.add_phb(phb, "phb0");
    checker.where = [this] {
      arch::checker::Where w;
      w.at = now;
      w.place = "here";
      return w;
    };
  }

  // -- software -------------------------------------------------------------------------------------
  void reg(arch::Reg r, std::uint64_t value) { path.write(arch::offset_of(r), 8, value); }
  std::uint64_t reg(arch::Reg r) { return path.read(arch::offset_of(r), 8); }
  void table(arch::IodaTableId id, std::uint32_t index, std::uint64_t value, unsigned mist_mask = 0) {
    reg(arch::Reg::IodaAddr, arch::IodaTable::make(static_cast<std::uint64_t>(id)) | arch::IodaMistMask::make(mist_mask) | index);
    reg(arch::Reg::IodaData, value);
  }
  void set_tve(std::uint32_t index, std::uint64_t word) { table(arch::IodaTableId::Tvt, index, word); }
  /// 4 KiB pages and tables, whatever else is said.
  static std::uint64_t tve_word(RealAddr root = kTable, unsigned levels = 1, unsigned page_shift = 12,
                                std::uint64_t table_bytes = 4096) {
    arch::WindowShape s;
    s.levels = levels;
    s.table = root;
    s.table_bytes = table_bytes;
    s.page_shift = page_shift;
    return arch::encode_translated(s);
  }
  void store(RealAddr at, std::uint64_t value) {
    memory.write_be64(at, value);
    checker.memory_stored(at, 8);
  }
  void set_rte(Rid rid, PeNumber pe) {
    arch::set_rte(memory, kRtt, rid, pe);
    checker.memory_stored(arch::rte_address(kRtt, rid), 2);
  }
  void map(std::uint64_t page, RealAddr real, std::uint64_t permissions = arch::kTcePermissions) {
    store(kTable + 8 * page, real | permissions);
  }
  void unmap(std::uint64_t page) { store(kTable + 8 * page, 0); }
  /// As firmware does it.
  void kill(std::uint64_t word) {
    reg(arch::Reg::TceKill);
    reg(arch::Reg::TceKill, word);
    path.finish_kills();
    reg(arch::Reg::QDmaR);
  }

  // -- devices --------------------------------------------------------------------------------------
  CachingPath::Part begin(BusAddr addr, arch::Access access = arch::Access::Read, unsigned length = 8, Rid rid = kRid) {
    return path.begin(rid, addr, length, access);
  }
  arch::Translation dma(BusAddr addr, arch::Access access = arch::Access::Read, unsigned length = 8, Rid rid = kRid) {
    const CachingPath::Part p = begin(addr, access, length, rid);
    path.finish(p);
    return p.t;
  }

  // -- what was found -------------------------------------------------------------------------------
  const std::vector<arch::checker::Violation>& found() const { return checker.violations(); }
  /// This rule once, and no other.
  bool only(arch::checker::RuleId rule) const { return found().size() == 1 && found()[0].rule == rule; }
  bool nothing() const { return found().empty(); }
  std::uint64_t fact(std::string_view name) const {
    for (const auto& [n, v] : found().at(0).facts)
      if (n == name) return v;
    FAIL("no fact " << name);
    return 0;
  }

  arch::checker::Checker checker;
  CachingPath path;
  Tick now = 0;
};

}  // namespace phbsim::test
