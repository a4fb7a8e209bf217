// SPDX-License-Identifier: Apache-2.0
// Linux's DMA mapping in time: what one call takes, who waits for whom, and that what is mapped is
// what the device reaches. Expected times are sums of the parameters.
#include "platform/host/linux_host.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "platform/host/linux/dma_iommu.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/native_initiator.hpp"
#include "tests/support/rig.hpp"

using namespace phbsim;
using host::LinuxHost;
using host::LinuxParams;
using stats::Stat;
using test::kMem;
using test::kNs;
using test::kPe;
using test::kRid;
using test::kUpper;
using test::kWrite;

namespace {

/// A device's driver: maps and unmaps at given times, or when something is done.
class Driver final : public sc_core::sc_module,
                     private InitiatorPort::Client,
                     private EventHandler {
 public:
  struct Call {
    DriverCall frame;
    const Call* of = nullptr;  ///< unmap: what was mapped
    Tick issued = 0;
    Tick done = kNever;
    tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
    BusAddr iova = 0;
    bool is_done() const { return done != kNever; }
    bool ok() const { return status == tlm::TLM_OK_RESPONSE; }
    Tick took() const { return done - issued; }
  };

  Driver(const sc_core::sc_module_name& name, EngineDriver& driver)
      : sc_module(name), host_out("host_out", driver, *this), driver_(driver) {}

  InitiatorPort host_out;
  std::function<void(const Call&)> on_send;
  std::function<void(const Call&)> on_done;

  const Call& map(Tick at, RealAddr real, std::uint64_t length = 4096, bool writes = true,
                  bool reads = true) {
    DriverCall f;
    f.real = real;
    f.length = length;
    f.device_writes = writes;
    f.device_reads = reads;
    return send(at, f);
  }
  const Call& unmap(Tick at, const Call& of) {
    DriverCall f = of.frame;
    f.kind = DriverCall::Kind::Unmap;
    return send(at, f, &of);
  }
  const Call& teardown(Tick at) {
    DriverCall f;
    f.kind = DriverCall::Kind::Teardown;
    f.length = 1;
    return send(at, f);
  }
  const Call& send(Tick at, const DriverCall& frame, const Call* of = nullptr) {
    slots_.push_back(std::make_unique<Slot>());
    Slot& s = *slots_.back();
    s.call.frame = frame;
    s.call.of = of;
    s.call.issued = at;
    driver_.schedule(at, this, 0, slots_.size() - 1);
    return s.call;
  }
  std::vector<const Call*> calls() const {
    std::vector<const Call*> out;
    for (const auto& s : slots_) out.push_back(&s->call);
    return out;
  }

 private:
  struct Slot {
    Call call;
    DmaPayload payload;
    std::array<unsigned char, DriverCall::kBytes> bytes{};
  };
  void on_event(std::uint32_t, std::uint64_t i) override {
    Slot& s = *slots_[i];
    if (s.call.of != nullptr) s.call.frame.iova = s.call.of->iova;
    if (on_send) on_send(s.call);
    s.call.frame.encode(s.bytes.data());
    s.payload.prepare(tlm::TLM_WRITE_COMMAND, 64 * i, DriverCall::kBytes, s.bytes.data());
    s.payload.ext.owner = i;
    host_out.send(s.payload);
  }
  void on_response(InitiatorPort&, DmaPayload& p) override {
    Call& c = slots_[p.ext.owner]->call;
    CHECK_FALSE(c.is_done());
    c.done = driver_.now();
    c.status = p.get_response_status();
    c.iova = c.of == nullptr ? p.ext.bus_addr : c.frame.iova;
    if (on_done) on_done(c);
  }

  EngineDriver& driver_;
  std::deque<std::unique_ptr<Slot>> slots_;
};

struct Spec {
  LinuxParams linux;
  bool partition = false;
  arch::papr::PartitionOptions options;
  hypervisor::HypervisorParams hypervisor;
  hypervisor::AgentParams agent;
  unsigned drivers = 1;
  unsigned free_drivers = 0;  ///< sockets behind them that the test binds
  BusAddr start = kUpper;
  std::uint64_t size = kGiB;
  unsigned page_shift = 12;
  bool firmware_kills = true;
};

/// A machine, its kernel and drivers of devices that share one window. Times are odd numbers, so
/// that no two sums are equal by chance.
struct Machine {
  build::System system;
  LinuxHost linux;
  std::vector<std::unique_ptr<Driver>> drivers;
  unsigned rank = 0;
  test::Device device;
  build::PlacedWindow window;
  std::uint32_t domain = 0;

  static build::SystemSpec system_spec(const Spec& s) {
    build::SystemSpec spec = test::rig_spec();
    build::PhbSpec& p = spec.phbs.front();
    p.with_host = true;
    p.drivers = 1;
    p.host = s.agent;
    p.host.cpus = s.linux.cpus;
    p.hypervised = s.partition;
    spec.extra_memory_ports = 1;
    if (s.partition) {
      spec.partition.emplace();
      spec.partition->options = s.options;
      spec.partition->memory = arch::papr::GuestMemory::flat(64 * kGiB);
      spec.partition->params = s.hypervisor;
      spec.partition->cpus = s.linux.cpus;
    }
    return spec;
  }
  explicit Machine(const Spec& s)
      : system(system_spec(s)),
        linux("linux", system.driver(), s.linux, s.drivers + s.free_drivers, s.partition ? 0 : 1,
              system.registry()),
        device("device", system.driver(), kRid, rank) {
    build::PhbGroup& g = system.phbs().front();
    build::install_rtt(system, g);
    build::assign_rid(system, g, kRid, kPe);
    if (s.partition) build::give_to_partition(system, g, kPe, 0);
    config::WindowConfig w;
    w.offset = s.start;
    w.size = s.size;
    w.page_size = 1ull << s.page_shift;
    w.mapping = config::Mapping::PerIo;
    window = build::place_window(system, g, kPe, w, 64 * kGiB);
    device.link_out.bind(g.phb->link_in);
    linux.mem_out.bind(system.extra_memory_port(0));
    if (s.partition) {
      for (unsigned i = 0; i < s.linux.cpus; ++i)
        linux.hcall_out(i).bind(system.hypervisor().guest_in(i));
    } else {
      linux.tce_out(0).bind(g.host->host_in(0));
    }
    host::DomainSpec d;
    d.start = window.start;
    d.size = window.size;
    d.page_shift = window.page_shift;
    d.hypervised = s.partition;
    d.liobn = window.liobn;
    d.table = window.table;
    d.table_base = window.table_base;
    d.firmware_kills = s.firmware_kills;
    d.kill_each_page = s.agent.kill_policy == "page";
    d.kill_on_map = s.agent.kill_on_map;
    domain = linux.add_domain(d);
    for (unsigned i = 0; i < s.drivers; ++i) {
      drivers.push_back(
          std::make_unique<Driver>(("driver" + std::to_string(i)).c_str(), system.driver()));
      drivers.back()->host_out.bind(linux.driver_in(i));
    }
  }

