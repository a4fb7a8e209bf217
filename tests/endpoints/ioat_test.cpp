// SPDX-License-Identifier: Apache-2.0
// A DMA engine behind link and PHB: copies through TCEs, order of registers, data, completions and messages, faults.
#include "platform/build/ioat_function.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "models/base/rng.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/forked.hpp"
#include "tests/support/ioat_host.hpp"
#include "tests/support/protocol_checker.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::arch::ioat;
using stats::Stat;

namespace {

constexpr BusAddr kBar = 0x3FE000000000;
constexpr std::uint32_t kSource = 0x25;  // of interrupts

build::SystemSpec spec_for(arch::Generation generation) {
  build::SystemSpec s = link_spec(2);
  s.phbs.front().phb.generation = generation;
  s.phbs.front().mmio_devices = 1;
  return s;
}

/// The device, its driver, and memory behind a window of 4K pages that lie where a stream of random numbers says.
struct Bench {
  static constexpr std::uint64_t kPages = 512;
  static constexpr BusAddr kRing = 0x1000, kCmp = 0x2040;  // pages 1 and 2
  static constexpr std::uint64_t kFirst = 16;              // of data

  explicit Bench(const endpoints::IoatParams& params = {}, arch::Generation generation = arch::Generation::Phb4,
                 unsigned levels = 2)
      : rig(spec_for(generation)),
        function(rig.system, rig.system.phbs().front(), {"ioat", 0, kBar, params}),
        window(rig.translated(kPe, levels, false, 12, 64 * kKiB)) {
    RandomStream r(3, "pages");
    std::set<RealAddr> used;
    for (std::uint64_t i = 0; i < kPages; ++i) {
      RealAddr at = 0;
      do at = 0x40000000 + r.below(1 << 16) * 4096;
      while (!used.insert(at).second);
      real.push_back(at);
      rig.map(window, i, at);
    }
    host.ring = kRing;
    host.read = [this](std::uint32_t at, unsigned n) { return function.read_bar(at, n); };
    host.write = [this](std::uint32_t at, unsigned n, std::uint64_t v) { function.write_bar(at, n, v); };
    host.store = [this](BusAddr at, const unsigned char* p, std::size_t n) { put(at, p, n); };
    function.set_control({true, true, false});
  }

  template <class Each>
  void pieces(BusAddr at, std::size_t n, Each&& each) {
    for (std::size_t done = 0; done < n;) {
      const std::size_t part = std::min<std::size_t>(n - done, 4096 - (at + done) % 4096);
      each(real.at((at + done) / 4096) + (at + done) % 4096, done, part);
      done += part;
    }
  }
  void put(BusAddr at, const unsigned char* p, std::size_t n) {
    pieces(at, n, [&](RealAddr a, std::size_t done, std::size_t part) { rig.store().write(a, p + done, part); });
  }
  std::vector<unsigned char> get(BusAddr at, std::size_t n) {
    std::vector<unsigned char> v(n);
    pieces(at, n, [&](RealAddr a, std::size_t done, std::size_t part) { rig.store().read(a, v.data() + done, part); });
    return v;
  }
  void fill(BusAddr at, std::size_t n, unsigned seed) {
    std::vector<unsigned char> v(n);
    RandomStream r(seed, "bytes");
    for (auto& b : v) b = static_cast<unsigned char>(r.below(255) + 1);
    put(at, v.data(), n);
  }
  std::uint64_t completion() { return load_le64(get(kCmp, 8).data()); }

