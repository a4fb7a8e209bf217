// SPDX-License-Identifier: Apache-2.0
#include "platform/build/ioat_function.hpp"

#include "models/arch/msi.hpp"
#include "models/base/check.hpp"

namespace phbsim::build {

namespace ioat = arch::ioat;

IoatFunction::IoatFunction(System& system, PhbGroup& group, const IoatSpec& spec)
    : host_(*group.cpu),
      bar_(spec.bar),
      device_(std::make_unique<endpoints::Ioat>(spec.name.c_str(), system.driver(), spec.params, system.registry())) {
  PHBSIM_ASSERT(spec.device < group.spec.mmio_devices);
  PHBSIM_ASSERT(spec.bar % ioat::kBarBytes == 0);
  device_->link_out.bind(group.link->device_in(spec.device));
  group.link->device_out(spec.device).bind(device_->mmio_in);
  group.link->add_window(spec.bar, ioat::kBarBytes, spec.device);
  auto others = std::move(group.phb->on_msi);
  group.phb->on_msi = [this, others = std::move(others)](std::uint32_t source, Tick at) {
    if (source == source_ && on_interrupt) on_interrupt(0);
    if (others) others(source, at);
  };
}

std::uint64_t IoatFunction::read_bar(std::uint32_t offset, unsigned bytes) {
  const std::uint64_t none = bytes == 8 ? ~0ull : (1ull << 8 * bytes) - 1;
  return host_.load(bar_ + offset, bytes).value_or(none);
}

void IoatFunction::write_bar(std::uint32_t offset, unsigned bytes, std::uint64_t value) {
  host_.store(bar_ + offset, bytes, value);
}

void IoatFunction::reset() {
  device_->reset_function();
  host_.run_until_idle();
}

void IoatFunction::connect_interrupt(std::uint32_t source) {
  const arch::MsiMessage message = arch::encode_msi(source, true);
  source_ = source;
  write_bar(ioat::kMsixTable, 8, message.addr);
  write_bar(ioat::kMsixTable + 8, 4, message.data);
  write_bar(ioat::kMsixTable + 12, 4, 0);
}

}  // namespace phbsim::build