  Driver& driver(unsigned i = 0) { return *drivers[i]; }
  void run() { system.driver().start(100 * kPsPerMs); }
  void run_to(Tick t) { system.driver().start(t - system.engine().now()); }
  std::uint64_t stat(Stat s) const { return linux.stats()[s]; }
  std::uint64_t agent(Stat s) { return system.phbs().front().host->stats()[s]; }
  std::uint64_t hv(Stat s) { return system.hypervisor().stats()[s]; }
  /// TCE that translates a bus address now.
  std::uint64_t tce(BusAddr iova) {
    const RealAddr at =
        window.entries->leaf_address((iova - window.table_base) >> window.page_shift);
    return at == 0 ? 0 : system.memory().store().read_be64(at);
  }
  std::uint64_t free_pages() const { return linux.space(domain).fragmentation().free_pages; }
};

LinuxParams odd_params() {
  LinuxParams p;
  p.map_entry = 61 * kNs;
  p.unmap_entry = 53 * kNs;
  p.lock_hold = 31 * kNs;
  p.probe_word = 2'003;
  p.probe_node = 10'007;
  p.cache_step = 12'011;
  p.lock_handover = 101 * kNs;
  p.list_entry = 1'009;
  p.tce_store = 3'001;
  p.firmware_call = 307 * kNs;
  p.request_work = 17'777;
  p.pin_page = 555;
  return p;
}
Spec bare() {
  Spec s;
  s.linux = odd_params();
  return s;
}
/// Without kills: no register access, whose polls take time that depends on the PHB.
Spec quiet() {
  Spec s = bare();
  s.agent.kill_policy = "none";
  s.firmware_kills = false;
  return s;
}
Spec partition() {
  Spec s = bare();
  s.partition = true;
  s.options.personality = arch::papr::Personality::Papr;
  s.hypervisor.call_entry = 251 * kNs;
  s.hypervisor.call_exit = 149 * kNs;
  s.hypervisor.tce_work = 12'101;
  s.hypervisor.kill_policy = "none";
  return s;
}
/// One CPU for all calls.
Spec single(Spec s) {
  s.linux.cpus = s.linux.cpus_per_device = 1;
  return s;
}

/// A bitmap step that looked at up to 64 bits.
Tick table_step(const LinuxParams& p) { return p.lock_hold + p.probe_word; }

}  // namespace

// -- one call -----------------------------------------------------------------------------------

TEST_CASE("Bare metal: a map is entry, pages, stores and a firmware call, and what the agent takes",
          "[host][linux]") {
  Machine m(bare());
  const LinuxParams p = odd_params();
  const auto& map = m.driver().map(1'000, 0x40000234, 10'000);  // three pages
  m.run_to(500 * kPsPerUs);
  REQUIRE(map.ok());
  CHECK(map.iova % 4096 == 0x234);
  CHECK(m.stat(Stat::LinuxTces) == 3);
  CHECK(m.stat(Stat::LinuxProbes) == 3);
  const Tick agent = m.agent(Stat::HostBusy);
  CHECK(agent > kWrite);
  CHECK(map.took() == p.request_work + p.map_entry + table_step(p) +
                          3 * (p.tce_store + p.pin_page) + p.firmware_call + agent);
  CHECK(m.stat(Stat::LinuxMapTime) == map.took());
  CHECK(m.stat(Stat::LinuxBusy) == map.took());
  CHECK(m.stat(Stat::LinuxMaps) == 1);
  CHECK(m.agent(Stat::HostMapCalls) == 1);
  // The unmap: its TCEs are cleared before its pages go back.
  const auto& unmap = m.driver().unmap(kPsPerMs, map);
  m.run();
  REQUIRE(unmap.ok());
  CHECK(unmap.took() == p.unmap_entry + 3 * p.tce_store + p.firmware_call +
                            (m.agent(Stat::HostBusy) - agent) + p.lock_hold);
  CHECK(m.stat(Stat::LinuxUnmapTime) == unmap.took());
  CHECK(m.stat(Stat::LinuxBusy) == map.took() + unmap.took());
  CHECK(m.agent(Stat::HostUnmapCalls) == 1);
  CHECK(m.stat(Stat::LinuxLogged) == 0);
  CHECK(m.stat(Stat::LinuxHypercalls) == 0);
}

TEST_CASE("Bare metal without kills: exact by parameters alone", "[host][linux]") {
  Machine m(quiet());
  const LinuxParams p = odd_params();
  const auto& map = m.driver().map(0, 0x40000000, 4096);
  const auto& unmap = m.driver().unmap(kPsPerMs, map);
  m.run();
  CHECK(map.took() ==
        p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page + kWrite);
  CHECK(unmap.took() == p.unmap_entry + p.tce_store + kWrite + p.lock_hold);
}

TEST_CASE("Where the kernel writes the kill register itself no firmware is called",
          "[host][linux]") {
  Spec s = bare();
  s.firmware_kills = false;
  Machine m(s);
  const LinuxParams p = odd_params();
  const auto& map = m.driver().map(0, 0x40000000);
  m.run();
  CHECK(map.took() == p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page +
                          m.agent(Stat::HostBusy));
  CHECK(m.agent(Stat::HostKills) == 1);
}

TEST_CASE("A map without kill makes no firmware call, the unmap does", "[host][linux]") {
  Spec s = bare();
  s.agent.kill_on_map = false;
  Machine m(s);
  const LinuxParams p = odd_params();
  const auto& map = m.driver().map(0, 0x40000000);
  const auto& unmap = m.driver().unmap(kPsPerMs, map);
  m.run();
  CHECK(map.took() ==
        p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page + kWrite);
  CHECK(unmap.took() == p.unmap_entry + p.tce_store + p.firmware_call +
                            (m.agent(Stat::HostBusy) - kWrite) + p.lock_hold);
  CHECK(m.agent(Stat::HostKills) == 1);
}

TEST_CASE("Page kills are a firmware call each", "[host][linux]") {
  Spec s = bare();
  s.agent.kill_policy = "page";
  Machine m(s);
  const LinuxParams p = odd_params();
  const auto& map = m.driver().map(0, 0x40000000, 5 * 4096);
  m.run();
  CHECK(m.agent(Stat::HostKills) == 5);
  CHECK(map.took() == p.request_work + p.map_entry + table_step(p) +
                          5 * (p.tce_store + p.pin_page) + 5 * p.firmware_call +
                          m.agent(Stat::HostBusy));
}

TEST_CASE("A partition's one-page map is a PUT: entry, work, store, exit", "[host][linux]") {
  Spec s = partition();
  Machine m(s);
  const LinuxParams& p = s.linux;
  const auto& h = s.hypervisor;
  const auto& map = m.driver().map(0, 0x40000000, 4096);
  m.run_to(kPsPerMs / 2);
  const Tick put = h.call_entry + h.tce_work + kWrite + h.call_exit;
  CHECK(m.hv(Stat::HvBusy) == put);
  // A picosecond each to make the call and to read its result.
  CHECK(map.took() == p.request_work + p.map_entry + table_step(p) + p.pin_page + 1 + put + 1);
  CHECK(m.hv(Stat::HvReadLines) == 0);
  const auto& unmap = m.driver().unmap(kPsPerMs, map);
  m.run();
  CHECK(unmap.took() == p.unmap_entry + 1 + put + 1 + p.lock_hold);
  CHECK(m.stat(Stat::LinuxHypercalls) == 2);
  CHECK(m.hv(Stat::HvCalls) == 2);
}

