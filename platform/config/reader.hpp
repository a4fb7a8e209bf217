// SPDX-License-Identifier: Apache-2.0
/// Document to Config: preset, then the place of each PHB, then the file's values; then the rules.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/config/document.hpp"

namespace phbsim::config {

class Reader {
 public:
  explicit Reader(const Document& document) : doc_(document) {}

  Config read();

  std::vector<Diagnostic> errors;
  /// Place of each value of an axis, by its key.
  std::map<std::string, std::vector<toml::source_region>> axis_places;

 private:
  void error(const toml::source_region& region, const std::string& key, const std::string& message);
  std::vector<std::string> names(const std::string& table);
  unsigned peek(const std::string& key, unsigned standard) const;
  void add_named(Config& config);
  void read_section(const Section& section, const std::vector<std::string>& known);
  void read_table(const toml::table& table, const std::vector<Field>& fields, const std::string& path,
                  const std::vector<std::string>& known);
  void read_value(const Field& field, const toml::node& node, const std::string& key);
  void read_axes(const toml::table& table, const std::string& prefix, std::vector<Axis>& axes);
  template <class T>
  void read_list(const Field& field, const toml::node& node, const std::string& key);
  void derive(Config& config);

  const Document& doc_;
};

}  // namespace phbsim::config
