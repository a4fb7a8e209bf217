// SPDX-License-Identifier: Apache-2.0
// Side effects of registers, one test each; register_rules_test.cpp knows which belongs to which.
// Those that need time (TCE kill, RTC invalidation) are tested with the timed models.
#include <optional>
#include <utility>
#include <vector>

#include "models/arch/phb_state.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/plain_memory.hpp"

using namespace phbsim;
using namespace phbsim::arch;
using namespace phbsim::test;

namespace {

constexpr std::uint64_t bit(unsigned n) { return 0x8000000000000000ull >> n; }

// One function at RID 0x100 with 4 KiB of configuration space; nothing else answers.
class OneFunction : public ConfigBus {
 public:
  ConfigReply read_config(Rid rid, unsigned offset, unsigned bytes) override {
    if (rid != 0x100) return {status_elsewhere, ~0u};
    std::uint32_t v = 0;
    for (unsigned i = 0; i < bytes; ++i) v |= static_cast<std::uint32_t>(space[offset + i]) << (8 * i);
    return {ConfigStatus::Good, v};
  }
  ConfigReply write_config(Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) override {
    if (rid != 0x100) return {status_elsewhere, ~0u};
    for (unsigned i = 0; i < bytes; ++i) space[offset + i] = static_cast<unsigned char>(value >> (8 * i));
    return {ConfigStatus::Good, 0};
  }
  std::array<unsigned char, 4096> space{};
  ConfigStatus status_elsewhere = ConfigStatus::UnsupportedRequest;
};

// A card of Gen4 x16 is plugged in, resets are lifted, PERST is released, time for training has passed,
// and bus 1 lies behind the root port.
void bring_up(PhbState& phb, const LinkCapability& card = {}) {
  phb.link().plug(card);
  phb.link_changed();
  phb.write_register(0x1A10, bit(4));
  phb.elapse(kPsPerMs);
  phb.write_register(0x1A10, bit(3) | bit(4));
  phb.elapse(500 * kPsPerMs);
  phb.write(0x1018, 4, 0x0001FF00);  // primary 0, secondary 1, subordinate 255; bytes in order
}

}  // namespace

TEST_CASE("The inbound summary shows error, first error and freeze of the inbound blocks") {
  for (const std::uint32_t block : {0xD80u, 0xE00u, 0xE80u}) {
    PhbState phb(Generation::Phb4, PhbSize::Big);
    CHECK(phb.read_register(0x110) == 0);
    phb.write_register(block + 0x10, bit(5));  // inject
    CHECK(phb.read_register(0x110) == (bit(27) | bit(28)));
    phb.write_register(block + 0x28, bit(5));  // freeze enable
    CHECK(phb.read_register(0x110) == (bit(27) | bit(28) | bit(29)));
    CHECK(phb.read_register(0x120) == 0);
    phb.write_register(block + 0x00, bit(5));
    CHECK(phb.read_register(0x110) == bit(28));
    phb.write_register(block + 0x08, 0);
    CHECK(phb.read_register(0x110) == 0);
    phb.write_register(0x110, ~0ull);
    CHECK(phb.read_register(0x110) == 0);
  }
}

TEST_CASE("The outbound summary shows outbound errors and completion errors") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  phb.write_register(0xD10, bit(40));
  CHECK(phb.read_register(0x120) == (bit(27) | bit(28)));
  CHECK(phb.read_register(0x110) == 0);
  PhbState load(Generation::Phb4, PhbSize::Big);
  load.apply_firmware_defaults();
  load.raise(Fault::CompletionUr, 5, 0x0500, 0, TransactionType::MmioLoad, nullptr);
  CHECK(load.read_register(0x110) == 0x1C00000000ull);  // phb.md 6.2: a real log shows both
  CHECK(load.read_register(0x120) == 0x1C00000000ull);
}

TEST_CASE("The error summary has a bit for each block that holds an error") {
  constexpr std::uint32_t kInject[] = {0xC90, 0xD10, 0xD90, 0xE10, 0xE90, 0x1910, 0x1C10};
  for (unsigned b = 0; b < 7; ++b) {
    PhbState phb(Generation::Phb5, PhbSize::Small);
    CHECK(phb.read_register(0x2C8) == 0);
    phb.write_register(kInject[b], bit(60));
    CHECK(phb.read_register(0x2C8) == bit(b));
    phb.write_register(kInject[b] - 0x10, bit(60));
    CHECK(phb.read_register(0x2C8) == 0);
  }
}

