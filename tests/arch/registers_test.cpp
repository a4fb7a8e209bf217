// SPDX-License-Identifier: Apache-2.0
#include "models/arch/registers.hpp"

#include <random>
#include <set>
#include <string_view>
#include <vector>

#include "models/arch/phb_state.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

std::vector<std::uint64_t> snapshot(const PhbState& phb) {
  std::vector<std::uint64_t> v;
  for (unsigned i = 0; i < kRegs; ++i) v.push_back(phb.reg(static_cast<Reg>(i)));
  return v;
}

PhbState big_phb4() { return PhbState(Generation::Phb4, PhbSize::Big); }

constexpr std::uint64_t kAutoIncrement = 0x8000000000000000ull;
std::uint64_t table(unsigned id, std::uint64_t index) { return std::uint64_t{id} << 48 | index; }

}  // namespace

TEST_CASE("Capability registers tell the size of the PHB") {
  struct Row {
    Generation generation;
    PhbSize size;
    std::uint64_t version, tce_cap, irq_cap, eeh_cap;
  };
  for (const Row& r : {Row{Generation::Phb4, PhbSize::Big, 0x000000a400000002ull,
                           0x4008440000000400ull, 0x0800000000001000ull, 0x2000000000000000ull},
                       Row{Generation::Phb4, PhbSize::Small, 0x000000a400000002ull,
                           0x2008440000000200ull, 0x0800000000000800ull, 0x1000000000000000ull},
                       Row{Generation::Phb5, PhbSize::Big, 0x000000a500000002ull,
                           0x4008440000000400ull, 0x0800000000001000ull, 0x2000000000000000ull}}) {
    PhbState phb(r.generation, r.size);
    CHECK(phb.read_register(0x800) == r.version);
    CHECK(phb.read_register(0x258) == r.tce_cap);
    CHECK(phb.read_register(0x260) == r.irq_cap);
    CHECK(phb.read_register(0x268) == r.eeh_cap);
  }
}

TEST_CASE("A fenced PHB reads all ones everywhere and drops writes") {
  PhbState phb = big_phb4();
  phb.apply_firmware_defaults();
  phb.write_register(0x220, table(9, 4));
  phb.write_register(0x228, 0xC01);
  phb.raise(Fault::RttDisabled, kNoPe, 0, 0, TransactionType::DmaRead, nullptr);
  REQUIRE(phb.fenced());
  const auto before = snapshot(phb);
  for (const RegSpec& r : phb_registers()) {
    if (!r.exists_in(Generation::Phb4)) continue;
    INFO(register_name(r));
    CHECK(phb.read_register(r.offset) == ~0ull);
    phb.write_register(r.offset, 0);
  }
  CHECK(snapshot(phb) == before);
  CHECK(phb.tve_word(4) == 0xC01);
}

TEST_CASE("Firmware's register values turn on both MSI windows and the error enables") {
  PhbState phb = big_phb4();
  CHECK(phb.read_register(0x160) == 0);
  phb.apply_firmware_defaults();
  CHECK(phb.read_register(0x160) == 0x0082000000000000ull);
  const std::pair<std::uint32_t, std::uint64_t> enables[] = {
      {0xCA8, 0x0000004000000000ull}, {0xCB0, 0x35777033FF000000ull},
      {0xD28, 0x0000000A00000000ull}, {0xD30, 0xDFF7BD05F7DDFFF0ull},
      {0xDA8, 0xC00018B801000060ull}, {0xDB0, 0x3BFFD703FA7FBF8Full},
      {0xE28, 0x0000600000000000ull}, {0xE30, 0xFFFFFEFFFF7FFF57ull},
      {0xEA8, 0x60000000C0000000ull}, {0xEB0, 0x9FAEFFAF3FFFFFFFull}};
  for (const auto& [offset, value] : enables) CHECK(phb.read_register(offset) == value);
}

TEST_CASE("The IODA port steps after writes and after reads and wraps at the table's end") {
  for (const auto& facts : kGenerations) {
    const std::pair<unsigned, std::uint32_t> tables[] = {
        {2, facts.generation == Generation::Phb3 ? 8 : facts.interrupts / 4}, {5, facts.rid_entries}, {7, facts.max_pes},
        {8, facts.max_pes},        {9, facts.tves},        {20, facts.max_pes / 64}};
    for (const auto& [id, entries] : tables) {
      INFO(facts.name << ", table " << id);
      PhbState phb(facts.generation, facts.size);
      const std::uint64_t top = kAutoIncrement | table(id, 0);
      for (const bool write : {true, false}) {
        phb.write_register(0x220, top | (entries - 2));
        for (const std::uint64_t next :
             {std::uint64_t{entries - 1}, std::uint64_t{0}, std::uint64_t{1}}) {
          if (write) {
            phb.write_register(0x228, 0);
          } else {
            phb.read_register(0x228);
          }
          CHECK(phb.read_register(0x220) == (top | next));
        }
      }
    }
  }
}

TEST_CASE("Without auto-increment the IODA port stays where it is") {
  PhbState phb = big_phb4();
  phb.write_register(0x220, table(9, 7));
  phb.write_register(0x228, 1);
  phb.write_register(0x228, 2);
  CHECK(phb.read_register(0x228) == 2);
  CHECK(phb.read_register(0x220) == table(9, 7));
  CHECK(phb.tve_word(7) == 2);
  CHECK(phb.tve_word(8) == 0);
}

