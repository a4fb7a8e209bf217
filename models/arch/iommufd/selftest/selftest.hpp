// SPDX-License-Identifier: Apache-2.0
/// The mock driver and the test command of the kernel's selftests (iommufd.md 10). A platform that is
/// asked for it makes one and gives it to every Context; without one the command is ENOTTY.
///
///   selftest::Selftest tests(layer, base, bytes);   // real memory for TCE tables and buffers
///   auto context = Context::open(layer, Node::Iommu, &tests);
///
/// What the command checks, it checks in the simulated memory: CheckMap walks TCEs. CheckRefs asks the
/// caller's address space for pins. Not modelled: the limit of temporary memory (it would only change
/// how pages are batched), pages that are exempt from CheckRefs in the kernel because they are huge.
#pragma once

#include <vector>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/selftest/abi.hpp"
#include "models/arch/iommufd/selftest/mock_device.hpp"

namespace phbsim::arch::iommufd::selftest {

class AccessFile;

class Selftest final : public TestCommands {
 public:
  /// [memory, memory + bytes) of `layer.memory` is the mock's alone and reads as zero. 16 MiB for each
  /// domain, dma-buf and vIOMMU with a region that exist at a time; ENOMEM beyond. `layer` outlives this.
  Selftest(const Layer& layer, RealAddr memory, std::uint64_t bytes) : iommu_(layer, memory, bytes) {}

  std::uint32_t least() const override { return Command::kLeast; }
  std::int64_t run(const Call& call) override;
  void opened(Context& context) override { contexts_.push_back(&context); }
  void closed(Context& context) noexcept override;

  MockIommu& iommu() { return iommu_; }
  const std::vector<Context*>& contexts() const { return contexts_; }

 private:
  MockIommu iommu_;
  std::vector<Context*> contexts_;  // open, whose IOAS may have mapped a dma-buf
};

}  // namespace phbsim::arch::iommufd::selftest
