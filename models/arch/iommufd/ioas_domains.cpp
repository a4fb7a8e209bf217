// SPDX-License-Identifier: Apache-2.0
/// Domains of an IOAS hold all its mappings (iommufd.md 3.11, 4, 6).
#include <algorithm>

#include "models/arch/iommufd/ioas_impl.hpp"
#include "models/arch/os/allocation.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;
using os::PagingDomain;

bool Ioas::has_domains() const { return !impl_->domains.empty(); }
const std::vector<PagingDomain*>& Ioas::domains() const { return impl_->domains; }

/// All runs of the area, whose pages are in use. On an error the domain is as it was.
void Ioas::Impl::map_into(PagingDomain& domain, const Area& area) const {
  const std::vector<os::Aperture>& apertures = domain.apertures();
  const auto window_of = [&apertures](Iova iova) -> const os::Aperture& {
    // What lies in none is reserved, so there is one.
    return *std::find_if(apertures.begin(), apertures.end(), [iova](const os::Aperture& a) { return iova <= a.last; });
  };
  Iova at = area.first;
  try {
    const std::uint64_t last_byte = area.byte_at(area.last);
    area.pages->for_each_run(
        page_of(area.start), page_of(last_byte), [&](std::uint64_t page, RealAddr real, std::uint64_t pages) {
          const std::uint64_t skip = at == area.first ? offset_in_page(area.start) : 0;
          const std::uint64_t run = std::min(((page + pages) << layer.page_shift) - 1, last_byte) -
                                    ((page << layer.page_shift) + skip) + 1;
          for (std::uint64_t done = 0; done < run;) {
            const os::Aperture& window = window_of(at);
            const std::uint64_t small = std::max(layer.page_bytes(), std::uint64_t{1} << window.page_shift);
            std::uint64_t bytes = std::min(run - done, window.last - at + 1);
            // Without large pages each page is an entry of its own, so that areas can be split.
            if (!huge) bytes = std::min(bytes, small - (at & (small - 1)));
            domain.map(at, real + skip + done, bytes, area.prot);
            done += bytes;
            at += bytes;
          }
        });
  } catch (...) {
    const os::NoFail no_fail;
    if (at != area.first) {
      domain.unmap(area.first, at - area.first);
      domain.sync();
    }
    throw;
  }
}

/// Brings a new area into all domains.
void Ioas::Impl::fill(Area& area) {
  if (domains.empty() || area.pages->revoked()) return;
  const std::uint64_t first = page_of(area.start);
  const std::uint64_t last = page_of(area.byte_at(area.last));
  area.pages->use(first, last);
  std::size_t done = 0;
  try {
    for (; done < domains.size(); ++done) map_into(*domains[done], area);
  } catch (...) {
    const os::NoFail no_fail;
    for (std::size_t i = 0; i < done; ++i) domains[i]->unmap(area.first, area.length());
    for (std::size_t i = 0; i < done; ++i) domains[i]->sync();
    area.pages->disuse(first, last);
    throw;
  }
  area.filled = true;
}

void Ioas::Impl::unfill(Area& area) noexcept {
  if (!area.filled) return;
  const os::NoFail no_fail;
  for (PagingDomain* domain : domains) domain->unmap(area.first, area.length());
  for (PagingDomain* domain : domains) domain->sync();
  area.pages->disuse(page_of(area.start), page_of(area.byte_at(area.last)));
  area.filled = false;
}

void Ioas::add_domain(PagingDomain& domain) {
  Impl& m = *impl_;
  if (std::find(m.domains.begin(), m.domains.end(), &domain) != m.domains.end()) {
    fail(Errno::Exist, "the domain is in the IOAS already");
  }
  const std::uint64_t finest = domain.page_sizes() & (~domain.page_sizes() + 1);
  const std::uint64_t wanted = std::max(m.alignment, finest);
  if (wanted > m.layer.page_bytes() && !m.layer.large_io_pages) {
    fail(Errno::Inval, "the domain's I/O pages are larger than the host's pages");
  }
  if (wanted > m.alignment) m.check_areas(wanted);

  const bool first_domain = m.domains.empty();
  Area* current = nullptr;
  m.domains.reserve(m.domains.size() + 1);
  m.domains.push_back(&domain);
  try {
    m.reserve_outside(domain);
    m.for_each([&](Area& area) {
      current = &area;
      if (first_domain) {
        m.fill(area);
      } else if (area.filled) {
        m.map_into(domain, area);
      }
    });
  } catch (...) {
    const os::NoFail no_fail;
    m.domains.pop_back();
    if (current) m.take_out(domain, current);
    m.reservations.release(&domain);
    throw;
  }
  m.alignment = wanted;
}

/// A domain that is not in the list any more loses the areas below `end`, or all; without other domains
/// they give their pages back.
void Ioas::Impl::take_out(PagingDomain& domain, const Area* end) noexcept {
  const os::NoFail no_fail;
  const auto each = [&](const auto& visit) {
    for_each([&](Area& area) {
      if (area.filled && (!end || area.first < end->first)) visit(area);
    });
  };
  bool mapped = false;
  each([&](Area& area) {
    domain.unmap(area.first, area.length());
    mapped = true;
  });
  if (mapped) domain.sync();
  if (!domains.empty()) return;
  each([&](Area& area) {
    area.pages->disuse(page_of(area.start), page_of(area.byte_at(area.last)));
    area.filled = false;
  });
}

void Ioas::remove_domain(PagingDomain& domain) noexcept {
  Impl& m = *impl_;
  const os::NoFail no_fail;
  const auto at = std::find(m.domains.begin(), m.domains.end(), &domain);
  if (at == m.domains.end()) return;
  m.domains.erase(at);
  m.take_out(domain, nullptr);
  m.reservations.release(&domain);
  m.alignment = m.wanted_alignment(m.huge);
}

void Ioas::revoke(const os::BackingFile& file) noexcept {
  impl_->for_each([&](Area& area) {
    if (area.pages->file() != &file) return;
    area.pages->revoke();
    impl_->unfill(area);
  });
}

}  // namespace phbsim::arch::iommufd
