// SPDX-License-Identifier: Apache-2.0
/// Files whose pages several processes share: memfds, which shared anonymous memory becomes as well.
/// Their pages are the file's, whoever maps them where, and stay when all of them are gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "models/arch/os/process.hpp"
#include "platform/exec/frames.hpp"
#include "platform/exec/unique_fd.hpp"

namespace phbsim::exec {

class SharedFile final : public arch::os::BackingFile, public std::enable_shared_from_this<SharedFile> {
 public:
  explicit SharedFile(Frames& frames) : frames_(frames) {}

  /// Descriptor by which its bytes are reached; without one they are reached through a process.
  void set_descriptor(UniqueFd fd) { fd_ = std::move(fd); }
  bool has_descriptor() const { return static_cast<bool>(fd_); }
  /// Byte `at` of the file is at `at + delta` of `memory`.
  void reach_through(const std::shared_ptr<arch::os::AddressSpace>& memory, std::uint64_t delta);

  std::uint64_t bytes() const override;
  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool writable, arch::os::PageRuns& out) override;
  void unpin(std::uint64_t first, RealAddr real, std::uint64_t count) noexcept override;
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override;
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) override;
  std::uint64_t pins(std::uint64_t page) override { return frames_.pins(*this, page); }

 private:
  Frames& frames_;
  UniqueFd fd_;
  std::weak_ptr<arch::os::AddressSpace> memory_;
  std::uint64_t delta_ = 0;
};

class SharedFiles {
 public:
  using Key = std::pair<dev_t, ino_t>;

  explicit SharedFiles(Frames& frames) : frames_(frames) {}

  /// The file behind a descriptor, which is kept. Null if it has no pages to share.
  std::shared_ptr<SharedFile> keep(UniqueFd fd);
  /// The file of a memory map; made, to be reached through processes, if it is not known.
  std::shared_ptr<SharedFile> find(Key key);
  /// True once so many files are kept that it is worth looking which ones nobody maps.
  bool crowded() const { return kept_.size() >= look_at_; }
  /// Drops the files that have no pins and are not in `mapped` (ascending).
  void drop_unmapped(const std::vector<Key>& mapped);

 private:
  Frames& frames_;
  std::map<Key, std::shared_ptr<SharedFile>> kept_;
  std::map<Key, std::weak_ptr<SharedFile>> others_;
  std::size_t look_at_ = 256;
};

/// Appends pages that were pinned one by one, undoing all of them if there is no memory for the list.
class PinnedPages {
 public:
  explicit PinnedPages(Frames& frames) : frames_(frames) {}
  ~PinnedPages();
  PinnedPages(const PinnedPages&) = delete;
  PinnedPages& operator=(const PinnedPages&) = delete;
  void add(const std::shared_ptr<arch::os::PageSource>& source, std::uint64_t page);
  /// Moves them to the end of `out`.
  void append_to(arch::os::PageRuns& out);

 private:
  Frames& frames_;
  arch::os::PageRuns runs_;
};

}  // namespace phbsim::exec
