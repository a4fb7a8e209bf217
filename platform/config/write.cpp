// SPDX-License-Identifier: Apache-2.0
/// A Config as TOML, and the list of all keys: the field tables read the other way.
#include <algorithm>
#include <filesystem>
#include <map>

#include "platform/config/fields.hpp"
#include "platform/config/presets.hpp"
#include "platform/config/read.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::config {

namespace {

std::string line(const std::string& assignment, const Field& f, bool comments) {
  if (!comments) return assignment + "\n";
  if (f.kind == Kind::Windows || f.kind == Kind::Sizes) return "# " + full_meaning(f) + "\n" + assignment + "\n";
  constexpr std::size_t kColumn = 36;
  std::string out = assignment;
  out.append(out.size() < kColumn ? kColumn - out.size() : 2, ' ');
  out += "# " + full_meaning(f);
  if (f.kind != Kind::Text && f.kind != Kind::Name && f.kind != Kind::Bool) out += "; " + allowed(f);
  return out + "; " + mark_name(f.mark) + "\n";
}

std::string axes_text(const std::vector<Axis>& axes) {
  std::string out;
  for (const Axis& a : axes) out += quote(a.key) + " = [" + join(a.values, ", ") + "]\n";
  return out;
}

/// One of everything, named "<name>", with the defaults of a preset.
Config example(const Preset& preset) {
  Config c = make_config(preset);
  c.phbs.push_back(make_phb(preset, "<name>", 0));
  c.pec_engines[0] = preset.engines;
  c.layouts.push_back({"<name>", {}, {WindowConfig{}}});
  c.pes.push_back({"<name>", {}, 1, {}});
  EndpointConfig e;
  e.name = "<name>";
  c.endpoints.push_back(e);
  return c;
}

struct KeySection {
  std::string path;
  std::vector<KeyInfo> keys;
};

KeyInfo info(const std::string& path, const Field& f) {
  const bool empty = f.kind == Kind::Name || f.kind == Kind::Axes || (f.required && f.kind == Kind::Windows);
  const std::string key = f.kind == Kind::Axes ? f.key + ".\"<key>\"" : f.key;
  return {under(path, key),  type_name(f), f.required ? "" : empty ? "" : value_text(f), allowed(f), full_meaning(f),
          mark_name(f.mark), f.required};
}

template <class T>
void add_items(const std::string& path, std::vector<KeyInfo>& out) {
  T item;
  for (const Field& f : fields(item)) out.push_back(info(path + "[]", f));
}

std::vector<KeySection> key_sections(const Preset& preset) {
  Config c = example(preset);
  std::vector<KeySection> out;
  for (const Section& s : sections(c)) {
    KeySection keys{s.path == "pec.0" ? "pec.<number>" : s.path, {}};
    for (const Field& f : s.fields) {
      keys.keys.push_back(info(keys.path, f));
      if (f.kind == Kind::Windows) add_items<WindowConfig>(under(keys.path, f.key), keys.keys);
      if (f.kind == Kind::Sizes) add_items<endpoints::SizeShare>(under(keys.path, f.key), keys.keys);
    }
    out.push_back(std::move(keys));
  }
  return out;
}

std::string cell(const std::string& s) {
  std::string out;
  for (const char c : s) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code(const std::string& s) { return s.empty() ? "" : "`" + s + "`"; }

/// Default of power9, and of the other presets where they differ.
std::string standards(const std::map<std::string, KeySection*>& of_preset, std::size_t i) {
  const std::string& base = of_preset.at("power9")->keys[i].standard;
  std::string others;
  for (const Preset& p : kPresets) {
    const std::string& s = of_preset.at(std::string(p.name))->keys[i].standard;
    if (s != base) others += (others.empty() ? " (" : ", ") + std::string(p.name) + " " + code(s);
  }
  return code(base) + (others.empty() ? "" : others + ")");
}

}  // namespace

std::string to_toml(const Config& config, bool comments) {
  Config c = config;
  // Reading resolves traces from the configuration's folder; this undoes it.
  const std::filesystem::path folder = std::filesystem::path(c.file).parent_path();
  for (EndpointConfig& e : c.endpoints) {
    if (folder.empty() || e.trace.file.empty()) continue;
    const std::string relative =
        std::filesystem::path(e.trace.file).lexically_relative(folder.lexically_normal()).string();
    if (!relative.empty()) e.trace.file = relative;
  }
  std::string out;
  for (const Section& s : sections(c)) {
    if (!s.path.empty()) out += "\n[" + s.path + "]\n";
    for (const Field& f : s.fields) {
      if (f.kind == Kind::Axes) {
        if (!c.explore.axes.empty()) out += "\n[explore.axes]\n" + axes_text(c.explore.axes);
      } else if (f.shown) {
        out += line(f.key + " = " + value_text(f), f, comments);
      }
    }
  }
  return out;
}

std::vector<KeyInfo> all_keys() {
  std::vector<KeyInfo> out;
  for (KeySection& s : key_sections(*find_preset("power9")))
    for (KeyInfo& k : s.keys) out.push_back(std::move(k));
  return out;
}

std::string keys_markdown() {
  std::map<std::string, std::vector<KeySection>> all;
  for (const Preset& p : kPresets) all[std::string(p.name)] = key_sections(p);

  std::string out =
      "# Configuration reference\n\n"
      "Generated: `phbsim list keys --markdown > docs/config-reference.md`. The source is "
      "`platform/config/fields.cpp`;\n"
      "a test compares the two.\n\n"
      "All keys are optional unless their default says *required*. Bytes are integers or strings with a binary suffix\n"
      "(`\"64K\"`, `\"512P\"`); times are strings (`\"250ns\"`, `\"1.5us\"`) or whole nanoseconds; requester IDs are\n"
      "`\"01:00.0\"` or integers. An integer that TOML cannot hold is written as a string (`\"0x8000000000000000\"`).\n"
      "Defaults come from the preset, then from the PHB's index (shown: `power9`, index 0), then from the file.\n\n"
      "Marks: *fact* from a public source, *inference* from facts, *assumption* of the model where nothing is public,\n"
      "*choice* of the user. Each names its section of phb.md.\n\n"
      "## Presets\n\n| preset | what it is |\n|---|---|\n";
  for (const PresetInfo& p : presets()) out += "| " + code(p.name) + " | " + cell(p.description) + " |\n";
  out += "\n## Built-in layouts\n\nNames that `pe.<name>.layout` can use without a `[layout.<name>]`.\n\n";
  out += "| layout | presets | what it is |\n|---|---|---|\n";
  std::vector<std::string> order;
  std::map<std::string, std::pair<std::string, std::vector<std::string>>> layouts;
  for (const Preset& p : kPresets) {
    for (const LayoutConfig& l : builtin_layouts(p.generation)) {
      auto& entry = layouts[l.name];
      if (entry.second.empty()) order.push_back(l.name);
      entry.first = l.description;
      entry.second.emplace_back(p.name);
    }
  }
  for (const std::string& name : order) {
    const auto& [description, names] = layouts[name];
    out += "| " + code(name) + " | " + (names.size() == kPresets.size() ? "all" : join(names, ", ")) + " | " +
           cell(description) + " |\n";
  }

  const std::size_t count = all["power9"].size();
  for (std::size_t i = 0; i < count; ++i) {
    std::map<std::string, KeySection*> of_preset;
    for (auto& [name, list] : all) of_preset[name] = &list[i];
    const KeySection& s = *of_preset["power9"];
    out += s.path.empty() ? "\n## Top of the file\n\n" : "\n## `[" + s.path + "]`\n\n";
    out += "| key | type | default | allowed | meaning | mark |\n|---|---|---|---|---|---|\n";
    const std::size_t prefix = s.path.empty() ? 0 : s.path.size() + 1;
    for (std::size_t k = 0; k < s.keys.size(); ++k) {
      const KeyInfo& key = s.keys[k];
      out += "| " + code(key.key.substr(prefix)) + " | " + key.type + " | " +
             (key.required ? "*required*" : standards(of_preset, k)) + " | " + cell(key.allowed) + " | " +
             cell(key.meaning) + " | " + key.mark + " |\n";
    }
  }
  return out;
}

}  // namespace phbsim::config
