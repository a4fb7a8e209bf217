// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/preload/paths.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "platform/exec/preload/real.hpp"
#include "platform/exec/preload/transport.hpp"

namespace phbsim::exec {
namespace {

constexpr unsigned kRulesBytes = 4096;
char g_rules[kRulesBytes];
char g_tree[300];
bool g_selftest = false;

/// Before any other constructor of the program: some open devices there.
__attribute__((constructor(102))) void read_rules() {
  if (!active()) return;
  const KeepErrno keep;
  char name[300];
  snprintf(g_tree, sizeof g_tree, "%s/tree", folder());
  snprintf(name, sizeof name, "%s/rules", folder());
  const int fd = static_cast<int>(sys(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC));
  if (fd < 0) return;
  const long n = sys(SYS_read, fd, g_rules, sizeof g_rules - 1);
  sys(SYS_close, fd);
  g_rules[n < 0 ? 0 : n] = 0;
  g_selftest = strstr(g_rules, "\nselftest\n") != nullptr || strncmp(g_rules, "selftest\n", 9) == 0;
}

bool below(const char* path, const char* folder_name, size_t bytes) {
  return strncmp(path, folder_name, bytes) == 0 && (path[bytes] == 0 || path[bytes] == '/');
}

/// True below a path of the rules: nothing of the real system shows there.
bool owned(const char* path) {
  for (const char* line = g_rules; *line != 0;) {
    const char* const end = strchrnul(line, '\n');
    if (*line == '/' && below(path, line, static_cast<size_t>(end - line))) return true;
    line = *end == 0 ? end : end + 1;
  }
  return false;
}

/// Copies `path` without "//", "." and "..". False if it is too long.
bool normalise(const char* path, char (&out)[PATH_MAX]) {
  size_t n = 0;
  while (*path != 0) {
    while (*path == '/') ++path;
    const size_t part = static_cast<size_t>(strchrnul(path, '/') - path);
    if (part == 0) break;
    if (part == 2 && path[0] == '.' && path[1] == '.') {
      while (n > 0 && out[--n] != '/') {
      }
    } else if (!(part == 1 && path[0] == '.')) {
      if (n + part + 2 > sizeof out) return false;
      out[n++] = '/';
      memcpy(out + n, path, part);
      n += part;
    }
    path += part;
  }
  if (n == 0) out[n++] = '/';
  out[n] = 0;
  return true;
}

/// Matches "self", "thread-self" or a number; returns what follows, or null.
const char* task_name(const char* p) {
  if (strncmp(p, "self/", 5) == 0) return p + 4;
  if (strncmp(p, "thread-self/", 12) == 0) return p + 11;
  const char* const begin = p;
  while (*p >= '0' && *p <= '9') ++p;
  return p == begin ? nullptr : p;
}

void locate_proc(Place& place) {
  const char* rest = task_name(place.path + 6);
  if (rest == nullptr) return;
  if (strcmp(rest, "/status") == 0) place.where = Where::Status;
  if (strncmp(rest, "/task/", 6) == 0) rest = task_name(rest + 6);
  if (g_selftest && rest != nullptr && strcmp(rest, "/fail-nth") == 0) place.where = Where::Node;
}

}  // namespace

void locate(const char* path, Place& place) {
  place.where = Where::Real;
  if (!active() || path == nullptr || path[0] != '/' || !normalise(path, place.path)) return;
  if (strncmp(place.path, "/proc/", 6) == 0) return locate_proc(place);
  if (strncmp(place.path, "/sys", 4) != 0 && strncmp(place.path, "/dev", 4) != 0) return;
  char real[PATH_MAX];
  if (snprintf(real, sizeof real, "%s%s", g_tree, place.path) >= static_cast<int>(sizeof real)) return;
  const KeepErrno keep;
  struct stat about {};
  const bool there = sys(SYS_newfstatat, AT_FDCWD, real, &about, AT_SYMLINK_NOFOLLOW) == 0;
  const bool served_here = owned(place.path);
  if (!served_here) {
    struct stat real_one {};
    if (!there) return;
    // A folder of both, on the way to what is served, shows the real system's.
    if (S_ISDIR(about.st_mode) && sys(SYS_newfstatat, AT_FDCWD, place.path, &real_one, 0) == 0) return;
  }
  if (there && S_ISREG(about.st_mode) && strncmp(place.path, "/dev/", 5) == 0) {
    place.where = Where::Node;  // an empty file stands for a device
    return;
  }
  place.where = Where::Tree;
  strcpy(place.path, real);
}

const char* led(const char* path, Place& buffer) {
  locate(path, buffer);
  return buffer.where == Where::Tree ? buffer.path : path;
}

char* unled(char* path) {
  const size_t bytes = strlen(g_tree);
  if (path != nullptr && bytes != 0 && below(path, g_tree, bytes) && path[bytes] != 0) memmove(path, path + bytes, strlen(path + bytes) + 1);
  return path;
}

}  // namespace phbsim::exec
