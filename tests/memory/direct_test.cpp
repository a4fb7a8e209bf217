// SPDX-License-Identifier: Apache-2.0
// Direct memory as a plain TLM-2.0 initiator gets, uses and loses it.
#include <tlm_utils/simple_initiator_socket.h>

#include <memory>
#include <vector>

#include "models/memory/memory.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/native_initiator.hpp"
#include "tests/support/plain_memory.hpp"

using namespace phbsim;
using memory::SparseStore;

namespace {

constexpr std::uint64_t kPage = 4096;

/// Written after the standard alone.
struct Initiator final : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Initiator, 64> out{"out"};
  std::vector<std::pair<std::uint64_t, std::uint64_t>> revoked;

  SC_HAS_PROCESS(Initiator);
  explicit Initiator(const sc_core::sc_module_name& name) : sc_module(name) {
    out.register_invalidate_direct_mem_ptr(this, &Initiator::revoke);
    SC_THREAD(run);
  }
  std::function<void()> work;

  bool ask(std::uint64_t addr, tlm::tlm_dmi& region, tlm::tlm_command command = tlm::TLM_READ_COMMAND) {
    tlm::tlm_generic_payload p;
    p.set_command(command);
    p.set_address(addr);
    return out->get_direct_mem_ptr(p, region);
  }
  bool hint(std::uint64_t addr, unsigned char byte) {
    tlm::tlm_generic_payload p;
    p.set_write();
    p.set_address(addr);
    p.set_data_ptr(&byte);
    p.set_data_length(1);
    p.set_streaming_width(1);
    sc_core::sc_time delay;
    out->b_transport(p, delay);
    return p.is_dmi_allowed();
  }

 private:
  void run() { work(); }
  void revoke(sc_dt::uint64 first, sc_dt::uint64 last) { revoked.emplace_back(first, last); }
};

struct Bench {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  memory::Memory memory;
  Initiator a{"a"}, b{"b"};

  Bench() : memory("memory", driver, {}, 2, registry) {
    a.out.bind(memory.port_in(0));
    b.out.bind(memory.port_in(1));
    a.work = b.work = [] {};
  }
};

}  // namespace

TEST_CASE("A page is granted with its bytes, bounds, latencies and both directions") {
  Bench x;
  bool ran = false;
  const unsigned char before[] = {1, 2, 3};
  x.memory.store().write(0x5010, before, 3);
  x.a.work = [&] {
    tlm::tlm_dmi region;
    REQUIRE(x.a.ask(0x5010, region));
    CHECK(region.get_start_address() == 0x5000);
    CHECK(region.get_end_address() == 0x5fff);
    CHECK(region.is_read_write_allowed());
    CHECK(region.get_read_latency() == sc_core::sc_time(250, sc_core::SC_NS));
    CHECK(region.get_write_latency() == sc_core::sc_time(40, sc_core::SC_NS));
    unsigned char* p = region.get_dmi_ptr();
    CHECK(p[0x10] == 1);
    CHECK(p[0x12] == 3);
    // What one side writes the other reads, by calls of either kind.
    p[0xfff] = 0x77;
    unsigned char seen = 0;
    x.memory.store().read(0x5fff, &seen, 1);
    CHECK(seen == 0x77);
    CHECK(x.a.hint(0x5ffe, 0x66));
    CHECK(p[0xffe] == 0x66);
    // The same page by the other port, and after thousands of others have come to be.
    for (std::uint64_t i = 0; i < 5000; ++i) x.memory.store().write(0x1000000 + i * kPage, before, 1);
    tlm::tlm_dmi other;
    REQUIRE(x.b.ask(0x5fff, other, tlm::TLM_WRITE_COMMAND));
    CHECK(other.get_dmi_ptr() == p);
    ran = true;
  };
  x.driver.start(kPsPerMs);
  CHECK(ran);
  CHECK(x.a.revoked.empty());
}

TEST_CASE("A page that nobody wrote is granted as zeros, a lazy one as its filler says") {
  Bench x;
  x.memory.store().add_lazy(0x10000, 2 * kPage, [](RealAddr page, unsigned char* bytes) {
    for (unsigned i = 0; i < kPage; ++i) bytes[i] = static_cast<unsigned char>(page >> 12);
  });
  x.a.work = [&] {
    tlm::tlm_dmi region;
    const auto pages = x.memory.store().pages();
    REQUIRE(x.a.ask(0x20000, region));
    CHECK(x.memory.store().pages() == pages + 1);
    CHECK(region.get_dmi_ptr()[5] == 0);
    REQUIRE(x.a.ask(0x11008, region));
    CHECK(region.get_dmi_ptr()[5] == 0x11);
    REQUIRE(x.a.ask((1ull << 56) - 1, region));
    CHECK(region.get_end_address() == (1ull << 56) - 1);
  };
  x.driver.start(kPsPerMs);
}

