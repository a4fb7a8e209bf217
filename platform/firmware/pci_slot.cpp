// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/pci_slot.hpp"

#include "models/arch/ioat/identity.hpp"
#include "models/base/check.hpp"

namespace phbsim::firmware {

namespace ioat = arch::ioat;
namespace pci = arch::pci;

namespace {

pci::Identity identity_of(const ioat::Model& model) {
  pci::Identity id;
  id.vendor = ioat::kVendor;
  id.device = model.device;
  id.sub_vendor = ioat::kVendor;
  id.class_code = ioat::kClass;
  return id;
}

}  // namespace

PciSlot::PciSlot(build::System& system, build::PhbGroup& group) : system_(system), group_(group) {
  group.phb->state().set_config_bus(this);
  group.phb->on_link = [this](bool active) { link_changed(active); };
}

void PciSlot::add_function(const std::string& name, unsigned number, const ioat::Model& model) {
  PHBSIM_ASSERT(number < kFunctions && functions_.size() < group_.spec.mmio_devices);
  auto f = std::make_unique<Function>(identity_of(model), number, static_cast<unsigned>(functions_.size()));
  pci::Bar registers;
  registers.bytes = ioat::kBarBytes;
  registers.is_64 = true;
  f->config.add_bar(0, registers, 0);
  f->config.add_power_management();
  f->config.add_msix(ioat::kVectors, 0, ioat::kMsixTable, 0, ioat::kMsixPba);
  f->config.add_express(true);
  endpoints::IoatParams params;
  params.rid = static_cast<Rid>(number);  // bus 0 until a write tells
  params.function.model = &model;
  f->device = std::make_unique<endpoints::Ioat>(name.c_str(), system_.driver(), params, system_.registry());
  Function* p = f.get();
  const auto own = [p](std::uint32_t first, unsigned bytes) {
    p->config.own_registers(
        first, bytes, [p](unsigned offset) { return p->device->function().read_config(offset); },
        [p](unsigned offset, std::uint32_t value) { p->device->write_config(offset, value); });
  };
  own(ioat::kConfigUncorrectable, 4);
  own(ioat::kConfigChanErr, 8);
  p->config.on_control = [this, p] { control_changed(*p); };
  p->config.on_flr = [this, p] {
    p->device->reset_function();
    p->config.reset();
    control_changed(*p);
  };
  f->device->link_out.bind(group_.link->device_in(f->socket));
  group_.link->device_out(f->socket).bind(f->device->mmio_in);
  functions_.push_back(std::move(f));
}

void PciSlot::control_changed(Function& f) {
  const std::uint32_t flags = f.config.read(f.config.find(pci::kCapMsix) + pci::reg::kMsixFlags, 2);
  ioat::Control control;
  control.bus_master = f.config.bus_master();
  control.msix_enable = (flags & pci::kMsixEnable) != 0;
  control.msix_mask = (flags & pci::kMsixMaskAll) != 0;
  f.device->set_control(control);
  group_.link->remove_windows(f.socket);
  if (f.config.memory_enabled()) group_.link->add_window(f.config.bar_base(0), ioat::kBarBytes, f.socket);
}

void PciSlot::link_changed(bool active) {
  if (active) return;
  for (auto& f : functions_) {
    f->device->reset_function();
    f->config.reset();
    control_changed(*f);
  }
}

PciSlot::Function* PciSlot::find(Rid rid) {
  if (rid >> 8 != group_.phb->state().root_complex().secondary_bus()) return nullptr;
  for (auto& f : functions_)
    if ((rid & 0xFF) == f->number) return f.get();  // device 0
  return nullptr;
}

arch::ConfigReply PciSlot::read_config(Rid rid, unsigned offset, unsigned bytes) {
  Function* f = find(rid);
  if (f == nullptr) return {};
  std::uint32_t value = f->config.read(offset, bytes);
  // The header type of every function says whether there are others [F PCI].
  const unsigned type = pci::reg::kHeaderType;
  if (functions_.size() > 1 && offset <= type && type < offset + bytes) value |= 0x80u << 8 * (type - offset);
  return {arch::ConfigStatus::Good, value};
}

arch::ConfigReply PciSlot::write_config(Rid rid, unsigned offset, unsigned bytes, std::uint32_t value) {
  Function* f = find(rid);
  if (f == nullptr) return {};
  f->device->set_rid(rid);
  f->config.write(offset, bytes, value);
  // A BAR may have moved, which ConfigSpace does not tell as a matter of control.
  control_changed(*f);
  return {arch::ConfigStatus::Good, 0};
}

}  // namespace phbsim::firmware
