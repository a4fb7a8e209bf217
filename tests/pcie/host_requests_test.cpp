// SPDX-License-Identifier: Apache-2.0
/// Loads and stores of the host over the link: order against DMA, credits, times, errors.
#include <map>
#include <memory>
#include <vector>

#include "models/memory/memory.hpp"
#include "models/pcie/pcie_link.hpp"
#include "tests/support/catch.hpp"

namespace phbsim {
namespace {

constexpr BusAddr kBar = 0x80000000;

pcie::LinkParams slow_link() {
  pcie::LinkParams p;
  p.gen = 1;
  p.lanes = 1;
  p.ecrc = false;
  p.dllp_overhead = false;
  p.propagation = 100 * kPsPerNs;
  p.credit_return = 50 * kPsPerNs;
  return p;
}

/// A host (loads, stores) and a device (DMA) on the two ends of a link. The device's registers and
/// what the DMA reaches are memories that answer 10 ns after a request.
struct Bench final : sc_core::sc_module, InitiatorPort::Client, EventHandler {
  explicit Bench(const pcie::LinkParams& p, const sc_core::sc_module_name& name = "bench",
                 Tick write_latency = 10 * kPsPerNs)
      : sc_module(name),
        driver("driver"),
        link("link", driver, p, 1, registry, 1),
        memory("memory", driver, memory_params(write_latency), 2, registry),
        host("host", driver, *this, 0),
        device("device", driver, *this, 1) {
    host.bind(link.host_in());
    device.bind(link.device_in(0));
    link.device_out(0).bind(memory.port_in(0));
    link.phb_out.bind(memory.port_in(1));
    link.add_window(kBar, 0x10000, 0);
  }
  static memory::MemoryParams memory_params(Tick write_latency) {
    memory::MemoryParams m;
    m.latency = 10 * kPsPerNs;
    m.write_latency = write_latency;
    m.line_time = 1;
    return m;
  }
  DmaPayload& request(tlm::tlm_command command, BusAddr addr, unsigned length) {
    requests.push_back(std::make_unique<DmaPayload>());
    buffers.emplace_back(length, static_cast<unsigned char>(requests.size()));
    requests.back()->prepare(command, addr, length, buffers.back().data());
    requests.back()->ext.clock.start(0);
    return *requests.back();
  }
  void on_response(InitiatorPort&, DmaPayload& payload) override { done[&payload] = driver.now(); }

  /// Sends what is for later.
  void on_event(std::uint32_t, std::uint64_t) override {
    for (auto& [port, payload] : later) port->send(*payload);
  }
  std::vector<std::pair<InitiatorPort*, DmaPayload*>> later;

  /// Sends from inside the engine at time 0.
  struct Starter final : EventHandler {
    std::vector<std::pair<InitiatorPort*, DmaPayload*>> list;
    void on_event(std::uint32_t, std::uint64_t) override {
      for (auto& [port, payload] : list) port->send(*payload);
    }
  } starter;
  void run() {
    driver.schedule(0, &starter, 0, 0);
    driver.start(kPsPerMs);
  }

