// SPDX-License-Identifier: Apache-2.0
/// An open /dev/vfio/vfio: groups that share mappings, and the backend that SET_IOMMU chose
/// (ddw-vfio.md 4.1, 4.4). A container lives on while groups are in it, whatever its descriptors do.
#pragma once

#include <memory>
#include <vector>

#include "models/arch/os/file.hpp"
#include "models/arch/vfio/backend.hpp"
#include "models/arch/vfio/host.hpp"

namespace phbsim::arch::vfio {

class Container final : public os::File {
 public:
  /// `host` outlives it.
  static std::shared_ptr<Container> open(Host& host) { return std::make_shared<Container>(host); }
  explicit Container(Host& host) : host_(host) {}
  ~Container() override;

  std::int64_t ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t arg) override;

  // -- for groups -------------------------------------------------------------------------------
  /// Takes the group from the kernel's drivers; EPERM if someone else has it, and the backend's errors.
  void attach(const GroupRef& group);
  /// Gives it back. The last one takes the backend with it: SET_IOMMU is needed again.
  void detach(const GroupRef& group) noexcept;
  /// Null before SET_IOMMU.
  Backend* backend() const { return backend_.get(); }

 private:
  std::int64_t extension(std::uint64_t what) const;
  void set_iommu(std::uint64_t type);

  Host& host_;
  std::vector<GroupRef> groups_;  ///< the one attached last comes first [F]
  std::unique_ptr<Backend> backend_;
};

}  // namespace phbsim::arch::vfio
