// SPDX-License-Identifier: Apache-2.0
#include "tests/qtest/sequences.hpp"

#include <algorithm>
#include <array>
#include <random>

#include "models/arch/root_complex_rows.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::qtest {

using arch::Generation;
using arch::IodaTableId;
using arch::PecUnit;
using arch::Reg;
using arch::RegAction;
using arch::RegSpec;

namespace {

using Random = std::mt19937_64;

constexpr std::array<std::uint64_t, 4> kPatterns{~0ull, 0x5555555555555555ull, 0xAAAAAAAAAAAAAAAAull, 0};
constexpr std::array<Reg, 2> kCoreReset{Reg::PcieCreset, Reg::P3Reset};

/// Offsets at which no generation has a register.
constexpr std::array<std::uint32_t, 4> kNoRegisters{0x108, 0x278, 0xC48, 0xFF8};

RegAction action(const RegSpec& row) { return static_cast<RegAction>(row.action); }

/// The registers of a PHB, in order. IODA_DATA0 and CONFIG_DATA are ports.
std::vector<const RegSpec*> registers_of(Machine& m, unsigned phb) {
  std::vector<const RegSpec*> out;
  for (const RegSpec& r : m.phb(phb).file().table())
    if (r.exists_in(m.generation()) && action(r) != RegAction::IodaData && action(r) != RegAction::ConfigData)
      out.push_back(&r);
  return out;
}

/// Could raise an error, fence or reset at random.
bool is_safe(const RegSpec& row) {
  return action(row) != RegAction::Inject && action(row) != RegAction::CoreReset &&
         row.id != static_cast<std::uint16_t>(Reg::ErrInjCtl);
}

void select(Machine& m, unsigned phb, IodaTableId table, std::uint64_t index, bool advance, unsigned mist_mask = 0) {
  m.write_register(phb, m.row(phb, Reg::IodaAddr),
                   (advance ? arch::kIodaAutoIncrement : 0) | arch::IodaTable::make(static_cast<unsigned>(table)) |
                       arch::IodaMistMask::make(mist_mask) | index);
}

void core_resets(Machine& m, unsigned phb, Random& random) {
  for (const Reg id : kCoreReset) {
    const RegSpec* row = m.phb(phb).file().row(static_cast<std::uint16_t>(id));
    if (row == nullptr) continue;
    for (unsigned i = 0; i < 6; ++i) {
      m.write_register(phb, *row, i < kPatterns.size() ? kPatterns[i] : random());
      m.read_register(phb, *row);
    }
    m.write_register(phb, *row, m.generation() == Generation::Phb3 ? ~0ull : 0);
  }
}

// -- configuration -----------------------------------------------------------------------------------

/// Cycles to functions that are not there; 1, 2 and 4 bytes.
void absent_devices(Machine& m, unsigned phb, Random& random) {
  const RegSpec& address = m.row(phb, Reg::ConfigAddress);
  for (unsigned i = 0; i < 24; ++i) {
    const std::uint64_t rid = 0x100 | (random() & 0xFEFF);
    const std::uint64_t offset = random() & 0xFFC;
    const unsigned bytes = 1u << random() % 3;
    const auto byte = static_cast<std::uint32_t>(random() % (4 / bytes) * bytes);
    m.write_register(phb, address, arch::kConfigAddressEnable | arch::ConfigAddressRid::make(rid) |
                                       arch::ConfigAddressRegister::make(offset));
    if (i % 3 == 2) m.write_window(phb, "CONFIG_DATA", arch::kConfigDataOffset + byte, bytes, random() & low_mask(8 * bytes));
    m.read_window(phb, "CONFIG_DATA", arch::kConfigDataOffset + byte, bytes);
    m.read_register(phb, address);
  }
  m.write_register(phb, address, 0);
  m.read_window(phb, "CONFIG_DATA", arch::kConfigDataOffset, 4);
}

/// Every word of the root port's configuration space, at reset and after patterns.
void root_port(Machine& m, unsigned phb, Random& random) {
  const bool port = m.generation() == Generation::Phb3;
  const auto at = [&](unsigned offset) {
    if (!port) return arch::kRcConfigOffset + offset;
    m.write_register(phb, m.row(phb, Reg::ConfigAddress),
                     arch::kConfigAddressEnable | arch::ConfigAddressRegister::make(offset));
    return arch::kConfigDataOffset;
  };
  const auto place = [](unsigned offset) { return "root port " + text::hex(offset); };
  std::vector<unsigned> words;
  for (const arch::ConfigRow& r : arch::rows::kRootConfig)
    if (r.exists_in(m.generation()) && (words.empty() || words.back() != (r.offset & ~3u))) words.push_back(r.offset & ~3u);
  for (const unsigned w : words) m.read_window(phb, place(w), at(w), 4);
  for (unsigned i = 0; i < 6; ++i) {
    for (const unsigned w : words) {
      m.write_window(phb, place(w), at(w), 4, low_mask(32) & (i < kPatterns.size() ? kPatterns[i] : random()));
      m.read_window(phb, place(w), at(w), 4);
    }
  }
  for (const unsigned w : words) m.read_window(phb, place(w), at(w), 4);
}

// -- what names nothing ------------------------------------------------------------------------------

void nothing_there(Machine& m, unsigned phb) {
  for (const std::uint32_t offset : kNoRegisters) {
    PHBSIM_ASSERT(m.phb(phb).find_register(offset) == nullptr);
    const std::string place = "no register " + text::hex(offset);
    m.read_window(phb, place, offset, 8);
    m.write_window(phb, place, offset, 8, 0x0123456789ABCDEFull);
    m.read_window(phb, place, offset, 8);
  }
  for (const Reg id : {Reg::Version, Reg::RttBar}) {
    const std::uint32_t offset = m.row(phb, id).offset;
    for (const unsigned bytes : {1u, 2u, 4u}) m.read_window(phb, "part of a register", offset, bytes);
  }
  for (unsigned t = 0; t < 32; ++t) {
    if (arch::ioda_entries(static_cast<IodaTableId>(t), m.phb(phb).facts()) != 0) continue;
    select(m, phb, static_cast<IodaTableId>(t), 3, false);
    m.read_register(phb, m.row(phb, Reg::IodaData));
    m.write_register(phb, m.row(phb, Reg::IodaData), 0x0123456789ABCDEFull);
    m.read_register(phb, m.row(phb, Reg::IodaData));
  }
}

// -- registers ---------------------------------------------------------------------------------------

void patterns(Machine& m, unsigned phb, Random& random) {
  for (const RegSpec* row : registers_of(m, phb)) {
    if (action(*row) == RegAction::CoreReset) continue;
    for (unsigned i = 0; i < 7; ++i) {
      // Last zeros, so that no enable is left set while errors are injected.
      const std::uint64_t value = i < 3 ? kPatterns[i] : i < 6 ? random() : 0;
      m.write_register(phb, *row, value);
      m.read_register(phb, *row);
      if (i == 3 || i == 6) m.read_register(phb, *row);  // a read may change something, too
    }
  }
}

void tables(Machine& m, unsigned phb, Random& random) {
  const arch::GenerationFacts& facts = m.phb(phb).facts();
  const RegSpec& data = m.row(phb, Reg::IodaData);
  const RegSpec& address = m.row(phb, Reg::IodaAddr);
  for (const arch::IodaTableSpec& t : arch::kIodaTables) {
    const std::uint32_t n = arch::ioda_entries(t.id, facts);
    if (n == 0) continue;
    // Over the end, by writes and by reads.
    const std::uint32_t run = std::min(n, 24u);
    select(m, phb, t.id, n - run / 2, true);
    for (unsigned i = 0; i < run; ++i) m.write_register(phb, data, i < kPatterns.size() ? kPatterns[i] : random());
    m.read_register(phb, address);
    select(m, phb, t.id, n - run / 2, true);
    for (unsigned i = 0; i < run; ++i) m.read_register(phb, data);
    m.read_register(phb, address);
    // One entry, without.
    select(m, phb, t.id, random() % n, false);
    for (unsigned i = 0; i < 4; ++i) {
      m.write_register(phb, data, random());
      m.read_register(phb, data);
      m.read_register(phb, address);
    }
    // An index beyond the table, which the port wraps. QEMU's leaves that of PCT as it is.
    if (n <= facts.ioda_index_mask && t.id != IodaTableId::Pct) {
      select(m, phb, t.id, facts.ioda_index_mask, true);
      m.read_register(phb, data);
      m.read_register(phb, address);
    }
  }
  for (unsigned mask = 0; mask < 16 && m.generation() != Generation::Phb3; ++mask) {
    select(m, phb, IodaTableId::Mist, random() % (facts.interrupts / 4), false, mask);
    m.write_register(phb, data, random());
    m.read_register(phb, data);
    m.write_register(phb, data, random());
    m.read_register(phb, data);
  }
  // Freeze bits, and what is derived of them.
  for (const IodaTableId t : {IodaTableId::PestA, IodaTableId::PestB}) {
    select(m, phb, t, 70, false);
    m.write_register(phb, data, ppc_bit(0));
    select(m, phb, IodaTableId::Peev, 0, true);
    for (unsigned i = 0; i < facts.max_pes / 64; ++i) m.read_register(phb, data);
    select(m, phb, t, 70, false);
    m.write_register(phb, data, 0);
  }
}

void service_bus(Machine& m, unsigned phb, Random& random) {
  const std::vector<const RegSpec*> rows = registers_of(m, phb);
  for (unsigned i = 0; i < 150; ++i) {
    const RegSpec& row = *rows[random() % rows.size()];
    if (!is_safe(row)) continue;
    if (i % 2 != 0) m.write_indirect(phb, row, random());
    m.read_indirect(phb, row);
    m.read_register(phb, row);
  }
  select(m, phb, IodaTableId::Tvt, 5, true);
  for (unsigned i = 0; i < 4; ++i) m.write_indirect(phb, m.row(phb, Reg::IodaData), random());
  select(m, phb, IodaTableId::Tvt, 5, true);
  for (unsigned i = 0; i < 4; ++i) m.read_indirect(phb, m.row(phb, Reg::IodaData));
}

void at_random(Machine& m, unsigned phb, Random& random) {
  const std::vector<const RegSpec*> rows = registers_of(m, phb);
  const RegSpec& data = m.row(phb, Reg::IodaData);
  for (unsigned i = 0; i < 3000; ++i) {
    const unsigned what = random() % 16;
    if (what == 0) {
      const arch::IodaTableSpec& t = arch::kIodaTables[random() % arch::kIodaTables.size()];
      const std::uint32_t n = arch::ioda_entries(t.id, m.phb(phb).facts());
      if (n != 0) select(m, phb, t.id, random() % n, random() % 2 != 0, static_cast<unsigned>(random() % 16));
    } else if (what < 6) {
      const bool table = arch::ioda_entries(static_cast<IodaTableId>(arch::IodaTable::get(m.phb(phb).reg(Reg::IodaAddr))),
                                            m.phb(phb).facts()) != 0;
      if (table && what < 3) m.write_register(phb, data, random());
      if (table && what >= 3) m.read_register(phb, data);
    } else {
      const RegSpec& row = *rows[random() % rows.size()];
      if (what < 11 && is_safe(row)) m.write_register(phb, row, random() & (random() % 4 == 0 ? random() : ~0ull));
      m.read_register(phb, *rows[random() % rows.size()]);
      m.read_register(phb, row);
    }
  }
}

}  // namespace

