// SPDX-License-Identifier: Apache-2.0
/// The folders that paths of the program are led to: real ones below a temporary folder, so that every
/// call on names works by itself; gone at the end.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "platform/exec/kernel.hpp"

namespace phbsim::exec {

/// Paths are the program's, absolute. Failures are errors of the machine: UserError.
class Tree {
 public:
  Tree();
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  void folder(std::string_view path);
  void file(std::string_view path, std::string_view text);
  void link(std::string_view path, std::string_view target);
  void device(std::string_view path, Node node);
  /// Nothing of the real system shows below `path`.
  void own(std::string_view path);
  /// A line for the library that is no path.
  void rule(std::string_view word);

  /// Writes the rules: show everything before.
  void finish();
  const Node* find(std::string_view path) const;
  const std::string& root() const { return root_; }

 private:
  std::string real(std::string_view path) const { return root_ + "/tree" + std::string(path); }
  void parent_of(const std::string& path);

  std::string root_;
  std::string rules_;
  std::map<std::string, Node, std::less<>> devices_;
};

}  // namespace phbsim::exec
