// SPDX-License-Identifier: Apache-2.0
/// Users of an IOAS within the kernel: emulated devices and queues of the hardware (iommufd.md 2, 5).
#pragma once

#include <memory>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/iommufd/object.hpp"

namespace phbsim::arch::iommufd {

class AccessObject final : public Object {
 public:
  AccessObject() : Object(ObjectKind::Access) {}
  static bool is(ObjectKind kind) { return kind == ObjectKind::Access; }
};

/// An access as its owner has it: an object that userspace sees but cannot destroy. Errors are
/// SysErrors or std::bad_alloc; a call that throws changed nothing.
class Access {
 public:
  /// `pins`: pages will be pinned, so the IOAS aligns to pages; else only read and written.
  /// `user.unmap` is called when a range goes away, also by replace() and detach(): all of it.
  Access(Context& context, AccessUser& user, bool pins);
  ~Access();
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  std::uint32_t id() const { return object_->id(); }
  bool pins() const { return pins_; }
  /// ENOENT no such IOAS, EADDRINUSE what is mapped there is not aligned.
  void attach(std::uint32_t ioas_id);
  /// ENOENT if it is not attached, too.
  void replace(std::uint32_t ioas_id);
  void detach() noexcept;
  /// What it is attached to; ENOENT.
  Ioas& ioas() const;

  /// EINVAL length 0, EOVERFLOW, ENOENT not attached or a hole, EINVAL not aligned, EPERM, EFAULT.
  os::PageRuns pin(Iova iova, std::uint64_t length, bool write);
  /// The same range as pin had.
  void unpin(Iova iova, std::uint64_t length) noexcept;
  void read(Iova iova, unsigned char* out, std::uint64_t length);
  void write(Iova iova, const unsigned char* in, std::uint64_t length);

 private:
  void move_to(IoasObject& next);
  Ioas& ioas_for(Iova iova, std::uint64_t length) const;

  Kept context_;
  AccessUser& user_;
  bool pins_;
  AccessObject* object_;
  Used<AccessObject> used_;
  Used<IoasObject> ioas_;
};

/// Pages that the hardware uses by their real addresses: pinned, and locked against unmapping, from
/// construction to destruction. Takes an id of its own, as the kernel's does.
class InternalAccess final : private AccessUser {
 public:
  /// Whole pages. ENOENT a hole, EINVAL not aligned, EPERM, EFAULT if they do not lie in a row.
  InternalAccess(Context& context, IoasObject& ioas, Iova iova, std::uint64_t length);
  ~InternalAccess() override;

  RealAddr real() const { return real_; }

 private:
  void unmap(Iova, std::uint64_t) override {}  // locked: it never comes to that

  Context& context_;
  Used<IoasObject> ioas_;
  AccessObject* object_;
  Used<AccessObject> used_;
  Iova iova_;
  std::uint64_t length_;
  RealAddr real_ = 0;
};

}  // namespace phbsim::arch::iommufd