TEST_CASE("Configuration data is little-endian and as wide as the access") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  OneFunction function;
  bring_up(phb);
  phb.set_config_bus(&function);
  phb.write_register(0x140, 0x8010001001FF0000ull);  // RID 0x100, register 0x10, PE 0x1ff (phb.md 5.8)
  phb.write(0x130, 4, 0x78563412);                   // bytes 78 56 34 12 on the bus
  CHECK(function.space[0x10] == 0x78);
  CHECK(function.space[0x13] == 0x12);
  CHECK(phb.read(0x130, 4) == 0x78563412);
  CHECK(phb.read(0x132, 2) == 0x3412);
  CHECK(phb.read(0x131, 1) == 0x56);
  phb.write(0x133, 1, 0xEE);
  CHECK(phb.read(0x130, 4) == 0x785634EE);
  CHECK((phb.read_register(0x140) & (7ull << 60)) == 0);
  // Without the enable bit there is no cycle.
  phb.write_register(0x140, 0x0010001001FF0000ull);
  CHECK(phb.read(0x130, 4) == 0xFFFFFFFFull);
  // The status of a cycle is left in bits 1:3.
  for (const auto& [status, bits] : {std::pair{ConfigStatus::UnsupportedRequest, 1ull},
                                     {ConfigStatus::RetryStatus, 2ull},
                                     {ConfigStatus::CompleterAbort, 4ull}}) {
    function.status_elsewhere = status;
    phb.write_register(0x140, 0x8020001001FF0000ull);
    CHECK(phb.read(0x130, 4) == 0xFFFFFFFFull);
    CHECK((phb.read_register(0x140) >> 60 & 7) == bits);
  }
}

TEST_CASE("The FFI lock is taken by a read and given back by a request") {
  PhbState phb(Generation::Phb3, PhbSize::Big);
  CHECK(phb.read_register(0x240) == 0);
  CHECK(phb.read_register(0x240) == bit(0));
  phb.write_register(0x238, 0);
  CHECK(phb.read_register(0x240) == bit(0));
  phb.write_register(0x238, bit(3));
  CHECK(phb.read_register(0x240) == 0);
  phb.write_register(0x240, 0);
  CHECK(phb.read_register(0x240) == 0);
}

TEST_CASE("A DMA sync completes, and complete bits stay only if they are written back") {
  PhbState p4(Generation::Phb4, PhbSize::Big);
  p4.write_register(0x200, bit(0));
  CHECK(p4.read_register(0x200) == bit(1));
  p4.write_register(0x200, bit(2));  // PHB4 syncs no writes
  CHECK(p4.read_register(0x200) == 0);
  PhbState p5(Generation::Phb5, PhbSize::Big);
  p5.write_register(0x200, bit(0));
  CHECK(p5.read_register(0x200) == bit(1));
  p5.write_register(0x200, bit(1) | bit(2));
  CHECK(p5.read_register(0x200) == (bit(1) | bit(3)));
  p5.write_register(0x200, bit(3));
  CHECK(p5.read_register(0x200) == bit(3));
  p5.write_register(0x200, bit(1));  // a complete bit cannot be made
  CHECK(p5.read_register(0x200) == 0);
}

TEST_CASE("Auto-reset returns the quiesce register to 0") {
  PhbState phb(Generation::Phb4, PhbSize::Small);
  phb.write_register(0x888, ~bit(1));
  CHECK(phb.read_register(0x888) == bit(0));
  phb.write_register(0x888, bit(1));
  CHECK(phb.read_register(0x888) == 0);
}

namespace {

// PHB3 with its vector table in memory; source 9 goes to server 0x18, priority 5, PE 3.
struct Phb3Interrupts {
  static constexpr RealAddr kIvt = 0x3000000;
  static constexpr RealAddr kEntry = kIvt + 16 * 9;
  Phb3Interrupts() : phb(Generation::Phb3, PhbSize::Big) {
    memory.write_be64(kEntry, 0x0000180500000003ull);
    phb.set_memory(&memory);
    phb.write_register(0x150, bit(0) | kIvt | 0x800);
  }
  PlainMemory memory;
  PhbState phb;
};

}  // namespace

TEST_CASE("An FFI request fires its interrupt again") {
  Phb3Interrupts b;
  b.phb.write_register(0x238, 9ull << 4);  // ISN in bits 49:59
  const auto first = b.phb.interrupts().take();
  REQUIRE(first.size() == 1);
  CHECK(first[0].source == 9);
  CHECK(first[0].server == 0x18);
  CHECK(first[0].priority == 5);
  b.phb.write_register(0x238, 9ull << 4);  // presented already: remembered in Q
  CHECK(b.phb.interrupts().take().empty());
  CHECK((b.memory.read_be64(Phb3Interrupts::kEntry) & (bit(39) | bit(47))) == (bit(39) | bit(47)));
}

