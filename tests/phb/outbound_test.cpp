// SPDX-License-Identifier: Apache-2.0
// The processor behind a PHB: windows, configuration cycles, interrupts, messages, the link (phb.md 5.8, 5.9, 6.3).
#include <map>

#include "models/arch/link_training.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using arch::Reg;

namespace {

constexpr RealAddr kM32 = 0x000600C000000000ull;  ///< phb.md 5.7
constexpr std::uint64_t kM32Bytes = 2 * kGiB;
constexpr BusAddr kBar = 0x80000000;              ///< M32_START_ADDR: the window's first byte
constexpr Tick kHalf = 280 * kNs;                 ///< of outbound_latency
constexpr Tick kWire = 65 * kNs;                  ///< propagation

build::SystemSpec outbound_spec() {
  auto spec = link_spec(1);
  spec.phbs[0].mmio_devices = 1;
  spec.phbs[0].phb.outbound = true;
  spec.phbs[0].phb.outbound_latency = 2 * kHalf;
  spec.phbs[0].phb.config_latency = 700 * kNs;
  spec.phbs[0].link.propagation = kWire;
  return spec;
}

/// What is behind the link for configuration cycles: registers by RID and offset.
struct FakeBus final : arch::ConfigBus {
  std::map<std::pair<Rid, unsigned>, std::uint32_t> regs;
  arch::ConfigStatus status = arch::ConfigStatus::Good;
  arch::ConfigReply read_config(Rid rid, unsigned offset, unsigned) override { return {status, regs[{rid, offset}]}; }
  arch::ConfigReply write_config(Rid rid, unsigned offset, unsigned, std::uint32_t value) override {
    regs[{rid, offset}] = value;
    return {status, 0};
  }
};

/// The rig with a device of 64 KiB registers at the start of the M32 window, whose first segment is kPe's.
struct Outbound {
  explicit Outbound(const build::SystemSpec& spec = outbound_spec())
      : rig(spec), dma("dma", rig.system.driver(), kRid, rank), registers("registers", rig.system.driver(), register_params(), 1, registry) {
    auto& g = rig.system.phbs()[0];
    dma.link_out.bind(g.link->device_in(0));
    g.link->device_out(0).bind(registers.port_in(0));
    g.link->add_window(kBar, 64 * kKiB, 0);
    rig.reg(Reg::M32StartAddr, kBar);
    ioda(arch::IodaTableId::Mbt, 0, ppc_bit(0) | ppc_bit(1) | arch::MbtMode::make(1) | kM32);
    ioda(arch::IodaTableId::Mbt, 1, ppc_bit(0) | (~(kM32Bytes - 1) & arch::kMbtAddress));
    ioda(arch::IodaTableId::Mdt, 0, std::uint64_t{kPe} << 48);
    for (unsigned i = 1; i < 512; ++i) ioda(arch::IodaTableId::Mdt, i, std::uint64_t{kPe + 2} << 48);
  }
  static memory::MemoryParams register_params() {
    memory::MemoryParams m;
    m.latency = 50 * kNs;
    m.write_latency = 50 * kNs;
    m.line_time = 0;
    return m;
  }
  void ioda(arch::IodaTableId id, unsigned index, std::uint64_t value) {
    rig.reg(Reg::IodaAddr, arch::IodaTable::make(static_cast<std::uint64_t>(id)) | index);
    rig.reg(Reg::IodaData, value);
  }
  std::uint64_t device(BusAddr addr) { return registers.store().read_be64(addr); }

  Rig rig;
  unsigned rank = 0;
  stats::Registry registry;
  Device dma;
  memory::Memory registers;
};

}  // namespace