TEST_CASE("A run of auto-incremented writes fills the TVT in order and a run of reads returns it") {
  PhbState phb = big_phb4();
  phb.write_register(0x220, kAutoIncrement | table(9, 1020));
  for (std::uint64_t i = 0; i < 8; ++i) phb.write_register(0x228, 0x1000 + i);
  for (std::uint64_t i = 0; i < 8; ++i)
    CHECK(phb.tve_word(static_cast<std::uint32_t>((1020 + i) % 1024)) == 0x1000 + i);
  phb.write_register(0x220, kAutoIncrement | table(9, 1020));
  for (std::uint64_t i = 0; i < 8; ++i) CHECK(phb.read_register(0x228) == 0x1000 + i);
}

TEST_CASE("An index beyond a small table wraps by masking") {
  PhbState phb(Generation::Phb4, PhbSize::Small);
  phb.write_register(0x220, table(9, 512 + 3));
  phb.write_register(0x228, 0x77);
  CHECK(phb.tve_word(3) == 0x77);
}

TEST_CASE("PHB3 keeps server, priority and node of an LSI's vector, nothing else") {
  PhbState phb(Generation::Phb3, PhbSize::Big);
  phb.write_register(0x220, table(2, 5));
  phb.write_register(0x228, ~0ull);
  CHECK(phb.read_register(0x228) == 0x00FFFFFF000000FFull);
  phb.write_register(0x228, 0x1234567812345678ull);
  CHECK(phb.read_register(0x228) == 0x0034567800000078ull);
}

TEST_CASE("An unknown IODA table reads 0 and takes no writes") {
  PhbState phb = big_phb4();
  for (unsigned id = 0; id < 32; ++id) {
    bool known = false;
    for (const IodaTableSpec& t : kIodaTables)
      if (t.later && static_cast<unsigned>(t.id) == id) known = true;
    if (known) continue;
    INFO(id);
    phb.write_register(0x220, kAutoIncrement | table(id, 0));
    phb.write_register(0x228, ~0ull);
    phb.write_register(0x220, kAutoIncrement | table(id, 0));
    CHECK(phb.read_register(0x228) == 0);
  }
  for (std::uint32_t i = 0; i < 1024; ++i) CHECK(phb.tve_word(i) == 0);
  for (unsigned w = 0; w < 8; ++w) CHECK(phb.peev(w) == 0);
}

TEST_CASE("A MIST write changes the quarters of its mask and keeps reserved bits 0") {
  for (std::uint64_t mask = 0; mask < 16; ++mask) {
    INFO(mask);
    PhbState phb = big_phb4();
    phb.write_register(0x220, table(2, 0x48));
    phb.write_register(0x228, 0x0111022203330444ull);
    phb.write_register(0x220, table(2, 0x48) | mask << 32);
    phb.write_register(0x228, ~0ull);
    std::uint64_t expected = 0;
    const std::uint64_t old[4] = {0x0111, 0x0222, 0x0333, 0x0444};
    for (unsigned s = 0; s < 4; ++s) {
      const bool written = mask == 0 || (mask & (8 >> s)) != 0;
      expected = expected << 16 | (written ? 0xCFFFull : old[s]);
      CHECK(phb.msi_pe(4 * 0x48 + s) == (written ? 0xFFFu : old[s]));
    }
    CHECK(phb.read_register(0x228) == expected);
  }
}

TEST_CASE("Granting a source writes its PE and clears P and Q") {
  PhbState phb = big_phb4();
  phb.write_register(0x220, table(2, 0x48));
  phb.write_register(0x228, ~0ull);
  phb.set_msi_pe(0x122, 5);
  CHECK(phb.read_register(0x228) == 0xCFFFCFFF0005CFFFull);
  CHECK(phb.msi_pe(0x122) == 5);
}

TEST_CASE("PESTA and PESTB hold bit 0 only and PEEV is their union") {
  std::mt19937_64 random(8);
  for (const auto size : {PhbSize::Big, PhbSize::Small}) {
    PhbState phb(Generation::Phb4, size);
    const std::uint32_t pes = phb.facts().max_pes;
    std::vector<unsigned> flags(pes);
    for (int i = 0; i < 3000; ++i) {
      const auto pe = static_cast<std::uint32_t>(random() % pes);
      const unsigned which = random() % 2;
      const std::uint64_t value = random();
      phb.write_register(0x220, table(7 + which, pe));
      phb.write_register(0x228, value);
      flags[pe] = (flags[pe] & ~(1u << which)) | static_cast<unsigned>(value >> 63) << which;
      CHECK(phb.read_register(0x228) == (value & kAutoIncrement));
    }
    for (std::uint32_t pe = 0; pe < pes; ++pe) {
      phb.write_register(0x220, table(20, pe / 64));
      const std::uint64_t word = phb.read_register(0x228);
      CHECK(((word >> (63 - pe % 64)) & 1) == (flags[pe] != 0 ? 1u : 0u));
      CHECK(phb.mmio_frozen(pe) == ((flags[pe] & 1) != 0));
      CHECK(phb.dma_stopped(pe) == ((flags[pe] & 2) != 0));
    }
  }
}

TEST_CASE("RCAM entries read 0 and take no writes") {
  PhbState phb = big_phb4();
  phb.write_register(0x220, table(5, 3));
  phb.write_register(0x228, ~0ull);
  CHECK(phb.read_register(0x228) == 0);
}