TEST_CASE("A partition's larger map writes a list for a PUT_INDIRECT, its unmap is a STUFF",
          "[host][linux]") {
  Spec s = partition();
  Machine m(s);
  const LinuxParams& p = s.linux;
  const auto& h = s.hypervisor;
  const auto& map = m.driver().map(0, 0x40000000, 5 * 4096);
  m.run_to(kPsPerMs / 2);
  const Tick call = h.call_entry + 5 * h.tce_work + kWrite + h.call_exit;
  CHECK(m.hv(Stat::HvBusy) == call + kMem);  // the list is read
  CHECK(m.hv(Stat::HvReadLines) == 1);
  CHECK(map.took() == p.request_work + p.map_entry + table_step(p) +
                          5 * (p.pin_page + p.list_entry) + 1 + kWrite + kMem + call + 1);
  const auto& unmap = m.driver().unmap(kPsPerMs, map);
  m.run();
  CHECK(unmap.took() == p.unmap_entry + 1 + call + 1 + p.lock_hold);
  CHECK(m.hv(Stat::HvReadLines) == 1);
}

TEST_CASE("With kills a hypercall takes what the hypervisor says", "[host][linux]") {
  Spec s = partition();
  s.hypervisor.kill_policy = "pe";
  Machine m(s);
  const LinuxParams& p = s.linux;
  const auto& map = m.driver().map(0, 0x40000000, 4096);
  m.run_to(kPsPerMs / 2);
  const Tick first = m.hv(Stat::HvBusy);
  CHECK(map.took() == p.request_work + p.map_entry + table_step(p) + p.pin_page + 2 + first);
  const auto& unmap = m.driver().unmap(kPsPerMs, map);
  m.run();
  CHECK(unmap.took() == p.unmap_entry + 2 + (m.hv(Stat::HvBusy) - first) + p.lock_hold);
  CHECK(m.hv(Stat::HvKills) == 2);
}

namespace {

/// Hypercalls, TCEs and list lines of one map and its unmap.
struct Shape {
  std::uint64_t map_calls, unmap_calls, read_lines;
};
Shape shape_of(std::uint64_t pages, bool multi_tce) {
  Spec s = partition();
  s.linux.multi_tce = multi_tce;
  Machine m(s);
  const auto& map = m.driver().map(0, 0x40000000, pages * 4096);
  m.run_to(20 * kPsPerMs);
  REQUIRE(map.ok());
  REQUIRE(m.hv(Stat::HvTces) == pages);
  for (std::uint64_t i = 0; i < pages; ++i)
    REQUIRE(m.tce(map.iova + i * 4096) == (0x40000000 + i * 4096) + 3);
  Shape out{m.hv(Stat::HvCalls), 0, m.hv(Stat::HvReadLines)};
  const auto& unmap = m.driver().unmap(21 * kPsPerMs, map);
  m.run();
  REQUIRE(unmap.ok());
  REQUIRE(m.hv(Stat::HvTces) == 2 * pages);
  for (std::uint64_t i = 0; i < pages; ++i) REQUIRE(m.tce(map.iova + i * 4096) == 0);
  REQUIRE(m.hv(Stat::HvErrors) == 0);
  REQUIRE(m.stat(Stat::LinuxTces) == 2 * pages);
  REQUIRE(m.stat(Stat::LinuxHypercalls) == m.hv(Stat::HvCalls));
  out.unmap_calls = m.hv(Stat::HvCalls) - out.map_calls;
  return out;
}
void check_shape(std::uint64_t pages, bool multi_tce, Shape expected) {
  const Shape s = shape_of(pages, multi_tce);
  CHECK(s.map_calls == expected.map_calls);
  CHECK(s.unmap_calls == expected.unmap_calls);
  CHECK(s.read_lines == expected.read_lines);
}

}  // namespace

TEST_CASE("Calls of a map: one page has no list", "[host][linux]") {
  check_shape(1, true, {1, 1, 0});
}
TEST_CASE("Calls of a map: 512 pages are one full list", "[host][linux]") {
  check_shape(512, true, {1, 1, 32});
}
TEST_CASE("Calls of a map: 513 pages are two lists", "[host][linux]") {
  check_shape(513, true, {2, 2, 33});
}
TEST_CASE("Calls of a map: without multi-TCE each page is a call", "[host][linux]") {
  check_shape(7, false, {7, 7, 0});
}

// -- CPUs and locks -----------------------------------------------------------------------------

TEST_CASE("A device's calls take its CPUs in turn and wait for them", "[host][linux]") {
  Spec s = quiet();
  s.linux.cpus = 4;
  s.linux.cpus_per_device = 2;
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 5; ++i) maps.push_back(&m.driver().map(0, 0x40000000 + i * 0x10000));
  m.run();
  // CPUs 0 and 1 have pools of their own: nothing else is waited for.
  const LinuxParams& p = s.linux;
  const Tick one = p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page + kWrite;
  for (unsigned i = 0; i < 5; ++i) CHECK(maps[i]->done == (i / 2 + 1) * one);
  CHECK(m.stat(Stat::LinuxLockWait) == 0);
  CHECK(m.stat(Stat::LinuxMapTime) == 5 * one);  // waiting for a CPU takes none
}

TEST_CASE("Devices have CPUs of their own, as long as there are enough", "[host][linux]") {
  Spec s = quiet();
  s.linux.cpus = 2;
  s.linux.cpus_per_device = 1;
  s.drivers = 3;
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 3; ++i) maps.push_back(&m.driver(i).map(0, 0x40000000 + i * 0x10000));
  m.run();
  const LinuxParams& p = s.linux;
  const Tick one = p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page + kWrite;
  CHECK(maps[0]->done == one);
  CHECK(maps[1]->done == one);
  CHECK(maps[2]->done == 2 * one);  // on CPU 0 again
}

TEST_CASE("Two CPUs in one pool: the second waits for the step and the handover", "[host][linux]") {
  Spec s = quiet();
  s.size = 512 * kMiB;  // one pool
  s.linux.cpus = 2;
  s.linux.cpus_per_device = 2;
  s.linux.lock_waiter = 7'919;  // nobody else waits
  Machine m(s);
  const auto& first = m.driver().map(0, 0x40000000);
  const auto& second = m.driver().map(0, 0x40010000);
  m.run();
  const LinuxParams& p = s.linux;
  const Tick one = p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page + kWrite;
  CHECK(first.done == one);
  CHECK(second.done == one + table_step(p) + p.lock_handover);
  CHECK(m.stat(Stat::LinuxLockWait) == table_step(p) + p.lock_handover);
}

