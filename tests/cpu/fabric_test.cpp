// SPDX-License-Identifier: Apache-2.0
// The way from a processor to the units: who gets what, at which address.
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include "models/base/endian.hpp"
#include "models/cpu/fabric.hpp"
#include "models/cpu/interrupt_queue.hpp"
#include "models/cpu/uart.hpp"
#include "models/memory/memory.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;

namespace {

struct Unit final : sc_core::sc_module {
  tlm_utils::simple_target_socket<Unit, 64> in;
  std::vector<std::uint64_t> seen;
  explicit Unit(const sc_core::sc_module_name& name) : sc_module(name), in("in") {
    in.register_b_transport(this, &Unit::serve);
  }
  void serve(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    seen.push_back(p.get_address());
    delay += sc_core::sc_time(7, sc_core::SC_NS);
    p.set_response_status(tlm::TLM_OK_RESPONSE);
  }
};

struct Bench final : sc_core::sc_module {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  cpu::Fabric fabric{"fabric", 4, 33 * kPsPerNs};
  memory::Memory memory{"memory", driver, {}, 1, registry};
  Unit unit{"unit"};
  cpu::Uart16550 uart{"uart", 5 * kPsPerNs};
  cpu::InterruptQueue queue{"queue", 5 * kPsPerNs};
  tlm_utils::simple_initiator_socket<Bench, 64> cpu{"cpu"};
  sc_core::sc_time delay;

