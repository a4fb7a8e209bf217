// SPDX-License-Identifier: Apache-2.0
/// What clients check with. A client is a program that knows nothing of phbsim but the toy's devices.
#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "tests/exec/toy.hpp"

#define CHECK(condition)                                                                          \
  do {                                                                                            \
    if (!(condition)) {                                                                           \
      std::fprintf(stderr, "%s:%d: not true: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno); \
      std::_Exit(1);                                                                              \
    }                                                                                             \
  } while (false)

#define CHECK_ERRNO(expected, call)  \
  do {                               \
    errno = 0;                       \
    CHECK((call) == -1);             \
    CHECK(errno == (expected));      \
  } while (false)

namespace client {

using namespace phbsim::toy;

inline int open_toy() {
  const int fd = ::open("/dev/iommu", O_RDWR | O_CLOEXEC);
  CHECK(fd >= 0);
  return fd;
}

inline Block ask(int fd, std::uint32_t command, Block block) {
  CHECK(::ioctl(fd, command, &block) == 0);
  return block;
}

/// Ends well or not at all.
inline void join(pid_t child) {
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace client