TEST_CASE("Each CPU that goes on waiting makes a handover longer", "[host][linux]") {
  Spec s = quiet();
  s.size = 512 * kMiB;
  s.linux.cpus = s.linux.cpus_per_device = 4;
  s.linux.lock_waiter = 7'919;
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 4; ++i) maps.push_back(&m.driver().map(0, 0x40000000 + i * 0x10000));
  m.run();
  const LinuxParams& p = s.linux;
  const Tick one = p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page + kWrite;
  Tick behind = 0, waited = 0;
  for (unsigned i = 0; i < 4; ++i) {
    CHECK(maps[i]->done == one + behind);
    waited += behind;
    behind += table_step(p) + p.lock_handover + (i < 3 ? (2 - i) * p.lock_waiter : 0);
  }
  CHECK(m.stat(Stat::LinuxLockWait) == waited);
}

TEST_CASE("A lock that comes free before anybody asks is not handed over", "[host][linux]") {
  Spec s = quiet();
  s.size = 512 * kMiB;
  s.linux.cpus = s.linux.cpus_per_device = 2;
  Machine m(s);
  m.driver().map(0, 0x40000000);
  const auto& second = m.driver().map(table_step(s.linux) + 1, 0x40010000);
  m.run();
  const LinuxParams& p = s.linux;
  CHECK(second.took() ==
        p.request_work + p.map_entry + table_step(p) + p.tce_store + p.pin_page + kWrite);
  CHECK(m.stat(Stat::LinuxLockWait) == 0);
}

// -- the generic allocator ----------------------------------------------------------------------

TEST_CASE("dma_iommu: a tree search first, the CPU's own magazine from then on", "[host][linux]") {
  Spec s = single(quiet());
  s.linux.iova = "dma_iommu";
  Machine m(s);
  const LinuxParams& p = s.linux;
  const auto& map = m.driver().map(0, 0x40000000);
  const auto& unmap = m.driver().unmap(kPsPerMs, map);
  const auto& again = m.driver().map(2 * kPsPerMs, 0x40010000);
  m.run();
  const Tick entry = p.request_work + p.map_entry;
  const Tick stores = p.tce_store + p.pin_page + kWrite;
  // Magazine in vain, depot in vain (one look), tree (one node).
  CHECK(map.took() == entry + p.cache_step + 2 * (p.lock_hold + p.probe_node) + stores);
  CHECK(unmap.took() == p.unmap_entry + p.tce_store + kWrite + p.cache_step);
  CHECK(again.took() == entry + p.cache_step + stores);
  CHECK(again.iova == map.iova);
  CHECK(m.stat(Stat::LinuxFlushes) == 0);
}

TEST_CASE("dma_iommu: CPUs with full magazines never wait for a lock", "[host][linux]") {
  Spec s = quiet();
  s.linux.iova = "dma_iommu";
  s.linux.cpus = s.linux.cpus_per_device = 4;
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 4; ++i)
    maps.push_back(&m.driver().map(i * kPsPerUs, 0x40000000 + i * 0x10000));
  // In turn: each CPU gets back what it mapped.
  for (unsigned i = 0; i < 4; ++i) m.driver().unmap(100 * kPsPerUs + i * kPsPerUs, *maps[i]);
  std::vector<const Driver::Call*> again;
  for (unsigned i = 0; i < 4; ++i)
    again.push_back(&m.driver().map(200 * kPsPerUs, 0x40000000 + i * 0x10000));
  m.run();
  const LinuxParams& p = s.linux;
  for (unsigned i = 0; i < 4; ++i) {
    CHECK(again[i]->iova == maps[i]->iova);
    CHECK(again[i]->took() ==
          p.request_work + p.map_entry + p.cache_step + p.tce_store + p.pin_page + kWrite);
  }
  CHECK(m.stat(Stat::LinuxLockWait) == 0);
}

namespace {

Spec lazy() {
  Spec s = single(bare());
  s.linux.iova = "dma_iommu_lazy";
  s.linux.generic.queue_entries = 4;
  s.linux.generic.queue_timeout = kPsPerMs;
  s.agent.kill_on_map = false;
  return s;
}

}  // namespace

TEST_CASE(
    "dma_iommu_lazy: an unmap kills nothing; a full queue kills the PE once and gives all back",
    "[host][linux]") {
  Spec s = lazy();
  s.linux.generic.queue_timeout = kPsPerS;
  Machine m(s);
  const LinuxParams& p = s.linux;
  std::vector<const Driver::Call*> maps, unmaps;
  std::set<BusAddr> queued;
  for (unsigned i = 0; i < 4; ++i) {
    maps.push_back(&m.driver().map(i * 100 * kPsPerUs, 0x40000000));
    unmaps.push_back(&m.driver().unmap(i * 100 * kPsPerUs + 50 * kPsPerUs, *maps.back()));
    if (i == 3) m.run_to(340 * kPsPerUs);
  }
  for (const auto* c : maps) CHECK(queued.insert(c->iova).second);  // none comes back yet
  for (unsigned i = 0; i < 3; ++i) {
    CHECK(unmaps[i]->took() == p.unmap_entry + p.tce_store + kWrite + p.lock_hold);
    CHECK(m.tce(maps[i]->iova) == 0);
  }
  CHECK(m.agent(Stat::HostKills) == 0);
  CHECK(m.stat(Stat::LinuxFlushes) == 0);
  const Tick before = m.agent(Stat::HostBusy);
  m.run_to(390 * kPsPerUs);
  CHECK(m.agent(Stat::HostKills) == 1);
  CHECK(m.stat(Stat::LinuxFlushes) == 1);
  CHECK(m.agent(Stat::HostUnmapCalls) == 4);
  CHECK(m.agent(Stat::HostMapCalls) == 4);
  // Look, kill by firmware, take the three out and put the fourth in: all under the queue's lock.
  CHECK(unmaps[3]->took() == p.unmap_entry + p.tce_store + p.lock_hold + p.firmware_call +
                                 (m.agent(Stat::HostBusy) - before) + 2 * p.lock_hold +
                                 3 * p.probe_node);
  // Newest first out of the magazine; the fourth is still in the queue.
  std::vector<const Driver::Call*> again;
  for (unsigned i = 0; i < 3; ++i)
    again.push_back(&m.driver().map((400 + i) * kPsPerUs, 0x40000000));
  const auto& other = m.driver().map(410 * kPsPerUs, 0x40000000);
  m.run_to(500 * kPsPerUs);
  for (unsigned i = 0; i < 3; ++i) CHECK(again[i]->iova == maps[2 - i]->iova);
  CHECK(queued.count(other.iova) == 0);
  CHECK(m.agent(Stat::HostKills) == 1);
}

