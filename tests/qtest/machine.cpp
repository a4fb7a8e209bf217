// SPDX-License-Identifier: Apache-2.0
#include "tests/qtest/machine.hpp"

#include "models/arch/physical_map.hpp"
#include "models/arch/register_text.hpp"
#include "models/base/check.hpp"

namespace phbsim::qtest {

using arch::Generation;
using arch::PecUnit;
using arch::Reg;
using arch::RegSpec;

namespace {

/// POWER8's XSCOM window of chip 0, observed in QEMU's memory map; and how it folds SCOM addresses [F QX].
constexpr std::uint64_t kPower8Xscom = 0x0003FC0000000000ull;

bool is_configuration(Generation g, std::uint32_t offset) {
  return (offset & ~3u) == arch::kConfigDataOffset || (g != Generation::Phb3 && offset >= arch::kRcConfigOffset &&
                                                       offset < arch::kRcConfigOffset + arch::kRcConfigBytes);
}

std::uint64_t swap_bytes(std::uint64_t value, unsigned bytes) {
  std::uint64_t out = 0;
  for (unsigned i = 0; i < bytes; ++i) out = out << 8 | (value >> (8 * i) & 0xFF);
  return out;
}

std::string name_of(const RegSpec& row) { return arch::register_name(row); }

}  // namespace

class Machine::NoMemory final : public arch::MemoryView {
 public:
  void read(RealAddr, unsigned char* out, std::size_t n) const override {
    for (std::size_t i = 0; i < n; ++i) out[i] = 0;
  }
  void write(RealAddr, const unsigned char*, std::size_t) override {}
};

class Machine::Etu final : public arch::EtuPort {
 public:
  explicit Etu(arch::PhbState& phb) : phb_(phb) {}
  std::uint64_t read(std::uint32_t offset, unsigned bytes) override {
    return phb_.read(offset, bytes, arch::Path::Scom);
  }
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value) override {
    phb_.write(offset, bytes, value, arch::Path::Scom);
  }
  void set_reset(bool) override {}
  void fence() override {}
  bool transactions_pending() const override { return false; }

 private:
  arch::PhbState& phb_;
};

Machine::Machine(Generation generation, const std::string& socket)
    : generation_(generation), peer_(socket), comparison_(generation), memory_(std::make_unique<NoMemory>()) {
  // QEMU's POWER8 is a Venice with three PHBs.
  const unsigned count = generation == Generation::Phb3 ? 3 : 6;
  std::vector<arch::EtuPort*> ports;
  for (unsigned i = 0; i < count; ++i) {
    phbs_.push_back(std::make_unique<arch::PhbState>(generation, arch::size_of_index(generation, i)));
    phbs_[i]->set_memory(memory_.get());
    phbs_[i]->link().hold_up();
    phbs_[i]->link_changed();
    etus_.push_back(std::make_unique<Etu>(*phbs_[i]));
    ports.push_back(etus_.back().get());
  }
  arch::PecOptions options;
  options.after_hostboot = false;
  scom_ = std::make_unique<arch::Scom>(generation, ports, options);
  // The link came up: an event that QEMU does not have.
  for (const auto& phb : phbs_) phb->power_on_reset();
  set_up_windows();
}

std::uint64_t Machine::xscom(std::uint32_t scom) const {
  const std::uint64_t s = scom;
  if (generation_ == Generation::Phb3) return kPower8Xscom + ((s << 4 & ~0xFFull) | (s << 3 & 0x78));
  return arch::map_window(generation_, 0, arch::MapKind::Xscom)->base + arch::xscom_of_scom(s);
}

std::uint64_t Machine::window(unsigned phb, std::uint32_t offset) const {
  return arch::map_window(generation_, 0, arch::MapKind::Registers, phb)->base + offset;
}

