// SPDX-License-Identifier: Apache-2.0
/// Interposed: memory maps. Shared anonymous memory gets a descriptor, which the server keeps, so that
/// it can be reached after its mapper's exit; files of the simulated kernel become trapped pages.
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include "platform/exec/preload/real.hpp"
#include "platform/exec/preload/transport.hpp"
#include "platform/exec/preload/traps.hpp"

namespace phbsim::exec {
namespace {

constexpr size_t kHugeBytes = 2u << 20;

void* kernel_mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return reinterpret_cast<void*>(sys(SYS_mmap, at, bytes, protection, flags, fd, offset));
}

size_t page_round(size_t bytes) {
  const auto page = static_cast<size_t>(getpagesize());
  return (bytes + page - 1) / page * page;
}

/// Room for `bytes` aligned to a huge page, without permission; null if there is none.
void* aligned_room(size_t bytes) {
  void* const room = kernel_mmap(nullptr, bytes + kHugeBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(room);
  const uintptr_t aligned = (begin + kHugeBytes - 1) / kHugeBytes * kHugeBytes;
  if (aligned != begin) sys(SYS_munmap, begin, aligned - begin);
  if (aligned + bytes != begin + bytes + kHugeBytes) sys(SYS_munmap, aligned + bytes, begin + kHugeBytes - aligned);
  return reinterpret_cast<void*>(aligned);
}

void share(int fd) {
  Request request;
  request.op = Op::Share;
  Reply reply;
  call(request, reply, fd);
}

/// Normal pages in place of huge ones that the system does not have.
void* without_huge_pages(void* at, size_t bytes, int protection, int flags, int fd) {
  bytes = (bytes + kHugeBytes - 1) / kHugeBytes * kHugeBytes;
  flags &= ~(MAP_HUGETLB | (MAP_HUGE_MASK << MAP_HUGE_SHIFT));
  if ((flags & MAP_FIXED) == 0) {
    at = aligned_room(bytes);
    if (at == nullptr) return MAP_FAILED;
    flags = (flags & ~MAP_FIXED_NOREPLACE) | MAP_FIXED;
  }
  return kernel_mmap(at, bytes, protection, flags, fd, 0);
}

void* map_shared_anonymous(void* at, size_t bytes, int protection, int flags) {
  const int fd = static_cast<int>(sys(SYS_memfd_create, "phbsim-shared", MFD_CLOEXEC));
  const bool huge = (flags & MAP_HUGETLB) != 0;
  const size_t whole = huge ? (bytes + kHugeBytes - 1) / kHugeBytes * kHugeBytes : page_round(bytes);
  void* mapped = MAP_FAILED;
  if (fd >= 0 && whole >= bytes && sys(SYS_ftruncate, fd, whole) == 0) {
    const int with_fd = flags & ~MAP_ANONYMOUS;
    mapped = huge ? without_huge_pages(at, bytes, protection, with_fd, fd) : kernel_mmap(at, bytes, protection, with_fd, fd, 0);
    if (mapped != MAP_FAILED) share(fd);
  } else {
    mapped = kernel_mmap(at, bytes, protection, flags, -1, 0);
  }
  if (fd >= 0) {
    const KeepErrno keep;
    sys(SYS_close, fd);
  }
  return mapped;
}

void* map_served(uint64_t id, void* at, size_t bytes, int protection, int flags, off_t offset) {
  Request request;
  request.op = Op::Map;
  request.target = id;
  request.args[0] = page_round(bytes);
  request.args[1] = static_cast<uint64_t>(offset);
  request.args[2] = (protection & PROT_WRITE) != 0 ? 1 : 0;
  Reply reply;
  int fd = -1;
  const int64_t mapping = result_of(request, reply, -1, &fd);
  if (mapping < 0) return MAP_FAILED;
  if (fd < 0) return errno = EMFILE, MAP_FAILED;
  void* const mapped = kernel_mmap(at, bytes, PROT_NONE, flags & ~MAP_POPULATE, fd, 0);
  const KeepErrno keep;
  sys(SYS_close, fd);
  if (mapped == MAP_FAILED) return mapped;
  const auto start = reinterpret_cast<uintptr_t>(mapped);
  remove_traps(start, page_round(bytes));
  if (add_trap(start, page_round(bytes), static_cast<uint64_t>(mapping), 0)) return mapped;
  sys(SYS_munmap, mapped, bytes);
  errno = ENOMEM;
  return MAP_FAILED;
}

void* do_mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) {
  if (!active()) return kernel_mmap(at, bytes, protection, flags, fd, offset);
  const bool anonymous = (flags & MAP_ANONYMOUS) != 0;
  const bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
  if (!anonymous) {
    if (const uint64_t id = served(fd)) return map_served(id, at, bytes, protection, flags, offset);
  }
  void* mapped;
  if (anonymous && shared && bytes != 0) {
    mapped = map_shared_anonymous(at, bytes, protection, flags);
  } else {
    mapped = kernel_mmap(at, bytes, protection, flags, fd, offset);
    if (mapped == MAP_FAILED && anonymous && (flags & MAP_HUGETLB) != 0 && (errno == ENOMEM || errno == EINVAL)) {
      mapped = without_huge_pages(at, bytes, protection, flags, -1);
    }
  }
  if (mapped != MAP_FAILED && (flags & MAP_FIXED) != 0) remove_traps(reinterpret_cast<uintptr_t>(mapped), page_round(bytes));
  return mapped;
}

int do_memfd(const char* name, unsigned flags) {
  const int fd = static_cast<int>(sys(SYS_memfd_create, name, flags));
  if (fd >= 0 || (flags & MFD_HUGETLB) == 0 || !active()) {
    if (fd >= 0 && active()) share(fd);
    return fd;
  }
  const int normal = static_cast<int>(sys(SYS_memfd_create, name, flags & (MFD_CLOEXEC | MFD_ALLOW_SEALING)));
  if (normal >= 0) share(normal);
  return normal;
}

}  // namespace
}  // namespace phbsim::exec

using namespace phbsim::exec;

PHBSIM_INTERPOSE(void*, mmap, void* at, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return do_mmap(at, bytes, protection, flags, fd, offset);
}
PHBSIM_INTERPOSE(void*, mmap64, void* at, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return do_mmap(at, bytes, protection, flags, fd, offset);
}
PHBSIM_INTERPOSE(int, munmap, void* at, size_t bytes) {
  const auto result = static_cast<int>(sys(SYS_munmap, at, bytes));
  if (result == 0) remove_traps(reinterpret_cast<uintptr_t>(at), page_round(bytes));
  return result;
}
PHBSIM_INTERPOSE(void*, mremap, void* at, size_t bytes, size_t wanted, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  void* const fixed = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : nullptr;
  va_end(rest);
  void* const moved = reinterpret_cast<void*>(sys(SYS_mremap, at, bytes, wanted, flags, fixed));
  if (moved != MAP_FAILED) {
    move_traps(reinterpret_cast<uintptr_t>(at), page_round(bytes), reinterpret_cast<uintptr_t>(moved), page_round(wanted));
  }
  return moved;
}
PHBSIM_INTERPOSE(int, memfd_create, const char* name, unsigned flags) { return do_memfd(name, flags); }