  stats::Registry registry;
  EngineDriver driver;
  pcie::PcieLink link;
  memory::Memory memory;
  InitiatorPort host;
  InitiatorPort device;
  std::vector<std::unique_ptr<DmaPayload>> requests;
  std::vector<std::vector<unsigned char>> buffers;
  std::map<DmaPayload*, Tick> done;
};

// Gen1 x1: 4 ns a byte. A load with a 32-bit address is 20 bytes, its answer of 4 bytes 24.
constexpr Tick kByte = 4 * kPsPerNs;
constexpr Tick kLoad = 20 * kByte + 100 * kPsPerNs + 10 * kPsPerNs + 24 * kByte + 100 * kPsPerNs;

}  // namespace

TEST_CASE("A load takes the wire there, the device, and the wire back") {
  Bench b(slow_link());
  DmaPayload& load = b.request(tlm::TLM_READ_COMMAND, kBar + 0x40, 4);
  const unsigned char bytes[4] = {1, 2, 3, 4};
  b.memory.store().write(kBar + 0x40, bytes, 4);
  b.starter.list = {{&b.host, &load}};
  b.run();
  REQUIRE(b.done.count(&load) == 1);
  CHECK(b.done[&load] == kLoad);
  CHECK(load.is_response_ok());
  CHECK(std::equal(bytes, bytes + 4, load.get_data_ptr()));
}

TEST_CASE("A load's answer does not pass the device's earlier DMA writes") {
  Bench b(slow_link());
  DmaPayload& write = b.request(tlm::TLM_WRITE_COMMAND, 0x1000, 4096);
  DmaPayload& load = b.request(tlm::TLM_READ_COMMAND, kBar, 4);
  b.starter.list = {{&b.device, &write}, {&b.host, &load}};
  b.run();
  // Sixteen TLPs of 256 + 20 bytes occupy the wire; only then the answer goes.
  const Tick wire_free = 16 * (256 + 20) * kByte;
  CHECK(b.done[&write] == wire_free + 100 * kPsPerNs + 10 * kPsPerNs);
  CHECK(b.done[&load] == wire_free + 24 * kByte + 100 * kPsPerNs);
}

TEST_CASE("A load's answer is the host's when the writes before it are performed, whatever came behind it") {
  Bench b(slow_link(), "bench", 5 * kPsPerUs);
  DmaPayload& write = b.request(tlm::TLM_WRITE_COMMAND, 0x1000, 64);
  DmaPayload& load = b.request(tlm::TLM_READ_COMMAND, kBar, 4);
  DmaPayload& again = b.request(tlm::TLM_READ_COMMAND, kBar + 8, 4);
  b.starter.list = {{&b.device, &write}, {&b.host, &load}, {&b.host, &again}};
  b.run();
  const Tick performed = (64 + 20) * kByte + 100 * kPsPerNs + 5 * kPsPerUs;
  CHECK(b.done[&write] == performed);
  CHECK(b.done[&load] == performed);
  CHECK(b.done[&again] == performed);
}

TEST_CASE("A load's answer does not wait for writes that were sent behind it") {
  Bench b(slow_link(), "bench", 5 * kPsPerUs);
  DmaPayload& load = b.request(tlm::TLM_READ_COMMAND, kBar, 4);
  b.starter.list = {{&b.host, &load}};
  DmaPayload& write = b.request(tlm::TLM_WRITE_COMMAND, 0x1000, 4);
  // After the answer has begun: 80 ns there, 100, 10 in the device, 96 back, 100.
  b.later = {{&b.device, &write}};
  b.driver.schedule(300 * kPsPerNs, &b, 0, 0);
  b.run();
  CHECK(b.done[&load] == kLoad);
  CHECK(b.done[&write] == 300 * kPsPerNs + 24 * kByte + 100 * kPsPerNs + 5 * kPsPerUs);
}

TEST_CASE("A load's answer shares the wire with DMA reads, which it need not follow") {
  Bench b(slow_link());
  DmaPayload& read = b.request(tlm::TLM_READ_COMMAND, 0x1000, 4096);
  DmaPayload& load = b.request(tlm::TLM_READ_COMMAND, kBar, 4);
  b.starter.list = {{&b.device, &read}, {&b.host, &load}};
  b.run();
  CHECK(b.done[&load] < b.done[&read]);
}

TEST_CASE("A load does not pass an earlier store, a store passes a load that lacks credit") {
  pcie::LinkParams p = slow_link();
  p.device_np_headers = 1;
  Bench b(p);
  DmaPayload& first = b.request(tlm::TLM_READ_COMMAND, kBar, 4);
  DmaPayload& second = b.request(tlm::TLM_READ_COMMAND, kBar + 8, 4);
  DmaPayload& store = b.request(tlm::TLM_WRITE_COMMAND, kBar + 16, 4);
  DmaPayload& third = b.request(tlm::TLM_READ_COMMAND, kBar + 16, 4);
  b.starter.list = {{&b.host, &first}, {&b.host, &second}, {&b.host, &store}, {&b.host, &third}};
  b.run();
  // The store goes right behind the first load; the second waits for its credit.
  const Tick answered = 20 * kByte + 100 * kPsPerNs + 10 * kPsPerNs;
  CHECK(b.done[&first] == kLoad);
  CHECK(b.done[&store] == 20 * kByte + 24 * kByte + 100 * kPsPerNs + 10 * kPsPerNs);
  CHECK(b.done[&second] == answered + 50 * kPsPerNs + kLoad);
  CHECK(b.done[&third] > b.done[&store]);
  CHECK(std::equal(store.get_data_ptr(), store.get_data_ptr() + 4, third.get_data_ptr()));
}

TEST_CASE("Addresses of no device and stores beyond the payload size are answered with errors") {
  Bench b(slow_link());
  DmaPayload& nowhere = b.request(tlm::TLM_READ_COMMAND, kBar + 0x10000, 4);
  DmaPayload& across = b.request(tlm::TLM_READ_COMMAND, kBar + 0xFFFE, 4);
  DmaPayload& large = b.request(tlm::TLM_WRITE_COMMAND, kBar, 512);
  b.starter.list = {{&b.host, &nowhere}, {&b.host, &across}, {&b.host, &large}};
  b.run();
  CHECK(nowhere.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(across.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(large.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("Finite completion credits towards the host hold back the second answer") {
  pcie::LinkParams p = slow_link();
  p.credit_cpl_headers = 1;
  Bench b(p);
  DmaPayload& first = b.request(tlm::TLM_READ_COMMAND, kBar, 4);
  DmaPayload& second = b.request(tlm::TLM_READ_COMMAND, kBar + 8, 4);
  b.starter.list = {{&b.host, &first}, {&b.host, &second}};
  b.run();
  CHECK(b.done[&first] == kLoad);
  CHECK(b.done[&second] == kLoad + 50 * kPsPerNs + 24 * kByte + 100 * kPsPerNs);
}

}  // namespace phbsim