TEST_CASE("Foreign pages, poisoned ones and what lies beyond memory are not granted") {
  Bench x;
  test::PlainMemory program;
  x.memory.store().add_foreign(0x100000, 2 * kPage, program);
  x.memory.poison(0x3800, 1);
  x.a.work = [&] {
    tlm::tlm_dmi region;
    CHECK_FALSE(x.a.ask(0x100000, region));
    CHECK(region.is_none_allowed());
    CHECK_FALSE(x.a.ask(0x101fff, region));
    CHECK(region.get_start_address() == 0x101000);
    CHECK(region.get_end_address() == 0x101fff);
    CHECK(x.a.ask(0x0fffff, region));
    CHECK(x.a.ask(0x102000, region));
    CHECK_FALSE(x.a.ask(0x3000, region));
    CHECK(x.a.ask(0x2fff, region));
    CHECK(x.a.ask(0x4000, region));
    CHECK_FALSE(x.a.ask(1ull << 56, region));
    CHECK_FALSE(x.a.ask(0x5000, region, tlm::TLM_IGNORE_COMMAND));
    CHECK_FALSE(x.a.hint(0x100000, 1));
    CHECK(program.byte(0x100000) == 1);
  };
  x.driver.start(kPsPerMs);
}

TEST_CASE("Poison ends a grant at whoever has one, and is met by the next access") {
  Bench x;
  x.a.work = [&] {
    tlm::tlm_dmi region;
    REQUIRE(x.a.ask(0x7000, region));
    x.memory.poison(0x7ff8, 16);
    CHECK(x.a.revoked == decltype(x.a.revoked){{0x7000, 0x8fff}});
    CHECK(x.b.revoked.empty());
    CHECK_FALSE(x.a.ask(0x7000, region));
    CHECK_FALSE(x.a.ask(0x8000, region));
    CHECK(x.a.ask(0x9000, region));
    x.memory.poison(0xa000, 0);
    CHECK(x.a.revoked.size() == 1);
    CHECK(x.a.ask(0xa000, region));
  };
  x.driver.start(kPsPerMs);
}

TEST_CASE("A region that was granted can no longer become foreign") {
  SparseStore s;
  test::PlainMemory program;
  REQUIRE(s.direct_page(0x4000) != nullptr);
  REQUIRE(s.direct_page(0x6000) != nullptr);
  CHECK(s.direct_page(1ull << 56) == nullptr);
  CHECK_THROWS_AS(s.add_foreign(0x3000, 2 * kPage, program), ModelError);
  CHECK_THROWS_AS(s.add_foreign(0x6000, kPage, program), ModelError);
  CHECK_NOTHROW(s.add_foreign(0x7000, kPage, program));
}

TEST_CASE("Of watched pages direct memory is read-only, and stores are told") {
  Bench x;
  bool ran = false;
  struct Told {
    unsigned port;
    std::uint64_t addr, bytes;
    bool operator==(const Told& o) const { return port == o.port && addr == o.addr && bytes == o.bytes; }
  };
  std::vector<Told> told;
  x.memory.on_store = [&](unsigned port, RealAddr at, std::uint64_t n) { told.push_back({port, at, n}); };
  x.a.work = [&] {
    tlm::tlm_dmi region;
    REQUIRE(x.a.ask(0x5000, region));
    REQUIRE(x.a.ask(0x7000, region));
    CHECK(x.a.revoked.empty());
    x.memory.watch(0x5000, 2 * kPage, true);
    REQUIRE(x.a.revoked.size() == 1);
    CHECK(x.a.revoked[0] == std::make_pair(std::uint64_t{0x5000}, std::uint64_t{0x6fff}));
    REQUIRE(x.a.ask(0x6000, region));
    CHECK(region.is_read_allowed());
    CHECK_FALSE(region.is_write_allowed());
    CHECK_FALSE(x.a.ask(0x6000, region, tlm::TLM_WRITE_COMMAND));
    for (const std::uint64_t outside : {0x4000ull, 0x7000ull}) {
      REQUIRE(x.a.ask(outside, region));
      CHECK(region.is_write_allowed());
    }
    for (const std::uint64_t at : {0x4fffull, 0x5000ull, 0x6fffull, 0x7000ull}) x.a.hint(at, 1);
    CHECK(told == std::vector<Told>{{0, 0x5000, 1}, {0, 0x6fff, 1}});
    x.memory.watch(0x9000, kPage, true);
    x.b.hint(0x9010, 1);
    CHECK(told.back() == Told{1, 0x9010, 1});
    x.memory.watch(0x5000, 2 * kPage, false);
    CHECK(x.a.revoked.size() == 3);
    REQUIRE(x.a.ask(0x5000, region));
    CHECK(region.is_write_allowed());
    x.a.hint(0x5000, 2);
    CHECK(told.size() == 3);
    ran = true;
  };
  x.driver.start(kPsPerMs);
  CHECK(ran);
}
