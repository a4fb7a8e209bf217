// SPDX-License-Identifier: Apache-2.0
/// Errors of the two kinds: a user's (UserError, always a sentence) and ours (PHBSIM_ASSERT).
#pragma once

#include <stdexcept>
#include <string>

namespace phbsim {

/// Bad input. The text names the place, the value and what is allowed.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& what) : std::runtime_error(what) {}
};

/// A broken invariant of the model itself.
class ModelError : public std::logic_error {
 public:
  explicit ModelError(const std::string& what) : std::logic_error(what) {}
};

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace phbsim

/// Checked in every build: a model that goes on after a broken invariant reports wrong numbers.
#define PHBSIM_ASSERT(cond) \
  ((cond) ? static_cast<void>(0) : ::phbsim::assertion_failed(#cond, __FILE__, __LINE__))