  Rig rig;
  build::IoatFunction function;
  Window window;
  std::vector<RealAddr> real;
  IoatHost host;
};

std::uint64_t word(BusAddr addr, Status s) { return addr | static_cast<std::uint64_t>(s); }

/// 40 copies of random lengths between random places, in two batches; a hash of all of memory behind the window.
Facts copies(unsigned slots, unsigned depth, arch::Generation generation, unsigned levels) {
  endpoints::IoatParams p;
  p.function.channel.slots = slots;
  p.function.channel.depth = depth;
  Bench b(p, generation, levels);
  const BusAddr from = Bench::kFirst * 4096, to = from + 200 * 4096;
  b.fill(from, 200 * 4096, 5);
  std::vector<unsigned char> expected(200 * 4096, 0);
  const std::vector<unsigned char> source = b.get(from, 200 * 4096);
  RandomStream r(9, "copies");
  BusAddr target = 0;
  for (unsigned i = 0; i < 40; ++i) {
    const auto length = static_cast<std::uint32_t>(1 + r.below(i % 4 == 0 ? 60000 : 3000));
    const BusAddr s = r.below(200 * 4096 - length);
    b.host.put(IoatHost::copy(from + s, to + target, length));
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(s), length,
                expected.begin() + static_cast<std::ptrdiff_t>(target));
    target += length + r.below(100);
  }
  b.host.start(0, Bench::kCmp);
  b.host.doorbell(17);
  b.function.run_until_idle();
  b.host.doorbell(40);
  b.function.run_until_idle();
  Facts f;
  f["bytes"] = target < 200 * 4096 && b.get(to, 200 * 4096) == expected ? "right" : "wrong";
  f["status"] = text_of(b.host.get(Reg::ChanSts) == word(b.host.slot(39), Status::Idle));
  f["completion"] = text_of(b.completion() == word(b.host.slot(39), Status::Idle));
  f["errors"] = text_of(b.function.device().stats()[Stat::EpErrors]);
  f["faults"] = text_of(b.rig.count(Stat::PhbFaults));
  f["time"] = text_of(b.rig.now());
  f["requests"] = text_of(b.function.device().stats()[Stat::EpRequests]);
  return f;
}

}  // namespace

TEST_CASE("An I/OAT engine copies through TCEs of every generation, whatever it has in flight") {
  std::map<std::string, Tick> times;
  for (const auto generation : {arch::Generation::Phb3, arch::Generation::Phb4, arch::Generation::Phb5}) {
    // PHB3 walks one level with this table.
    const unsigned levels = generation == arch::Generation::Phb3 ? 1 : 2;
    for (const auto& [slots, depth] : std::vector<std::pair<unsigned, unsigned>>{{1, 1}, {4, 2}, {16, 8}}) {
      Facts f = forked([&, s = slots, d = depth] { return copies(s, d, generation, levels); });
      INFO("generation " << static_cast<int>(generation) << ", " << slots << " slots, depth " << depth);
      CHECK(failure(f) == "");
      CHECK(f["bytes"] == "right");
      CHECK(f["status"] == "1");
      CHECK(f["completion"] == "1");
      CHECK(f["errors"] == "0");
      CHECK(f["faults"] == "0");
      times[std::to_string(static_cast<int>(generation)) + "." + std::to_string(slots)] = std::stoull(f["time"]);
    }
  }
  for (const char* g : {"0", "1", "2"}) {
    CHECK(times[std::string(g) + ".1"] > times[std::string(g) + ".4"]);
    CHECK(times[std::string(g) + ".4"] > times[std::string(g) + ".16"]);
  }
}

TEST_CASE("An access of the BAR takes the wire, the register, and the wire back") {
  Bench b;
  const pcie::LinkParams& link = b.rig.link().params();
  const Tick start = b.rig.now();
  CHECK(b.function.read_bar(0x08, 1) == 0x33);
  const Tick load = b.rig.now() - start;
  CHECK(load > 2 * link.propagation + 40 * kNs);
  CHECK(load < 2 * link.propagation + 40 * kNs + 50 * kNs);
  b.host.set(Reg::ChanCmp, 0x123456789ABCDEF8);
  CHECK(b.host.get(Reg::ChanCmp) == 0x123456789ABCDEF8);
  CHECK(b.function.read_bar(0x9C, 4) == 0x12345678);
  CHECK(b.function.read_bar(0x98, 2) == 0xDEF8);
  const Tick then = b.rig.now();
  b.rig.system.phbs().front().cpu->run_for(7 * kPsPerUs + 1);
  CHECK(b.rig.now() == then + 7 * kPsPerUs + 1);
  // Behind the BAR is nothing.
  CHECK_FALSE(b.rig.system.phbs().front().cpu->load(kBar + kBarBytes, 4).has_value());
  CHECK(b.function.read_bar(kBarBytes - 2, 4) == 0xFFFFFFFF);
  CHECK_FALSE(b.rig.system.phbs().front().cpu->store(kBar - 4, 4, 0));
}