TEST_CASE("dma_iommu_lazy: what waits is flushed when its time is over, once", "[host][linux]") {
  Machine m(lazy());
  const auto& map = m.driver().map(0, 0x40000000);
  const auto& unmap = m.driver().unmap(10 * kPsPerUs, map);
  m.run_to(100 * kPsPerUs);
  REQUIRE(unmap.ok());
  // From the step that queued it.
  const Tick due = m.linux.space(m.domain).flush_due();
  CHECK(due == unmap.done - odd_params().lock_hold + kPsPerMs);
  m.run_to(due - 1);
  CHECK(m.stat(Stat::LinuxFlushes) == 0);
  m.run_to(due + 10 * kPsPerUs);
  CHECK(m.stat(Stat::LinuxFlushes) == 1);
  CHECK(m.agent(Stat::HostKills) == 1);
  CHECK(m.linux.space(m.domain).flush_due() == kNever);
  m.run_to(due + 5 * kPsPerMs);
  CHECK(m.stat(Stat::LinuxFlushes) == 1);
  CHECK(m.stat(Stat::LinuxMaps) == 1);
  CHECK(m.stat(Stat::LinuxUnmaps) == 1);  // a flush is neither
  CHECK(m.stat(Stat::LinuxBusy) > m.stat(Stat::LinuxMapTime) + m.stat(Stat::LinuxUnmapTime));
}

TEST_CASE("dma_iommu_lazy in a partition: the clearing call kills, a flush makes no call",
          "[host][linux]") {
  Spec s = lazy();
  const Spec like = partition();
  s.partition = true;
  s.options = like.options;
  s.hypervisor = like.hypervisor;
  s.hypervisor.kill_policy = "pe";
  s.hypervisor.kill_on_map = false;
  Machine m(s);
  const auto& map = m.driver().map(0, 0x40000000);
  const auto& unmap = m.driver().unmap(100 * kPsPerUs, map);
  m.run_to(10 * kPsPerMs);
  REQUIRE(unmap.ok());
  CHECK(m.stat(Stat::LinuxFlushes) == 1);
  CHECK(m.hv(Stat::HvKills) == 1);
  CHECK(m.hv(Stat::HvCalls) == 2);
}

TEST_CASE("dma_iommu_lazy: a device may use what is unmapped until the flush, never after",
          "[host][linux]") {
  Machine m(lazy());
  m.system.memory().store().write_be64(0x40000000, 0x1122334455667788);
  const auto& map = m.driver().map(0, 0x40000000);
  m.run_to(10 * kPsPerUs);
  const auto& before = m.device.read(20 * kPsPerUs, map.iova);
  const auto& unmap = m.driver().unmap(30 * kPsPerUs, map);
  const auto& stale = m.device.read(40 * kPsPerUs, map.iova);
  const auto& after = m.device.read(2 * kPsPerMs, map.iova);
  m.run_to(3 * kPsPerMs);
  CHECK(unmap.ok());
  CHECK(before.ok);
  CHECK(stale.ok);
  CHECK_FALSE(after.ok);
}

// -- starvation ---------------------------------------------------------------------------------

namespace {

Spec tiny(Spec s) {
  s.size = 16 * 4096;
  return s;
}

}  // namespace

TEST_CASE("A full window: the map fails, waits for an unmap and gets its page", "[host][linux]") {
  Spec s = tiny(single(quiet()));
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 17; ++i)
    maps.push_back(&m.driver().map(i * kPsPerUs, 0x40000000 + i * 4096));
  const auto& unmap = m.driver().unmap(100 * kPsPerUs, *maps[5]);
  m.run_to(99 * kPsPerUs);
  for (unsigned i = 0; i < 16; ++i) CHECK(maps[i]->ok());
  CHECK_FALSE(maps[16]->is_done());
  CHECK(m.stat(Stat::LinuxFailures) == 1);
  CHECK(m.stat(Stat::LinuxMaps) == 16);
  CHECK(m.free_pages() == 0);
  const Tick in_vain = m.stat(Stat::LinuxBusy) - m.stat(Stat::LinuxMapTime);
  CHECK(in_vain > s.linux.map_entry);  // a failed attempt is CPU time, but no map's
  m.run();
  REQUIRE(maps[16]->ok());
  CHECK(maps[16]->iova == maps[5]->iova);
  CHECK(maps[16]->done > unmap.done);
  CHECK(m.tce(maps[16]->iova) == 0x40010003);
  CHECK(m.stat(Stat::LinuxMaps) == 17);
  CHECK(m.stat(Stat::LinuxFailures) == 1);
  CHECK(m.stat(Stat::LinuxBusy) - in_vain ==
        m.stat(Stat::LinuxMapTime) + m.stat(Stat::LinuxUnmapTime));
}

TEST_CASE("A map that fits does not wait behind one that does not", "[host][linux]") {
  Machine m(tiny(single(quiet())));
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 16; ++i)
    maps.push_back(&m.driver().map(i * kPsPerUs, 0x40000000 + i * 4096));
  const auto& big = m.driver().map(50 * kPsPerUs, 0x50000000, 3 * 4096);
  const auto& small = m.driver().map(51 * kPsPerUs, 0x60000000);
  m.run_to(99 * kPsPerUs);
  // Pages 3 and 7: not side by side.
  std::vector<const Driver::Call*> by_address = maps;
  std::sort(by_address.begin(), by_address.end(),
            [](const auto* a, const auto* b) { return a->iova < b->iova; });
  m.driver().unmap(100 * kPsPerUs, *by_address[3]);
  m.run_to(200 * kPsPerUs);
  CHECK(small.ok());
  CHECK_FALSE(big.is_done());
  CHECK(m.stat(Stat::LinuxFailures) == 3);  // big once more
  for (const unsigned i : {5u, 6u, 7u}) m.driver().unmap(201 * kPsPerUs, *by_address[i]);
  m.run();
  CHECK(big.ok());
  CHECK(big.iova == by_address[5]->iova);
}

TEST_CASE("One release that makes room for two maps serves both", "[host][linux]") {
  Machine m(tiny(single(quiet())));
  const auto& all = m.driver().map(0, 0x40000000, 12 * 4096);
  const auto& rest = m.driver().map(kPsPerUs, 0x48000000, 4 * 4096);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 3; ++i)
    maps.push_back(&m.driver().map((2 + i) * kPsPerUs, 0x50000000 + i * 0x10000));
  const auto& unmap = m.driver().unmap(100 * kPsPerUs, rest);
  m.run();
  CHECK(all.ok());
  CHECK(unmap.ok());
  for (const auto* c : maps) CHECK(c->ok());
  CHECK(m.stat(Stat::LinuxFailures) == 3);
}

TEST_CASE("A page that comes back while a map looks elsewhere is not missed", "[host][linux]") {
  Spec s = tiny(quiet());
  s.linux.cpus = s.linux.cpus_per_device = 2;
  s.linux.probe_word = 200 * kNs;  // a release is over before the search is
  s.linux.lock_handover = 0;
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 16; ++i)
    maps.push_back(&m.driver().map(i * 10 * kPsPerUs, 0x40000000 + i * 4096));
  const Driver::Call* held = maps[0];
  Tick at = kPsPerMs;
  m.run_to(at);
  // The same at every time within a search; in the end the window is full again.
  for (unsigned i = 0; i < 120; ++i) {
    const auto& map = m.driver().map(at, 0x50000000);
    m.driver().unmap(at + i * 25 * kNs, *held);
    m.run_to(at += 100 * kPsPerUs);
    INFO("unmap " << i * 25 << " ns after the map");
    REQUIRE(map.ok());
    held = &map;
  }
  CHECK(m.stat(Stat::LinuxFailures) > 50);
}

