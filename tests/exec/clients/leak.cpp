// SPDX-License-Identifier: Apache-2.0
/// Makes the toy forget pins: the server has to say so. And other ends of a program.
#include <string>

#include "tests/exec/clients/client.hpp"

using namespace client;

int main(int, char** argv) {
  const std::string what = argv[1];
  const int fd = open_toy();
  if (what == "pins") {
    CHECK(ask(fd, kPin, {reinterpret_cast<std::uintptr_t>(&fd), 1, 1, 0, 0}).d == 1);
    CHECK(::ioctl(fd, kLeak, 0) == 0);
    return 0;
  }
  if (what == "status") return 42;
  if (what == "kill") ::raise(SIGKILL);
  if (what == "daemon") {
    // The parent is gone before the child's first call.
    if (::fork() != 0) ::_exit(0);
    ::setsid();
    ::usleep(100000);
    const int own = open_toy();
    CHECK(ask(own, kEcho, {1, 0, 0, 0, 0}).b == 2);
    std::puts("daemon was served");
    return 0;
  }
  return 1;
}
