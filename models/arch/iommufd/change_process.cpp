// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/ioas_object.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

namespace {

/// Calls `visit(Ioas&)` for each IOAS of the context.
template <typename Visit>
void for_each_ioas(const Call& call, Visit&& visit) {
  call.objects().find_if<IoasObject>([&](IoasObject& object) {
    visit(object.ioas());
    return false;
  });
}

/// The old process's charge is given back after the new one's is taken, so for a moment both count [F].
void check_limit(const Call& call, Accounting accounting, std::uint64_t pages) {
  if (accounting == Accounting::None || pages == 0) return;
  os::AddressSpace& mm = *call.caller.mm;
  const std::uint64_t locked = accounting == Accounting::User ? mm.user().locked_pages : mm.locked_pages;
  if (locked + pages > mm.memlock_limit() / call.layer().page_bytes()) {
    fail(Errno::NoMem, "the mapped pages are more than the process may lock");
  }
}

}  // namespace

void calls::ioas_change_process(const Call& call, abi::IoasChangeProcess command) {
  if (command.reserved != 0) fail(Errno::OpNotSupp, "a reserved field is set");
  std::uint64_t pages = 0;
  for_each_ioas(call, [&](const Ioas& ioas) {
    if (!ioas.all_file_backed()) fail(Errno::Inval, "memory of a process is mapped, which no other process has");
    pages += ioas.charged_pages();
  });
  const Accounting accounting = accounting_of(call.context, call.caller);
  check_limit(call, accounting, pages);
  for_each_ioas(call, [&](Ioas& ioas) { ioas.change_process(call.caller.mm, accounting); });
}

}  // namespace phbsim::arch::iommufd
