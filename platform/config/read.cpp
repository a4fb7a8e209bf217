// SPDX-License-Identifier: Apache-2.0
#include "platform/config/read.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include "platform/config/document.hpp"
#include "platform/config/reader.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::config {

namespace {

struct Resolved {
  Config config;
  std::vector<Diagnostic> errors;
  std::map<std::string, std::vector<toml::source_region>> axis_places;
};

/// Document with the overrides in it, in their order; then read. Throws toml::parse_error.
Resolved resolve(std::string_view text, const std::string& file, const std::vector<std::string>& sets) {
  Document document(text, file);
  std::vector<Diagnostic> set_errors;
  for (const std::string& set : sets) {
    const auto equals = set.find('=');
    const std::string key = set.substr(0, equals);
    const auto wrong_set = [&](const std::string& why) {
      set_errors.push_back({std::string(kSetFile), 0, 0, key, why});
    };
    if (equals == std::string::npos) {
      wrong_set("no value; allowed: key=value");
      continue;
    }
    std::string wrong;
    const std::vector<KeyPath> paths = expand(key, Reader(document).read(), wrong);
    for (const KeyPath& path : paths) {
      if (wrong.empty()) wrong = document.put(path, std::string_view(set).substr(equals + 1));
    }
    if (!wrong.empty()) wrong_set(wrong);
  }
  Reader reader(document);
  Resolved r;
  r.config = reader.read();
  r.errors = std::move(set_errors);
  r.errors.insert(r.errors.end(), reader.errors.begin(), reader.errors.end());
  r.axis_places = std::move(reader.axis_places);
  return r;
}

/// Every axis must name keys, and each of its values must be accepted there.
void check_axes(Resolved& r, std::string_view text, const std::string& file, const std::vector<std::string>& sets) {
  std::set<std::string> known;
  for (const Diagnostic& d : r.errors) known.insert(d.text());
  std::vector<Diagnostic> found;
  const auto report = [&](const toml::source_region& region, const std::string& key, const std::string& message) {
    const bool by_set = region.path && *region.path == kSetFile;
    Diagnostic d{by_set ? std::string(kSetFile) : file, by_set ? 0 : region.begin.line,
                 by_set ? 0 : region.begin.column, "explore.axes." + quote(key), message};
    if (known.insert(d.text()).second) found.push_back(std::move(d));
  };
  for (const Axis& axis : r.config.explore.axes) {
    const std::vector<toml::source_region>& places = r.axis_places[axis.key];
    std::string wrong;
    if (expand(axis.key, r.config, wrong).empty() || !wrong.empty()) {
      report(places.front(), axis.key, wrong);
      continue;
    }
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
      std::vector<std::string> with = sets;
      with.push_back(axis.key + "=" + axis.values[i]);
      std::set<std::string> said;  // once, not for every name of a *
      for (const Diagnostic& d : resolve(text, file, with).errors) {
        if (known.count(d.text()) != 0 || !said.insert(d.message).second) continue;
        report(places[i], axis.key,
               (d.file == kSetFile ? "" : axis.values[i] + " makes " + d.key + " wrong: ") + d.message);
      }
    }
  }
  r.errors.insert(r.errors.end(), found.begin(), found.end());
  std::stable_sort(r.errors.begin(), r.errors.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
}

}  // namespace

std::string Diagnostic::text() const {
  std::string out = file;
  if (line != 0) out += ":" + std::to_string(line) + ":" + std::to_string(column);
  out += file == kSetFile ? " " : ": ";
  if (!key.empty()) out += key + ": ";
  return out + message;
}

ReadResult read_text(std::string_view text, const std::string& file, const std::vector<std::string>& sets) {
  try {
    Resolved r = resolve(text, file, sets);
    check_axes(r, text, file, sets);
    return {std::move(r.config), std::move(r.errors)};
  } catch (const toml::parse_error& e) {
    ReadResult result;
    result.config.file = file;
    result.errors.push_back({file, e.source().begin.line, e.source().begin.column, {}, std::string(e.description())});
    return result;
  }
}

ReadResult read_file(const std::string& path, const std::vector<std::string>& sets) {
  std::error_code ignored;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, ignored)) {
    ReadResult result;
    result.config.file = path;
    const int reason = in ? EISDIR : errno;
    result.errors.push_back({path, 0, 0, {}, "cannot be read: " + std::string(std::strerror(reason))});
    return result;
  }
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return read_text(text, path, sets);
}

}  // namespace phbsim::config
