// SPDX-License-Identifier: Apache-2.0
/// One open of /dev/iommu: its objects and how calls reach them (iommufd.md 1, 2).
///
/// A context is open as long as a descriptor leads to it, and longer while bound devices, fault and
/// event queues, accesses or mapped regions keep it; then all objects go.
///
/// Not modelled: software MSI windows (no IOMMU of POWER translates MSIs), no-IOMMU devices, concurrent
/// calls (one at a time, so nothing waits and DESTROY never times out).
#pragma once

#include <cstdint>
#include <memory>

#include "models/arch/iommufd/device.hpp"
#include "models/arch/iommufd/ioas.hpp"
#include "models/arch/iommufd/layer.hpp"
#include "models/arch/iommufd/object.hpp"
#include "models/arch/os/file.hpp"

namespace phbsim::arch::iommufd {

class IoasObject;
class TestCommands;

/// The node that was opened. /dev/vfio/vfio starts with accounting per process (iommufd.md 1).
enum class Node : std::uint8_t { Iommu, VfioContainer };

class Context final : public os::File, public std::enable_shared_from_this<Context> {
 public:
  /// `layer` and `tests` outlive the context. Without `tests` the selftests' command is ENOTTY.
  static std::shared_ptr<Context> open(const Layer& layer, Node node = Node::Iommu, TestCommands* tests = nullptr);
  /// The context behind a descriptor, for calls that name one: EBADF closed, EBADFD another kind of
  /// file. A negative number is the caller's to refuse.
  static std::shared_ptr<Context> from(const os::Caller& caller, int fd);
  ~Context() override;

  std::int64_t ioctl(os::Caller& caller, std::uint32_t word, std::uint64_t argument) override;
  /// Regions that VIOMMU_ALLOC offered, whole ones only; ENXIO. A mapping keeps the vIOMMU in use.
  os::Mapping mmap(os::Caller& caller, std::uint64_t offset, std::uint64_t length, bool writable) override;
  void release() noexcept override;

  // -- for drivers ----------------------------------------------------------------------------
  /// EINVAL not coherent, EPERM interrupts not isolated or the group is someone else's, ENOMEM.
  std::unique_ptr<BoundDevice> bind(os::Device& device, BindOptions options = {});
  /// Some device of the group is bound here.
  bool has_group(const os::Group& group) const;
  /// The IOAS that VFIO's calls work on; ENODEV if there is none.
  IoasObject& compat_ioas() const;
  /// Makes one unless there is one: what VFIO_GROUP_SET_CONTAINER of an iommufd does.
  void create_compat_ioas();
  IoasObject* compat_ioas_or_null() const { return compat_ioas_; }
  void set_compat_ioas(IoasObject* ioas) { compat_ioas_ = ioas; }

  // -- for the objects ------------------------------------------------------------------------
  const Layer& layer() const { return layer_; }
  ObjectTable& objects() { return objects_; }
  const ObjectTable& objects() const { return objects_; }
  Accounting accounting() const { return accounting_; }
  void set_accounting(Accounting accounting) { accounting_ = accounting; }
  TestCommands* tests() const { return tests_; }

  /// One more that keeps the context open; the last one to let go closes it.
  void keep() noexcept { ++keepers_; }
  void let_go() noexcept;
  bool closed() const { return keepers_ == 0; }

 private:
  Context(const Layer& layer, Node node, TestCommands* tests);

  const Layer& layer_;
  TestCommands* tests_;
  Accounting accounting_;
  IoasObject* compat_ioas_ = nullptr;
  unsigned keepers_ = 1;  // the descriptors count as one
  bool released_ = false;
  ObjectTable objects_;
};

/// Keeps a context open while it lasts.
class Kept {
 public:
  Kept() = default;
  explicit Kept(Context& context) : context_(context.shared_from_this()) { context.keep(); }
  Kept(Kept&&) noexcept = default;
  Kept& operator=(Kept&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
  }
  ~Kept() {
    if (context_ != nullptr) context_->let_go();
  }
  Context& operator*() const { return *context_; }
  Context* operator->() const { return context_.get(); }

 private:
  std::shared_ptr<Context> context_;
};

}  // namespace phbsim::arch::iommufd