TEST_CASE("A load of an MMIO window takes the PHB, the link and the device") {
  Outbound o;
  o.registers.store().write_be64(kBar + 0x40, 0x0102030405060708ull);
  const Access& r = o.rig.window().load(1000, kM32 + 0x40, 8);
  o.rig.run_to(10'000 * kNs);
  REQUIRE(r.is_done());
  CHECK(r.value == 0x0102030405060708ull);  // bytes as they lie
  const Tick fixed = 2 * kHalf + 2 * kWire + 50 * kNs;
  CHECK(r.done - r.issued > fixed);
  CHECK(r.done - r.issued < fixed + 5 * kNs);  // two TLPs on a Gen4 x16 wire
  CHECK(r.status == tlm::TLM_OK_RESPONSE);
  CHECK(o.rig.phb().faults().empty());
}

TEST_CASE("A store is answered when the PHB has it, and a load behind it sees it") {
  Outbound o;
  const Access& w = o.rig.window().store(0, kM32 + 0x10, 4, 0xA1B2C3D4);
  const Access& r = o.rig.window().load(0, kM32 + 0x10, 4);
  o.rig.run_to(kHalf);
  CHECK(w.done == kHalf);
  CHECK(o.device(kBar + 0x10) == 0);
  o.rig.run_to(10'000 * kNs);
  CHECK(r.value == 0xA1B2C3D4);
  CHECK(o.device(kBar + 0x10) >> 32 == 0xA1B2C3D4);
}

TEST_CASE("A frozen PE reads all ones and drops stores, and its neighbour does not") {
  Outbound o;
  o.registers.store().write_be64(kBar, 0x1111111111111111ull);
  o.rig.state().set_frozen(kPe, true, false);
  const Access& r = o.rig.window().load(0, kM32, 4);
  o.rig.window().store(0, kM32 + 8, 8, 7);
  o.rig.run_to(5000 * kNs);
  CHECK(r.done == kHalf);  // it never left the PHB
  CHECK(r.value == 0xFFFFFFFF);
  CHECK(o.device(kBar + 8) == 0);
  o.rig.state().set_frozen(kPe, false, true);  // DMA alone stops no load
  const Access& again = o.rig.window().load(5000 * kNs, kM32, 4);
  o.rig.run_to(10'000 * kNs);
  CHECK(again.value == 0x11111111);
}

TEST_CASE("A load that no device takes freezes its PE, with the PEST in memory") {
  Outbound o;
  constexpr RealAddr kPest = 0x10000000;
  o.rig.reg(Reg::PestBar, kPest | arch::kBarEnable);
  const RealAddr at = kM32 + 64 * kMiB;  // another segment: kPe + 2
  const Access& r = o.rig.window().load(0, at, 8);
  o.rig.run_to(10'000 * kNs);
  CHECK(r.value == ~0ull);
  CHECK(r.status == tlm::TLM_OK_RESPONSE);
  CHECK(o.rig.state().mmio_frozen(kPe + 2));
  CHECK(o.rig.state().dma_stopped(kPe + 2));
  CHECK_FALSE(o.rig.state().mmio_frozen(kPe));
  REQUIRE(o.rig.phb().faults().size() == 1);
  CHECK(o.rig.phb().faults()[0].record.fault == arch::Fault::CompletionUr);
  // phb.md 6.2: frozen, MMIO cause, MMIO load, UR, LEM bit 42; the address in place.
  CHECK(o.rig.store().read_be64(kPest + 16 * (kPe + 2)) == 0xA440002A00000000ull);
  CHECK(o.rig.store().read_be64(kPest + 16 * (kPe + 2) + 8) == (ppc_bit(0) | (kBar + 64 * kMiB)));

  // An error that CTRLR bit 14 tells to ignore.
  o.rig.state().set_frozen(kPe + 2, false, false);
  o.rig.reg(Reg::Ctrlr, o.rig.state().reg(Reg::Ctrlr) | arch::kCtrlrMmioEehDisable);
  const Access& off = o.rig.window().load(10'000 * kNs, at, 8);
  o.rig.run_to(20'000 * kNs);
  CHECK(off.value == ~0ull);
  CHECK_FALSE(o.rig.state().mmio_frozen(kPe + 2));
}

TEST_CASE("A store that no device takes changes nothing") {
  Outbound o;
  const Access& w = o.rig.window().store(0, kM32 + 64 * kMiB, 8, 1);
  o.rig.run_to(10'000 * kNs);
  CHECK(w.is_done());
  CHECK_FALSE(o.rig.state().mmio_frozen(kPe + 2));
}

TEST_CASE("An address that no BAR takes is an error of the PHB, not of a PE") {
  Outbound o;
  const Access& r = o.rig.window().load(0, kM32 + kM32Bytes, 4);
  o.rig.run_to(10'000 * kNs);
  CHECK(r.value == 0xFFFFFFFF);
  REQUIRE(o.rig.phb().faults().size() == 1);
  CHECK(o.rig.phb().faults()[0].record.fault == arch::Fault::OutboundAddress);
  CHECK(o.rig.phb().faults()[0].record.pe == kNoPe);
}

TEST_CASE("Fenced or in reset nothing gets out") {
  Outbound o;
  o.registers.store().write_be64(kBar, 5);
  o.rig.state().fence();
  const Access& fenced = o.rig.window().load(0, kM32, 8);
  const Access& esb = o.rig.esb().load(0, 0xC00, 8);
  o.rig.run_to(10'000 * kNs);
  CHECK(fenced.value == ~0ull);
  CHECK(esb.value == ~0ull);
  CHECK(o.rig.phb().faults().empty());
  o.rig.state().hold_reset(true);
  const Access& reset = o.rig.window().load(10'000 * kNs, kM32, 8);
  const Access& reg = o.rig.cpu().read(10'000 * kNs, Reg::Version);
  o.rig.run_to(20'000 * kNs);
  CHECK(reset.value == ~0ull);
  CHECK(reg.value == ~0ull);
}

TEST_CASE("Armed injection freezes the PE of a load once") {
  Outbound o;
  o.registers.store().write_be64(kBar, 9);
  o.rig.reg(Reg::ErrInjAddr, kBar);
  o.rig.reg(Reg::ErrInjMask, ~0xFFFull);
  o.rig.reg(Reg::ErrInjCtl, arch::kInjectOutbound | arch::kInjectRead);
  const Access& r = o.rig.window().load(0, kM32, 8);
  o.rig.run_to(10'000 * kNs);
  CHECK(r.value == ~0ull);
  CHECK(o.rig.state().mmio_frozen(kPe));
  o.rig.state().set_frozen(kPe, false, false);
  const Access& again = o.rig.window().load(10'000 * kNs, kM32, 8);
  o.rig.run_to(20'000 * kNs);
  CHECK(again.value == 9);
}

TEST_CASE("Armed injection stops a DMA write") {
  Rig rig;
  rig.bypass(kPe);
  const Tick t = rig.warm();
  rig.reg(Reg::ErrInjAddr, kUpper + 0x5000);
  rig.reg(Reg::ErrInjMask, ~0xFFFull);
  rig.reg(Reg::ErrInjCtl, arch::kInjectInbound | arch::kInjectWrite);
  const Dma& read = rig.device().read(t, kUpper + 0x5000);
  const Dma& other = rig.device().write(t + 1000 * kNs, kUpper + 0x7000);
  const Dma& write = rig.device().write(t + 2000 * kNs, kUpper + 0x5010);
  const Dma& next = rig.device().write(t + 3000 * kNs, kUpper + 0x5010);
  rig.run_to(t + 10'000 * kNs);
  CHECK(read.ok);
  CHECK(other.ok);
  CHECK(write.fault == arch::Fault::InjectedInbound);
  CHECK(next.ok == !rig.state().dma_stopped(kPe));
}

TEST_CASE("Register space takes words of 1, 2, 4 bytes where configuration is, and 8 elsewhere") {
  Outbound o;
  FakeBus bus;
  bus.regs[{0x0100, 0x10}] = 0x12345678;
  o.rig.state().set_config_bus(&bus);
  o.rig.state().link().plug({4, 16});
  // PERST released, link resets lifted.
  o.rig.reg(Reg::PcieCreset, arch::kCresetPerstN | arch::kCresetPipeN);
  o.rig.state().elapse(200 * kPsPerMs);
  REQUIRE(o.rig.state().link().link_active());
  o.rig.cpu().store(0, 0x1018, 4, 0x0001FF00);  // RC bus numbers, little-endian: 0, 1, 255
  o.rig.cpu().write(200 * kNs, Reg::ConfigAddress, 0x8010001001FF0000ull);
  const Access& config = o.rig.cpu().load(1000 * kNs, 0x130, 4);
  o.rig.run_to(1700 * kNs);
  CHECK(config.done == 1700 * kNs);  // the device answers, not the PHB
  CHECK(config.value == 0x78563412);
  const Access& half = o.rig.cpu().store(2000 * kNs, 0x132, 2, 0xCDAB);
  const Access& rc = o.rig.cpu().load(3000 * kNs, 0x1018, 4);
  o.rig.run_to(4000 * kNs);
  CHECK(half.is_done());
  CHECK(bus.regs[{0x0100, 0x12}] == 0xABCD);
  CHECK(rc.done == 3100 * kNs);
  CHECK(rc.value == 0x0001FF00);
  CHECK(o.rig.state().reg(Reg::PhbErrStatus) == 0);
  const Access& narrow = o.rig.cpu().load(4000 * kNs, 0x800, 4);
  const Access& odd = o.rig.cpu().load(4000 * kNs, 0x801, 8);
  o.rig.run_to(5000 * kNs);
  CHECK(narrow.value == 0xFFFFFFFF);
  CHECK(narrow.status == tlm::TLM_OK_RESPONSE);
  CHECK(o.rig.state().reg(Reg::PhbErrStatus) == ppc_bit(2));
  CHECK(odd.status == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("Interrupts of messages and errors are told at their time") {
  Outbound o;
  std::vector<std::pair<arch::Notification, Tick>> told;
  o.rig.phb().on_notify = [&](const arch::Notification& n, Tick at) { told.push_back({n, at}); };
  o.rig.state().set_msi_pe(0x123, kPe);
  const arch::MsiMessage m = arch::encode_msi(0x123, true);
  const std::vector<unsigned char> data{static_cast<unsigned char>(m.data), 0, 0, 0};
  o.dma.write(0, m.addr, data);
  o.rig.run_to(5000 * kNs);
  CHECK(o.rig.msis.size() == 1);
  CHECK(told.empty());  // nobody is to be told yet
  o.rig.reg(Reg::IntNotifyAddr, 0x0006030203190000ull);
  o.rig.reg(Reg::IntNotifyIndex, 0x4000);
  o.dma.write(5000 * kNs, m.addr, data);
  o.rig.run_to(10'000 * kNs);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first.source == 0x123);
  CHECK(told[0].first.addr == 0x0006030203190000ull);
  CHECK((told[0].first.data & low_mask(48)) == (0x4000 | 0x123));
  CHECK(told[0].second == o.rig.msis[1].at);
  // P is set: the next one waits for the end of this.
  o.dma.write(10'000 * kNs, m.addr, data);
  o.rig.run_to(15'000 * kNs);
  CHECK(told.size() == 1);
  const Access& eoi = o.rig.esb().load(15'000 * kNs, 0x123 << 12, 8);
  o.rig.run_to(20'000 * kNs);
  CHECK(eoi.done == 15'000 * kNs + kMmio);
  REQUIRE(told.size() == 2);
  CHECK(told[1].second == 15'000 * kNs + kMmio);
}

TEST_CASE("An error message finds its PE through the RTT and freezes it") {
  Rig rig;
  std::vector<std::uint32_t> sources;
  rig.reg(Reg::IntNotifyAddr, 0x1000);
  rig.phb().on_notify = [&](const arch::Notification& n, Tick) { sources.push_back(n.source); };
  rig.at(1000 * kNs, [&] { rig.phb().receive_error(kRid, arch::ErrorMessage::Fatal); });
  rig.run_to(1000 * kNs + kMem - 1);
  CHECK_FALSE(rig.state().dma_stopped(kPe));
  rig.run_to(2000 * kNs);
  CHECK(rig.state().dma_stopped(kPe));
  CHECK(rig.state().mmio_frozen(kPe));
  REQUIRE(rig.phb().faults().size() == 1);
  CHECK(rig.phb().faults()[0].at == 1000 * kNs + kMem);
  CHECK(rig.phb().faults()[0].record.fault == arch::Fault::ErrFatal);
  CHECK(rig.phb().faults()[0].record.rid == kRid);
  CHECK(sources == std::vector<std::uint32_t>{rig.state().interrupts().lsi_source(arch::kLsiError)});
}

TEST_CASE("Without a link DMA is dropped, loads fail, and nobody polls for it to come back") {
  auto spec = outbound_spec();
  Outbound o(spec);
  o.rig.bypass(kPe);
  o.rig.reg(Reg::PcieCreset, arch::kCresetPerstN | arch::kCresetPipeN);
  o.rig.state().link().plug({4, 16});
  o.rig.phb().follow_link();
  const Access& early = o.rig.window().load(0, kM32, 4);
  const Dma& lost = o.dma.write(0, kUpper + 0x1000);
  o.rig.run_to(1000 * kNs);
  CHECK(early.value == 0xFFFFFFFF);
  CHECK(o.rig.state().mmio_frozen(kPe));
  CHECK_FALSE(lost.ok);
  CHECK(o.rig.phb().faults().size() == 1);  // of the load; a device that is not there sends nothing
  o.rig.state().set_frozen(kPe, false, false);
  o.rig.run_to(86 * kPsPerMs);
  CHECK_FALSE(o.rig.state().link().link_active());
  o.rig.run_to(88 * kPsPerMs);  // phb.md 5.5: Gen4 x16 is trained after 87 ms
  CHECK(o.rig.state().link().link_active());
  const Dma& through = o.dma.write(88 * kPsPerMs, kUpper + 0x1000);
  o.rig.run_to(89 * kPsPerMs);
  CHECK(through.ok);
  CHECK(o.rig.system.engine().empty());
}

TEST_CASE("A link that goes down while nobody looks is told by an interrupt at its time") {
  auto spec = outbound_spec();
  Outbound o(spec);
  o.rig.reg(Reg::PcieCreset, arch::kCresetPerstN | arch::kCresetPipeN);
  o.rig.state().link().plug({4, 16});
  o.rig.phb().follow_link();
  o.rig.run_to(100 * kPsPerMs);
  REQUIRE(o.rig.state().link().link_active());
  o.rig.reg(Reg::IntNotifyAddr, 0x1000);
  Tick at = 0;
  o.rig.phb().on_notify = [&](const arch::Notification&, Tick t) { at = t; };
  o.rig.at(110 * kPsPerMs, [&] {
    o.rig.phb().catch_up();
    o.rig.state().link().drop();
    o.rig.state().link_changed();
    o.rig.phb().settle();
  });
  o.rig.run_to(400 * kPsPerMs);
  CHECK(at == 110 * kPsPerMs);
  CHECK(o.rig.state().dma_stopped(kPe));
  CHECK(o.rig.state().link().link_active());  // it trained again
}

TEST_CASE("Reset of the ETU empties the RID cache and the TCE cache") {
  Rig rig;
  Window w = rig.translated(kPe);
  const BusAddr page = rig.map(w, 0, 0x100000);
  const Tick t = rig.warm();
  const Dma& first = rig.device().read(t, page);
  rig.run_to(t + 5000 * kNs);
  REQUIRE(first.ok);
  const auto misses = rig.count(stats::Stat::PhbRidMisses);
  rig.at(rig.now(), [&] {
    rig.phb().catch_up();
    rig.state().hold_reset(true);
    rig.phb().settle();
  });
  const Dma& held = rig.device().read(rig.now() + 1000 * kNs, page);
  rig.run_for(5000 * kNs);
  CHECK_FALSE(held.ok);
  rig.at(rig.now(), [&] {
    rig.state().hold_reset(false);
    rig.phb().settle();
  });
  rig.run_for(1000 * kNs);
  rig.reg(Reg::RttBar, 0);
  CHECK(rig.count(stats::Stat::PhbKills) == 1);
  build::install_rtt(rig.system, rig.system.phbs()[0]);
  build::assign_rid(rig.system, rig.system.phbs()[0], kRid, kPe);
  rig.device().read(rig.now(), page);
  rig.run_for(5000 * kNs);
  CHECK(rig.count(stats::Stat::PhbRidMisses) == misses + 1);
}

TEST_CASE("PHB5 keeps the complete bit of the sync that is not started") {
  auto spec = rig_spec();
  spec.phbs[0].phb.generation = arch::Generation::Phb5;
  Rig rig(spec);
  rig.cpu().write(0, Reg::DmaSync, arch::kSyncWriteStart);
  rig.run_to(1000 * kNs);
  const Access& r = rig.cpu().read(1000 * kNs, Reg::DmaSync);
  rig.cpu().write(2000 * kNs, Reg::DmaSync, arch::kSyncWriteComplete | arch::kSyncReadStart);
  const Access& both = rig.cpu().read(3000 * kNs, Reg::DmaSync);
  rig.cpu().write(4000 * kNs, Reg::DmaSync, arch::kSyncReadStart);
  const Access& one = rig.cpu().read(5000 * kNs, Reg::DmaSync);
  rig.run_to(6000 * kNs);
  CHECK(r.value == arch::kSyncWriteComplete);
  CHECK(both.value == arch::kSyncCompletes);
  CHECK(one.value == arch::kSyncReadComplete);
}