// phb.md 7.1 steps 1, 5 and 7; POWER8: 5.6.
void Machine::set_up_windows() {
  for (unsigned i = 0; i < phbs_.size(); ++i) {
    const auto put = [&](PecUnit unit, auto id, std::uint64_t value) {
      write_scom(scom_place(i, unit, static_cast<std::uint16_t>(id)), value);
    };
    const auto reset = scom_place(i, PecUnit::PciStack, static_cast<std::uint16_t>(arch::PecPciStackReg::EtuReset));
    read_scom(reset);
    write_scom(reset, 0);
    read_scom(reset);
    const std::uint64_t bar = window(i, 0) << layout().bar_shift;
    put(PecUnit::Stack, arch::PecStackReg::PhbRegBar, bar);
    if (generation_ == Generation::Phb3) put(PecUnit::PciStack, arch::PecPciStackReg::P8Bar2, bar);
    put(PecUnit::Stack, arch::PecStackReg::BarEnable, arch::kBarEnablePhb);
  }
}

const RegSpec& Machine::row(unsigned phb, Reg reg) {
  const RegSpec* r = phbs_[phb]->file().row(static_cast<std::uint16_t>(reg));
  PHBSIM_ASSERT(r != nullptr);
  return *r;
}

std::string Machine::port_table(unsigned phb, std::uint64_t& element) const {
  const arch::PhbState& p = *phbs_[phb];
  const std::uint64_t addr = p.reg(Reg::IodaAddr);
  const auto id = static_cast<arch::IodaTableId>(arch::IodaTable::get(addr));
  const std::uint32_t entries = arch::ioda_entries(id, p.facts());
  if (entries == 0) {
    element = phb;
    return "IODA no table";
  }
  element = (addr & p.facts().ioda_index_mask & (entries - 1)) | std::uint64_t{phb} << 32;
  for (const arch::IodaTableSpec& t : arch::kIodaTables) {
    if (t.id != id) continue;
    return "IODA " + std::string(generation_ == Generation::Phb3 ? t.phb3_name : t.name);
  }
  PHBSIM_ASSERT(false);
}

void Machine::note_write(unsigned phb, const RegSpec& row, std::uint64_t value) {
  using Op = Comparison::Op;
  const auto follow = [&](Reg target, Op op) {
    comparison_.wrote(name_of(this->row(phb, target)), phb, value, op);
  };
  switch (static_cast<arch::RegAction>(row.action)) {
    case arch::RegAction::IodaData: {
      std::uint64_t element = 0;
      const std::string table = port_table(phb, element);
      comparison_.wrote(table, element, value);
      return;
    }
    case arch::RegAction::LemFirAnd:
      follow(Reg::LemFir, Op::And);
      break;
    case arch::RegAction::LemFirOr:
      follow(Reg::LemFir, Op::Or);
      break;
    case arch::RegAction::LemMaskAnd:
      follow(Reg::LemMask, Op::And);
      break;
    case arch::RegAction::LemMaskOr:
      follow(Reg::LemMask, Op::Or);
      break;
    default:
      break;
  }
  comparison_.wrote(name_of(row), phb, value);
}

void Machine::note_read(unsigned phb, const RegSpec& row, const std::string& table, std::uint64_t element,
                        std::uint64_t peer, std::uint64_t model) {
  const bool port = static_cast<arch::RegAction>(row.action) == arch::RegAction::IodaData;
  comparison_.read(port ? table : name_of(row), port ? element : phb, peer, model);
}

void Machine::write_register(unsigned phb, const RegSpec& row, std::uint64_t value) {
  note_write(phb, row, value);
  peer_.write(window(phb, row.offset), 8, value);
  phbs_[phb]->write(row.offset, 8, value);
}

void Machine::read_register(unsigned phb, const RegSpec& row) {
  std::uint64_t element = 0;
  const std::string table = port_table(phb, element);
  const std::uint64_t peer = peer_.read(window(phb, row.offset), 8);
  note_read(phb, row, table, element, peer, phbs_[phb]->read(row.offset, 8));
}

void Machine::write_indirect(unsigned phb, const RegSpec& row, std::uint64_t value) {
  const bool asb = generation_ == Generation::Phb3;
  using ER = arch::EtuScomReg;
  write_scom(scom_place(phb, PecUnit::Etu, static_cast<std::uint16_t>(asb ? ER::P8AsbAddr : ER::HvAddr)),
             (asb ? 0 : arch::kHvValid) | row.offset);
  note_write(phb, row, value);
  const auto data = scom_place(phb, PecUnit::Etu, static_cast<std::uint16_t>(asb ? ER::P8AsbData : ER::HvData));
  peer_.write(xscom(static_cast<std::uint32_t>(scom_of(data))), 8, value);
  scom_->write(scom_of(data), value);
}

