// SPDX-License-Identifier: Apache-2.0
/// What a system call of the simulated kernel answers when it refuses.
#pragma once

#include <cstdint>
#include <exception>
#include <string_view>

namespace phbsim::arch::os {

/// Linux's numbers, as every architecture but the oldest has them (asm-generic).
enum class Errno : std::uint16_t {
  Perm = 1,
  NoEnt = 2,
  Io = 5,
  NxIo = 6,
  TooBig = 7,
  BadF = 9,
  NoMem = 12,
  Fault = 14,
  Busy = 16,
  Exist = 17,
  NoDev = 19,
  Inval = 22,
  NoTty = 25,
  NoSpc = 28,
  SPipe = 29,
  Range = 34,
  DeadLk = 35,
  BadE = 52,
  Overflow = 75,
  BadFd = 77,
  MsgSize = 90,
  OpNotSupp = 95,
  AddrInUse = 98,
  TimedOut = 110,
};

/// "EINVAL"; "E?" for a number that is not in the table.
std::string_view name_of(Errno code);

/// A refusal on its way out of a system call. `why` is a sentence for the person who reads a trace
/// (what was asked, what is allowed), never part of the ABI.
class SysError final : public std::exception {
 public:
  SysError(Errno code, const char* why) : code_(code), why_(why) {}
  Errno code() const { return code_; }
  const char* what() const noexcept override { return why_; }

 private:
  Errno code_;
  const char* why_;
};

/// `why` must outlive the error: a literal.
[[noreturn]] inline void fail(Errno code, const char* why) { throw SysError(code, why); }

}  // namespace phbsim::arch::os
