// SPDX-License-Identifier: Apache-2.0
/// The kernel behind `phbsim exec` without a platform: /dev/iommu, and for the kernel's own tests their
/// mock driver and the files by which they make allocations fail.
///
/// Not modelled: /dev/vfio, which needs devices of a platform.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "models/arch/iommufd/layer.hpp"
#include "platform/exec/frames.hpp"
#include "platform/exec/kernel.hpp"

namespace phbsim::arch::iommufd::selftest {
class Selftest;
}

namespace phbsim::exec {

/// Real memory: the program's pages where Frames has them, plain memory below.
class RealMemory final : public arch::MemoryView {
 public:
  explicit RealMemory(Frames& frames) : frames_(frames) {}
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override;
  void write(RealAddr addr, const unsigned char* in, std::size_t n) override;

 private:
  static constexpr std::uint64_t kChunk = 64 * 1024;
  template <class Bytes, class Move>
  static void each_chunk(RealAddr addr, Bytes* data, std::size_t n, Move move);

  Frames& frames_;
  std::unordered_map<std::uint64_t, std::unique_ptr<unsigned char[]>> chunks_;  // looked up, never walked
};

class IommufdKernel final : public Kernel {
 public:
  struct Params {
    bool selftest = false;
    arch::iommufd::Compat compat = arch::iommufd::Compat::Newest;
  };
  IommufdKernel(const Params& params, Frames& frames);
  ~IommufdKernel() override;

  void show(Tree& tree) override;
  std::shared_ptr<arch::os::File> open(std::string_view path, arch::os::Caller& caller) override;
  std::vector<std::string> leaks() const override;

 private:
  RealMemory memory_;
  arch::iommufd::Layer layer_;
  std::unique_ptr<arch::iommufd::selftest::Selftest> selftest_;
};

}  // namespace phbsim::exec