namespace {

/// Drivers that hold each buffer for a while and want more than the window has.
void check_nothing_lost(Spec s, std::uint64_t seed) {
  s.linux.cpus = 4;
  s.linux.cpus_per_device = 2;
  s.drivers = 3;
  Machine m(s);
  std::mt19937_64 random(seed);
  std::map<BusAddr, BusAddr> live;  // first and last page
  std::uint64_t clashes = 0, left = 0;
  const auto page = [](BusAddr a) { return a >> 12; };
  for (unsigned d = 0; d < 3; ++d) {
    // An unmap frees its pages before it returns: they are the driver's no more when it is sent.
    m.driver(d).on_send = [&](const Driver::Call& c) {
      if (c.of != nullptr) live.erase(page(c.frame.iova));
    };
    m.driver(d).on_done = [&, d](const Driver::Call& c) {
      if (!c.ok()) ++clashes;
      if (c.of != nullptr) return;
      const BusAddr first = page(c.iova), last = page(c.iova + c.frame.length - 1);
      for (const auto& [from, to] : live) clashes += from <= last && first <= to;
      live[first] = last;
      --left;
      m.driver(d).unmap(c.done + 1 + random() % (3 * kPsPerUs), c);
    };
  }
  for (unsigned i = 0; i < 400; ++i) {
    ++left;
    m.driver(i % 3).map(i / 12 * (5 * kPsPerUs) + random() % 1000,
                        0x40000000 + (random() % 4) * 0x400, 1 + random() % (5 * 4096));
  }
  m.run();
  CHECK(left == 0);
  CHECK(m.stat(Stat::LinuxMaps) == 400);
  CHECK(m.stat(Stat::LinuxUnmaps) == 400);
  CHECK(m.stat(Stat::LinuxFailures) > 50);
  CHECK(m.stat(Stat::LinuxLogged) == 0);
  CHECK(clashes == 0);
}

}  // namespace

TEST_CASE("Nothing is lost in a window that is too small: iommu_table", "[host][linux]") {
  check_nothing_lost(tiny(quiet()), 1);
}
TEST_CASE("Nothing is lost in a window that is too small: dma_iommu", "[host][linux]") {
  Spec s = tiny(bare());
  s.linux.iova = "dma_iommu";
  check_nothing_lost(s, 2);
}
TEST_CASE("Nothing is lost in a window that is too small: dma_iommu_lazy", "[host][linux]") {
  Spec s = tiny(bare());
  s.linux.iova = "dma_iommu_lazy";
  s.linux.generic.queue_entries = 8;
  s.linux.generic.queue_timeout = 40 * kPsPerUs;
  check_nothing_lost(s, 3);
}
TEST_CASE("Nothing is lost in a window that is too small: a partition", "[host][linux]") {
  check_nothing_lost(tiny(partition()), 4);
}

// -- a hypervisor without resources -------------------------------------------------------------

namespace {

Spec overcommitted(std::uint64_t pages) {
  Spec s = single(partition());
  s.options.cmo = true;
  s.options.entitlement = pages * 4096;
  return s;
}

}  // namespace

TEST_CASE("H_NOT_ENOUGH_RESOURCES: nothing stays mapped, the map is made again after an unmap",
          "[host][linux]") {
  Spec s = overcommitted(8);
  Machine m(s);
  const std::uint64_t free = m.free_pages();
  const auto& first = m.driver().map(0, 0x40000000, 4 * 4096);
  const auto& second = m.driver().map(10 * kPsPerUs, 0x50000000, 6 * 4096);
  const auto& unmap = m.driver().unmap(kPsPerMs, first);
  m.run_to(kPsPerMs / 2);
  CHECK(first.ok());
  CHECK_FALSE(second.is_done());
  CHECK(m.stat(Stat::LinuxFailures) == 1);
  CHECK(m.stat(Stat::LinuxMaps) == 1);
  CHECK(m.stat(Stat::LinuxLogged) == 0);
  CHECK(m.system.partition().mapped_bytes() == 4 * 4096);
  CHECK(m.free_pages() == free - 4);
  CHECK(m.hv(Stat::HvCalls) == 3);  // the second map's list in vain, and a clear of nothing
  m.run();
  CHECK(unmap.ok());
  REQUIRE(second.ok());
  CHECK(m.stat(Stat::LinuxMaps) == 2);
  CHECK(m.stat(Stat::LinuxFailures) == 1);
  CHECK(m.system.partition().mapped_bytes() == 6 * 4096);
  CHECK(m.free_pages() == free - 6);
  for (unsigned i = 0; i < 6; ++i)
    CHECK(m.tce(second.iova + i * 4096) == (0x50000000 + i * 4096) + 3);
  // Only the attempt that succeeded is the map's time.
  CHECK(m.stat(Stat::LinuxMapTime) <
        m.stat(Stat::LinuxBusy) - m.stat(Stat::LinuxUnmapTime) - s.linux.map_entry);
}

TEST_CASE(
    "H_NOT_ENOUGH_RESOURCES at the second list: the first is cleared again, and costs no pinning",
    "[host][linux]") {
  Spec s = overcommitted(520);
  s.linux.pin_page = 50 * kNs;
  Machine m(s);
  const std::uint64_t free = m.free_pages();
  const auto& big = m.driver().map(0, 0x40000000, 600 * 4096);
  m.run_to(10 * kPsPerMs);
  CHECK_FALSE(big.is_done());
  CHECK(m.hv(Stat::HvCalls) == 3);
  CHECK(m.hv(Stat::HvTces) == 1024);  // set and cleared
  CHECK(m.system.partition().mapped_bytes() == 0);
  CHECK(m.free_pages() == free);
  CHECK(m.stat(Stat::LinuxFailures) == 1);
  CHECK(m.stat(Stat::LinuxTces) == 600 + 512);
  // Everything between the calls, by its parameters: 600 pages are pinned, none for the clearing.
  const LinuxParams& p = s.linux;
  const Tick search = p.lock_hold + 10 * p.probe_word;  // 600 bits
  CHECK(m.stat(Stat::LinuxBusy) == p.request_work + p.map_entry + search +
                                       600 * (p.pin_page + p.list_entry) + 2 * kWrite + 3 * 2 +
                                       m.hv(Stat::HvBusy) + p.lock_hold);
  for (const std::uint64_t i : {0, 511, 512, 599}) CHECK(m.tce(kUpper + i * 4096) == 0);
  // Smaller ones go on.
  const auto& small = m.driver().map(11 * kPsPerMs, 0x40000000);
  const auto& unmap = m.driver().unmap(12 * kPsPerMs, small);
  m.run();
  CHECK(unmap.ok());
  CHECK_FALSE(big.is_done());
  CHECK(m.stat(Stat::LinuxFailures) == 2);
  CHECK(m.system.partition().mapped_bytes() == 0);
}

