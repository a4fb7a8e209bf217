// SPDX-License-Identifier: Apache-2.0
/// Which paths the simulated kernel serves, and where they lead.
#pragma once

#include <limits.h>

namespace phbsim::exec {

enum class Where {
  Real,    ///< not served
  Tree,    ///< a file or folder of the server's tree: `path` is its real name
  Node,    ///< a device or another file of the simulated kernel: ask the server for `path`
  Status,  ///< /proc/PID/status, whose real name is `path`
};

struct Place {
  Where where = Where::Real;
  char path[PATH_MAX] = {};
};

/// Only absolute paths are looked at; below a folder of the tree, relative ones work by themselves.
void locate(const char* path, Place& place);

/// The path to use in place of `path` for a call of libc that works on names: the tree's, or `path`.
/// `buffer` keeps it.
const char* led(const char* path, Place& buffer);

/// Cuts the tree's own folder off a path that leads into it, in place. For getcwd and realpath.
char* unled(char* path);

}  // namespace phbsim::exec
