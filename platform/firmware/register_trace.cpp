// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/register_trace.hpp"

#include <fmt/format.h>

#include "models/base/check.hpp"

namespace phbsim::firmware {

std::string trace_line(const RegisterAccess& a, std::uint64_t us_before) {
  return fmt::format("+{} {} {} {:x} {} {:x}\n", a.at / kPsPerUs - us_before, a.write ? "mw" : "mr", a.region, a.offset,
                     a.bytes, a.value);
}

RegisterTrace::RegisterTrace(const std::string& path) : path_(path), out_(path, std::ios::binary) {
  out_ << "# compact trace v1 t0_us=0\n";
  if (!out_) throw UserError(path_ + ": cannot be written");
}

void RegisterTrace::write(const RegisterAccess& access) {
  out_ << trace_line(access, last_us_);
  last_us_ = access.at / kPsPerUs;
}

void RegisterTrace::close() {
  out_.close();
  if (!out_) throw UserError(path_ + ": cannot be written");
}

}  // namespace phbsim::firmware