void Machine::read_indirect(unsigned phb, const RegSpec& row) {
  const bool asb = generation_ == Generation::Phb3;
  using ER = arch::EtuScomReg;
  write_scom(scom_place(phb, PecUnit::Etu, static_cast<std::uint16_t>(asb ? ER::P8AsbAddr : ER::HvAddr)),
             (asb ? 0 : arch::kHvValid) | row.offset);
  std::uint64_t element = 0;
  const std::string table = port_table(phb, element);
  const auto data = scom_place(phb, PecUnit::Etu, static_cast<std::uint16_t>(asb ? ER::P8AsbData : ER::HvData));
  const std::uint64_t peer = peer_.read(xscom(static_cast<std::uint32_t>(scom_of(data))), 8);
  note_read(phb, row, table, element, peer, scom_->read(scom_of(data)).value);
}

void Machine::read_window(unsigned phb, const std::string& place, std::uint32_t offset, unsigned bytes) {
  const auto in_order = [&](std::uint64_t v) { return is_configuration(generation_, offset) ? swap_bytes(v, bytes) : v; };
  const std::uint64_t peer = in_order(peer_.read(window(phb, offset), bytes));
  comparison_.read(place, phb, peer, in_order(phbs_[phb]->read(offset, bytes)));
}

void Machine::write_window(unsigned phb, const std::string& place, std::uint32_t offset, unsigned bytes,
                           std::uint64_t value) {
  comparison_.wrote(place, phb, value);
  const std::uint64_t data = is_configuration(generation_, offset) ? swap_bytes(value, bytes) : value;
  peer_.write(window(phb, offset), bytes, data);
  phbs_[phb]->write(offset, bytes, data);
}

// -- SCOM --------------------------------------------------------------------------------------------

std::uint64_t Machine::scom_of(const arch::ScomPlace& p) const {
  return arch::scom_base(layout(), p.unit, p.pec, p.stack) + p.row->offset;
}

arch::ScomPlace Machine::scom_place(unsigned phb, PecUnit unit, std::uint16_t id) const {
  arch::ScomPlace p;
  p.unit = unit;
  while (phb >= layout().stacks[p.pec]) phb -= layout().stacks[p.pec++];
  p.stack = phb;
  p.row = arch::pec_table(unit).row(generation_, id);
  PHBSIM_ASSERT(p.row != nullptr);
  return p;
}

void Machine::write_scom(const arch::ScomPlace& p, std::uint64_t value) {
  using Op = Comparison::Op;
  const std::uint64_t element = std::uint64_t{p.pec} << 8 | p.stack;
  const auto follow = [&](std::uint16_t id, Op op) {
    comparison_.wrote(name_of(*arch::pec_table(p.unit).row(generation_, id)), element, value, op);
  };
  switch (static_cast<arch::PecAction>(p.row->action)) {
    case arch::PecAction::FirAnd:
    case arch::PecAction::FirOr:
      follow(static_cast<std::uint16_t>(arch::PecStackReg::Nfir),
             static_cast<arch::PecAction>(p.row->action) == arch::PecAction::FirAnd ? Op::And : Op::Or);
      break;
    case arch::PecAction::FirMaskAnd:
    case arch::PecAction::FirMaskOr:
      follow(static_cast<std::uint16_t>(arch::PecStackReg::NfirMask),
             static_cast<arch::PecAction>(p.row->action) == arch::PecAction::FirMaskAnd ? Op::And : Op::Or);
      break;
    default:
      break;
  }
  comparison_.wrote(name_of(*p.row), element, value);
  peer_.write(xscom(static_cast<std::uint32_t>(scom_of(p))), 8, value);
  scom_->write(scom_of(p), value);
}

void Machine::read_scom(const arch::ScomPlace& p) {
  const std::uint64_t peer = peer_.read(xscom(static_cast<std::uint32_t>(scom_of(p))), 8);
  comparison_.read(name_of(*p.row), std::uint64_t{p.pec} << 8 | p.stack, peer, scom_->read(scom_of(p)).value);
}

}  // namespace phbsim::qtest
