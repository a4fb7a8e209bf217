// SPDX-License-Identifier: Apache-2.0
/// Client of QEMU's qtest protocol: lines of text over a Unix socket, one answer to each request.
/// QEMU's processors are stopped; nothing but these requests touches its devices.
#pragma once

#include <cstdint>
#include <string>

namespace phbsim::qtest {

class QtestClient {
 public:
  /// Throws UserError if nobody listens at `path`.
  explicit QtestClient(const std::string& path);
  ~QtestClient();
  QtestClient(const QtestClient&) = delete;
  QtestClient& operator=(const QtestClient&) = delete;

  /// An access of a processor with real addresses: 1, 2, 4 or 8 bytes, the big-endian number of them.
  std::uint64_t read(std::uint64_t address, unsigned bytes);
  void write(std::uint64_t address, unsigned bytes, std::uint64_t value);
  std::uint64_t accesses() const { return accesses_; }

 private:
  /// What follows "OK". Throws UserError for any other answer and at the end of the connection.
  std::string request(const std::string& line);

  int socket_ = -1;
  std::string received_;
  std::uint64_t accesses_ = 0;
};

}  // namespace phbsim::qtest
