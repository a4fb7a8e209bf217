// SPDX-License-Identifier: Apache-2.0
/// Interposed: what makes descriptors and what acts on them. dup, fcntl, poll, select, epoll and
/// sendmsg need nothing: the descriptor is a socket of the kernel's own.
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "platform/exec/preload/paths.hpp"
#include "platform/exec/preload/real.hpp"
#include "platform/exec/preload/transport.hpp"

namespace phbsim::exec {
namespace {

int open_node(const char* path, int flags) {
  Request request;
  request.op = Op::Open;
  request.args[0] = address(path);
  request.args[1] = static_cast<uint64_t>(static_cast<unsigned>(flags));
  Reply reply;
  int fd = -1;
  if (result_of(request, reply, -1, &fd, (flags & O_CLOEXEC) != 0) < 0) return -1;
  return fd >= 0 ? fd : fail_with(EMFILE);
}

/// A copy of /proc/PID/status with the pages that the simulated kernel locked.
int open_status(const char* path) {
  const int real = static_cast<int>(sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
  if (real < 0) return -1;
  char text[8192];
  const long n = sys(SYS_read, real, text, sizeof text - 1);
  sys(SYS_close, real);
  if (n <= 0) return fail_with(EIO);
  text[n] = 0;
  const char* const pid = strstr(text, "\nTgid:");
  Request request;
  request.op = Op::Locked;
  for (const char* c = pid == nullptr ? "" : pid + 6; *c != 0 && *c != '\n'; ++c) {
    if (*c >= '0' && *c <= '9') request.args[0] = request.args[0] * 10 + static_cast<uint64_t>(*c - '0');
  }
  Reply reply;
  const bool known = call(request, reply) && reply.error == 0;
  const int copy = static_cast<int>(sys(SYS_memfd_create, "status", MFD_CLOEXEC));
  if (copy < 0) return -1;
  const uint64_t page_kib = static_cast<uint64_t>(getpagesize()) / 1024;
  for (const char* line = text; *line != 0;) {
    const char* const end = strchrnul(line, '\n');
    const char* out = line;
    size_t bytes = static_cast<size_t>(end - line) + (*end == '\n' ? 1 : 0);
    char changed[64];
    for (unsigned i = 0; known && i < 2; ++i) {
      const char* const name = i == 0 ? "VmLck:" : "VmPin:";
      if (strncmp(line, name, 6) != 0) continue;
      unsigned long long real_kib = 0;
      sscanf(line + 6, "%llu", &real_kib);
      bytes = static_cast<size_t>(snprintf(changed, sizeof changed, "%s\t%8llu kB\n", name, real_kib + reply.data[i] * page_kib));
      out = changed;
    }
    sys(SYS_write, copy, out, bytes);
    line = *end == 0 ? end : end + 1;
  }
  sys(SYS_lseek, copy, 0, SEEK_SET);
  return copy;
}

int open_at(int folder_fd, const char* path, int flags, mode_t mode) {
  Place place;
  locate(path, place);
  switch (place.where) {
    case Where::Node: return open_node(place.path, flags);
    case Where::Status: {
      const int fd = open_status(place.path);
      if (fd >= 0 && (flags & O_CLOEXEC) == 0) sys(SYS_fcntl, fd, F_SETFD, 0);
      return fd;
    }
    case Where::Tree: return static_cast<int>(sys(SYS_openat, AT_FDCWD, place.path, flags, mode));
    case Where::Real: break;
  }
  return static_cast<int>(sys(SYS_openat, folder_fd, path, flags, mode));
}

FILE* open_stream(const char* path, const char* mode, FILE* (*real)(const char*, const char*)) {
  Place place;
  locate(path, place);
  if (place.where == Where::Real) return real(path, mode);
  if (place.where == Where::Tree) return real(place.path, mode);
  const bool both = strchr(mode, '+') != nullptr;
  const int access = both ? O_RDWR : mode[0] == 'r' ? O_RDONLY : O_WRONLY;
  const int fd = open_at(AT_FDCWD, path, access | (strchr(mode, 'e') != nullptr ? O_CLOEXEC : 0), 0);
  return fd < 0 ? nullptr : fdopen(fd, mode);
}

constexpr uint64_t kPosition = 0;
constexpr uint64_t kOffset = 1;

long transfer(Op op, uint64_t id, int fd, const void* data, size_t bytes, off_t offset, uint64_t how) {
  if (how == kOffset && offset < 0) return fail_with(EINVAL);
  Request request;
  request.op = op;
  request.target = id;
  request.args[0] = address(data);
  request.args[1] = bytes;
  request.args[2] = static_cast<uint64_t>(offset);
  request.args[3] = how;
  Reply reply;
  const int64_t n = result_of(request, reply);
  if (reply.drain != 0) {
    const KeepErrno keep;
    char byte;
    sys(SYS_recvfrom, fd, &byte, sizeof byte, MSG_DONTWAIT, nullptr, nullptr);
  }
  return n;
}

/// Pieces one after the other, as long as they are done whole.
long transfer_pieces(Op op, uint64_t id, int fd, const iovec* pieces, int count, off_t offset, uint64_t how) {
  long total = 0;
  for (int i = 0; i < count; ++i) {
    if (pieces[i].iov_len == 0) continue;
    const long n = transfer(op, id, fd, pieces[i].iov_base, pieces[i].iov_len, offset + total, how);
    if (n < 0) return total != 0 ? total : n;
    total += n;
    if (static_cast<size_t>(n) < pieces[i].iov_len) break;
  }
  return total;
}

int do_ioctl(int fd, unsigned long command, void* argument) {
  const uint64_t id = served(fd);
  if (id == 0) return static_cast<int>(sys(SYS_ioctl, fd, command, argument));
  Request request;
  request.op = Op::Ioctl;
  request.target = id;
  request.args[0] = static_cast<uint32_t>(command);
  request.args[1] = address(argument);
  Reply reply;
  const int64_t n = result_of(request, reply);
  if (reply.drain != 0) {
    const KeepErrno keep;
    char byte;
    sys(SYS_recvfrom, fd, &byte, sizeof byte, MSG_DONTWAIT, nullptr, nullptr);
  }
  return static_cast<int>(n);
}

long do_read(int fd, void* to, size_t bytes) {
  const uint64_t id = served(fd);
  return id != 0 ? transfer(Op::Read, id, fd, to, bytes, 0, kPosition) : sys(SYS_read, fd, to, bytes);
}
long do_write(int fd, const void* from, size_t bytes) {
  const uint64_t id = served(fd);
  return id != 0 ? transfer(Op::Write, id, fd, from, bytes, 0, kPosition) : sys(SYS_write, fd, from, bytes);
}
long do_pread(int fd, void* to, size_t bytes, off_t offset) {
  const uint64_t id = served(fd);
  return id != 0 ? transfer(Op::Read, id, fd, to, bytes, offset, kOffset) : sys(SYS_pread64, fd, to, bytes, offset);
}
long do_pwrite(int fd, const void* from, size_t bytes, off_t offset) {
  const uint64_t id = served(fd);
  return id != 0 ? transfer(Op::Write, id, fd, from, bytes, offset, kOffset) : sys(SYS_pwrite64, fd, from, bytes, offset);
}

[[noreturn]] void overflow() {
  constexpr char kText[] = "*** buffer overflow detected ***: terminated\n";
  sys(SYS_write, 2, kText, sizeof kText - 1);
  __builtin_trap();
}

}  // namespace
}  // namespace phbsim::exec

using namespace phbsim::exec;

#define PHBSIM_MODE(flags, last)                                \
  mode_t mode = 0;                                              \
  if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                               \
    va_start(rest, last);                                       \
    mode = va_arg(rest, mode_t);                                \
    va_end(rest);                                               \
  }

