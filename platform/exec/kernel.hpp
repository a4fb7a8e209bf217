// SPDX-License-Identifier: Apache-2.0
/// The simulated kernel as the server of phbsim exec needs it: files by name, and folders to look at.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/os/file.hpp"

namespace phbsim::exec {

class Tree;

/// A character device as stat(2) shows it.
struct Node {
  std::uint32_t mode = 0020660;  ///< S_IFCHR and permissions
  unsigned major_number = 10;
  unsigned minor_number = 0;
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  /// Devices, and folders and files of sysfs. Called once, before the program runs.
  virtual void show(Tree& tree) = 0;
  /// Opens a device that show() put there. Throws SysError.
  virtual std::shared_ptr<arch::os::File> open(std::string_view path, arch::os::Caller& caller) = 0;
  /// A call of the program begins: `what` it is, and an ioctl's command.
  virtual void calling(long process, std::string_view what, std::uint32_t command) {
    static_cast<void>(process);
    static_cast<void>(what);
    static_cast<void>(command);
  }
  /// What the kernel, or the program through it, did wrong with the machine: asked once, when every file is closed. A
  /// paragraph each.
  virtual std::vector<std::string> violations() { return {}; }
  /// What is left when every file is closed, a sentence each.
  virtual std::vector<std::string> leaks() const { return {}; }
  /// Lines of `--report` about what the program did, below the calls.
  virtual std::vector<std::string> report() const { return {}; }
};

}  // namespace phbsim::exec
