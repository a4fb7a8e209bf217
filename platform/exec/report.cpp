// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/report.hpp"

#include <fmt/format.h>

#include "models/arch/os/errno.hpp"

namespace phbsim::exec {
namespace {

struct Name {
  std::uint32_t command;
  const char* text;
};

/// iommufd.md 3 and 9. Numbers of VFIO that mean several things, by kind of file, bear all names.
constexpr Name kNames[] = {
    {0x3b64, "VFIO_GET_API_VERSION"},
    {0x3b65, "VFIO_CHECK_EXTENSION"},
    {0x3b66, "VFIO_SET_IOMMU"},
    {0x3b67, "VFIO_GROUP_GET_STATUS"},
    {0x3b68, "VFIO_GROUP_SET_CONTAINER"},
    {0x3b69, "VFIO_GROUP_UNSET_CONTAINER"},
    {0x3b6a, "VFIO_GROUP_GET_DEVICE_FD"},
    {0x3b6b, "VFIO_DEVICE_GET_INFO"},
    {0x3b6c, "VFIO_DEVICE_GET_REGION_INFO"},
    {0x3b6d, "VFIO_DEVICE_GET_IRQ_INFO"},
    {0x3b6e, "VFIO_DEVICE_SET_IRQS"},
    {0x3b6f, "VFIO_DEVICE_RESET"},
    {0x3b70, "VFIO_IOMMU_GET_INFO, SPAPR_TCE_GET_INFO or GET_PCI_HOT_RESET_INFO"},
    {0x3b71, "VFIO_IOMMU_MAP_DMA or PCI_HOT_RESET"},
    {0x3b72, "VFIO_IOMMU_UNMAP_DMA"},
    {0x3b73, "VFIO_IOMMU_ENABLE"},
    {0x3b74, "VFIO_IOMMU_DISABLE"},
    {0x3b75, "VFIO_DEVICE_FEATURE, DIRTY_PAGES or SPAPR_REGISTER_MEMORY"},
    {0x3b76, "VFIO_DEVICE_BIND_IOMMUFD or SPAPR_UNREGISTER_MEMORY"},
    {0x3b77, "VFIO_DEVICE_ATTACH_IOMMUFD_PT or SPAPR_TCE_CREATE"},
    {0x3b78, "VFIO_DEVICE_DETACH_IOMMUFD_PT or SPAPR_TCE_REMOVE"},
    {0x3b79, "VFIO_EEH_PE_OP"},
    {0x3b80, "IOMMU_DESTROY"},
    {0x3b81, "IOMMU_IOAS_ALLOC"},
    {0x3b82, "IOMMU_IOAS_ALLOW_IOVAS"},
    {0x3b83, "IOMMU_IOAS_COPY"},
    {0x3b84, "IOMMU_IOAS_IOVA_RANGES"},
    {0x3b85, "IOMMU_IOAS_MAP"},
    {0x3b86, "IOMMU_IOAS_UNMAP"},
    {0x3b87, "IOMMU_OPTION"},
    {0x3b88, "IOMMU_VFIO_IOAS"},
    {0x3b89, "IOMMU_HWPT_ALLOC"},
    {0x3b8a, "IOMMU_GET_HW_INFO"},
    {0x3b8b, "IOMMU_HWPT_SET_DIRTY_TRACKING"},
    {0x3b8c, "IOMMU_HWPT_GET_DIRTY_BITMAP"},
    {0x3b8d, "IOMMU_HWPT_INVALIDATE"},
    {0x3b8e, "IOMMU_FAULT_QUEUE_ALLOC"},
    {0x3b8f, "IOMMU_IOAS_MAP_FILE"},
    {0x3b90, "IOMMU_VIOMMU_ALLOC"},
    {0x3b91, "IOMMU_VDEVICE_ALLOC"},
    {0x3b92, "IOMMU_IOAS_CHANGE_PROCESS"},
    {0x3b93, "IOMMU_VEVENTQ_ALLOC"},
    {0x3b94, "IOMMU_HW_QUEUE_ALLOC"},
    {0x3b95, "IOMMU_IOAS_NOIOMMU_GET_PA"},
    {0x3ba0, "IOMMU_TEST_CMD"},
};

}  // namespace

std::string name_of_ioctl(std::uint32_t command) {
  for (const Name& n : kNames) {
    if (n.command == command) return n.text;
  }
  return fmt::format("{:#x}", command);
}

void Report::print(std::ostream& out) const {
  if (ioctls_.empty()) out << "phbsim exec: the program made no call\n";
  for (const auto& [key, times] : ioctls_) {
    const std::string_view result = key.second == 0 ? "ok" : arch::os::name_of(static_cast<arch::os::Errno>(key.second));
    out << fmt::format("phbsim exec: {:>9}  {:<10} {}\n", times, result, name_of_ioctl(key.first));
  }
}

}  // namespace phbsim::exec
