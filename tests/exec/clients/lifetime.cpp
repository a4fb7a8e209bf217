// SPDX-License-Identifier: Apache-2.0
/// When a file is released: after the last of its descriptors, in whatever process, however it ends.
#include <sys/socket.h>
#include <sys/uio.h>

#include "tests/exec/clients/client.hpp"

using namespace client;

namespace {

long open_files(int fd) {
  const long n = ::ioctl(fd, kOpen, 0);
  CHECK(n >= 0);
  return n;
}

void send_fd(int socket, int fd) {
  char byte = 0;
  iovec piece{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  CHECK(::sendmsg(socket, &message, 0) == 1);
}

int receive_fd(int socket) {
  char byte;
  iovec piece{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  CHECK(::recvmsg(socket, &message, 0) == 1);
  int fd;
  std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  return fd;
}

void dup_and_close(int fd) {
  const int second = open_toy();
  CHECK(open_files(fd) == 2);
  const int copy = ::dup(second);
  const int third = ::fcntl(second, F_DUPFD_CLOEXEC, 100);
  CHECK(copy >= 0 && third >= 100);
  CHECK(::close(second) == 0);
  CHECK(open_files(fd) == 2);
  CHECK(ask(copy, kEcho, {41, 0, 0, 0, 0}).b == 42);
  CHECK(ask(third, kEcho, {1, 0, 0, 0, 0}).b == 2);
  CHECK(::close(third) == 0);
  CHECK(open_files(fd) == 2);
  CHECK(::dup2(fd, copy) == copy);  // closes the last one
  CHECK(open_files(copy) == 1);
  CHECK(::close(copy) == 0);
  CHECK_ERRNO(EBADF, ::ioctl(copy, kOpen, 0));
}

void child_keeps(int fd) {
  int ends[2];
  CHECK(::pipe2(ends, O_CLOEXEC) == 0);
  const int second = open_toy();
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    ::close(ends[1]);
    char byte;
    CHECK(::read(ends[0], &byte, 1) == 0);  // the parent has closed its own
    CHECK(open_files(second) == 2);
    CHECK(ask(second, kEcho, {7, 0, 0, 0, 0}).b == 8);
    ::_exit(0);
  }
  CHECK(::close(second) == 0);
  CHECK(open_files(fd) == 2);
  ::close(ends[0]);
  ::close(ends[1]);
  join(child);
  CHECK(open_files(fd) == 1);
}

void killed_child(int fd) {
  int ends[2];
  CHECK(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    const int own = open_toy();
    char* const page = static_cast<char*>(::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(ask(own, kPin, {reinterpret_cast<std::uintptr_t>(page), 1, 1, 0, 0}).d == 1);
    CHECK(::ioctl(own, kCharge, 5) == 0);
    CHECK(::write(ends[1], "x", 1) == 1);
    for (;;) ::pause();
  }
  char byte;
  CHECK(::read(ends[0], &byte, 1) == 1);
  CHECK(open_files(fd) == 2);
  CHECK(::kill(child, SIGKILL) == 0);
  int status;
  CHECK(::waitpid(child, &status, 0) == child && WIFSIGNALED(status));
  CHECK(open_files(fd) == 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

void passed_on(int fd) {
  int pair[2];
  CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    const int got = receive_fd(pair[1]);
    CHECK(ask(got, kEcho, {99, 0, 0, 0, 0}).b == 100);
    ::_exit(0);
  }
  const int second = open_toy();
  send_fd(pair[0], second);
  CHECK(::close(second) == 0);
  join(child);
  ::close(pair[0]);
  ::close(pair[1]);
  CHECK(open_files(fd) == 1);
}

/// After exec: this program again, with a descriptor of before.
int second_image(const char* number) {
  const int fd = std::atoi(number);
  CHECK(ask(fd, kEcho, {5, 0, 0, 0, 0}).b == 6);
  CHECK(open_files(fd) == 2);  // the other one was close-on-exec
  return 0;
}

void over_exec(const char* self, int fd, bool own_environment) {
  const int second = open_toy();
  const int gone = open_toy();
  CHECK(open_files(fd) == 3);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(::fcntl(second, F_SETFD, 0) == 0);
    char number[16];
    std::snprintf(number, sizeof number, "%d", second);
    char* const words[] = {const_cast<char*>(self), number, nullptr};
    char* const none[] = {nullptr};
    if (own_environment) {
      ::execve(self, words, none);
    } else {
      ::execv(self, words);
    }
    ::_exit(3);
  }
  ::close(gone);
  join(child);
  CHECK(::close(second) == 0);
  CHECK(open_files(fd) == 1);
}

void borrowed_by_vfork(int fd) {
  const pid_t child = ::vfork();
  CHECK(child >= 0);
  if (child == 0) {
    const int own = ::open("/dev/iommu", O_RDWR);
    ::_exit(own >= 0 && ::ioctl(own, kOpen, 0) == 2 ? 0 : 1);
  }
  join(child);
  CHECK(open_files(fd) == 1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) return second_image(argv[1]);
  const int fd = open_toy();
  CHECK(open_files(fd) == 1);
  dup_and_close(fd);
  child_keeps(fd);
  killed_child(fd);
  passed_on(fd);
  over_exec(argv[0], fd, false);
  over_exec(argv[0], fd, true);
  borrowed_by_vfork(fd);
  CHECK(open_files(fd) == 1);
  return 0;  // still open
}
