// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/gdb_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "models/base/check.hpp"
#include "models/base/text.hpp"

namespace phbsim::firmware {

namespace {

constexpr std::string_view kLoopback = "127.0.0.1:", kUnix = "unix:";

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw UserError("debugger address \"" + where + "\": " + what);
}

/// Bytes are there, or the other end has closed, within `timeout` milliseconds (-1: for ever).
bool readable(int fd, int timeout) {
  pollfd p{fd, POLLIN, 0};
  int n;
  do {
    n = ::poll(&p, 1, timeout);
  } while (n < 0 && errno == EINTR && timeout < 0);
  return n > 0;
}

}  // namespace

GdbServer::GdbServer(const std::string& where, DebugTarget& target) : target_(target) {
  if (where.compare(0, kUnix.size(), kUnix) == 0) {
    listen_unix(where.substr(kUnix.size()));
    return;
  }
  const bool host = where.compare(0, kLoopback.size(), kLoopback) == 0;
  const auto port = text::parse_dec(std::string_view(where).substr(host ? kLoopback.size() : 0));
  if (!port || *port > 65535) fail(where, "allowed is a port, 0 to 65535, on 127.0.0.1, or unix:PATH");
  listen_tcp(static_cast<unsigned>(*port));
}

GdbServer::~GdbServer() {
  disconnect();
  if (listener_ >= 0) ::close(listener_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void GdbServer::listen_tcp(unsigned port) {
  const std::string where = std::string(kLoopback) + std::to_string(port);
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0) fail(where, std::strerror(errno));
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t length = sizeof a;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0 || ::listen(listener_, 1) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &length) != 0) {
    const int error = errno;
    ::close(listener_);
    fail(where, std::strerror(error));
  }
  address_ = std::string(kLoopback) + std::to_string(ntohs(a.sin_port));
}

void GdbServer::listen_unix(const std::string& path) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  const std::string where = std::string(kUnix) + path;
  if (path.empty() || path.size() >= sizeof a.sun_path)
    fail(where, "allowed is a path of 1 to " + std::to_string(sizeof a.sun_path - 1) + " characters");
  std::memcpy(a.sun_path, path.c_str(), path.size() + 1);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0) fail(where, std::strerror(errno));
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0) {
    const int error = errno;
    ::close(listener_);
    fail(where, std::strerror(error));
  }
  path_ = address_ = path;
  if (::listen(listener_, 1) != 0) fail(where, std::strerror(errno));
}

bool GdbServer::accept_debugger() {
  client_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client_ < 0) return false;
  const int on = 1;
  ::setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // of a UNIX socket it fails, which is as well
  protocol_ = std::make_unique<GdbProtocol>(target_);
  return true;
}

void GdbServer::disconnect() {
  if (client_ < 0) return;
  ::close(client_);
  client_ = -1;
  protocol_.reset();
  target_.remove_all();
}

/// Takes what has come; with `wait` at least a byte. False if the debugger is gone.
bool GdbServer::receive(bool wait) {
  char buffer[4096];
  while (readable(client_, wait ? -1 : 0)) {
    const ssize_t n = ::recv(client_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) {
      disconnect();
      return false;
    }
    protocol_->receive({buffer, static_cast<std::size_t>(n)});
    wait = false;
  }
  return true;
}

void GdbServer::flush() {
  const std::string out = protocol_->take_output();
  for (std::size_t at = 0; at < out.size();) {
    const ssize_t n = ::send(client_, out.data() + at, out.size() - at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return disconnect();
    at += static_cast<std::size_t>(n);
  }
}

void GdbServer::wait_for_debugger() {
  while (!connected()) {
    readable(listener_, -1);
    accept_debugger();
  }
}

bool GdbServer::poll() {
  if (!connected()) return readable(listener_, 0) && accept_debugger();
  return receive(false) && protocol_->take_interrupt();
}

DebugResume GdbServer::stopped(const DebugStop& stop) {
  if (!connected()) return DebugResume::Detach;
  protocol_->stopped(stop);
  for (;;) {
    while (protocol_->serve()) {
    }
    flush();
    if (!connected()) return DebugResume::Detach;
    if (const auto how = protocol_->take_resume()) {
      if (*how == DebugResume::Kill || *how == DebugResume::Detach) disconnect();
      return *how;
    }
    if (!receive(true)) return DebugResume::Detach;
  }
}

void GdbServer::exited(unsigned status) {
  if (!connected()) return;
  protocol_->exited(status);
  flush();
  disconnect();
}

}  // namespace phbsim::firmware
