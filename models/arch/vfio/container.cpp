// SPDX-License-Identifier: Apache-2.0
#include "models/arch/vfio/container.hpp"

#include <algorithm>
#include <array>

#include "models/arch/os/allocation.hpp"
#include "models/arch/os/iommu.hpp"
#include "models/arch/vfio/abi.hpp"
#include "models/arch/vfio/spapr_container.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::vfio {

using os::Errno;
using os::fail;

namespace {

struct BackendKind {
  bool Setup::*present;
  std::int64_t (*extension)(const Setup&, std::uint64_t);
  /// Null: the number is an extension of it, but not a type.
  std::unique_ptr<Backend> (*make)(Host&, std::uint64_t type);
};

std::unique_ptr<Backend> make_spapr(Host& host, std::uint64_t type) {
  if (type != abi::kSpaprTce && type != abi::kSpaprTceV2) return nullptr;
  return std::make_unique<SpaprContainer>(host, type == abi::kSpaprTceV2);
}

constexpr std::array<BackendKind, 1> kBackends{{
    {&Setup::spapr, &SpaprContainer::extension_of, &make_spapr},
}};

}  // namespace

Container::~Container() { PHBSIM_ASSERT(groups_.empty()); }

std::int64_t Container::ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) {
  return call([&]() -> std::int64_t {
    const std::uint32_t generic = abi::generic(word);
    if (generic == abi::word(abi::Cmd::GetApiVersion)) return abi::kApiVersion;
    if (generic == abi::word(abi::Cmd::CheckExtension)) return extension(arg);
    if (generic == abi::word(abi::Cmd::SetIommu)) {
      set_iommu(arg);
      return 0;
    }
    if (backend_ == nullptr) fail(Errno::Inval, "the container has no IOMMU yet");
    return backend_->ioctl(caller, word, arg);
  });
}

std::int64_t Container::extension(std::uint64_t what) const {
  if (backend_ != nullptr) return backend_->extension(what);
  for (const BackendKind& kind : kBackends) {
    const std::int64_t answer = host_.setup().*kind.present ? kind.extension(host_.setup(), what) : 0;
    if (answer > 0) return answer;
  }
  return 0;
}

void Container::set_iommu(std::uint64_t type) {
  if (groups_.empty()) fail(Errno::Inval, "a container needs a group before it has an IOMMU");
  if (backend_ != nullptr) fail(Errno::Inval, "the container has an IOMMU already");
  const auto kind = std::find_if(kBackends.begin(), kBackends.end(), [&](const BackendKind& k) {
    return host_.setup().*k.present && k.extension(host_.setup(), type) > 0;
  });
  if (kind == kBackends.end()) fail(Errno::NoDev, "the host has no IOMMU of that type");
  std::unique_ptr<Backend> backend = kind->make(host_, type);
  if (backend == nullptr) fail(Errno::Inval, "this is an extension, not a type of IOMMU");
  // A backend that goes detaches what it has.
  for (const GroupRef& group : groups_) backend->attach(group);
  backend_ = std::move(backend);
}

void Container::attach(const GroupRef& group) {
  groups_.reserve(groups_.size() + 1);
  group.group->claim(this);
  try {
    if (backend_ != nullptr) backend_->attach(group);
  } catch (...) {
    group.group->unclaim();
    throw;
  }
  groups_.insert(groups_.begin(), group);
}

void Container::detach(const GroupRef& group) noexcept {
  const os::NoFail going;
  const auto it = std::find_if(groups_.begin(), groups_.end(), [&](const GroupRef& g) { return g.group == group.group; });
  PHBSIM_ASSERT(it != groups_.end());
  const GroupRef leaving = *it;
  groups_.erase(it);
  if (backend_ != nullptr) backend_->detach(leaving);
  leaving.group->unclaim();
  if (groups_.empty()) backend_.reset();
}

}  // namespace phbsim::arch::vfio
