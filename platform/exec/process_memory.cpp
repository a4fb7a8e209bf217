// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/process_memory.hpp"

#include <sys/resource.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

namespace phbsim::exec {

namespace os = arch::os;

namespace {

constexpr std::uint64_t kSystemPage = 4096;  // the smallest there is: more bytes are touched than needed elsewhere

iovec remote_piece(std::uint64_t at, std::size_t n) { return {reinterpret_cast<void*>(static_cast<std::uintptr_t>(at)), n}; }

}  // namespace

std::uint64_t ProcessMemory::memlock_limit() const {
  rlimit limit{};
  if (gone_ || ::prlimit(pid_, RLIMIT_MEMLOCK, nullptr, &limit) != 0) return 0;
  return limit.rlim_cur == RLIM_INFINITY ? ~0ull : limit.rlim_cur;
}

bool ProcessMemory::read(std::uint64_t at, unsigned char* out, std::size_t n) {
  const iovec local{out, n};
  const iovec remote = remote_piece(at, n);
  return !gone_ && ::process_vm_readv(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(n);
}

bool ProcessMemory::write(std::uint64_t at, const unsigned char* in, std::size_t n) {
  const iovec local{const_cast<unsigned char*>(in), n};
  const iovec remote = remote_piece(at, n);
  return !gone_ && ::process_vm_writev(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(n);
}

std::uint64_t ProcessMemory::present(std::uint64_t first, std::uint64_t count) const {
  constexpr std::size_t kBatch = 512;
  std::array<unsigned char, kBatch> bytes;
  std::array<iovec, kBatch> remote;
  const std::uint64_t per_page = (1ull << frames_.page_shift()) / kSystemPage;
  const std::uint64_t begin = first << frames_.page_shift();
  std::uint64_t there = 0;
  while (there < count * per_page) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(kBatch, count * per_page - there));
    for (std::size_t i = 0; i < n; ++i) remote[i] = remote_piece(begin + (there + i) * kSystemPage, 1);
    const iovec local{bytes.data(), n};
    const ssize_t got = gone_ ? -1 : ::process_vm_readv(pid_, &local, 1, remote.data(), n, 0);
    there += got < 0 ? 0 : static_cast<std::uint64_t>(got);
    if (got != static_cast<ssize_t>(n)) break;
  }
  return there / per_page;
}

ProcessMemory::Page ProcessMemory::page_of(const MemoryMap& map, std::uint64_t page) {
  const std::uint64_t page_bytes = 1ull << frames_.page_shift();
  const std::uint64_t at = page << frames_.page_shift();
  if (map.shared && map.inode != 0 && at >= map.begin) {
    const std::uint64_t offset = map.offset + (at - map.begin);
    if (offset % page_bytes == 0 && map.end - at >= page_bytes) {
      std::shared_ptr<SharedFile> file = files_.find({map.device, map.inode});
      file->reach_through(shared_from_this(), at - offset);
      return {std::move(file), offset / page_bytes};
    }
  }
  return {shared_from_this(), page};
}

std::uint64_t ProcessMemory::pin(std::uint64_t first, std::uint64_t count, bool writable, os::PageRuns& out) {
  const std::uint64_t end = (first + count) << frames_.page_shift();
  std::uint64_t next = first;
  std::uint64_t covered = first << frames_.page_shift();  // all below may be used
  PinnedPages pinned(frames_);
  maps_.walk(covered, [&](const MemoryMap& map) {
    if (map.begin > covered || !(writable ? map.write : map.read)) return false;
    covered = std::min(end, map.end);
    // Pages that end within this map; of pages larger than the system's, one may begin in the map before.
    const std::uint64_t usable = (covered >> frames_.page_shift()) - next;
    const std::uint64_t there = present(next, usable);
    for (const std::uint64_t stop = next + there; next < stop; ++next) {
      const Page page = page_of(map, next);
      pinned.add(page.source, page.number);
    }
    return there == usable && covered < end;
  });
  pinned.append_to(out);
  return next - first;
}

void ProcessMemory::unpin(std::uint64_t, RealAddr real, std::uint64_t count) noexcept { frames_.unpin(real, count); }

std::uint64_t ProcessMemory::pins(std::uint64_t page) {
  std::uint64_t found = 0;
  maps_.walk(page << frames_.page_shift(), [&](const MemoryMap& map) {
    const Page p = page_of(map, page);
    found = frames_.pins(*p.source, p.number);
    return false;
  });
  return found;
}

}  // namespace phbsim::exec