TEST_CASE("A register that tells completion is behind the data in memory") {
  Bench b;
  const BusAddr from = Bench::kFirst * 4096, to = from + 64 * 4096;
  b.fill(from, 100000, 1);
  b.host.put(IoatHost::copy(from, to, 100000));
  b.host.start(0, Bench::kCmp);
  b.host.doorbell(1);
  unsigned polls = 0;
  while (b.host.status() == Status::Active) ++polls;  // time passes by the loads alone
  CHECK(polls > 3);
  CHECK(b.host.status() == Status::Idle);
  CHECK(b.get(to, 100000) == b.get(from, 100000));
  CHECK(b.completion() == word(Bench::kRing, Status::Idle));
  // A store and the load behind it: the load sees what the store did.
  b.host.set(Reg::ChanCmd, kCmdSuspend);
  CHECK(b.host.status() == Status::Suspended);
}

TEST_CASE("The message arrives when completion and data are in memory") {
  for (const auto generation : {arch::Generation::Phb3, arch::Generation::Phb4, arch::Generation::Phb5}) {
    Facts f = forked([&]() -> Facts {
      Bench b({}, generation, 1);
      b.rig.state().set_msi_pe(kSource, kPe);
      b.function.connect_interrupt(kSource);
      b.host.set(Reg::IntrCtrl, kIntrMsix);
      const BusAddr from = Bench::kFirst * 4096, to = from + 64 * 4096;
      b.fill(from, 50000, 1);
      auto d = IoatHost::copy(from, to, 50000);
      d.interrupt = true;
      b.host.put(d);
      b.host.start(0, Bench::kCmp, 0x1);
      Facts facts;
      unsigned messages = 0;
      b.function.on_interrupt = [&](unsigned vector) {
        ++messages;
        facts["vector"] = text_of(vector);
        facts["completion"] = text_of(b.completion() == word(Bench::kRing, Status::Idle));
        facts["bytes"] = text_of(b.get(to, 50000) == b.get(from, 50000));
      };
      b.host.doorbell(1);
      b.function.run_until_idle();
      facts["messages"] = text_of(messages) + " " + text_of(b.rig.msis.size());
      facts["faults"] = text_of(b.rig.count(Stat::PhbFaults));
      return facts;
    });
    INFO("generation " << static_cast<int>(generation));
    CHECK(failure(f) == "");
    CHECK(f["vector"] == "0");
    CHECK(f["completion"] == "1");
    CHECK(f["bytes"] == "1");
    CHECK(f["messages"] == "1 1");
    CHECK(f["faults"] == "0");
  }
}

TEST_CASE("A message of a foreign source is the PHB's fault and nobody's interrupt") {
  Bench b;
  b.rig.state().set_msi_pe(kSource, kPe + 1);
  b.function.connect_interrupt(kSource);
  b.host.set(Reg::IntrCtrl, kIntrMsix);
  bool interrupted = false;
  b.function.on_interrupt = [&](unsigned) { interrupted = true; };
  auto d = IoatHost::null();
  d.interrupt = true;
  b.host.put(d);
  b.host.start(0, Bench::kCmp, 0x1);
  b.host.doorbell(1);
  b.function.run_until_idle();
  CHECK_FALSE(interrupted);
  CHECK(b.rig.phb().faults().front().record.fault == arch::Fault::MsiPeMismatch);
  CHECK(b.host.get(Reg::ChanErr) == 0x2000);
}

