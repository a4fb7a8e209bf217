// SPDX-License-Identifier: Apache-2.0
/// The calls below the interposed ones. System calls go past this library; what only libc can do is
/// looked up behind it.
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Defines and exports `name` under another C++ name, so that libc's own declaration is not in the way.
#define PHBSIM_INTERPOSE(result, name, ...)                                                     \
  extern "C" __attribute__((visibility("default"))) result phbsim_##name(__VA_ARGS__) asm(#name); \
  extern "C" result phbsim_##name(__VA_ARGS__)

/// The next definition of `name`, of pointer type `type`; looked up once.
#define PHBSIM_NEXT(type, name)                        \
  (::phbsim::exec::next_of<type>([]() -> void*& {      \
    static void* found = nullptr;                      \
    return found;                                      \
  }(), #name))

namespace phbsim::exec {

template <class Call>
Call next_of(void*& found, const char* name) {
  if (found == nullptr) found = dlsym(RTLD_NEXT, name);
  return reinterpret_cast<Call>(found);
}

/// Leaves errno as it was.
class KeepErrno {
 public:
  KeepErrno() : saved_(errno) {}
  ~KeepErrno() { errno = saved_; }
  KeepErrno(const KeepErrno&) = delete;
  KeepErrno& operator=(const KeepErrno&) = delete;

 private:
  int saved_;
};

template <class... Args>
long sys(long number, Args... args) {
  return syscall(number, args...);
}

inline int fail_with(int error) {
  errno = error;
  return -1;
}

}  // namespace phbsim::exec
