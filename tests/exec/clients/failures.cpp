// SPDX-License-Identifier: Apache-2.0
/// fail-nth: allocations of the simulated kernel that fail, one after the other.
#include <sys/syscall.h>

#include <string>

#include "tests/exec/clients/client.hpp"

using namespace client;

int main() {
  const int fd = open_toy();
  const std::string path = "/proc/self/task/" + std::to_string(::syscall(SYS_gettid)) + "/fail-nth";
  const int nth = ::open(path.c_str(), O_RDWR);
  CHECK(nth >= 0);
  char text[32];
  CHECK(::pread(nth, text, sizeof text, 0) == 2 && std::memcmp(text, "0\n", 2) == 0);
  CHECK(::ioctl(fd, kAllocate, 0) == 6);
  for (int i = 1; i < 6; ++i) {
    const std::string number = std::to_string(i);
    CHECK(::pwrite(nth, number.data(), number.size(), 0) == static_cast<ssize_t>(number.size()));
    const int result = ::ioctl(fd, kAllocate, 0);
    CHECK(i <= 3 ? result == -1 && errno == ENOMEM : result == 6);
    const ssize_t n = ::pread(nth, text, sizeof text, 0);
    CHECK(n == 2 && text[0] == (i <= 3 ? '0' : static_cast<char>('0' + i - 3)));
  }
  CHECK(::pwrite(nth, "0", 1, 0) == 1);
  CHECK(::ioctl(fd, kAllocate, 0) == 6);
  CHECK_ERRNO(EINVAL, ::pwrite(nth, "x", 1, 0));
  return 0;
}