TEST_CASE("A DMA fault freezes the PE and halts the channel; the driver recovers after the PE") {
  for (const bool write : {false, true}) {
    Facts f = forked([&]() -> Facts {
      Bench b;
      const BusAddr from = Bench::kFirst * 4096, to = from + 64 * 4096, nowhere = (Bench::kPages + 7) * 4096;
      b.fill(from, 64 * 4096, 1);
      for (unsigned i = 0; i < 8; ++i)
        b.host.put(IoatHost::copy(i == 5 && !write ? nowhere : from + 4096 * i,
                                  i == 5 && write ? nowhere : to + 4096 * i, 4096));
      b.host.start(0, Bench::kCmp);
      b.host.doorbell(3);
      b.function.run_until_idle();
      b.host.doorbell(8);
      b.function.run_until_idle();
      Facts facts;
      facts["status"] = text_of(static_cast<int>(b.host.status()));
      facts["error"] = text_of(b.host.get(Reg::ChanErr));
      facts["config"] = text_of(b.function.read_config(kConfigChanErr));
      facts["frozen"] = text_of(b.rig.state().dma_stopped(kPe));
      facts["fault"] = text_of(static_cast<int>(b.rig.phb().faults().front().record.fault));
      // What was complete before is there and told: no good copy is lost.
      const std::uint64_t last = (b.host.get(Reg::ChanSts) & kCompletedMask) / 64 - Bench::kRing / 64 + 1;
      facts["good"] = text_of(last >= 3 && last <= 5 && b.get(to, last * 4096) == b.get(from, last * 4096));
      // Frozen: not even a descriptor can be read.
      b.host.set(Reg::ChanErr, ~0u);
      b.host.set(Reg::ChanCmd, kCmdReset);
      b.host.start(6, Bench::kCmp);
      b.host.doorbell(2);
      b.function.run_until_idle();
      facts["frozen status"] = text_of(static_cast<int>(b.host.status())) + " " + text_of(b.host.get(Reg::ChanErr));
      b.rig.state().set_frozen(kPe, false, false);
      b.host.set(Reg::ChanErr, ~0u);
      b.host.set(Reg::ChanCmd, kCmdReset);
      b.host.start(6, Bench::kCmp);
      b.host.doorbell(2);
      b.function.run_until_idle();
      facts["after"] = text_of(b.completion() == word(b.host.slot(7), Status::Idle) &&
                               b.get(to + 6 * 4096, 2 * 4096) == b.get(from + 6 * 4096, 2 * 4096));
      return facts;
    });
    INFO((write ? "write" : "read"));
    CHECK(failure(f) == "");
    CHECK(f["status"] == "3");
    // Behind a write that froze the PE reads fail as well, perhaps of an earlier descriptor.
    CHECK((f["error"] == (write ? "512" : "256") || (write && f["error"] == "256")));
    CHECK(f["config"] == f["error"]);
    CHECK(f["frozen"] == "1");
    CHECK(f["fault"] == text_of(static_cast<int>(arch::Fault::TcePageFault)));
    CHECK(f["good"] == "1");
    CHECK(f["frozen status"] == "3 256");
    CHECK(f["after"] == "1");
  }
}

TEST_CASE("A reset in the middle: nothing of the old chain is written once it reads as done") {
  Bench b;
  const BusAddr from = Bench::kFirst * 4096, to = from + 100 * 4096;
  b.fill(from, 100 * 4096, 1);
  b.host.put(IoatHost::copy(from, to, 100 * 4096));
  b.host.start(0, Bench::kCmp);
  b.host.doorbell(1);
  b.rig.system.phbs().front().cpu->run_for(5 * kPsPerUs);
  CHECK(b.host.status() == Status::Active);
  b.host.set(Reg::ChanCmd, kCmdReset);
  while (b.host.get(Reg::ChanCmd) != 0) {
  }
  CHECK(b.host.status() == Status::Halted);
  const auto then = b.get(to, 100 * 4096);
  CHECK(then != b.get(from, 100 * 4096));
  CHECK(std::any_of(then.begin(), then.end(), [](unsigned char c) { return c != 0; }));
  b.function.run_until_idle();
  CHECK(b.get(to, 100 * 4096) == then);
  CHECK(b.completion() == 0);

  b.host.start(0, Bench::kCmp);
  b.host.doorbell(1);
  b.rig.system.phbs().front().cpu->run_for(5 * kPsPerUs);
  b.function.reset();  // of the function
  CHECK(b.host.status() == Status::Halted);
  CHECK(b.host.get(Reg::ChainAddr) == 0);
  CHECK(b.function.read_bar(kMsixTable + 12, 4) == 1);
  b.host.start(0, Bench::kCmp);
  b.host.doorbell(1);
  b.function.run_until_idle();
  CHECK(b.host.status() == Status::Active);  // no bus mastering
  b.function.set_control({true, false, false});
  b.function.run_until_idle();
  CHECK(b.get(to, 100 * 4096) == b.get(from, 100 * 4096));
}

