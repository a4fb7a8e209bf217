// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/ioas_object.hpp"

namespace phbsim::arch::iommufd {

void calls::ioas_change_process(const Call& call, abi::IoasChangeProcess command) {
  if (command.reserved != 0) os::fail(os::Errno::OpNotSupp, "a reserved field is set");
  std::vector<Ioas*> all;
  call.objects().find_if<IoasObject>([&](IoasObject& object) {
    all.push_back(&object.ioas());
    return false;
  });
  Ioas::change_process(all, call.caller.mm);
}

}  // namespace phbsim::arch::iommufd
