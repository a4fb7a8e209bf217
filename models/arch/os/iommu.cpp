// SPDX-License-Identifier: Apache-2.0
#include "models/arch/os/iommu.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::os {

void copy_driver_data(const UserData& data, std::uint32_t type, void* out, std::uint32_t known, std::uint32_t least) {
  if (data.type != type) fail(Errno::Inval, "the driver data is of another type");
  if (data.length < least || data.length > known) fail(Errno::Inval, "the driver data is of no version that is known");
  copy_struct_in(*data.caller, data.addr, data.length, out, known);
}

void Group::remove(Device& device) noexcept {
  devices_.erase(std::remove(devices_.begin(), devices_.end(), &device), devices_.end());
}

Domain& Group::domain() const {
  PHBSIM_ASSERT(!devices_.empty());
  return domain_ != nullptr ? *domain_ : devices_.front()->default_domain();
}

void Group::attach(Domain& to) {
  Domain& from = domain();
  if (&to == &from) return;
  std::size_t moved = 0;
  try {
    for (; moved < devices_.size(); ++moved) to.attach(*devices_[moved], from);
  } catch (...) {
    // What could be done once can be done again: the old domain still has all that it needs.
    const NoFail undo;
    while (moved-- > 0) from.attach(*devices_[moved], to);
    throw;
  }
  domain_ = &to;
}

void Group::claim(const void* owner) {
  if (claims_ != 0 && owner_ != owner) fail(Errno::Perm, "the device's group belongs to another user");
  if (claims_ == 0) attach(devices_.front()->blocked_domain());
  owner_ = owner;
  ++claims_;
}

void Group::unclaim() noexcept {
  PHBSIM_ASSERT(claims_ != 0);
  if (--claims_ != 0) return;
  owner_ = nullptr;
  const NoFail giving_back;
  attach(devices_.front()->default_domain());
}

}  // namespace phbsim::arch::os