TEST_CASE("A ring of descriptors goes round and its count beyond 2^16 as drivers let them") {
  Bench b;
  b.host.entries = 32;
  std::uint16_t submitted = 0;
  const BusAddr from = Bench::kFirst * 4096, to = from + 64 * 4096;
  b.host.start(0, Bench::kCmp);
  bool good = true;
  for (unsigned round = 0; round < 2200; ++round) {
    b.fill(from, 31 * 64, round);
    for (unsigned i = 0; i < 31; ++i) b.host.put(IoatHost::copy(from + 64 * i, to + 64 * i, 64));
    submitted = static_cast<std::uint16_t>(submitted + 31);
    b.host.doorbell(submitted);
    b.function.run_until_idle();
    good = good && b.get(to, 31 * 64) == b.get(from, 31 * 64) &&
           b.completion() == word(b.host.slot(b.host.written - 1), Status::Idle);
  }
  CHECK(good);
  CHECK(b.function.device().function().channel().completed() == 2200 * 31);
}

TEST_CASE("Both sides of the engine obey the protocol, and who only looks on changes no time") {
  const auto run = [](bool checked) {
    return forked([checked]() -> Facts {
      Rig rig(spec_for(arch::Generation::Phb4));
      build::PhbGroup& g = rig.system.phbs().front();
      endpoints::Ioat ioat("ioat", rig.system.driver(), {}, rig.system.registry());
      std::unique_ptr<standard::ProtocolChecker> dma, mmio;
      if (checked) {
        dma = std::make_unique<standard::ProtocolChecker>("dma");
        mmio = std::make_unique<standard::ProtocolChecker>("mmio");
        ioat.link_out.bind(dma->target);
        dma->initiator.bind(g.link->device_in(0));
        g.link->device_out(0).bind(mmio->target);
        mmio->initiator.bind(ioat.mmio_in);
      } else {
        ioat.link_out.bind(g.link->device_in(0));
        g.link->device_out(0).bind(ioat.mmio_in);
      }
      g.link->add_window(kBar, kBarBytes, 0);
      rig.bypass(kPe, false);
      IoatHost host;
      host.ring = 0x10000;
      host.read = [&](std::uint32_t at, unsigned n) { return g.cpu->load(kBar + at, n).value(); };
      host.write = [&](std::uint32_t at, unsigned n, std::uint64_t v) { g.cpu->store(kBar + at, n, v); };
      host.store = [&](BusAddr at, const unsigned char* p, std::size_t n) { rig.store().write(at, p, n); };
      rig.fill(0x100000, 64 * 1024);
      for (unsigned i = 0; i < 16; ++i) host.put(IoatHost::copy(0x100000 + 4000 * i, 0x200000 + 4000 * i, 4000));
      ioat.set_control({true, false, false});
      host.start(0, 0x8000);
      host.doorbell(16);
      Facts f;
      unsigned polls = 0;
      while (host.status() == Status::Active) ++polls;
      f["polls"] = text_of(polls);
      g.cpu->run_until_idle();
      f["time"] = text_of(rig.now());
      f["bytes"] = text_of(rig.bytes(0x100000, 64000) == rig.bytes(0x200000, 64000));
      f["requests"] = text_of(ioat.stats()[Stat::EpRequests]);
      if (checked) {
        f["violations"] = dma->report() + mmio->report();
        f["begun"] = text_of(dma->begun());
        f["open"] = text_of(dma->open() + mmio->open());
        f["most"] = text_of(dma->most_open() > 8);
      }
      return f;
    });
  };
  Facts plain = run(false), checked = run(true);
  CHECK(failure(plain) == "");
  CHECK(failure(checked) == "");
  CHECK(checked["violations"] == "");
  CHECK(checked["open"] == "0");
  CHECK(checked["most"] == "1");
  CHECK(checked["begun"] == checked["requests"]);
  for (const char* fact : {"polls", "time", "bytes", "requests"}) CHECK(checked[fact] == plain[fact]);
  CHECK(plain["bytes"] == "1");
}
