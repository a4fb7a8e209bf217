// SPDX-License-Identifier: Apache-2.0
/// An I/O address space as an object of a context.
#pragma once

#include <vector>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/iommufd/ioas.hpp"
#include "models/arch/iommufd/object.hpp"

namespace phbsim::arch::iommufd {

class HwptPaging;

class IoasObject final : public Object {
 public:
  explicit IoasObject(Context& context) : Object(ObjectKind::Ioas), context_(context), ioas_(context.layer()) {}
  ~IoasObject() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::Ioas; }

  Ioas& ioas() { return ioas_; }
  /// The HWPTs that hold its mappings, oldest first.
  std::vector<HwptPaging*>& hwpts() { return hwpts_; }

 private:
  Context& context_;
  Ioas ioas_;
  std::vector<HwptPaging*> hwpts_;
};

/// How pages of the caller are charged: CAP_IPC_LOCK counts when they are mapped (iommufd.md 5).
inline Accounting accounting_of(const Context& context, const os::Caller& caller) {
  return caller.creds.ipc_lock ? Accounting::None : context.accounting();
}

}  // namespace phbsim::arch::iommufd
