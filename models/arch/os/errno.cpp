// SPDX-License-Identifier: Apache-2.0
#include "models/arch/os/errno.hpp"

namespace phbsim::arch::os {

std::string_view name_of(Errno code) {
  switch (code) {
    case Errno::Perm: return "EPERM";
    case Errno::NoEnt: return "ENOENT";
    case Errno::Io: return "EIO";
    case Errno::NxIo: return "ENXIO";
    case Errno::TooBig: return "E2BIG";
    case Errno::BadF: return "EBADF";
    case Errno::NoMem: return "ENOMEM";
    case Errno::Fault: return "EFAULT";
    case Errno::Busy: return "EBUSY";
    case Errno::Exist: return "EEXIST";
    case Errno::NoDev: return "ENODEV";
    case Errno::Inval: return "EINVAL";
    case Errno::NoTty: return "ENOTTY";
    case Errno::NoSpc: return "ENOSPC";
    case Errno::SPipe: return "ESPIPE";
    case Errno::Range: return "ERANGE";
    case Errno::DeadLk: return "EDEADLK";
    case Errno::BadE: return "EBADE";
    case Errno::Overflow: return "EOVERFLOW";
    case Errno::BadFd: return "EBADFD";
    case Errno::MsgSize: return "EMSGSIZE";
    case Errno::OpNotSupp: return "EOPNOTSUPP";
    case Errno::AddrInUse: return "EADDRINUSE";
    case Errno::TimedOut: return "ETIMEDOUT";
  }
  return "E?";
}

}  // namespace phbsim::arch::os
