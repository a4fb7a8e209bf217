// SPDX-License-Identifier: Apache-2.0
#include "tests/qtest/qtest_client.hpp"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "models/base/check.hpp"

namespace phbsim::qtest {

namespace {

char letter_of(unsigned bytes) {
  switch (bytes) {
    case 1:
      return 'b';
    case 2:
      return 'w';
    case 4:
      return 'l';
    default:
      PHBSIM_ASSERT(bytes == 8);
      return 'q';
  }
}

}  // namespace

QtestClient::QtestClient(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    throw UserError("socket " + path + ": its name has " + std::to_string(path.size()) + " characters, must be below " +
                    std::to_string(sizeof(address.sun_path)));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const std::string why = std::strerror(errno);
    if (socket_ >= 0) ::close(socket_);
    throw UserError("socket " + path + ": cannot connect: " + why);
  }
}

QtestClient::~QtestClient() { ::close(socket_); }

std::string QtestClient::request(const std::string& line) {
  ++accesses_;
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = ::send(socket_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) throw UserError("qtest: the peer is gone at request " + std::to_string(accesses_) + ": " + line);
    sent += static_cast<std::size_t>(n);
  }
  for (;;) {
    const std::size_t end = received_.find('\n');
    if (end == std::string::npos) {
      char buffer[512];
      const ssize_t n = ::recv(socket_, buffer, sizeof(buffer), 0);
      if (n <= 0) throw UserError("qtest: the peer is gone at request " + std::to_string(accesses_) + ": " + line);
      received_.append(buffer, static_cast<std::size_t>(n));
      continue;
    }
    const std::string answer = received_.substr(0, end);
    received_.erase(0, end + 1);
    if (answer.compare(0, 4, "IRQ ") == 0) continue;  // not an answer: a line that changed
    if (answer.compare(0, 2, "OK") != 0) throw UserError("qtest: answer to \"" + line + "\" is \"" + answer + "\"");
    return answer.size() > 3 ? answer.substr(3) : std::string();
  }
}

std::uint64_t QtestClient::read(std::uint64_t address, unsigned bytes) {
  char line[64];
  std::snprintf(line, sizeof(line), "read%c 0x%" PRIx64 "\n", letter_of(bytes), address);
  return std::strtoull(request(line).c_str(), nullptr, 16);
}

void QtestClient::write(std::uint64_t address, unsigned bytes, std::uint64_t value) {
  char line[80];
  std::snprintf(line, sizeof(line), "write%c 0x%" PRIx64 " 0x%" PRIx64 "\n", letter_of(bytes), address, value);
  request(line);
}

}  // namespace phbsim::qtest
