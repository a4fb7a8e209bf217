// SPDX-License-Identifier: Apache-2.0
/// The kernel of a POWER host on a simulated machine: /dev/iommu, /dev/vfio and what of sysfs goes with
/// its functions. VFIO's container is that of sPAPR, as on POWER (iommufd.md 11); its device nodes and
/// /dev/iommu are there as well, which no POWER kernel has yet.
#pragma once

#include "platform/build/checking.hpp"
#include "platform/exec/kernel.hpp"
#include "platform/exec/machine/machine.hpp"

namespace phbsim::exec {

struct MachineOptions {
  unsigned host_page_shift = 12;
  arch::iommufd::Compat compat = arch::iommufd::Compat::Newest;
  arch::vfio::Personality personality = arch::vfio::Personality::Kernel;
  bool check = true;  ///< watch what is done to the PHBs (docs/checker.md)
};

class MachineKernel final : public Kernel {
 public:
  MachineKernel(const config::Config& config, const MachineOptions& options, Frames& frames);

  void show(Tree& tree) override;
  std::shared_ptr<arch::os::File> open(std::string_view path, arch::os::Caller& caller) override;
  void calling(long process, std::string_view what, std::uint32_t command) override;
  std::vector<std::string> violations() override;
  std::vector<std::string> leaks() const override;
  std::vector<std::string> report() const override;

 private:
  void show_function(Tree& tree, const Machine::FunctionPart& f, std::size_t index) const;

  arch::iommufd::Layer layer_;
  arch::vfio::Host vfio_;
  Machine machine_;
  std::unique_ptr<build::Checking> checking_;
  long process_ = 0;  ///< of the present call
  std::string_view call_ = "before the program";
  std::uint32_t command_ = 0;
};

}  // namespace phbsim::exec