void compare_phb(Machine& m, unsigned phb, std::uint64_t seed) {
  Random random(seed);
  const auto everything = [&] {
    for (const RegSpec* row : registers_of(m, phb)) m.read_register(phb, *row);
  };
  everything();
  core_resets(m, phb, random);
  absent_devices(m, phb, random);
  root_port(m, phb, random);
  nothing_there(m, phb);
  patterns(m, phb, random);
  tables(m, phb, random);
  service_bus(m, phb, random);
  at_random(m, phb, random);
  everything();
  if (m.phb(phb).fenced()) throw UserError("PHB" + std::to_string(phb) + ": the sequence fenced the model");
}

void compare_pec(Machine& m, unsigned phb, std::uint64_t seed) {
  Random random(seed);
  std::vector<arch::ScomPlace> places;
  for (const PecUnit unit : {PecUnit::Nest, PecUnit::Stack, PecUnit::Pci, PecUnit::PciStack, PecUnit::Etu}) {
    for (const RegSpec& r : arch::pec_table(unit)) {
      const auto a = static_cast<arch::PecAction>(r.action);
      const bool port = a == arch::PecAction::HvData || a == arch::PecAction::AsbData;
      if (r.exists_in(m.generation()) && !port && a != arch::PecAction::EtuReset)
        places.push_back(m.scom_place(phb, unit, r.id));
    }
  }
  // No BAR answers while it is written.
  const auto enable = m.scom_place(phb, PecUnit::Stack, static_cast<std::uint16_t>(arch::PecStackReg::BarEnable));
  m.write_scom(enable, 0);
  for (const auto& p : places) {
    m.read_scom(p);
    if (p.row == enable.row) continue;
    for (unsigned i = 0; i < 7; ++i) {
      m.write_scom(p, i < 3 ? kPatterns[i] : i < 6 ? random() : 0);
      m.read_scom(p);
    }
  }
  for (unsigned i = 0; i < 1500; ++i) {
    const auto& p = places[random() % places.size()];
    if (p.row != enable.row && random() % 2 != 0) m.write_scom(p, random());
    m.read_scom(p);
    m.read_scom(places[random() % places.size()]);
  }
  // All BARs at 0 and without size: enabling them moves nothing.
  for (const auto& p : places)
    if (static_cast<arch::PecAction>(p.row->action) == arch::PecAction::Bar && p.row != enable.row) m.write_scom(p, 0);
  m.write_scom(enable, ~arch::kBarEnablePhb);
  m.read_scom(enable);
  m.write_scom(enable, 0);
  for (const auto& p : places) m.read_scom(p);
  const auto reset = m.scom_place(phb, PecUnit::PciStack, static_cast<std::uint16_t>(arch::PecPciStackReg::EtuReset));
  for (const std::uint64_t value : {~0ull, 0ull}) {
    m.write_scom(reset, value);
    m.read_scom(reset);
  }
}

}  // namespace phbsim::qtest