PHBSIM_INTERPOSE(int, open, const char* path, int flags, ...) {
  PHBSIM_MODE(flags, flags)
  return open_at(AT_FDCWD, path, flags, mode);
}
PHBSIM_INTERPOSE(int, open64, const char* path, int flags, ...) {
  PHBSIM_MODE(flags, flags)
  return open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
PHBSIM_INTERPOSE(int, openat, int folder_fd, const char* path, int flags, ...) {
  PHBSIM_MODE(flags, flags)
  return open_at(folder_fd, path, flags, mode);
}
PHBSIM_INTERPOSE(int, openat64, int folder_fd, const char* path, int flags, ...) {
  PHBSIM_MODE(flags, flags)
  return open_at(folder_fd, path, flags | O_LARGEFILE, mode);
}
PHBSIM_INTERPOSE(int, __open_2, const char* path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
PHBSIM_INTERPOSE(int, __open64_2, const char* path, int flags) { return open_at(AT_FDCWD, path, flags, 0); }
PHBSIM_INTERPOSE(int, __openat_2, int folder_fd, const char* path, int flags) { return open_at(folder_fd, path, flags, 0); }
PHBSIM_INTERPOSE(int, __openat64_2, int folder_fd, const char* path, int flags) { return open_at(folder_fd, path, flags, 0); }

PHBSIM_INTERPOSE(FILE*, fopen, const char* path, const char* mode) {
  return open_stream(path, mode, PHBSIM_NEXT(FILE* (*)(const char*, const char*), fopen));
}
PHBSIM_INTERPOSE(FILE*, fopen64, const char* path, const char* mode) {
  return open_stream(path, mode, PHBSIM_NEXT(FILE* (*)(const char*, const char*), fopen64));
}

/// The library's own connections are not the program's to close.
PHBSIM_INTERPOSE(int, close, int fd) { return own_descriptor(fd) ? fail_with(EBADF) : static_cast<int>(sys(SYS_close, fd)); }

PHBSIM_INTERPOSE(int, ioctl, int fd, unsigned long command, ...) {
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  return do_ioctl(fd, command, argument);
}

PHBSIM_INTERPOSE(ssize_t, read, int fd, void* to, size_t bytes) { return do_read(fd, to, bytes); }
PHBSIM_INTERPOSE(ssize_t, write, int fd, const void* from, size_t bytes) { return do_write(fd, from, bytes); }
PHBSIM_INTERPOSE(ssize_t, pread, int fd, void* to, size_t bytes, off_t at) { return do_pread(fd, to, bytes, at); }
PHBSIM_INTERPOSE(ssize_t, pread64, int fd, void* to, size_t bytes, off_t at) { return do_pread(fd, to, bytes, at); }
PHBSIM_INTERPOSE(ssize_t, pwrite, int fd, const void* from, size_t bytes, off_t at) { return do_pwrite(fd, from, bytes, at); }
PHBSIM_INTERPOSE(ssize_t, pwrite64, int fd, const void* from, size_t bytes, off_t at) { return do_pwrite(fd, from, bytes, at); }
PHBSIM_INTERPOSE(ssize_t, __read_chk, int fd, void* to, size_t bytes, size_t room) {
  if (bytes > room) overflow();
  return do_read(fd, to, bytes);
}
PHBSIM_INTERPOSE(ssize_t, __pread_chk, int fd, void* to, size_t bytes, off_t at, size_t room) {
  if (bytes > room) overflow();
  return do_pread(fd, to, bytes, at);
}
PHBSIM_INTERPOSE(ssize_t, __pread64_chk, int fd, void* to, size_t bytes, off_t at, size_t room) {
  if (bytes > room) overflow();
  return do_pread(fd, to, bytes, at);
}

PHBSIM_INTERPOSE(ssize_t, readv, int fd, const iovec* pieces, int count) {
  const uint64_t id = served(fd);
  return id != 0 ? transfer_pieces(Op::Read, id, fd, pieces, count, 0, kPosition) : sys(SYS_readv, fd, pieces, count);
}
PHBSIM_INTERPOSE(ssize_t, writev, int fd, const iovec* pieces, int count) {
  const uint64_t id = served(fd);
  return id != 0 ? transfer_pieces(Op::Write, id, fd, pieces, count, 0, kPosition) : sys(SYS_writev, fd, pieces, count);
}
#define PHBSIM_VECTOR_AT(name, op)                                                          \
  PHBSIM_INTERPOSE(ssize_t, name, int fd, const iovec* pieces, int count, off_t at) {             \
    const uint64_t id = served(fd);                                                               \
    if (id != 0) return transfer_pieces(op, id, fd, pieces, count, at, kOffset);                  \
    return PHBSIM_NEXT(ssize_t (*)(int, const iovec*, int, off_t), name)(fd, pieces, count, at);  \
  }
PHBSIM_VECTOR_AT(preadv, Op::Read)
PHBSIM_VECTOR_AT(preadv64, Op::Read)
PHBSIM_VECTOR_AT(pwritev, Op::Write)
PHBSIM_VECTOR_AT(pwritev64, Op::Write)
