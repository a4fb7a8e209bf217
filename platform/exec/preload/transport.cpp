// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/preload/transport.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#include "platform/exec/preload/real.hpp"

namespace phbsim::exec {
namespace {

constexpr unsigned kKeyBytes = 40;
constexpr int kHighDescriptor = 900;  // out of the way of programs that count on low numbers

char g_key[kKeyBytes];      // "phbsim/KEY"
unsigned g_key_bytes = 0;
char g_folder[256];
uint64_t g_image = 0;       // tells an image from the one before exec in the same process

/// A thread's connection. A child of vfork borrows the parent's thread, hence two.
struct Connection {
  int fd = -1;
  int pid = 0;
};
thread_local Connection t_connections[2];

constexpr int kWords = 64;
uint64_t g_own[kWords];  // bit set of the descriptors of all threads

void mark(int fd, bool on) {
  if (fd < 0 || fd >= kWords * 64) return;
  const uint64_t bit = 1ull << (fd % 64);
  if (on) {
    __atomic_fetch_or(&g_own[fd / 64], bit, __ATOMIC_RELAXED);
  } else {
    __atomic_fetch_and(&g_own[fd / 64], ~bit, __ATOMIC_RELAXED);
  }
}

bool is_connection(int fd) {
  sockaddr_un name{};
  socklen_t bytes = sizeof name;
  return sys(SYS_getpeername, fd, &name, &bytes) == 0 && bytes == offsetof(sockaddr_un, sun_path) + 1 + g_key_bytes &&
         memcmp(name.sun_path + 1, g_key, g_key_bytes) == 0;
}

/// In a child, the connections of the parent's threads are not its own.
void forget_connections() {
  for (int fd = 0; fd < kWords * 64; ++fd) {
    if (!own_descriptor(fd)) continue;
    if (is_connection(fd)) sys(SYS_close, fd);
    mark(fd, false);
  }
}

bool send_all(int fd, const void* data, size_t bytes, int descriptor) {
  iovec piece{const_cast<void*>(data), bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
  }
  return sys(SYS_sendmsg, fd, &message, MSG_NOSIGNAL) == static_cast<long>(bytes);
}

bool receive(int fd, void* data, size_t bytes, int* descriptor, bool cloexec) {
  iovec piece{data, bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  *descriptor = -1;
  if (sys(SYS_recvmsg, fd, &message, cloexec ? MSG_CMSG_CLOEXEC : 0) != static_cast<long>(bytes)) return false;
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head != nullptr && head->cmsg_type == SCM_RIGHTS) memcpy(descriptor, CMSG_DATA(head), sizeof *descriptor);
  return true;
}

int connect_to_server() {
  int fd = static_cast<int>(sys(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (fd < 0) return -1;
  for (int low = kHighDescriptor; low > 10; low /= 4) {
    const int high = static_cast<int>(sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, low));
    if (high < 0) continue;
    sys(SYS_close, fd);
    fd = high;
    break;
  }
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  memcpy(name.sun_path + 1, g_key, g_key_bytes);
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + g_key_bytes);
  Request hello;
  hello.op = Op::Hello;
  hello.args[0] = g_image;
  Reply reply;
  int none = -1;
  if (sys(SYS_connect, fd, &name, bytes) != 0 || !send_all(fd, &hello, sizeof hello, -1) ||
      !receive(fd, &reply, sizeof reply, &none, true)) {
    sys(SYS_close, fd);
    return -1;
  }
  mark(fd, true);
  return fd;
}

int connection() {
  const int pid = static_cast<int>(sys(SYS_getpid));
  Connection* free_one = &t_connections[1];
  for (Connection& c : t_connections) {
    if (c.pid == pid) {
      if (is_connection(c.fd)) return c.fd;
      mark(c.fd, false);
      free_one = &c;
      break;
    }
    if (c.pid == 0) {
      free_one = &c;
      break;
    }
  }
  free_one->fd = connect_to_server();
  free_one->pid = free_one->fd < 0 ? 0 : pid;
  return free_one->fd;
}

/// Signals wait: a handler of the program might call in the middle of a request.
class NoSignals {
 public:
  NoSignals() {
    const uint64_t all = ~0ull;
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &saved_, sizeof saved_);
  }
  ~NoSignals() { sys(SYS_rt_sigprocmask, SIG_SETMASK, &saved_, nullptr, sizeof saved_); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  uint64_t saved_ = 0;
};

__attribute__((constructor(101))) void begin() {
  const char* const value = getenv(kEnvironment);
  if (value == nullptr) return;
  const char* const colon = strchr(value, ':');
  const size_t prefix = sizeof kAddressPrefix - 1;
  if (colon == nullptr || static_cast<size_t>(colon - value) + prefix > kKeyBytes || strlen(colon + 1) >= sizeof g_folder) return;
  memcpy(g_key, kAddressPrefix, prefix);
  memcpy(g_key + prefix, value, static_cast<size_t>(colon - value));
  strcpy(g_folder, colon + 1);
  timespec now{};
  sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  g_image = static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
  g_key_bytes = static_cast<unsigned>(prefix + static_cast<size_t>(colon - value));
  pthread_atfork(nullptr, nullptr, [] {
    const KeepErrno keep;
    forget_connections();
    for (Connection& c : t_connections) c = {};
  });
  const KeepErrno keep;
  const NoSignals quiet;
  connection();  // the server learns of the process, and of the end of the image before it
}

}  // namespace

bool active() { return g_key_bytes != 0; }
const char* folder() { return g_folder; }

bool own_descriptor(int fd) {
  return fd >= 0 && fd < kWords * 64 && (__atomic_load_n(&g_own[fd / 64], __ATOMIC_RELAXED) >> (fd % 64) & 1) != 0;
}

uint64_t served(int fd) {
  if (!active() || fd < 0) return 0;
  const KeepErrno keep;
  sockaddr_un name{};
  socklen_t bytes = sizeof name;
  if (sys(SYS_getsockname, fd, &name, &bytes) != 0) return 0;
  const size_t before = offsetof(sockaddr_un, sun_path) + 1 + g_key_bytes + 1;
  if (bytes <= before || bytes >= sizeof name || name.sun_path[0] != 0 || memcmp(name.sun_path + 1, g_key, g_key_bytes) != 0) return 0;
  uint64_t id = 0;
  for (const char* c = name.sun_path + 1 + g_key_bytes + 1; *c >= '0' && *c <= '9'; ++c) id = id * 10 + static_cast<uint64_t>(*c - '0');
  return id;
}

bool call(Request request, Reply& reply, int send, int* received, bool cloexec) {
  if (!active()) return false;
  const KeepErrno keep;
  const NoSignals quiet;
  request.tid = static_cast<int32_t>(sys(SYS_gettid));
  request.uid = static_cast<uint32_t>(sys(SYS_getuid));
  const int fd = connection();
  if (fd < 0 || !send_all(fd, &request, sizeof request, send)) return false;
  for (;;) {
    int descriptor = -1;
    if (!receive(fd, &reply, sizeof reply, &descriptor, cloexec)) return false;
    switch (reply.ask) {
      case Ask::Done:
        if (received != nullptr) *received = descriptor;
        return true;
      case Ask::SendFd: {
        // A descriptor that is closed makes sendmsg fail, so that nothing was sent yet.
        const Answer none{-1};
        const Answer here{0};
        if (reply.value >= 0 && !own_descriptor(static_cast<int>(reply.value)) &&
            send_all(fd, &here, sizeof here, static_cast<int>(reply.value)))
          break;
        if (!send_all(fd, &none, sizeof none, -1)) return false;
        break;
      }
      case Ask::Install: {
        const Answer number{descriptor};
        if (!cloexec && descriptor >= 0) sys(SYS_fcntl, descriptor, F_SETFD, FD_CLOEXEC);
        if (!send_all(fd, &number, sizeof number, -1)) return false;
        break;
      }
      case Ask::CloseFd:
        sys(SYS_close, static_cast<int>(reply.value));
        const Answer done{0};
        if (!send_all(fd, &done, sizeof done, -1)) return false;
        break;
    }
  }
}

int64_t result_of(const Request& request, Reply& reply, int send, int* received, bool cloexec) {
  if (!call(request, reply, send, received, cloexec)) return fail_with(ENXIO);
  if (reply.error != 0) return fail_with(reply.error);
  return reply.value;
}

}  // namespace phbsim::exec
