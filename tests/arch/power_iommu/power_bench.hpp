// SPDX-License-Identifier: Apache-2.0
/// A PHB with a driver over it: PE 5 (functions 0x0100 and 0x0101), PE 6 (0x0200) and PE 7 (0x0300).
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <vector>

#include "models/arch/power_iommu/power_iommu.hpp"
#include "models/arch/tce_kill.hpp"
#include "tests/arch/phb_bench.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::arch::os {
// In failure messages.
inline std::ostream& operator<<(std::ostream& out, Errno e) { return out << name_of(e); }
}  // namespace phbsim::arch::os

namespace phbsim::test {

namespace pw = arch::power_iommu;
namespace os = arch::os;

/// Carries out at once, one effect at a time if somebody looks; remembers what it did.
class WatchedSink final : public pw::EffectSink {
 public:
  WatchedSink(arch::PhbState& phb, arch::MemoryView& memory) : phb_(phb), untimed_(phb, memory) {}

  bool carry_out(const arch::Effects& effects) override {
    log.insert(log.end(), effects.begin(), effects.end());
    ++lists;
    if (!after_each) return untimed_.carry_out(effects);
    for (const arch::Effect& e : effects) {
      if (!untimed_.carry_out({e})) return false;
      after_each();
    }
    return true;
  }
  bool clear(RealAddr at, std::uint64_t bytes) override { return untimed_.clear(at, bytes); }
  void inject(arch::Fault fault, PeNumber pe, Rid rid, BusAddr addr, arch::TransactionType type) override {
    untimed_.inject(fault, pe, rid, addr, type);
  }

  void forget() {
    log.clear();
    lists = 0;
  }
  std::size_t stores() const {
    std::size_t n = 0;
    for (const auto& e : log) n += e.kind == arch::Effect::Kind::Store8;
    return n;
  }
  /// Words written to a register, in order.
  std::vector<std::uint64_t> written(arch::Reg reg) const {
    std::vector<std::uint64_t> words;
    for (const auto& e : log)
      if (e.kind == arch::Effect::Kind::Write && e.addr == arch::offset_of(reg)) words.push_back(e.value);
    return words;
  }

  arch::Effects log;
  std::size_t lists = 0;
  std::function<void()> after_each;

 private:
  arch::PhbState& phb_;
  pw::UntimedSink untimed_;
};

/// A process of one buffer at address 0x1000, for driver data.
struct Process final : os::AddressSpace {
  std::vector<unsigned char> bytes;
  os::UserAccount account;
  os::Caller caller;

  std::uint64_t pin(std::uint64_t, std::uint64_t, bool, os::PageRuns&) override { return 0; }
  void unpin(std::uint64_t, RealAddr, std::uint64_t) noexcept override {}
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override {
    if (at < 0x1000 || at - 0x1000 + n > bytes.size()) return false;
    std::memcpy(out, bytes.data() + (at - 0x1000), n);
    return true;
  }
  bool write(std::uint64_t, const unsigned char*, std::size_t) override { return false; }
  std::uint64_t memlock_limit() const override { return ~0ull; }
  os::UserAccount& user() override { return account; }
};

struct PowerBench {
  static constexpr RealAddr kTables = 0x100000000ull;
  static constexpr Rid kRid5 = 0x0100, kRid5b = 0x0101, kRid6 = 0x0200, kRid7 = 0x0300;

  explicit PowerBench(const pw::PowerIommuOptions& options = {}, arch::Generation generation = arch::Generation::Phb4,
                      std::uint64_t region_bytes = 256 * kMiB)
      : hw(generation, generation == arch::Generation::Phb3 ? arch::PhbSize::Big : arch::PhbSize::Small),
        region(kTables, region_bytes),
        sink(hw.phb, hw.memory),
        iommu(hw.phb, {region, hw.memory, sink}, sink, options),
        pe5(iommu.add_pe(1, 5)),
        pe6(iommu.add_pe(2, 6)),
        pe7(iommu.add_pe(3, 7)),
        dev5("0000:01:00.0", pe5, kRid5),
        dev5b("0000:01:00.1", pe5, kRid5b),
        dev6("0000:02:00.0", pe6, kRid6),
        dev7("0000:03:00.0", pe7, kRid7) {}

  arch::Translation dma(BusAddr addr, arch::Access access = arch::Access::Read, Rid rid = kRid5) const {
    return hw.dma(addr, access, 1, rid);
  }
  bool faults(BusAddr addr, arch::Access access = arch::Access::Read, Rid rid = kRid5) const {
    return !dma(addr, access, rid).ok();
  }
  /// Real address that a device reaches; nothing where it faults.
  std::optional<RealAddr> reach(BusAddr addr, Rid rid = kRid5, arch::Access access = arch::Access::Read) const {
    const auto t = dma(addr, access, rid);
    return t.ok() ? std::optional<RealAddr>(t.real) : std::nullopt;
  }
  std::uint64_t tve(PeNumber pe, unsigned slot) const { return hw.phb.tve_word(pe * 2 + slot); }
  std::uint64_t tables_in_use() const { return region.in_use(); }

  std::unique_ptr<os::PagingDomain> paging(const std::vector<pw::WindowSpec>& windows) {
    return std::make_unique<pw::PowerPagingDomain>(iommu, windows);
  }

  PhbBench hw;
  arch::TableRegion region;
  WatchedSink sink;
  pw::PowerIommu iommu;
  pw::PowerGroup &pe5, &pe6, &pe7;
  pw::PowerDevice dev5, dev5b, dev6, dev7;
  int owner = 0;  // its address is somebody
};

/// The errno of a call; nothing if it succeeds.
template <typename F>
std::optional<os::Errno> refusal(F&& f) {
  try {
    f();
  } catch (const os::SysError& e) {
    return e.code();
  }
  return std::nullopt;
}

constexpr os::Protection kReadOnly{true, false}, kWriteOnly{false, true}, kReadWrite{true, true};

}  // namespace phbsim::test
