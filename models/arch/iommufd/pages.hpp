// SPDX-License-Identifier: Apache-2.0
/// The memory behind a mapping: where its pages come from, which of them are pinned, who is charged
/// (iommufd.md 5). Areas share it after COPY or a split.
#pragma once

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "models/arch/iommufd/ioas.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::arch::iommufd {

/// Pages are numbered from 0 at the one that holds the first byte. A page is pinned once, however many
/// use it, from its first use to its last.
class Pages : public boost::intrusive_ref_counter<Pages, boost::thread_unsafe_counter> {
 public:
  /// Page 0 is the one of source.start.
  Pages(const Source& source, bool writable, unsigned page_shift);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  bool writable() const { return writable_; }
  bool is_dmabuf() const { return dmabuf_; }
  const os::BackingFile* file() const { return file_.get(); }
  os::PageSource& source() const;
  /// Address of page 0 in its source, in bytes.
  std::uint64_t base() const { return first_ << page_shift_; }

  /// A dma-buf that was revoked gives no pages ever again.
  bool revoked() const { return revoked_; }
  void revoke() noexcept { revoked_ = true; }

  /// One more use of pages [first, last]; those that nobody used are pinned and charged. EFAULT for a
  /// page that is not there (EINVAL beyond the end of a file), ENOMEM. Throws and changes nothing.
  void use(std::uint64_t first, std::uint64_t last);
  /// Gives one use() back, or a part of it.
  void disuse(std::uint64_t first, std::uint64_t last) noexcept;
  /// Real address of a page in use.
  std::optional<RealAddr> real_of(std::uint64_t page) const;
  /// Calls run(page, real, pages) for [first, last], all in use, in the longest pieces that lie in a row.
  template <class Run>
  void for_each_run(std::uint64_t first, std::uint64_t last, const Run& run) const;
  std::uint64_t pinned() const;

  /// For CHANGE_PROCESS: a mark so that objects that areas share are counted once.
  bool marked = false;
  Accounting accounting() const { return accounting_; }
  const std::shared_ptr<os::AddressSpace>& payer() const { return mm_; }
  /// Moves what is charged to `mm`, without a look at its limit.
  void rehome(const std::shared_ptr<os::AddressSpace>& mm) noexcept;

 private:
  /// Pages [first, first + pages) at `real`, with as many uses each.
  struct Held {
    std::uint64_t first;
    std::uint64_t pages;
    RealAddr real;
    std::uint32_t uses;
    std::uint64_t end() const { return first + pages; }
  };
  using HeldList = boost::container::small_vector<Held, 1>;

  void pin(std::uint64_t first, std::uint64_t count, HeldList& out);
  void unpin(const HeldList& list) noexcept;
  void charge(std::uint64_t pages);
  void uncharge(std::uint64_t pages) noexcept;
  std::size_t find(std::uint64_t page) const;
  bool is_inside(std::uint64_t page) const;
  std::size_t cut(std::uint64_t page) noexcept;
  void merge_in(const HeldList& fresh) noexcept;
  void join_neighbours(std::uint64_t first, std::uint64_t last) noexcept;
  bool in_a_row(const Held& a, const Held& b) const {
    return a.end() == b.first && a.real + (a.pages << page_shift_) == b.real;
  }

  std::uint8_t page_shift_;
  Accounting accounting_;
  bool writable_;
  bool dmabuf_;
  bool revoked_ = false;
  std::shared_ptr<os::AddressSpace> mm_;   // who pays; the source, too, unless there is a file
  std::shared_ptr<os::BackingFile> file_;
  std::uint64_t first_;  // page 0 in the source
  HeldList held_;        // ascending, apart
};

using PagesPtr = boost::intrusive_ptr<Pages>;

template <class Run>
void Pages::for_each_run(std::uint64_t first, std::uint64_t last, const Run& run) const {
  for (std::size_t i = find(first); i < held_.size() && held_[i].first <= last;) {
    const std::uint64_t page = std::max(first, held_[i].first);
    const RealAddr real = held_[i].real + ((page - held_[i].first) << page_shift_);
    std::size_t end = i + 1;
    while (end < held_.size() && held_[end].first <= last && in_a_row(held_[end - 1], held_[end])) ++end;
    run(page, real, std::min(last + 1, held_[end - 1].end()) - page);
    i = end;
  }
}

}  // namespace phbsim::arch::iommufd