TEST_CASE("Pages of a map that failed for resources are there for one that found none",
          "[host][linux]") {
  Spec s = overcommitted(14);
  s.size = 16 * 4096;
  s.linux.cpus = s.linux.cpus_per_device = 2;
  // A slow hypervisor: the second looks while the first holds all pages.
  s.hypervisor.call_entry = 10 * kPsPerUs;
  Machine m(s);
  const auto& first = m.driver().map(0, 0x40000000, 12 * 4096);
  const auto& rest = m.driver().map(0, 0x48000000, 4 * 4096);
  const auto& third = m.driver().map(kPsPerUs, 0x50000000);
  const auto& fourth = m.driver().map(kPsPerUs, 0x50010000);
  m.run();
  CHECK(first.ok() != rest.ok());
  CHECK((third.ok() && fourth.ok()));
}

// -- what the device sees -----------------------------------------------------------------------

namespace {

void check_dma(const Spec& s, bool exact_directions) {
  Machine m(s);
  memory::SparseStore& store = m.system.memory().store();
  for (unsigned i = 0; i < 4096; i += 8) store.write_be64(0x40000000 + i, 0xA000 + i);
  const std::uint64_t page = 1ull << s.page_shift;
  const auto& both = m.driver().map(0, 0x40000238, 3000);
  const auto& reads = m.driver().map(10 * kPsPerUs, 0x50000000, 3 * page, false, true);
  const auto& writes = m.driver().map(20 * kPsPerUs, 0x60000000, 100, true, false);
  m.run_to(kPsPerMs);
  REQUIRE(both.ok());
  REQUIRE(writes.ok());
  CHECK(m.tce(both.iova) == ((0x40000238 & ~(page - 1)) | 3));
  CHECK(m.tce(reads.iova) == (0x50000000 | 1));
  CHECK(m.tce(writes.iova) == (0x60000000 | 3));  // who writes may read
  const auto& read = m.device.read(kPsPerMs, both.iova + 8, 64);
  const auto& write = m.device.write(kPsPerMs + 10 * kPsPerUs, both.iova + 2048, 64, 7);
  const auto& last = m.device.read(kPsPerMs + 20 * kPsPerUs, reads.iova + 3 * page - 64, 64);
  const auto& out = m.device.write(kPsPerMs + 30 * kPsPerUs, writes.iova, 64, 9);
  m.run_to(2 * kPsPerMs);
  REQUIRE(read.ok);
  CHECK(read.real == 0x40000240);
  CHECK(load_be64(read.data.data()) == 0xA240);
  REQUIRE(write.ok);
  CHECK(store.read_be64(0x40000238 + 2048) == 0x0708090A0B0C0D0E);
  REQUIRE(last.ok);
  CHECK(last.real == 0x50000000 + 3 * page - 64);
  REQUIRE(out.ok);
  CHECK(store.read_be64(0x60000000) == 0x090A0B0C0D0E0F10);
  // A buffer that is only read faults when it is written.
  const auto& forbidden = m.device.write(2 * kPsPerMs, reads.iova, 64, 1);
  m.run_to(3 * kPsPerMs);
  CHECK(forbidden.ok == !exact_directions);
  CHECK(store.read_be64(0x50000000) == 0);
}
void check_unmapped_faults(const Spec& s) {
  Machine m(s);
  const auto& map = m.driver().map(0, 0x40000000);
  m.run_to(100 * kPsPerUs);
  const auto& before = m.device.read(100 * kPsPerUs, map.iova);
  const auto& unmap = m.driver().unmap(200 * kPsPerUs, map);
  m.run_to(300 * kPsPerUs);
  CHECK(before.ok);
  REQUIRE(unmap.ok());
  const auto& after = m.device.read(300 * kPsPerUs, map.iova);
  m.run();
  CHECK_FALSE(after.ok);
  CHECK(after.fault == arch::Fault::TcePageFault);
}

}  // namespace

TEST_CASE("Bare metal: what is mapped is what the device reaches", "[host][linux]") {
  check_dma(bare(), true);
}
TEST_CASE("Bare metal, 64K pages: what is mapped is what the device reaches", "[host][linux]") {
  Spec s = bare();
  s.page_shift = 16;
  check_dma(s, true);
}
TEST_CASE("Bare metal, window at 0: what is mapped is what the device reaches", "[host][linux]") {
  Spec s = bare();
  s.start = 0;
  s.linux.iova = "dma_iommu";
  check_dma(s, true);
}
TEST_CASE("A partition: what is mapped is what the device reaches", "[host][linux]") {
  Spec s = partition();
  s.hypervisor.kill_policy = "pe";
  check_dma(s, true);
}
TEST_CASE("Bare metal: a strict unmap takes the page away", "[host][linux]") {
  check_unmapped_faults(bare());
}
TEST_CASE("A partition: an unmap takes the page away", "[host][linux]") {
  Spec s = partition();
  s.hypervisor.kill_policy = "pe";
  check_unmapped_faults(s);
}

// -- a window's end -----------------------------------------------------------------------------

TEST_CASE("A teardown clears every entry and kills the PE once, by firmware", "[host][linux]") {
  Spec s = bare();
  s.agent.kill_policy = "page";
  s.agent.clear_entry = 100;
  s.size = 8 * kMiB;
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 4; ++i)
    maps.push_back(&m.driver().map(i * 100 * kPsPerUs, 0x40000000, 2 * 4096));
  m.run_to(900 * kPsPerUs);
  const Tick busy = m.agent(Stat::HostBusy);
  const std::uint64_t kills = m.agent(Stat::HostKills);
  const auto& torn = m.driver().teardown(kPsPerMs);
  m.run_to(2 * kPsPerMs);
  REQUIRE(torn.ok());
  CHECK(m.agent(Stat::HostKills) == kills + 1);
  CHECK(torn.took() ==
        odd_params().unmap_entry + odd_params().firmware_call + m.agent(Stat::HostBusy) - busy);
  CHECK(m.agent(Stat::HostBusy) - busy > 2048 * 100);
  CHECK(m.stat(Stat::LinuxUnmaps) == 1);
  for (const auto* c : maps) {
    CHECK(m.tce(c->iova) == 0);
    CHECK(m.tce(c->iova + 4096) == 0);
  }
  // Their owner may still give them back.
  const auto& unmap = m.driver().unmap(3 * kPsPerMs, *maps[2]);
  m.run();
  CHECK(unmap.ok());
}

TEST_CASE("A teardown while maps are under way or wait: each call is answered once",
          "[host][linux]") {
  Spec s = tiny(bare());
  s.drivers = 2;
  Machine m(s);
  std::vector<const Driver::Call*> maps;
  for (unsigned i = 0; i < 18; ++i)
    maps.push_back(&m.driver().map(i * 100 * kNs, 0x40000000 + i * 4096));
  std::vector<const Driver::Call*> torn;
  for (unsigned i = 0; i < 6; ++i) torn.push_back(&m.driver(1).teardown(50 * kNs + i * 700 * kNs));
  for (unsigned i = 0; i < 4; ++i) m.driver().unmap(kPsPerMs, *maps[i]);
  m.run();
  for (const auto* c : maps) CHECK(c->ok());
  for (const auto* c : torn) CHECK(c->ok());
  CHECK(m.stat(Stat::LinuxMaps) == 18);
  CHECK(m.stat(Stat::LinuxUnmaps) == 6 + 4);
}