TEST_CASE("A cached IVE is in force until it is invalidated") {
  Phb3Interrupts b;
  CHECK(b.phb.msi_pe(9) == 3);
  b.memory.write_be64(Phb3Interrupts::kEntry, 0x0000180500000004ull);
  CHECK(b.phb.msi_pe(9) == 3);
  b.phb.write_register(0x2A0, 8ull << 32);  // another source
  CHECK(b.phb.msi_pe(9) == 3);
  b.phb.write_register(0x2A0, 9ull << 32);
  CHECK(b.phb.msi_pe(9) == 4);
  b.memory.write_be64(Phb3Interrupts::kEntry, 0x0000180500000006ull);
  b.phb.write_register(0x2A0, bit(0));
  CHECK(b.phb.msi_pe(9) == 6);
}

TEST_CASE("An IVC update changes the parts it enables, in cache and memory") {
  Phb3Interrupts b;
  const auto entry = [&b] { return b.memory.read_be64(Phb3Interrupts::kEntry); };
  b.phb.write_register(0x2A8, bit(2) | 0x2500000000ull | 9);  // server 0; priority 0x25 is not enabled
  CHECK(entry() == 0x0000000500000003ull);
  b.phb.write_register(0x2A8, bit(3) | 0x0000000700000000ull | 9);
  CHECK(entry() == 0x0000000700000003ull);
  b.phb.write_register(0x2A8, bit(0) | bit(1) | bit(34) | bit(35) | 9);
  CHECK(entry() == (0x0000000700000003ull | bit(39) | bit(47)));
  b.phb.write_register(0x2A8, bit(0) | 9);
  CHECK(entry() == (0x0000000700000003ull | bit(47)));
}

TEST_CASE("The LEM's AND and OR registers change FIR and mask and read 0") {
  for (const auto& [base, value] : {std::pair{0xC00u, 0xF0F0ull}, {0xC18u, 0xF0F0ull}}) {
    PhbState phb(Generation::Phb4, PhbSize::Big);
    phb.write_register(base, value);
    phb.write_register(base + 0x10, 0x0F00);  // OR
    CHECK(phb.read_register(base) == 0xFFF0);
    phb.write_register(base + 0x08, 0x0FF0);  // AND
    CHECK(phb.read_register(base) == 0x0FF0);
    CHECK(phb.read_register(base + 0x08) == 0);
    CHECK(phb.read_register(base + 0x10) == 0);
  }
}

TEST_CASE("Resets of the core hold link, root port and buffer layer") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  bring_up(phb);
  REQUIRE((phb.read_register(0x1A40) & bit(23)) != 0);
  CHECK(phb.read(0x1018, 4) == 0x0001FF00);
  phb.write_register(0x1920, 0x1234);
  phb.write_register(0x1950, 0x5678);  // sticky
  phb.write_register(0xCA0, 0x9ABC);   // not of the PBL
  phb.write_register(0x1A10, bit(2) | bit(3) | bit(4));
  CHECK(phb.read_register(0x1920) == 0);
  CHECK(phb.read_register(0x1950) == 0x5678);
  CHECK(phb.read_register(0xCA0) == 0x9ABC);
  CHECK(phb.read(0x1018, 4) == 0x0001FF00);
  phb.write_register(0x1A10, bit(0) | bit(3) | bit(4));
  CHECK(phb.read(0x1018, 4) == 0);
  phb.write_register(0x1A10, bit(4));  // PERST
  CHECK((phb.read_register(0x1A40) & bit(23)) == 0);
  phb.write_register(0x1A10, bit(3) | bit(4));
  phb.elapse(500 * kPsPerMs);
  CHECK((phb.read_register(0x1A40) & bit(23)) != 0);
}

TEST_CASE("Presence is active low, and the link's activity shows beside it") {
  PhbState phb(Generation::Phb5, PhbSize::Big);
  CHECK(phb.read_register(0x1A20) == bit(10));
  phb.link().plug({});
  CHECK(phb.read_register(0x1A20) == 0);
  phb.write_register(0x1A20, ~0ull);
  CHECK((phb.read_register(0x1A20) & (bit(10) | bit(12))) == 0);
  PhbState up(Generation::Phb5, PhbSize::Big);
  bring_up(up);
  CHECK(up.read_register(0x1A20) == bit(12));
  up.link().unplug();
  CHECK(up.read_register(0x1A20) == bit(10));
  PhbState p3(Generation::Phb3, PhbSize::Big);
  CHECK(p3.read_register(0xFB0) == (bit(10) | bit(11)));
  p3.link().plug({});
  CHECK(p3.read_register(0xFB0) == 0);
}

