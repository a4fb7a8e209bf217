// SPDX-License-Identifier: Apache-2.0
/// A parsed TOML file with its overrides, and where in it everything stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "platform/config/fields.hpp"
#include "platform/config/read.hpp"

namespace phbsim::config {

/// Name of the place of a value that came by --set.
constexpr std::string_view kSetFile = "--set";

/// A key of a --set or an axis, with no `*` left.
struct KeyPath {
  std::vector<std::string> parts;  ///< "layout", "mine", "windows[0]", "levels"
  std::string excludes;            ///< sibling that it replaces
};

/// Splits at dots outside double quotes.
std::vector<std::string> split_key(std::string_view key);

/// The paths that `key` stands for in `config`; none and `wrong` says why, if there is no such key.
std::vector<KeyPath> expand(const std::string& key, Config config, std::string& wrong);

/// A value as TOML text in one line, for errors and axes.
std::string text_of(const toml::node& node);

class Document {
 public:
  /// Throws toml::parse_error.
  Document(std::string_view text, const std::string& file) : root_(toml::parse(text, file)), file_(file) {}

  const toml::table& root() const { return root_; }
  const std::string& file() const { return file_; }

  /// Puts `value` (TOML, or a bare word) at a path; empty, or what is wrong.
  std::string put(const KeyPath& path, std::string_view value);

  /// Node at "phb.phb0.link" or nullptr.
  const toml::node* find(const std::string& path) const;
  /// Error at a node, or at the table that would hold `key`.
  Diagnostic at(const toml::source_region& region, const std::string& key, const std::string& message) const;
  Diagnostic at(const std::string& key, const std::string& message) const;

 private:
  toml::table root_;
  std::string file_;
};

}  // namespace phbsim::config