  explicit Bench(const sc_core::sc_module_name& name = "bench") : sc_module(name) {
    cpu.bind(fabric.cpu_in);
    fabric.out(0).bind(memory.port_in(0));
    fabric.out(1).bind(unit.in);
    fabric.out(2).bind(uart.fabric_in);
    fabric.out(3).bind(queue.fabric_in);
    fabric.add({0, 0x10000, 0, 0});
    fabric.add({0x20000, 0x1000, 1, 0x500});
    fabric.add({0x30000, 8, 2, 0});
    fabric.add({0x40000, 0x1000, 3, 0});
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  /// Not of memory, which needs a thread.
  tlm::tlm_response_status access(bool write, std::uint64_t addr, unsigned bytes, std::uint64_t& value) {
    unsigned char data[8] = {};
    store_be64(data, bytes == 8 ? value : value << (64 - 8 * bytes));
    tlm::tlm_generic_payload p;
    p.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address(addr);
    p.set_data_ptr(data);
    p.set_data_length(bytes);
    p.set_streaming_width(bytes);
    delay = sc_core::SC_ZERO_TIME;
    cpu->b_transport(p, delay);
    CHECK(p.get_address() == addr);
    value = load_be64(data) >> (64 - 8 * bytes);
    return p.get_response_status();
  }
  std::uint64_t read(std::uint64_t addr, unsigned bytes) {
    std::uint64_t v = 0;
    CHECK(access(false, addr, bytes, v) == tlm::TLM_OK_RESPONSE);
    return v;
  }
  void write(std::uint64_t addr, unsigned bytes, std::uint64_t v) {
    CHECK(access(true, addr, bytes, v) == tlm::TLM_OK_RESPONSE);
  }
};

}  // namespace

TEST_CASE("An access reaches the unit that has all of it, at the unit's address") {
  Bench b;
  std::uint64_t v = 0;
  CHECK(b.access(false, 0x20010, 4, v) == tlm::TLM_OK_RESPONSE);
  CHECK(b.unit.seen == std::vector<std::uint64_t>{0x510});
  CHECK(b.delay == sc_core::sc_time(7, sc_core::SC_NS));
  CHECK(b.access(false, 0x20FFC, 8, v) == tlm::TLM_ADDRESS_ERROR_RESPONSE);  // its end is another's
  CHECK(b.access(true, 0x90000, 8, v) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(b.delay == sc_core::sc_time(33, sc_core::SC_NS));
  CHECK(b.fabric.bus_errors() == 2);
  CHECK(b.fabric.accesses() == 3);
}

TEST_CASE("What moves is asked for behind what stays, and told to the observer") {
  Bench b;
  RealAddr base = 0x50000;
  b.fabric.movable = [&](RealAddr addr, std::uint64_t bytes) -> std::optional<cpu::FabricSpan> {
    const cpu::FabricSpan s{base, 0x100, 1, 0};
    if (!s.contains(addr, bytes)) return std::nullopt;
    return s;
  };
  std::vector<RealAddr> told;
  unsigned nobody = 0;
  b.fabric.on_access = [&](const tlm::tlm_generic_payload&, RealAddr addr, const cpu::FabricSpan* s) {
    told.push_back(addr);
    nobody += s == nullptr;
  };
  std::uint64_t v = 0;
  CHECK(b.access(false, 0x50008, 8, v) == tlm::TLM_OK_RESPONSE);
  base = 0x20000;  // where a unit stays
  CHECK(b.access(false, 0x50008, 8, v) == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(b.access(false, 0x20008, 8, v) == tlm::TLM_OK_RESPONSE);
  CHECK(b.unit.seen == std::vector<std::uint64_t>{8, 0x508});
  CHECK(told == std::vector<RealAddr>{0x50008, 0x50008, 0x20008});
  CHECK(nobody == 1);
}

TEST_CASE("Direct memory passes, cut to the unit's span, and nothing else does") {
  Bench b;
  tlm::tlm_generic_payload p;
  tlm::tlm_dmi region;
  p.set_read();
  p.set_address(0x3000);
  REQUIRE(b.cpu->get_direct_mem_ptr(p, region));
  CHECK(region.get_start_address() == 0x3000);
  CHECK(region.get_end_address() == 0x3FFF);
  p.set_address(0x20000);
  CHECK_FALSE(b.cpu->get_direct_mem_ptr(p, region));
  p.set_address(0x90000);
  CHECK_FALSE(b.cpu->get_direct_mem_ptr(p, region));
  b.memory.store().write_be64(0x8000, 0x1122334455667788ull);
  unsigned char data[8] = {};
  p.set_address(0x8000);
  p.set_data_ptr(data);
  p.set_data_length(8);
  CHECK(b.cpu->transport_dbg(p) == 8);
  CHECK(load_be64(data) == 0x1122334455667788ull);
}

TEST_CASE("The UART is ready, hands out characters and takes input") {
  Bench b;
  std::string heard;
  b.uart.on_character = [&](char c) { heard += c; };
  CHECK(b.read(0x30005, 1) == 0x60);
  CHECK(b.delay == sc_core::sc_time(5, sc_core::SC_NS));
  b.write(0x30003, 1, 0x80);  // divisor
  b.write(0x30000, 1, 'x');
  CHECK(b.read(0x30000, 1) == 'x');
  b.write(0x30003, 1, 0x03);
  b.write(0x30000, 1, 'A');
  b.write(0x30000, 1, 'B');
  CHECK(heard == "AB");
  b.uart.give("qr");
  CHECK(b.read(0x30005, 1) == 0x61);
  CHECK(b.read(0x30000, 1) == 'q');
  CHECK(b.read(0x30000, 1) == 'r');
  CHECK(b.read(0x30005, 1) == 0x60);
  std::uint64_t v = 0;
  CHECK(b.access(false, 0x30000, 4, v) == tlm::TLM_BURST_ERROR_RESPONSE);
}

TEST_CASE("The interrupt queue gives out notifications in order, its line is up while any waits") {
  Bench b;
  std::vector<bool> line;
  b.queue.on_line = [&](bool level) { line.push_back(level); };
  CHECK(b.read(0x40000, 8) == 0);
  b.queue.notify(0x123);
  b.write(0x40800, 8, 0x456);
  CHECK(b.read(0x40008, 8) == 2);
  CHECK(b.read(0x40000, 8) == (cpu::InterruptQueue::kTaken | 0x123));
  CHECK(line == std::vector<bool>{true});
  CHECK(b.read(0x40000, 8) == (cpu::InterruptQueue::kTaken | 0x456));
  CHECK(line == std::vector<bool>{true, false});
  b.write(0x40010, 8, 0);
  CHECK(b.read(0x40000, 8) == 0);
  for (std::size_t i = 0; i < cpu::InterruptQueue::kEntries + 3; ++i) b.queue.notify(i);
  CHECK(b.read(0x40008, 8) == cpu::InterruptQueue::kEntries);
  CHECK(b.read(0x40018, 8) == 3);
}
