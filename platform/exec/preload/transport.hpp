// SPDX-License-Identifier: Apache-2.0
/// The way to the server: one connection a thread, made when it is first needed.
#pragma once

#include "platform/exec/preload/protocol.hpp"

namespace phbsim::exec {

/// True if the program runs under phbsim exec.
bool active();
/// Folder that the server keeps for this run; "" if not active.
const char* folder();

/// Does the request. False if the server cannot be reached; errno is left alone.
/// `send`: a descriptor to go along, or -1. `received`: where one that comes with the reply goes
/// (-1 if none), close-on-exec if `cloexec`.
bool call(Request request, Reply& reply, int send = -1, int* received = nullptr, bool cloexec = true);

/// The same as a system call's result: -1 and errno, ENXIO if there is no server.
int64_t result_of(const Request& request, Reply& reply, int send = -1, int* received = nullptr, bool cloexec = true);
inline int64_t result_of(const Request& request) {
  Reply reply;
  return result_of(request, reply);
}

/// Number of the simulated kernel's open file behind `fd`; 0 if it is none of its.
uint64_t served(int fd);
/// True if the library itself uses `fd`.
bool own_descriptor(int fd);

inline uint64_t address(const void* p) { return reinterpret_cast<uintptr_t>(p); }

}  // namespace phbsim::exec
