// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/shared_files.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace phbsim::exec {

namespace os = arch::os;

PinnedPages::~PinnedPages() {
  for (const os::PageRun& r : runs_) frames_.unpin(r.real, r.pages);
}

void PinnedPages::add(const std::shared_ptr<os::PageSource>& source, std::uint64_t page) {
  if (runs_.size() == runs_.capacity()) runs_.reserve(std::max<std::size_t>(4, 2 * runs_.size()));
  const RealAddr real = frames_.pin(source, page);
  if (!runs_.empty() && runs_.back().real + (runs_.back().pages << frames_.page_shift()) == real) {
    ++runs_.back().pages;
  } else {
    runs_.push_back({real, 1});
  }
}

void PinnedPages::append_to(os::PageRuns& out) {
  out.reserve(out.size() + runs_.size());
  for (const os::PageRun& r : runs_) {
    if (!out.empty() && out.back().real + (out.back().pages << frames_.page_shift()) == r.real) {
      out.back().pages += r.pages;
    } else {
      out.push_back(r);
    }
  }
  runs_.clear();
}

void SharedFile::reach_through(const std::shared_ptr<os::AddressSpace>& memory, std::uint64_t delta) {
  if (fd_) return;
  memory_ = memory;
  delta_ = delta;
}

std::uint64_t SharedFile::bytes() const {
  struct stat about {};
  return fd_ && ::fstat(fd_.get(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

std::uint64_t SharedFile::pin(std::uint64_t first, std::uint64_t count, bool, os::PageRuns& out) {
  const std::uint64_t page_bytes = 1ull << frames_.page_shift();
  const std::uint64_t there = (bytes() + page_bytes - 1) / page_bytes;
  const std::uint64_t last = std::min<std::uint64_t>(there, count > ~first ? ~0ull : first + count);
  PinnedPages pinned(frames_);
  std::uint64_t page = first;
  for (; page < last; ++page) pinned.add(shared_from_this(), page);
  pinned.append_to(out);
  return page - first;
}

void SharedFile::unpin(std::uint64_t, RealAddr real, std::uint64_t count) noexcept { frames_.unpin(real, count); }

bool SharedFile::read(std::uint64_t at, unsigned char* out, std::size_t n) {
  if (fd_) return ::pread(fd_.get(), out, n, static_cast<off_t>(at)) == static_cast<ssize_t>(n);
  const auto memory = memory_.lock();
  return memory != nullptr && memory->read(at + delta_, out, n);
}

bool SharedFile::write(std::uint64_t at, const unsigned char* in, std::size_t n) {
  if (fd_) return ::pwrite(fd_.get(), in, n, static_cast<off_t>(at)) == static_cast<ssize_t>(n);
  const auto memory = memory_.lock();
  return memory != nullptr && memory->write(at + delta_, in, n);
}

std::shared_ptr<SharedFile> SharedFiles::keep(UniqueFd fd) {
  struct stat about {};
  if (::fstat(fd.get(), &about) != 0 || !S_ISREG(about.st_mode)) return nullptr;
  std::shared_ptr<SharedFile> file = find({about.st_dev, about.st_ino});
  if (file->has_descriptor()) return file;
  file->set_descriptor(std::move(fd));
  kept_[{about.st_dev, about.st_ino}] = file;
  others_.erase({about.st_dev, about.st_ino});
  return file;
}

std::shared_ptr<SharedFile> SharedFiles::find(Key key) {
  if (const auto it = kept_.find(key); it != kept_.end()) return it->second;
  std::weak_ptr<SharedFile>& known = others_[key];
  std::shared_ptr<SharedFile> file = known.lock();
  if (file == nullptr) known = file = std::make_shared<SharedFile>(frames_);
  return file;
}

void SharedFiles::drop_unmapped(const std::vector<Key>& mapped) {
  for (auto it = kept_.begin(); it != kept_.end();) {
    const bool used = it->second.use_count() > 1 || std::binary_search(mapped.begin(), mapped.end(), it->first);
    it = used ? std::next(it) : kept_.erase(it);
  }
  for (auto it = others_.begin(); it != others_.end();) it = it->second.expired() ? others_.erase(it) : std::next(it);
  look_at_ = std::max<std::size_t>(256, 2 * kept_.size());
}

}  // namespace phbsim::exec
