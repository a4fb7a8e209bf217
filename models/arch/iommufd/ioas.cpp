// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/ioas.hpp"

#include "models/arch/iommufd/ioas_impl.hpp"
#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

Ioas::Ioas(const Layer& layer) : impl_(std::make_unique<Impl>(layer)) {}

Ioas::~Ioas() {
  const os::NoFail no_fail;
  while (Area* const area = impl_->at_or_after(0)) impl_->remove(*area);
}

const Layer& Ioas::layer() const { return impl_->layer; }
bool Ioas::empty() const { return impl_->areas.size() == 0; }
std::size_t Ioas::areas() const { return impl_->areas.size(); }

void Ioas::for_each_area(const std::function<void(const Shown&)>& visit) const {
  impl_->for_each([&visit](const Area& area) { visit({area.first, area.length(), area.prot}); });
}

void Ioas::change_process(const std::vector<Ioas*>& all, const std::shared_ptr<os::AddressSpace>& mm) {
  const auto each = [&all](const auto& visit) {
    for (Ioas* ioas : all) ioas->impl_->for_each([&visit](Area& area) { visit(*area.pages); });
  };
  each([](Pages& pages) {
    if (!pages.file() || pages.is_dmabuf()) fail(Errno::Inval, "a mapping is not of a file");
  });

  // Marks keep pages that several areas share from being counted and moved twice.
  std::uint64_t user_pages = 0;
  std::uint64_t mm_pages = 0;
  each([&](Pages& pages) {
    if (pages.marked) return;
    pages.marked = true;
    const std::shared_ptr<os::AddressSpace>& payer = pages.payer();
    if (payer == mm) return;
    if (pages.accounting() == Accounting::User) user_pages += pages.pinned();
    if (pages.accounting() == Accounting::Mm) mm_pages += pages.pinned();
  });
  const std::uint64_t limit = all.empty() ? 0 : mm->memlock_limit() >> all[0]->layer().page_shift;
  const bool fits = (user_pages == 0 || mm->user().locked_pages + user_pages <= limit) &&
                    (mm_pages == 0 || mm->locked_pages + mm_pages <= limit);
  each([&](Pages& pages) {
    if (!pages.marked) return;
    pages.marked = false;
    if (fits && pages.payer() != mm) pages.rehome(mm);
  });
  if (!fits) fail(Errno::NoMem, "the limit of locked memory is reached");
}

}  // namespace phbsim::arch::iommufd
