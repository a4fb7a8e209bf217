// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/iommufd_kernel.hpp"

#include <algorithm>
#include <cstring>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/iommufd/selftest/selftest.hpp"
#include "platform/exec/tree.hpp"

namespace phbsim::exec {

namespace iommufd = arch::iommufd;

template <class Bytes, class Move>
void RealMemory::each_chunk(RealAddr addr, Bytes* data, std::size_t n, Move move) {
  while (n > 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(n, kChunk - addr % kChunk));
    move(addr, data, part);
    addr += part;
    data += part;
    n -= part;
  }
}

void RealMemory::read(RealAddr addr, unsigned char* out, std::size_t n) const {
  if (frames_.contains(addr)) return frames_.read(addr, out, n);
  each_chunk(addr, out, n, [this](RealAddr at, unsigned char* to, std::size_t part) {
    const auto it = chunks_.find(at / kChunk);
    if (it == chunks_.end()) {
      std::memset(to, 0, part);
    } else {
      std::memcpy(to, it->second.get() + at % kChunk, part);
    }
  });
}

void RealMemory::write(RealAddr addr, const unsigned char* in, std::size_t n) {
  if (frames_.contains(addr)) return frames_.write(addr, in, n);
  each_chunk(addr, in, n, [this](RealAddr at, const unsigned char* from, std::size_t part) {
    auto it = chunks_.find(at / kChunk);
    if (it == chunks_.end()) it = chunks_.emplace(at / kChunk, std::make_unique<unsigned char[]>(kChunk)).first;
    std::memcpy(it->second.get() + at % kChunk, from, part);
  });
}

namespace {

constexpr RealAddr kMockMemory = 1ull << 32;
constexpr std::uint64_t kMockBytes = 64 * kGiB;
constexpr unsigned kMiscMajor = 10;
constexpr unsigned kIommuMinor = 125;

}  // namespace

IommufdKernel::IommufdKernel(const Params& params, Frames& frames) : memory_(frames) {
  layer_.memory = &memory_;
  layer_.page_shift = frames.page_shift();
  layer_.huge_shift = frames.piece_shift();
  layer_.compat = params.compat;
  if (params.selftest) selftest_ = std::make_unique<iommufd::selftest::Selftest>(layer_, kMockMemory, kMockBytes);
}

IommufdKernel::~IommufdKernel() = default;

void IommufdKernel::show(Tree& tree) {
  tree.device("/dev/iommu", {0020660, kMiscMajor, kIommuMinor});
  tree.own("/dev/vfio");
  tree.own("/sys/kernel/iommu_groups");
  tree.folder("/sys/kernel/iommu_groups");
  if (selftest_ == nullptr) return;
  // What iommufd_fail_nth writes to before it counts; the files take it and that is all.
  tree.own("/sys/kernel/debug");
  for (const char* const name : {"failslab", "fail_page_alloc"}) {
    for (const char* const knob : {"ignore-gfp-wait", "ignore-gfp-highmem", "verbose"}) {
      tree.file(std::string("/sys/kernel/debug/") + name + "/" + knob, "N\n");
    }
  }
}

std::shared_ptr<arch::os::File> IommufdKernel::open(std::string_view, arch::os::Caller&) {
  return iommufd::Context::open(layer_, iommufd::Node::Iommu, selftest_.get());
}

std::vector<std::string> IommufdKernel::leaks() const {
  std::vector<std::string> left;
  if (selftest_ == nullptr) return left;
  if (!selftest_->contexts().empty()) left.push_back(std::to_string(selftest_->contexts().size()) + " contexts are open");
  if (const std::size_t blocks = selftest_->iommu().pool.in_use()) {
    left.push_back(std::to_string(blocks) + " blocks of the mock's memory are taken");
  }
  return left;
}

}  // namespace phbsim::exec
