// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <list>
#include <vector>

#include "models/arch/iommufd/access.hpp"
#include "models/arch/iommufd/selftest/ops.hpp"
#include "models/arch/iommufd/undo.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::iommufd::selftest {

using os::Errno;
using os::fail;

/// An access as a descriptor, with the ranges it has pinned.
class AccessFile final : public os::File, private AccessUser {
 public:
  AccessFile(Context& context, bool pins) : access_(new Access(context, *this, pins)) {}
  ~AccessFile() override { release(); }

  void release() noexcept override {
    if (access_ == nullptr) return;
    const os::NoFail closing;
    unmap(0, ~0ull);
    // Taken out of the file first: with it the context may close.
    const std::unique_ptr<Access> last = std::move(access_);
  }

  Access& access() { return *access_; }

  /// Pins and remembers the range; returns its number.
  std::uint32_t keep(Iova iova, std::uint64_t length) {
    items_.push_back({iova, length, next_});
    return next_++;
  }
  /// Unpins a range; false if there is none of that number.
  bool drop(std::uint32_t number) noexcept {
    const auto it = std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.number == number; });
    if (it == items_.end()) return false;
    access_->unpin(it->iova, it->length);
    items_.erase(it);
    return true;
  }

 private:
  struct Item {
    Iova iova;
    std::uint64_t length;
    std::uint32_t number;
  };

  void unmap(Iova iova, std::uint64_t length) override {
    const Iova last = iova + (length - 1);
    for (auto it = items_.begin(); it != items_.end();) {
      if (iova > it->iova + (it->length - 1) || last < it->iova) {
        ++it;
        continue;
      }
      access_->unpin(it->iova, it->length);
      it = items_.erase(it);
    }
  }

  std::list<Item> items_;
  std::uint32_t next_ = 0;
  std::unique_ptr<Access> access_;
};

namespace {

constexpr std::uint64_t kMostBytes = 16 * kMiB;

std::shared_ptr<AccessFile> access_file(const Call& call, std::uint32_t fd) {
  auto file = std::dynamic_pointer_cast<AccessFile>(call.caller.files->get(static_cast<int>(fd)));
  if (file == nullptr) fail(Errno::BadFd, "the descriptor is not an access's");
  return file;
}

/// Real addresses page by page.
std::vector<RealAddr> page_list(const os::PageRuns& runs, std::uint64_t page) {
  std::vector<RealAddr> pages;
  for (const os::PageRun& run : runs) {
    for (std::uint64_t i = 0; i < run.pages; ++i) pages.push_back(run.real + i * page);
  }
  return pages;
}

/// EBADE unless the pages at `uptr` are `pages`.
void check_pages(const Call& call, std::uint64_t uptr, const std::vector<RealAddr>& pages) {
  const std::uint64_t page = call.layer().page_bytes();
  const std::uint64_t first = uptr / page;
  // All at once: a list for each page would be more allocations than the tests' sweep of failures has steps.
  os::PageRuns own;
  const std::uint64_t there = call.caller.mm->pin(first, pages.size(), false, own);
  std::uint64_t at = 0;
  bool same = true;
  for (const os::PageRun& run : own) {
    for (std::uint64_t i = 0; i < run.pages; ++i) same = same && pages[at + i] == run.real + i * page;
    call.caller.mm->unpin(first + at, run.real, run.pages);
    at += run.pages;
  }
  if (!same) fail(Errno::BadE, "the IOAS shows another page");
  if (there != pages.size()) fail(Errno::Fault, "a page of the caller is not there");
}

/// kAccessByArea: the lower half is an area's number, the upper one an offset in it.
Iova iova_of(const Ioas& ioas, std::uint64_t code) {
  std::uint32_t left = static_cast<std::uint32_t>(code);
  std::optional<Iova> found;
  ioas.for_each_area([&](const Ioas::Shown& area) {
    if (!found && left-- == 0) found = area.iova + (code >> 32);
  });
  return found.value_or(0);
}

}  // namespace

void ops::create_access(const Call& call, Command& command) {
  auto& create = command.create_access;
  if ((create.flags & ~kAccessPins) != 0) fail(Errno::OpNotSupp, "an unknown flag");
  auto file = std::make_shared<AccessFile>(call.context, (create.flags & kAccessPins) != 0);
  file->access().attach(command.id);
  const int fd = call.caller.files->install(file);
  Undo close([&] {
    call.caller.files->withdraw(fd);
    file->release();
  });
  create.out_access_fd = static_cast<std::uint32_t>(fd);
  call.respond(command);
  close.keep();
}

void ops::access_pages(const Call& call, Command& command) {
  auto& pages = command.access_pages;
  if (pages.length > kMostBytes) fail(Errno::NoMem, "more than a test may ask for");
  if ((pages.flags & ~(kAccessWrite | kAccessByArea)) != 0) fail(Errno::OpNotSupp, "an unknown flag");
  const std::shared_ptr<AccessFile> file = access_file(call, command.id);
  Access& access = file->access();
  if (!access.pins()) fail(Errno::OpNotSupp, "the access was not made to pin");
  const Iova iova = (pages.flags & kAccessByArea) != 0 ? iova_of(access.ioas(), pages.iova) : pages.iova;
  const os::PageRuns runs = access.pin(iova, pages.length, (pages.flags & kAccessWrite) != 0);
  Undo unpin([&] { access.unpin(iova, pages.length); });
  const std::uint64_t page = call.layer().page_bytes();
  if (pages.uptr != 0) check_pages(call, pages.uptr - iova % page, page_list(runs, page));
  pages.out_access_pages_id = file->keep(iova, pages.length);
  // From here on the number unpins.
  unpin.keep();
  Undo drop([&] { file->drop(pages.out_access_pages_id); });
  call.respond(command);
  drop.keep();
}

void ops::destroy_access_pages(const Call& call, const Command& command) {
  if (!access_file(call, command.id)->drop(command.destroy_access_pages.access_pages_id)) {
    fail(Errno::NoEnt, "the access has pinned no such range");
  }
}

void ops::access_rw(const Call& call, const Command& command) {
  const auto& rw = command.access_rw;
  if (rw.length > kMostBytes) fail(Errno::NoMem, "more than a test may ask for");
  if ((rw.flags & ~(kAccessWrite | kAccessSlowPath | kAccessByArea)) != 0) fail(Errno::OpNotSupp, "an unknown flag");
  const std::shared_ptr<AccessFile> file = access_file(call, command.id);
  Access& access = file->access();
  std::vector<unsigned char> bytes(rw.length);
  const bool write = (rw.flags & kAccessWrite) != 0;
  if (write) call.caller.copy_in(rw.uptr, bytes.data(), bytes.size());
  const Iova iova = (rw.flags & kAccessByArea) != 0 ? iova_of(access.ioas(), rw.iova) : rw.iova;
  if (write) {
    access.write(iova, bytes.data(), bytes.size());
  } else {
    access.read(iova, bytes.data(), bytes.size());
    call.caller.copy_out(rw.uptr, bytes.data(), bytes.size());
  }
}

void ops::access_replace_ioas(const Call& call, const Command& command) {
  access_file(call, command.id)->access().replace(command.access_replace_ioas.ioas_id);
}

}  // namespace phbsim::arch::iommufd::selftest
