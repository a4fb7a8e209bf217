// SPDX-License-Identifier: Apache-2.0
/// TOML to Config: everything that is wrong with a file at once, each with place, value and what is
/// allowed. Unknown keys are errors; a misspelt one gets a suggestion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/config/config.hpp"

namespace phbsim::config {

struct Diagnostic {
  std::string file;
  unsigned line = 0;  ///< 0: not at a place (--set)
  unsigned column = 0;
  std::string key;
  std::string message;  ///< with the value and what is allowed

  /// "file:line:column: key: message"
  std::string text() const;
};

struct ReadResult {
  Config config;
  std::vector<Diagnostic> errors;
  bool ok() const { return errors.empty(); }
};

/// Reads a file; `sets` are "key=value" overrides applied before checking (value in TOML syntax, or
/// a bare word taken as a string; `*` in the key stands for every name at that place).
ReadResult read_file(const std::string& path, const std::vector<std::string>& sets = {});
/// The same for text; `file` names it in diagnostics and relative paths start at its folder.
ReadResult read_text(std::string_view text, const std::string& file, const std::vector<std::string>& sets = {});

/// The resolved configuration as TOML, every key with its value; with `comments`, its meaning,
/// range and mark (fact, inference, model assumption). Reading it back gives the same Config.
std::string to_toml(const Config& config, bool comments = true);

/// Every key the reader knows, in order, for `phbsim list keys` and docs/config-reference.md.
struct KeyInfo {
  std::string key;       ///< "phb.<name>.tce.walk_slots"
  std::string type;      ///< "integer", "bytes", "time", "bool", "choice", ...
  std::string standard;  ///< default as TOML text
  std::string allowed;   ///< "1..256", "\"lru\", \"fifo\""
  std::string meaning;
  std::string mark;      ///< "fact", "inference", "assumption", "choice"
  bool required = false;
};
std::vector<KeyInfo> all_keys();
/// docs/config-reference.md.
std::string keys_markdown();

/// Built-in layouts and platform presets with one line each, for `phbsim list`.
std::vector<LayoutConfig> builtin_layouts(arch::Generation generation);
struct PresetInfo {
  std::string name;
  std::string description;
};
std::vector<PresetInfo> presets();

}  // namespace phbsim::config
