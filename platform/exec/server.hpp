// SPDX-License-Identifier: Apache-2.0
/// Runs a program with the simulated kernel in place of the real one's iommufd and VFIO.
///
/// One process and one thread serve all calls, one at a time, in the order in which they come. Before
/// each, what the program's processes have let go of is released, so that a close, an exit or a kill
/// that the program has seen is one that the simulated kernel has seen.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "platform/exec/calls.hpp"
#include "platform/exec/frames.hpp"
#include "platform/exec/kernel.hpp"

namespace phbsim::exec {

struct RunOptions {
  std::vector<std::string> words;  ///< the program and its arguments
  std::string preload;             ///< path of the library
  Calls::Options calls;
  bool report = false;
};

constexpr int kLeaked = 70;       ///< exit status for an error of ours: something is left
constexpr int kNotStarted = 127;  ///< as a shell's: the program cannot be run

/// Exit status of the program, 128 + signal if one ended it, or kLeaked. Throws UserError if the
/// machine does not let it work. `frames`: the memory that `kernel` works with.
int run(const RunOptions& options, Kernel& kernel, Frames& frames, std::ostream& messages);

/// The library beside the running program or where it is installed; "" if there is none.
std::string find_preload();

}  // namespace phbsim::exec
