// SPDX-License-Identifier: Apache-2.0
/// Writes register accesses as lines of the compact trace format, which `phbsim replay-firmware` reads:
///   +US mw|mr REGION OFFSET SIZE VALUE
/// US is microseconds since the line before, offset and value are hexadecimal, the value is the big-endian
/// number of the bytes.
#pragma once

#include <fstream>
#include <string>

#include "platform/firmware/machine.hpp"

namespace phbsim::firmware {

class RegisterTrace {
 public:
  /// Throws UserError if the file cannot be written.
  explicit RegisterTrace(const std::string& path);

  void write(const RegisterAccess& access);
  /// Throws UserError if something was lost.
  void close();

 private:
  std::string path_;
  std::ofstream out_;
  std::uint64_t last_us_ = 0;
};

/// One line, with its end.
std::string trace_line(const RegisterAccess& access, std::uint64_t us_before);

}  // namespace phbsim::firmware
