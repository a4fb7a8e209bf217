// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/selftest/selftest.hpp"

#include <algorithm>

#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/iommufd/selftest/ops.hpp"

namespace phbsim::arch::iommufd::selftest {

using os::Errno;
using os::fail;

void Selftest::closed(Context& context) noexcept {
  contexts_.erase(std::remove(contexts_.begin(), contexts_.end(), &context), contexts_.end());
}

std::int64_t Selftest::run(const Call& call) {
  auto command = call.fetch<Command>();
  const auto op = static_cast<Op>(command.op);
  if (call.as_in_6_12() && op > kLastOf6_12) fail(Errno::OpNotSupp, "no such test operation");
  switch (op) {
    case Op::AddReserved: ops::add_reserved(call, command); return 0;
    case Op::MockDomain:
    case Op::MockDomainFlags: ops::mock_domain(call, command, iommu_); return 0;
    case Op::MockDomainReplace: ops::mock_domain_replace(call, command); return 0;
    case Op::CheckMap: ops::check_map(call, command); return 0;
    case Op::CheckRefs: ops::check_refs(call, command); return 0;
    case Op::CheckIotlb: ops::check_iotlb(call, command); return 0;
    case Op::CheckDeviceCache: ops::check_device_cache(call, command); return 0;
    case Op::CreateAccess: ops::create_access(call, command); return 0;
    case Op::DestroyAccessPages: ops::destroy_access_pages(call, command); return 0;
    case Op::AccessPages: ops::access_pages(call, command); return 0;
    case Op::AccessRw: ops::access_rw(call, command); return 0;
    case Op::AccessReplaceIoas: ops::access_replace_ioas(call, command); return 0;
    case Op::SetMemoryLimit:
      if (command.memory_limit.limit < 12) fail(Errno::Inval, "less than one batch");
      return 0;
    case Op::Dirty: ops::dirty(call, command); return 0;
    case Op::TriggerFault: ops::trigger_fault(call, command); return 0;
    case Op::TriggerEvent: ops::trigger_event(call, command); return 0;
    case Op::PasidAttach: ops::pasid_attach(call, command); return 0;
    case Op::PasidReplace: ops::pasid_replace(call, command); return 0;
    case Op::PasidDetach: ops::pasid_detach(call, command); return 0;
    case Op::PasidCheck: ops::pasid_check(call, command); return 0;
    case Op::DmaBufGet: return ops::dma_buf_get(call, command, iommu_);
    case Op::DmaBufRevoke: ops::dma_buf_revoke(call, command, contexts_); return 0;
  }
  fail(Errno::OpNotSupp, "no such test operation");
}

void ops::add_reserved(const Call& call, const Command& command) {
  const std::uint64_t first = command.add_reserved.start;
  const std::uint64_t length = command.add_reserved.length;
  if (length == 0) fail(Errno::Inval, "the length is 0");
  if (first + (length - 1) < first) fail(Errno::Overflow, "the range wraps around");
  call.objects().get<IoasObject>(command.id).ioas().reserve(nullptr, {first, first + (length - 1)});
}

}  // namespace phbsim::arch::iommufd::selftest
