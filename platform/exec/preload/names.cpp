// SPDX-License-Identifier: Apache-2.0
/// Interposed: what looks at names and kinds of files without opening them.
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "platform/exec/preload/paths.hpp"
#include "platform/exec/preload/real.hpp"
#include "platform/exec/preload/transport.hpp"

namespace phbsim::exec {
namespace {

constexpr int kNotServed = 1;

struct About {
  uint32_t mode = 0;
  unsigned major_number = 0;
  unsigned minor_number = 0;
};

/// 0, -1 with errno, or kNotServed.
int ask(const char* node, uint64_t id, About& about) {
  Request request;
  request.op = Op::Stat;
  request.target = id;
  request.args[0] = address(node);
  Reply reply;
  if (result_of(request, reply) < 0) return -1;
  about = {static_cast<uint32_t>(reply.data[0]), static_cast<unsigned>(reply.data[1]), static_cast<unsigned>(reply.data[2])};
  return 0;
}

void fill(const About& about, struct stat& out) {
  out = {};
  out.st_mode = about.mode;
  out.st_rdev = makedev(about.major_number, about.minor_number);
  out.st_ino = 1 + about.minor_number;
  out.st_nlink = 1;
  out.st_blksize = 4096;
}

int stat_of(int folder_fd, const char* path, struct stat* out, int flags) {
  About about;
  if ((flags & AT_EMPTY_PATH) != 0 && path != nullptr && path[0] == 0) {
    if (const uint64_t id = served(folder_fd)) {
      if (ask(nullptr, id, about) < 0) return -1;
      fill(about, *out);
      return 0;
    }
  }
  Place place;
  locate(path, place);
  if (place.where == Where::Node) {
    if (ask(place.path, 0, about) < 0) return -1;
    fill(about, *out);
    return 0;
  }
  return static_cast<int>(sys(SYS_newfstatat, folder_fd, place.where == Where::Tree ? place.path : path, out, flags));
}

int access_of(int folder_fd, const char* path, int mode, int flags) {
  Place place;
  locate(path, place);
  About about;
  if (place.where == Where::Node) return ask(place.path, 0, about);
  using Call = int (*)(int, const char*, int, int);
  return PHBSIM_NEXT(Call, faccessat)(folder_fd, place.where == Where::Tree ? place.path : path, mode, flags);
}

ssize_t link_of(int folder_fd, const char* path, char* out, size_t bytes) {
  Place place;
  return sys(SYS_readlinkat, folder_fd, led(path, place), out, bytes);
}

char* real_path(const char* path, char* out) {
  using Call = char* (*)(const char*, char*);
  Place place;
  locate(path, place);
  if (place.where == Where::Node) {  // nothing of these is a link
    char* const copy = out != nullptr ? out : static_cast<char*>(malloc(PATH_MAX));
    return copy == nullptr ? nullptr : strcpy(copy, place.path);
  }
  return unled(PHBSIM_NEXT(Call, realpath)(place.where == Where::Tree ? place.path : path, out));
}

}  // namespace
}  // namespace phbsim::exec

using namespace phbsim::exec;

PHBSIM_INTERPOSE(int, stat, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, 0); }
PHBSIM_INTERPOSE(int, lstat, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
PHBSIM_INTERPOSE(int, fstat, int fd, struct stat* out) { return stat_of(fd, "", out, AT_EMPTY_PATH); }
PHBSIM_INTERPOSE(int, fstatat, int fd, const char* path, struct stat* out, int flags) { return stat_of(fd, path, out, flags); }
#if __WORDSIZE == 64  // one layout of struct stat and of off_t
PHBSIM_INTERPOSE(int, stat64, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, 0); }
PHBSIM_INTERPOSE(int, lstat64, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
PHBSIM_INTERPOSE(int, fstat64, int fd, struct stat* out) { return stat_of(fd, "", out, AT_EMPTY_PATH); }
PHBSIM_INTERPOSE(int, fstatat64, int fd, const char* path, struct stat* out, int flags) { return stat_of(fd, path, out, flags); }
#else
#error "the preload library is written for 64-bit programs"
#endif
// Programs built before glibc 2.33.
PHBSIM_INTERPOSE(int, __xstat, int, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, 0); }
PHBSIM_INTERPOSE(int, __lxstat, int, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
PHBSIM_INTERPOSE(int, __fxstat, int, int fd, struct stat* out) { return stat_of(fd, "", out, AT_EMPTY_PATH); }
PHBSIM_INTERPOSE(int, __fxstatat, int, int fd, const char* path, struct stat* out, int flags) { return stat_of(fd, path, out, flags); }
PHBSIM_INTERPOSE(int, __xstat64, int, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, 0); }
PHBSIM_INTERPOSE(int, __lxstat64, int, const char* path, struct stat* out) { return stat_of(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW); }
PHBSIM_INTERPOSE(int, __fxstat64, int, int fd, struct stat* out) { return stat_of(fd, "", out, AT_EMPTY_PATH); }
PHBSIM_INTERPOSE(int, __fxstatat64, int, int fd, const char* path, struct stat* out, int flags) { return stat_of(fd, path, out, flags); }