TEST_CASE("The training register shows the trained link as hardware records it") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  phb.write_register(0x1A80, bit(0));  // trace: the LTSSM field is live
  bring_up(phb);
  CHECK(phb.read_register(0x1A40) == 0x0000154904000000ull);  // phb.md 5.5, Gen4 x16
  phb.write_register(0x1A40, ~0ull);
  CHECK(phb.read_register(0x1A40) == (0x0000154904000000ull | bit(12)));
  phb.write_register(0x1A40, 0);
  CHECK(phb.read_register(0x1A40) == 0x0000154904000000ull);
  PhbState narrow(Generation::Phb4, PhbSize::Small);
  narrow.write_register(0x1A80, bit(0));
  bring_up(narrow, {3, 8});
  CHECK(narrow.read_register(0x1A40) == 0x0000154883000000ull);  // Gen3 x8
}

TEST_CASE("A retrain is asked for by the link management register, which reads whether the link is active") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  CHECK((phb.read_register(0x1A30) & bit(8)) == 0);
  bring_up(phb);
  CHECK(phb.read_register(0x1A30) == bit(8));
  REQUIRE(phb.link().state() == LinkState::L0);
  phb.write_register(0x1A30, bit(0));  // not the retrain bit
  CHECK(phb.link().state() == LinkState::L0);
  phb.write_register(0x1A30, bit(1));
  CHECK(phb.link().state() == LinkState::Recovery);
  CHECK(phb.read_register(0x1A30) == bit(8));
}

TEST_CASE("The speed that SCR allows bounds the link's") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  phb.write_register(0x1A80, bit(0));
  phb.write_register(0x1A00, (phb.read_register(0x1A00) & ~0xF0000000ull) | 0x30000000ull);
  CHECK(phb.read_register(0x1A00) == 0x4410000030400000ull);
  bring_up(phb);
  CHECK(phb.read_register(0x1A40) == 0x0000154903000000ull);
}

TEST_CASE("Errors of training are counted, and cleared by software") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  LinkFaults faults;
  faults.rx_errors = 9;
  faults.lane_errors = 0x8001;
  phb.link().set_faults(faults);
  bring_up(phb);
  CHECK(phb.read_register(0x1AB8) == 0x0000090000000000ull);  // bits 16:23
  phb.write_register(0x1AB8, 0);
  CHECK(phb.read_register(0x1AB8) == 0);
  CHECK(phb.read_register(0x1AB0) == 0x8001000000000000ull);  // bits 0:15
  phb.write_register(0x1AB0, bit(15));
  CHECK(phb.read_register(0x1AB0) == 0x8000000000000000ull);
  phb.write_register(0x1AB0, ~0ull);
  CHECK(phb.read_register(0x1AB0) == 0);
}

TEST_CASE("Interrupt lines follow status and enables of a block") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  const auto lines = [&phb] { return std::pair{phb.interrupts().lsi(6), phb.interrupts().lsi(7)}; };
  phb.write_register(0xD90, bit(40));
  CHECK(lines() == std::pair{false, false});
  phb.write_register(0xDA0, bit(40));
  CHECK(lines() == std::pair{true, false});
  phb.write_register(0xDA0, 0);
  CHECK(lines() == std::pair{false, false});
  phb.write_register(0xDA0, bit(40));
  phb.write_register(0xD80, bit(40));
  CHECK(lines() == std::pair{false, false});
  phb.write_register(0xDA8, bit(41));
  phb.write_register(0xDA0, bit(41));
  phb.write_register(0xD90, bit(41));
  CHECK(lines() == std::pair{false, true});
}

TEST_CASE("An injected error sets status and acts by the enables") {
  PhbState phb(Generation::Phb4, PhbSize::Big);
  phb.write_register(0x140, 7ull << 16);   // PE 7 in CONFIG_ADDRESS
  phb.write_register(0xDA8, bit(26));      // freeze
  phb.write_register(0xDB0, bit(41));      // fence
  phb.write_register(0xDD0, bit(30));      // masked: not recorded
  phb.write_register(0xD90, bit(5) | bit(30));
  CHECK(phb.read_register(0xD90) == 0);
  CHECK(phb.read_register(0xD80) == bit(5));
  CHECK(phb.read_register(0xD88) == bit(5));
  CHECK_FALSE(phb.mmio_frozen(7));
  phb.write_register(0xD90, bit(26));
  CHECK(phb.read_register(0xD80) == (bit(5) | bit(26)));
  CHECK(phb.read_register(0xD88) == bit(5));  // the first stays
  CHECK(phb.mmio_frozen(7));
  CHECK(phb.dma_stopped(7));
  CHECK_FALSE(phb.fenced());
  phb.write_register(0xD90, bit(41));
  CHECK(phb.fenced());
}
