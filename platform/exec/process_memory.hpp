// SPDX-License-Identifier: Apache-2.0
/// Memory of a process of the program, read and written from outside (process_vm_readv, writev).
///
/// A page of shared memory is a page of its file. A private page is the process and its page number:
/// what is there, is what devices see. That is what a pin promises as long as the process keeps the
/// page mapped: breaking copy-on-write first, as the kernel does, would change nothing here, since a
/// page that moves keeps its number. Not modelled: a pinned private page that outlives its munmap or
/// its process reads as 0 then, since nothing can keep it from outside.
///
/// Why not MADV_POPULATE: process_madvise(2) does not take it, and the process that is pinned need not
/// be the one that calls. Reading one byte brings a page in as pinning does, and what may be written
/// is what /proc/PID/maps says.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>

#include "models/arch/os/process.hpp"
#include "platform/exec/memory_maps.hpp"
#include "platform/exec/shared_files.hpp"

namespace phbsim::exec {

class ProcessMemory final : public arch::os::AddressSpace, public std::enable_shared_from_this<ProcessMemory> {
 public:
  ProcessMemory(pid_t pid, arch::os::UserAccount& user, Frames& frames, SharedFiles& files)
      : pid_(pid), user_(user), frames_(frames), files_(files), maps_(pid) {}

  /// The process has exited, or runs another program.
  void end() { gone_ = true; }
  const MemoryMaps& maps() const { return maps_; }

  std::uint64_t memlock_limit() const override;
  arch::os::UserAccount& user() override { return user_; }
  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool writable, arch::os::PageRuns& out) override;
  void unpin(std::uint64_t first, RealAddr real, std::uint64_t count) noexcept override;
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override;
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) override;
  std::uint64_t pins(std::uint64_t page) override;

 private:
  struct Page {
    std::shared_ptr<arch::os::PageSource> source;
    std::uint64_t number = 0;
  };
  /// Whose page `page` of this memory is, as `map` has it.
  Page page_of(const MemoryMap& map, std::uint64_t page);
  /// How many of the pages are there.
  std::uint64_t present(std::uint64_t first, std::uint64_t count) const;

  pid_t pid_;
  arch::os::UserAccount& user_;
  Frames& frames_;
  SharedFiles& files_;
  MemoryMaps maps_;
  bool gone_ = false;
};

}  // namespace phbsim::exec
