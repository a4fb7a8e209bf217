// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/access.hpp"

#include "models/arch/iommufd/undo.hpp"
#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

namespace {

AccessObject& make_object(Context& context) {
  ObjectTable::Reservation id(context.objects());
  return id.publish(std::make_unique<AccessObject>());
}

}  // namespace

Access::Access(Context& context, AccessUser& user, bool pins)
    : context_(context), user_(user), pins_(pins), object_(&make_object(context)), used_(*object_) {}

Access::~Access() {
  detach();
  used_.reset();
  context_->objects().remove(*object_);
}

void Access::attach(std::uint32_t ioas_id) { move_to(context_->objects().get<IoasObject>(ioas_id)); }

void Access::replace(std::uint32_t ioas_id) {
  if (!ioas_) fail(Errno::NoEnt, "the access is not attached");
  move_to(context_->objects().get<IoasObject>(ioas_id));
}

void Access::move_to(IoasObject& next) {
  if (ioas_.get() == &next) return;
  next.ioas().add_access(user_, pins_);
  detach();
  ioas_ = Used<IoasObject>(next);
}

void Access::detach() noexcept {
  if (!ioas_) return;
  const os::NoFail detaching;
  user_.unmap(0, ~0ull);
  ioas_->ioas().remove_access(user_);
  ioas_.reset();
}

Ioas& Access::ioas() const {
  if (!ioas_) fail(Errno::NoEnt, "the access is not attached");
  return ioas_->ioas();
}

Ioas& Access::ioas_for(Iova iova, std::uint64_t length) const {
  if (length == 0) fail(Errno::Inval, "the length is 0");
  if (iova + (length - 1) < iova) fail(Errno::Overflow, "the range wraps around");
  return ioas();
}

os::PageRuns Access::pin(Iova iova, std::uint64_t length, bool write) {
  return ioas_for(iova, length).pin(user_, iova, length, write);
}

void Access::unpin(Iova iova, std::uint64_t length) noexcept {
  if (ioas_) ioas_->ioas().unpin(user_, iova, length);
}

void Access::read(Iova iova, unsigned char* out, std::uint64_t length) {
  ioas_for(iova, length).read(iova, out, length);
}

void Access::write(Iova iova, const unsigned char* in, std::uint64_t length) {
  ioas_for(iova, length).write(iova, in, length);
}

InternalAccess::InternalAccess(Context& context, IoasObject& ioas, Iova iova, std::uint64_t length)
    : context_(context), ioas_(ioas), object_(&make_object(context)), used_(*object_), iova_(iova), length_(length) {
  Undo remove([&] {
    used_.reset();
    context.objects().remove(*object_);
  });
  ioas.ioas().add_access(*this, true);
  Undo leave([&] { ioas.ioas().remove_access(*this); });
  const os::PageRuns runs = ioas.ioas().pin(*this, iova, length, false);
  Undo unpin([&] { ioas.ioas().unpin(*this, iova, length); });
  real_ = runs.front().real;
  RealAddr next = real_;
  for (const os::PageRun& run : runs) {
    if (run.real != next) fail(Errno::Fault, "the queue's pages do not lie in a row");
    next = run.real + run.pages * context.layer().page_bytes();
  }
  ioas.ioas().lock(iova, length);
  unpin.keep();
  leave.keep();
  remove.keep();
}

InternalAccess::~InternalAccess() {
  const os::NoFail giving_back;
  ioas_->ioas().unlock(iova_, length_);
  ioas_->ioas().unpin(*this, iova_, length_);
  ioas_->ioas().remove_access(*this);
  used_.reset();
  context_.objects().remove(*object_);
}

}  // namespace phbsim::arch::iommufd
