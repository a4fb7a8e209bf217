// SPDX-License-Identifier: Apache-2.0
/// Arguments that are pointers or descriptors, descriptors that are made, readiness, bytes.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "tests/exec/clients/client.hpp"

using namespace client;

namespace {

void pointers(int fd) {
  CHECK_ERRNO(EFAULT, ::ioctl(fd, kEcho, nullptr));
  auto* const page = static_cast<char*>(::mmap(nullptr, kPageBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  CHECK_ERRNO(EFAULT, ::ioctl(fd, kEcho, page));                   // may not be written
  CHECK_ERRNO(EFAULT, ::ioctl(fd, kEcho, page + kPageBytes - 8));  // half of it is not there
  CHECK(::munmap(page, kPageBytes) == 0);
  CHECK_ERRNO(EFAULT, ::ioctl(fd, kEcho, page));
  Block block;
  CHECK_ERRNO(ENOTTY, ::ioctl(fd, 0x999, &block));
}

void arguments(int fd) {
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::uint64_t count = 0;
  CHECK(::ioctl(fd, kSignal, event) == 0);
  CHECK(::ioctl(fd, kSignal, event) == 0);
  CHECK(::read(event, &count, sizeof count) == sizeof count && count == 2);
  CHECK(::ioctl(fd, kKind, event) == kEventFd);
  const int memory = ::memfd_create("m", 0);
  CHECK(::ioctl(fd, kKind, memory) == kMemory);
  CHECK(::ioctl(fd, kKind, fd) == kToy);
  const int file = ::open("/proc/self/exe", O_RDONLY);
  CHECK(::ioctl(fd, kKind, file) == kOther);
  CHECK(::close(file) == 0);
  CHECK(::ioctl(fd, kKind, file) == kNone);
  CHECK(::ioctl(fd, kKind, -1) == kNone);
  int ends[2];
  CHECK(::pipe(ends) == 0);
  CHECK(::ioctl(fd, kKind, ends[0]) == kOther);
  for (const int open : {event, memory, ends[0], ends[1]}) CHECK(::close(open) == 0);
}

bool readable(int fd) {
  pollfd p{fd, POLLIN, 0};
  CHECK(::poll(&p, 1, 0) >= 0);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  timeval none{};
  CHECK(::select(fd + 1, &set, nullptr, nullptr, &none) == ((p.revents & POLLIN) != 0 ? 1 : 0));
  return (p.revents & POLLIN) != 0;
}

void queues(int fd) {
  const int queue = ::ioctl(fd, kQueue, 0);
  CHECK(queue >= 0);
  CHECK((::fcntl(queue, F_GETFD) & FD_CLOEXEC) != 0);
  struct stat about {};
  CHECK(::fstat(queue, &about) == 0 && !S_ISSOCK(about.st_mode));
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  CHECK(::epoll_ctl(epoll, EPOLL_CTL_ADD, queue, &event) == 0);
  CHECK(::epoll_wait(epoll, &event, 1, 0) == 0);
  CHECK(!readable(queue));
  char bytes[8] = "abcdef";
  CHECK(::read(queue, bytes, sizeof bytes) == 0);
  CHECK(::write(queue, "abcdef", 6) == 6);
  CHECK(readable(queue));
  CHECK(::epoll_wait(epoll, &event, 1, 0) == 1);
  CHECK(::read(queue, bytes, 4) == 4 && std::memcmp(bytes, "abcd", 4) == 0);
  CHECK(readable(queue));
  const int copy = ::dup(queue);
  iovec pieces[2] = {{bytes, 1}, {bytes + 1, 5}};
  CHECK(::readv(copy, pieces, 2) == 2 && std::memcmp(bytes, "ef", 2) == 0);
  CHECK(!readable(queue));
  CHECK(::epoll_wait(epoll, &event, 1, 0) == 0);
  CHECK(::write(queue, "x", 1) == 1);
  CHECK(readable(copy));
  const char* volatile nowhere = reinterpret_cast<const char*>(8);
  CHECK_ERRNO(EFAULT, ::write(queue, nowhere, 1));
  ::close(epoll);
  ::close(copy);
  ::close(queue);
  // One that was taken back.
  const int lowest = ::dup(0);
  ::close(lowest);
  CHECK_ERRNO(EBUSY, ::ioctl(fd, kFailQueue, 0));
  const int after = ::dup(0);
  CHECK(after == lowest);
  ::close(after);
}

void without_descriptors(int fd) {
  rlimit before{};
  CHECK(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const int lowest = ::dup(0);
  ::close(lowest);
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(lowest);
  CHECK(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  CHECK(::ioctl(fd, kQueue, 0) == -1);
  CHECK_ERRNO(EMFILE, ::open("/dev/iommu", O_RDWR));
  CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(::ioctl(fd, kOpen, 0) == 1);
}

void closed_behind_our_back(int fd) {
  // As daemons do: the library's own descriptors, too.
  for (int i = 3; i < 1100; ++i) {
    if (i != fd) ::close(i);
  }
  CHECK(ask(fd, kEcho, {1, 0, 0, 0, 0}).b == 2);
  for (int i = 200; i < 1100; ++i) ::dup2(0, i);
  CHECK(ask(fd, kEcho, {1, 0, 0, 0, 0}).b == 2);
}

}  // namespace

int main() {
  const int fd = open_toy();
  CHECK(ask(fd, kEcho, {1, 0, 0, 0, 0}).b == 2);
  pointers(fd);
  arguments(fd);
  queues(fd);
  without_descriptors(fd);
  closed_behind_our_back(fd);
  return 0;
}
