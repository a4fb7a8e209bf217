// SPDX-License-Identifier: Apache-2.0
/// Many threads, processes and signals at once.
#include <pthread.h>

#include <atomic>

#include "tests/exec/clients/client.hpp"

using namespace client;

namespace {

std::atomic<unsigned> signals{0};
int shared_fd = -1;

void on_signal(int) {
  ++signals;
  Block block{1000, 0, 0, 0, 0};
  CHECK(::ioctl(shared_fd, kEcho, &block) == 0 && block.b == 1001);
}

void* work(void* argument) {
  const auto me = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(argument));
  for (std::uint64_t i = 0; i < 300; ++i) {
    CHECK(ask(shared_fd, kEcho, {me * 1000 + i, 0, 0, 0, 0}).b == me * 1000 + i + 1);
    if (i % 50 == 0) {
      const int own = open_toy();
      CHECK(ask(own, kEcho, {i, 0, 0, 0, 0}).b == i + 1);
      ::close(own);
    }
    if (i % 100 == 7) {
      const pid_t child = ::fork();
      CHECK(child >= 0);
      if (child == 0) {
        for (std::uint64_t k = 0; k < 10; ++k) CHECK(ask(shared_fd, kEcho, {k, 0, 0, 0, 0}).b == k + 1);
        ::_exit(0);
      }
      join(child);
    }
  }
  return nullptr;
}

}  // namespace

int main() {
  shared_fd = open_toy();
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  CHECK(::sigaction(SIGUSR1, &action, nullptr) == 0);
  constexpr unsigned kThreads = 8;
  pthread_t threads[kThreads];
  for (unsigned i = 0; i < kThreads; ++i) {
    CHECK(::pthread_create(&threads[i], nullptr, work, reinterpret_cast<void*>(static_cast<std::uintptr_t>(i))) == 0);
  }
  for (unsigned i = 0; i < 200; ++i) {
    CHECK(::pthread_kill(threads[i % kThreads], SIGUSR1) == 0);
    ask(shared_fd, kEcho, {i, 0, 0, 0, 0});
  }
  for (const pthread_t t : threads) CHECK(::pthread_join(t, nullptr) == 0);
  CHECK(signals > 0);
  return 0;
}