PHBSIM_INTERPOSE(int, statx, int fd, const char* path, int flags, unsigned mask, struct statx* out) {
  struct stat about {};
  Place place;
  const bool empty = (flags & AT_EMPTY_PATH) != 0 && path != nullptr && path[0] == 0;
  locate(path, place);
  if (place.where == Where::Node || (empty && served(fd) != 0)) {
    if (stat_of(fd, path, &about, flags) != 0) return -1;
    memset(out, 0, sizeof *out);
    out->stx_mask = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO;
    out->stx_mode = static_cast<uint16_t>(about.st_mode);
    out->stx_nlink = 1;
    out->stx_ino = about.st_ino;
    out->stx_blksize = 4096;
    out->stx_rdev_major = major(about.st_rdev);
    out->stx_rdev_minor = minor(about.st_rdev);
    return 0;
  }
  return static_cast<int>(sys(SYS_statx, fd, place.where == Where::Tree ? place.path : path, flags, mask, out));
}

PHBSIM_INTERPOSE(int, access, const char* path, int mode) { return access_of(AT_FDCWD, path, mode, 0); }
PHBSIM_INTERPOSE(int, faccessat, int fd, const char* path, int mode, int flags) { return access_of(fd, path, mode, flags); }
PHBSIM_INTERPOSE(int, euidaccess, const char* path, int mode) { return access_of(AT_FDCWD, path, mode, AT_EACCESS); }
PHBSIM_INTERPOSE(int, eaccess, const char* path, int mode) { return access_of(AT_FDCWD, path, mode, AT_EACCESS); }

PHBSIM_INTERPOSE(ssize_t, readlink, const char* path, char* out, size_t bytes) { return link_of(AT_FDCWD, path, out, bytes); }
PHBSIM_INTERPOSE(ssize_t, readlinkat, int fd, const char* path, char* out, size_t bytes) { return link_of(fd, path, out, bytes); }
PHBSIM_INTERPOSE(ssize_t, __readlink_chk, const char* path, char* out, size_t bytes, size_t room) {
  if (bytes > room) __builtin_trap();
  return link_of(AT_FDCWD, path, out, bytes);
}
PHBSIM_INTERPOSE(ssize_t, __readlinkat_chk, int fd, const char* path, char* out, size_t bytes, size_t room) {
  if (bytes > room) __builtin_trap();
  return link_of(fd, path, out, bytes);
}

PHBSIM_INTERPOSE(char*, realpath, const char* path, char* out) { return real_path(path, out); }
PHBSIM_INTERPOSE(char*, __realpath_chk, const char* path, char* out, size_t room) {
  if (room < PATH_MAX) __builtin_trap();
  return real_path(path, out);
}
PHBSIM_INTERPOSE(char*, canonicalize_file_name, const char* path) { return real_path(path, nullptr); }

PHBSIM_INTERPOSE(DIR*, opendir, const char* path) {
  Place place;
  return PHBSIM_NEXT(DIR* (*)(const char*), opendir)(led(path, place));
}
using Filter = int (*)(const dirent*);
using Order = int (*)(const dirent**, const dirent**);
using ScanDir = int (*)(const char*, dirent***, Filter, Order);
PHBSIM_INTERPOSE(int, scandir, const char* path, dirent*** list, Filter filter, Order order) {
  Place place;
  return PHBSIM_NEXT(ScanDir, scandir)(led(path, place), list, filter, order);
}
PHBSIM_INTERPOSE(int, scandir64, const char* path, dirent*** list, Filter filter, Order order) {
  Place place;
  return PHBSIM_NEXT(ScanDir, scandir64)(led(path, place), list, filter, order);
}
PHBSIM_INTERPOSE(int, chdir, const char* path) {
  Place place;
  return static_cast<int>(sys(SYS_chdir, led(path, place)));
}
PHBSIM_INTERPOSE(char*, getcwd, char* out, size_t bytes) {
  using Call = char* (*)(char*, size_t);
  return unled(PHBSIM_NEXT(Call, getcwd)(out, bytes));
}