// -- frames that no driver would send -----------------------------------------------------------

namespace {

void check_malformed(const Spec& s) {
  Machine m(s);
  DriverCall map;
  map.real = 0x40000000;
  map.length = 4096;
  std::vector<DriverCall> bad;
  const auto add = [&](const std::function<void(DriverCall&)>& change) {
    DriverCall f = map;
    change(f);
    bad.push_back(f);
  };
  add([](DriverCall& f) { f.kind = static_cast<DriverCall::Kind>(0); });
  add([](DriverCall& f) { f.kind = static_cast<DriverCall::Kind>(4); });
  add([](DriverCall& f) { f.kind = static_cast<DriverCall::Kind>(0xFFFFFFFF); });
  add([](DriverCall& f) { f.domain = 1; });
  add([](DriverCall& f) { f.domain = 0xFFFFFFFF; });
  add([](DriverCall& f) { f.length = 0; });
  for (const unsigned long long length :
       {kGiB + 1ull, kGiB * 4ull, 1ull << 52, 1ull << 63, ~0ull - 4096, ~0ull - 1, ~0ull})
    add([&](DriverCall& f) { f.length = length; });
  add([](DriverCall& f) {  // one page too many by its offset
    f.real = 0x40000001;
    f.length = kGiB;
  });
  add([](DriverCall& f) {  // beyond the end of memory addresses
    f.real = ~0ull - 100;
    f.length = 200;
  });
  for (const unsigned long long iova :
       {0ull, kUpper - 4096ull, kUpper + 0ull, kUpper + 4096ull, kUpper + 0ull + kGiB, ~0ull}) {
    for (const unsigned long long length : {1ull, 4096ull, kGiB + 0ull, 1ull << 63, ~0ull}) {
      add([&](DriverCall& f) {
        f.kind = DriverCall::Kind::Unmap;
        f.iova = iova;
        f.length = length;
      });
    }
  }
  if (s.partition) add([](DriverCall& f) { f.kind = DriverCall::Kind::Teardown; });
  std::vector<const Driver::Call*> calls;
  Tick at = 0;
  for (const DriverCall& f : bad) calls.push_back(&m.driver().send(at += kPsPerUs, f));
  m.run_to(at + kPsPerMs);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    INFO("frame " << i);
    CHECK(calls[i]->is_done());
    CHECK(calls[i]->status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
  for (std::size_t i = 0; i < m.linux.stats().size(); ++i)
    CHECK(m.linux.stats()[static_cast<Stat>(static_cast<unsigned>(Stat::LinuxMaps) + i)] == 0);
  // Nothing but what was mapped can be unmapped, and that once.
  at = m.system.engine().now();
  const auto& good = m.driver().map(at, 0x40000800, 3 * 4096);
  m.run_to(at += kPsPerMs);
  REQUIRE(good.ok());
  DriverCall part = good.frame;
  part.kind = DriverCall::Kind::Unmap;
  part.iova = good.iova;
  std::vector<const Driver::Call*> refused;
  part.length = 4096;
  refused.push_back(&m.driver().send(at, part));
  part.length = good.frame.length;
  part.iova += 4096;
  refused.push_back(&m.driver().send(at, part));
  part.iova = good.iova - 0x800;
  refused.push_back(&m.driver().send(at, part));
  const auto& once = m.driver().unmap(at + kPsPerUs, good);
  refused.push_back(&m.driver().unmap(at + kPsPerUs + 1, good));  // while that is under way
  refused.push_back(&m.driver().unmap(at + kPsPerMs, good));
  m.run();
  for (const auto* c : refused) CHECK(c->status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(once.ok());
  CHECK(m.stat(Stat::LinuxUnmaps) == 1);
  CHECK(m.stat(Stat::LinuxLogged) == 0);
}

}  // namespace

TEST_CASE("Malformed frames are answered with errors: iommu_table", "[host][linux]") {
  check_malformed(bare());
}
TEST_CASE("Malformed frames are answered with errors: dma_iommu", "[host][linux]") {
  Spec s = bare();
  s.linux.iova = "dma_iommu";
  check_malformed(s);
}
TEST_CASE("Malformed frames are answered with errors: a partition", "[host][linux]") {
  check_malformed(partition());
}

TEST_CASE("A frame has 40 bytes, an answer 8 where a frame was", "[host][linux]") {
  Spec s = bare();
  s.free_drivers = 1;
  Machine m(s);
  test::NativeInitiator os("os", m.system.driver());
  os.out.bind(m.linux.driver_in(1));
  os.script.push_back(standard::write(0, std::vector<unsigned char>(39, 0), to_sc_time(1000)));
  os.script.push_back(standard::write(0, std::vector<unsigned char>(41, 0), to_sc_time(2000)));
  os.script.push_back(standard::read(0, 8, to_sc_time(3000)));
  os.script.push_back(standard::read(64, 40, to_sc_time(4000)));
  os.script.push_back(standard::write(0, std::vector<unsigned char>(40, 0), to_sc_time(5000)));
  m.run();
  CHECK(os.script[0].status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(os.script[1].status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(os.script[2].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(os.script[3].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(os.script[4].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("Any TLM initiator maps: it reads the bus address where it wrote the frame",
          "[host][linux]") {
  Spec s = quiet();
  s.size = 512 * kMiB;  // one pool
  s.free_drivers = 1;
  Machine m(s);
  standard::LtInitiator os("os", 1, false);
  os.socket.bind(m.linux.driver_in(1));
  DriverCall f;
  f.real = 0x40000234;
  f.length = 5000;
  const auto frame = [&f] {
    std::vector<unsigned char> bytes(DriverCall::kBytes);
    f.encode(bytes.data());
    return bytes;
  };
  os.script.push_back(standard::write(0x40, frame(), to_sc_time(1000)));
  os.script.push_back(standard::read(0x40, 8, to_sc_time(kPsPerUs)));
  f.kind = DriverCall::Kind::Unmap;
  f.iova = kUpper + 0x234;  // the window's first page, as nobody else maps
  os.script.push_back(standard::write(0x40, frame(), to_sc_time(10 * kPsPerUs)));
  m.run();
  CHECK(os.done());
  for (const auto& a : os.script) CHECK(a.status == tlm::TLM_OK_RESPONSE);
  CHECK(load_be64(os.script[1].data.data()) == kUpper + 0x234);
  const LinuxParams& p = s.linux;
  CHECK((os.script[0].answered - os.script[0].sent).value() ==
        p.request_work + p.map_entry + table_step(p) + 2 * (p.tce_store + p.pin_page) + kWrite);
  CHECK(m.stat(Stat::LinuxMaps) == 1);
  CHECK(m.stat(Stat::LinuxUnmaps) == 1);
  CHECK(m.tce(kUpper) == 0);
}
