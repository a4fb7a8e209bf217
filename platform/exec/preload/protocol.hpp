// SPDX-License-Identifier: Apache-2.0
/// What the preload library and the server of `phbsim exec` say to each other.
///
/// A thread of the program connects to the abstract address "phbsim/KEY" (SOCK_SEQPACKET) and sends
/// Requests; each is answered by one Reply with Ask::Done, perhaps after others that ask the library
/// for something only it can do: to show or to install a descriptor. Pointers are addresses in the
/// program's memory, which the server reads and writes itself.
///
/// An open file of the simulated kernel is, for the program, its end of a socket pair whose name is
/// "phbsim/KEY/ID": getsockname(2) of any descriptor tells whether and which, after dup, fork, exec
/// and SCM_RIGHTS too, with no table that has to survive them. Its hang-up is the release.
#pragma once

#include <stdint.h>

namespace phbsim::exec {

/// Environment: "KEY:FOLDER". FOLDER/tree holds the directories that paths are led to, FOLDER/rules
/// one path a line below which nothing of the real system shows, and the line "selftest".
constexpr char kEnvironment[] = "PHBSIM_EXEC";
/// Abstract addresses begin so, after the 0 byte.
constexpr char kAddressPrefix[] = "phbsim/";

enum class Op : uint32_t {
  Hello,   ///< args: image (differs after exec)
  Forked,  ///< args: pid of the child
  Open,    ///< args: path, flags. A descriptor comes with the reply
  Stat,    ///< args: path, or 0 and `target`. Reply: data {mode, major, minor}
  Ioctl,   ///< target; args: command, argument
  Read,    ///< target; args: address, bytes, offset, 1 if the offset counts (else the file's position)
  Write,   ///< as Read
  Map,     ///< target; args: bytes, offset, 1 if writable. Reply: value mapping; a descriptor to map
  Load,    ///< args: mapping, offset, bytes (1, 2, 4, 8). Reply: value
  Store,   ///< args: mapping, offset, bytes, value
  Share,   ///< a descriptor of shared memory comes with the request
  Locked,  ///< args: pid. Reply: data {locked, pinned} pages
};

enum class Ask : uint32_t {
  Done,     ///< the answer
  SendFd,   ///< send descriptor `value` (SCM_RIGHTS), or an Answer with value -1
  Install,  ///< a descriptor comes along: keep it, close-on-exec, and answer its number or -1
  CloseFd,  ///< close descriptor `value`
};

struct Request {
  Op op = Op::Hello;
  int32_t tid = 0;
  uint32_t uid = 0;
  uint32_t pad = 0;
  uint64_t target = 0;
  uint64_t args[5] = {};
};

struct Reply {
  Ask ask = Ask::Done;
  int32_t error = 0;  ///< errno
  int64_t value = 0;
  uint64_t data[3] = {};
  uint32_t drain = 0;  ///< take the readiness byte out of the target's socket
  uint32_t pad = 0;
};

struct Answer {
  int64_t value = 0;
};

}  // namespace phbsim::exec
