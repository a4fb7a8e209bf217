// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/tree.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "models/base/check.hpp"

namespace phbsim::exec {

namespace fs = std::filesystem;

namespace {

void write(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.flush();
  if (!out) throw UserError(path + ": cannot be written");
}

}  // namespace

Tree::Tree() {
  std::error_code error;
  std::string name = (fs::temp_directory_path(error) / "phbsim-exec-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw UserError(name + ": cannot be made: " + std::strerror(errno));
  root_ = name;
  ::chmod(root_.c_str(), 0755);  // the program may become another user
}

Tree::~Tree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void Tree::parent_of(const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) throw UserError(path + ": its folder cannot be made: " + error.message());
}

void Tree::folder(std::string_view path) {
  parent_of(real(path) + "/.");
  std::error_code ignored;
  fs::create_directory(real(path), ignored);
}

void Tree::file(std::string_view path, std::string_view text) {
  parent_of(real(path));
  write(real(path), text);
}

void Tree::link(std::string_view path, std::string_view target) {
  parent_of(real(path));
  std::error_code error;
  fs::create_symlink(std::string(target), real(path), error);
  if (error) throw UserError(real(path) + ": cannot be linked: " + error.message());
}

void Tree::device(std::string_view path, Node node) {
  file(path, {});
  devices_.insert_or_assign(std::string(path), node);
}

void Tree::own(std::string_view path) { rule(path); }

void Tree::rule(std::string_view word) {
  rules_ += word;
  rules_ += '\n';
}

void Tree::finish() {
  PHBSIM_ASSERT(rules_.size() < 4096);  // what the library reads
  write(root_ + "/rules", rules_);
  std::error_code ignored;
  fs::create_directory(root_ + "/tree", ignored);
}

const Node* Tree::find(std::string_view path) const {
  const auto it = devices_.find(path);
  return it == devices_.end() ? nullptr : &it->second;
}

}  // namespace phbsim::exec
