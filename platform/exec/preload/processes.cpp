// SPDX-License-Identifier: Apache-2.0
/// Interposed: what makes processes and images. The server hears of a child before its parent can be
/// gone, and a new image finds the library although its environment was made anew.
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/exec/preload/real.hpp"
#include "platform/exec/preload/transport.hpp"

namespace phbsim::exec {
namespace {

/// The variables that a child needs; their "NAME=value" outlive the environment.
struct Needed {
  const char* name;
  char* line;
};
Needed g_needed[] = {{"LD_PRELOAD", nullptr}, {kEnvironment, nullptr}};
constexpr size_t kNeeded = sizeof g_needed / sizeof g_needed[0];

__attribute__((constructor(103))) void remember_environment() {
  if (!active()) return;
  for (Needed& n : g_needed) {
    const char* const value = getenv(n.name);
    if (value == nullptr) continue;
    const size_t bytes = strlen(n.name);
    char* const line = static_cast<char*>(malloc(bytes + strlen(value) + 2));
    if (line == nullptr) continue;
    memcpy(line, n.name, bytes);
    line[bytes] = '=';
    strcpy(line + bytes + 1, value);
    n.line = line;
  }
}

bool has(char* const* environment, const char* name) {
  const size_t bytes = strlen(name);
  for (; *environment != nullptr; ++environment) {
    if (strncmp(*environment, name, bytes) == 0 && (*environment)[bytes] == '=') return true;
  }
  return false;
}

size_t length(char* const* environment) {
  size_t n = 0;
  while (environment != nullptr && environment[n] != nullptr) ++n;
  return n;
}

/// `environment` and what is missing in it, in `room` of length() + kNeeded + 1 pointers.
char* const* completed(char* const* environment, char** room) {
  if (!active()) return environment;
  const size_t n = length(environment);
  if (n != 0) memcpy(room, environment, n * sizeof *room);
  size_t end = n;
  room[end] = nullptr;
  for (const Needed& needed : g_needed) {
    if (needed.line == nullptr || has(room, needed.name)) continue;
    room[end++] = needed.line;
    room[end] = nullptr;
  }
  return room;
}

pid_t tell(pid_t child) {
  if (child > 0 && active()) {
    Request request;
    request.op = Op::Forked;
    request.args[0] = static_cast<uint64_t>(child);
    Reply reply;
    call(request, reply);
  }
  return child;
}

}  // namespace
}  // namespace phbsim::exec

using namespace phbsim::exec;

#define PHBSIM_COMPLETED(environment)                                                                               \
  char** const room = static_cast<char**>(__builtin_alloca((length(environment) + kNeeded + 1) * sizeof(char*)));   \
  char* const* const whole = completed(environment, room)

PHBSIM_INTERPOSE(pid_t, fork, void) { return tell(PHBSIM_NEXT(pid_t (*)(), fork)()); }

PHBSIM_INTERPOSE(int, execve, const char* path, char* const* words, char* const* environment) {
  PHBSIM_COMPLETED(environment);
  return static_cast<int>(sys(SYS_execve, path, words, whole));
}
PHBSIM_INTERPOSE(int, execvpe, const char* file, char* const* words, char* const* environment) {
  PHBSIM_COMPLETED(environment);
  return PHBSIM_NEXT(int (*)(const char*, char* const*, char* const*), execvpe)(file, words, whole);
}
PHBSIM_INTERPOSE(int, fexecve, int fd, char* const* words, char* const* environment) {
  PHBSIM_COMPLETED(environment);
  return PHBSIM_NEXT(int (*)(int, char* const*, char* const*), fexecve)(fd, words, whole);
}
using Spawn = int (*)(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const*, char* const*);
PHBSIM_INTERPOSE(int, posix_spawn, pid_t* child, const char* path, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const* words, char* const* environment) {
  PHBSIM_COMPLETED(environment);
  pid_t started = 0;
  const int error = PHBSIM_NEXT(Spawn, posix_spawn)(&started, path, actions, attributes, words, whole);
  if (error == 0) tell(started);
  if (error == 0 && child != nullptr) *child = started;
  return error;
}
PHBSIM_INTERPOSE(int, posix_spawnp, pid_t* child, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const* words, char* const* environment) {
  PHBSIM_COMPLETED(environment);
  pid_t started = 0;
  const int error = PHBSIM_NEXT(Spawn, posix_spawnp)(&started, file, actions, attributes, words, whole);
  if (error == 0) tell(started);
  if (error == 0 && child != nullptr) *child = started;
  return error;
}
