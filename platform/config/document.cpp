// SPDX-License-Identifier: Apache-2.0
#include "platform/config/document.hpp"

#include <algorithm>
#include <memory>
#include <sstream>

#include "models/base/text.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::config {

namespace {

/// "windows[1]" is "windows" and 1; no index: -1; a wrong one: -2.
std::pair<std::string, long> name_and_index(const std::string& part) {
  const auto bracket = part.find('[');
  if (bracket == std::string::npos) return {part, -1};
  const auto index = text::parse_dec(std::string_view(part).substr(bracket + 1, part.size() - bracket - 2));
  if (part.back() != ']' || !index || *index > 1000) return {part.substr(0, bracket), -2};
  return {part.substr(0, bracket), static_cast<long>(*index)};
}

std::vector<std::string> names_in(const Config& c, const std::string& table) {
  std::vector<std::string> out;
  const auto add = [&out](const auto& all) {
    for (const auto& entry : all) out.push_back(entry.name);
  };
  if (table == "phb") add(c.phbs);
  if (table == "pe") add(c.pes);
  if (table == "endpoint") add(c.endpoints);
  if (table == "pec") {
    for (const auto& entry : c.pec_engines) out.push_back(std::to_string(entry.first));
  }
  if (table == "layout") {
    const auto builtin = builtin_layouts(c.generation).size();
    for (std::size_t i = builtin; i < c.layouts.size(); ++i) out.push_back(c.layouts[i].name);
  }
  return out;
}

bool is_named(const std::string& table) { return std::find(kNamed.begin(), kNamed.end(), table) != kNamed.end(); }

}  // namespace

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> parts{""};
  bool quoted = false;
  for (const char c : key) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::vector<KeyPath> expand(const std::string& key, Config config, std::string& wrong) {
  std::vector<std::string> parts = split_key(key);
  if (parts.size() == 3 && parts[0] == "explore" && parts[1] == "axes") return {{parts, {}}};

  std::vector<std::string> names{""};
  if (is_named(parts[0]) && parts.size() > 1) {
    const std::vector<std::string> known = names_in(config, parts[0]);
    if (parts[1] == "*") {
      names = known;
      if (names.empty()) wrong = "* stands for no name: there is no [" + parts[0] + ".<name>]";
    } else if (std::find(known.begin(), known.end(), parts[1]) != known.end()) {
      names = {parts[1]};
    } else {
      const std::string hint = did_you_mean(parts[1], known);
      std::vector<std::string> quoted;
      for (const std::string& k : known) quoted.push_back(quote(k));
      wrong = "no " + parts[0] + " is named " + quote(parts[1]) +
              (!hint.empty()    ? hint
               : quoted.empty() ? std::string{}
                                : "; allowed: " + join(quoted, ", "));
      return {};
    }
  }

  const std::vector<Section> all = sections(config);
  std::vector<KeyPath> out;
  for (const std::string& name : names) {
    if (!name.empty()) parts[1] = name;
    // Down the tables as far as they go; then there must be a field.
    std::string path;
    std::size_t depth = 0;
    const Field* found = nullptr;
    while (depth < parts.size() && found == nullptr) {
      const std::string part = name_and_index(parts[depth]).first;
      for (const Section& s : all) {
        if (s.path != path) continue;
        for (const Field& f : s.fields)
          if (f.key == part) found = &f;
      }
      if (found != nullptr) break;
      const std::vector<std::string> known = children(all, path);
      const bool named_here = is_named(path);
      if (!named_here && std::find(known.begin(), known.end(), part) == known.end()) {
        const std::string hint = did_you_mean(part, known);
        wrong = "unknown key " + quote(parts[depth]) + (hint.empty() ? "; allowed: " + join(known, ", ") : hint);
        return {};
      }
      path = under(path, parts[depth++]);
    }
    if (found == nullptr) {
      wrong = "this is a table; name one of its keys";
      return {};
    }
    const bool into_list = name_and_index(parts[depth]).second != -1 && found->kind == Kind::Windows;
    const std::size_t after = parts.size() - depth - 1;
    if (into_list ? after != 1 || name_and_index(parts[depth]).second < 0 : after != 0 || parts[depth] != found->key) {
      wrong = "no key lies below " + quote(under(path, parts[depth]));
      return {};
    }
    out.push_back({parts, into_list ? std::string{} : found->excludes});
  }
  return out;
}

std::string text_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return quote(node.as_string()->get());
    case toml::node_type::integer:
      return std::to_string(node.as_integer()->get());
    case toml::node_type::floating_point:
      return number_text(node.as_floating_point()->get());
    case toml::node_type::boolean:
      return node.as_boolean()->get() ? "true" : "false";
    case toml::node_type::array: {
      std::vector<std::string> items;
      for (const toml::node& n : *node.as_array()) items.push_back(text_of(n));
      return "[" + join(items, ", ") + "]";
    }
    case toml::node_type::table: {
      std::vector<std::string> items;
      for (const auto& [key, n] : *node.as_table()) items.push_back(std::string(key.str()) + " = " + text_of(n));
      return items.empty() ? "{}" : "{ " + join(items, ", ") + " }";
    }
    default: {
      std::ostringstream out;
      out << toml::node_view<const toml::node>(node);
      return out.str();
    }
  }
}

std::string Document::put(const KeyPath& path, std::string_view value) {
  // A bare word is a string; what starts like TOML must be TOML.
  toml::table holder;
  try {
    holder = toml::parse("v = " + std::string(value), kSetFile);
  } catch (const toml::parse_error& e) {
    if (!value.empty() && std::string_view("\"'[{").find(value.front()) != std::string_view::npos) {
      return "the value is not TOML: " + std::string(e.description());
    }
    holder = toml::parse("v = " + quote(value), kSetFile);
  }
  if (holder.size() != 1) return "the value is more than one value";

  toml::table* table = &root_;
  for (std::size_t i = 0; i + 1 < path.parts.size(); ++i) {
    const auto [name, index] = name_and_index(path.parts[i]);
    toml::node* child = table->get(name);
    if (child == nullptr && index == -1) {
      child = &table->insert_or_assign(toml::key(name, holder.source()), toml::table{}).first->second;
    }
    if (child != nullptr && index >= 0) {
      child = child->is_array() ? child->as_array()->get(static_cast<std::size_t>(index)) : nullptr;
    }
    if (child == nullptr || !child->is_table()) return "there is no " + quote(path.parts[i]) + " in the file";
    table = child->as_table();
  }
  if (!path.excludes.empty()) table->erase(path.excludes);
  holder.get("v")->visit(
      [&](auto& v) { table->insert_or_assign(toml::key(path.parts.back(), holder.source()), std::move(v)); });
  return {};
}

const toml::node* Document::find(const std::string& path) const {
  if (path.empty()) return &root_;
  return root_.at_path(path).node();
}

Diagnostic Document::at(const toml::source_region& region, const std::string& key, const std::string& message) const {
  if (region.path && *region.path == kSetFile) return {std::string(kSetFile), 0, 0, key, message};
  return {file_, region.begin.line, region.begin.column, key, message};
}

Diagnostic Document::at(const std::string& key, const std::string& message) const {
  for (std::string path = key; !path.empty();) {
    if (const toml::node* node = find(path)) return at(node->source(), key, message);
    const auto end = path.find_last_of(".[");
    path.resize(end == std::string::npos ? 0 : end);
  }
  return {file_, 0, 0, key, message};
}

}  // namespace phbsim::config
