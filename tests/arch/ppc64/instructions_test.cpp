// SPDX-License-Identifier: Apache-2.0
/// The table of instructions, and text made from it. What instructions compute is compared with QEMU in tests/cpu.
#include "models/arch/ppc64/instructions.hpp"

#include <set>

#include "models/arch/ppc64/decode.hpp"
#include "tests/arch/ppc64/rig.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::arch::ppc64 {

TEST_CASE("every row has a handler, and one for each ending") {
  for (const Instruction& row : kTable) {
    INFO(row.mnemonic);
    const Binding* binding = binding_of(row);
    REQUIRE(binding != nullptr);
    CHECK(binding->plain != nullptr);
    if (row.has(kRc)) CHECK(binding->rc != nullptr);
    if (row.has(kOe)) CHECK(binding->oe != nullptr);
    if (row.has(kOe)) CHECK(binding->oe_rc != nullptr);
  }
}

TEST_CASE("no word is two instructions, and operands do not reach into the opcode") {
  for (const Instruction& row : kTable) {
    INFO(row.mnemonic);
    CHECK((row.code.match & ~row.mask()) == 0);
    CHECK(find_instruction(row.code.match) == &row);
    std::uint32_t fields = 0;
    for (const Operand operand : operands(row)) {
      const std::uint32_t bits = kOperands[static_cast<unsigned>(operand)].bits;
      CHECK((fields & bits) == 0);
      fields |= bits;
    }
    CHECK((fields & row.mask()) == 0);
    for (const Instruction& other : kTable)
      if (&other != &row) CHECK(((row.code.match ^ other.code.match) & row.mask() & other.mask()) != 0);
  }
}

TEST_CASE("rows of kOperands stand where the enumerator says") {
  for (unsigned i = 0; i < kOperands.size(); ++i) CHECK(static_cast<unsigned>(kOperands[i].operand) == i);
}

TEST_CASE("vectors and registers stand in order, numbers are unique") {
  for (unsigned i = 0; i < kExceptions; ++i) CHECK(static_cast<unsigned>(kVectors[i].exception) == i);
  std::set<unsigned> numbers;
  for (const Spr& row : spr::kTable) {
    INFO(row.name);
    CHECK(numbers.insert(row.number).second);
    CHECK(row.number < kSprs);
    if (row.kind == SprKind::Alias) CHECK(find_spr(row.target) != nullptr);
  }
}

// Words and text as GNU as and objdump have them (powerpc64-linux-gnu, binutils 2.40).
TEST_CASE("disassembly") {
  const struct {
    std::uint32_t word;
    const char* text;
  } rows[] = {
      {0x38600001, "li r3, 1"},
      {0x3c60dead, "lis r3, -8531"},
      {0x3863ffff, "addi r3, r3, -1"},
      {0x7c632a14, "add r3, r3, r5"},
      {0x7c632e15, "addo. r3, r3, r5"},
      {0x80a40004, "lwz r5, 4(r4)"},
      {0xe8c4fff8, "ld r6, -8(r4)"},
      {0xf8040000, "std r0, 0(r4)"},
      {0xe8c00008, "ld r6, 8(0)"},
      {0x48000015, "bl 0x114"},
      {0x4bfffffc, "b 0xfc"},
      {0x4200ffec, "bc 16, 0, 0xec"},
      {0x4e800020, "blr"},
      {0x60000000, "nop"},
      {0x7c0802a6, "mfspr r0, LR"},
      {0x7c1a03a6, "mtspr SRR0, r0"},
      {0x7c7f1b78, "mr r31, r3"},
      {0x54631838, "rlwinm r3, r3, 3, 0, 28"},
      {0x78630fe0, "rldicl r3, r3, 1, 63"},
      {0x7c8407b4, "extsw r4, r4"},
      {0x2c230000, "cmpi cr0, 1, r3, 0"},
      {0x4c000024, "rfid"},
      {0x44000022, "sc 1"},
      {0x7c00048c, ".long 0x7c00048c"},
      {0x7c0004ac, "sync 0"},
      {0x7c4004ac, "sync 2"},
      {0xe8a30012, "lwa r5, 16(r3)"},
  };
  for (const auto& row : rows) CHECK(disassemble(row.word, 0x100) == row.text);
}

TEST_CASE("floating-point, vector and VSX words by facility") {
  CHECK(facility_of(0xc8230000) == Facility::FloatingPoint);  // lfd f1, 0(r3)
  CHECK(facility_of(0xfc22182a) == Facility::FloatingPoint);  // fadd f1, f2, f3
  CHECK(facility_of(0x7c23242e) == Facility::FloatingPoint);  // lfsx f1, r3, r4
  CHECK(facility_of(0x7c2325ee) == Facility::FloatingPoint);  // stfdux f1, r3, r4
  CHECK(facility_of(0x7c2327ae) == Facility::FloatingPoint);  // stfiwx f1, r3, r4
  CHECK(facility_of(0x10221880) == Facility::Vector);         // vadduwm v1, v2, v3
  CHECK(facility_of(0x7c2320ce) == Facility::Vector);         // lvx v1, r3, r4
  CHECK(facility_of(0x7c2321ce) == Facility::Vector);         // stvx v1, r3, r4
  CHECK(facility_of(0x7c23200c) == Facility::Vector);         // lvsl v1, r3, r4
  CHECK(facility_of(0xf0221800) == Facility::Vsx);            // xsaddsp vs1, vs2, vs3
  CHECK(facility_of(0x7c232698) == Facility::Vsx);            // lxvd2x vs1, r3, r4
  CHECK(facility_of(0x7c230066) == Facility::Vsx);            // mfvsrd r3, vs1
  CHECK(facility_of(0xf4230001) == Facility::Vsx);            // lxv vs1, 0(r3)
  CHECK(facility_of(0x00000000) == Facility::None);
}

}  // namespace phbsim::arch::ppc64
