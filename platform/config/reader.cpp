// SPDX-License-Identifier: Apache-2.0
#include "platform/config/reader.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <tuple>

#include "models/base/text.hpp"
#include "platform/config/check.hpp"
#include "platform/config/presets.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::config {

namespace {

constexpr std::string_view kNoSuch = " is not allowed; allowed: ";

/// Names become module names and parts of key paths.
bool is_name(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::optional<std::uint64_t> number_in(const Field& f, const toml::node& node) {
  if (const auto* i = node.as_integer()) {
    if (i->get() < 0) return std::nullopt;
    const auto v = static_cast<std::uint64_t>(i->get());
    if (f.kind != Kind::Time) return v;
    return v > kNever / kPsPerNs ? std::nullopt : std::optional(v * kPsPerNs);
  }
  const auto* s = node.as_string();
  if (s == nullptr) return std::nullopt;
  switch (f.kind) {
    case Kind::Bytes: {
      const auto v = text::parse_bytes(s->get());
      return v ? v : parse_integer(s->get());
    }
    case Kind::Time:
      return parse_time(s->get());
    case Kind::RequesterId: {
      const auto rid = parse_rid(s->get());
      return rid ? std::optional<std::uint64_t>(*rid) : parse_integer(s->get());
    }
    default:
      return parse_integer(s->get());
  }
}

std::string expected(const Field& f) {
  switch (f.kind) {
    case Kind::Bytes:
      return "a number of bytes like 4096 or \"4K\"";
    case Kind::Time:
      return "a time like \"250ns\" or whole nanoseconds";
    case Kind::RequesterId:
      return "a requester ID like \"01:00.0\" or 0x0100";
    default:
      return "an integer";
  }
}

}  // namespace

void Reader::error(const toml::source_region& region, const std::string& key, const std::string& message) {
  errors.push_back(doc_.at(region, key, message));
}

std::vector<std::string> Reader::names(const std::string& table) {
  const toml::node* node = doc_.find(table);
  if (node == nullptr) return {};
  const toml::table* entries = node->as_table();
  if (entries == nullptr) {
    error(node->source(), table, text_of(*node) + " is not a table; allowed: [" + table + ".<name>]");
    return {};
  }
  // toml++ sorts by key; results are easier to read in the order of the file.
  std::vector<std::tuple<unsigned, unsigned, std::string>> found;
  for (const auto& [key, entry] : *entries) {
    const std::string name(key.str());
    const std::string path = under(table, name);
    if (!entry.is_table()) {
      error(key.source(), path, "not a table; allowed: [" + table + ".<name>]");
    } else if (table == "pec" && (name.size() != 1 || name[0] < '0' || name[0] > '5')) {
      error(key.source(), path, quote(name) + std::string(kNoSuch) + "[pec.0] to [pec.5]");
    } else if (!is_name(name)) {
      error(key.source(), path, quote(name) + " is not a name; allowed: letters, digits, _ and -");
    } else {
      found.emplace_back(key.source().begin.line, key.source().begin.column, name);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  for (const auto& entry : found) out.push_back(std::get<2>(entry));
  return out;
}

/// A number needed before its section is read; wrong ones are reported there.
unsigned Reader::peek(const std::string& key, unsigned standard) const {
  const toml::node* node = doc_.find(key);
  if (node == nullptr) return standard;
  Field f;
  f.kind = Kind::Integer;
  const auto v = number_in(f, *node);
  return v && *v < 6 ? static_cast<unsigned>(*v) : standard;
}

void Reader::add_named(Config& c) {
  const Preset& preset = preset_of(c.generation);
  std::vector<std::string> phbs = names("phb");
  if (doc_.find("phb") == nullptr) phbs = {"phb0"};
  for (const std::string& name : phbs) {
    const std::string path = under("phb", name);
    PhbConfig phb = make_phb(preset, name, std::min(peek(path + ".index", 0), preset.phbs - 1));
    phb.pec = peek(path + ".pec", phb.pec);
    c.pec_engines[phb.pec] = preset.engines;
    c.phbs.push_back(std::move(phb));
  }
  for (const std::string& name : names("pec")) c.pec_engines[static_cast<unsigned>(name[0] - '0')] = preset.engines;
  for (const std::string& name : names("layout")) {
    if (c.find_layout(name) != nullptr) {
      errors.push_back(doc_.at("layout." + name, "the name is taken by a built-in layout"));
      continue;
    }
    c.layouts.push_back({name, {}, {}});
  }
  for (const std::string& name : names("pe")) {
    PeConfig pe;
    pe.name = name;
    if (c.phbs.size() == 1) pe.phb = c.phbs.front().name;
    c.pes.push_back(std::move(pe));
  }
  for (const std::string& name : names("endpoint")) {
    EndpointConfig e;
    e.name = name;
    if (c.pes.size() == 1) e.pe = c.pes.front().name;
    c.endpoints.push_back(std::move(e));
  }
}

Config Reader::read() {
  const Preset* preset = find_preset("power9");
  if (const auto* name = doc_.root().at_path("platform.preset").as_string()) {
    if (const Preset* chosen = find_preset(name->get())) preset = chosen;
  }
  Config c = make_config(*preset);
  c.file = doc_.file();
  add_named(c);

  const std::vector<Section> all = sections(c);
  for (const Section& s : all) read_section(s, children(all, s.path));
  derive(c);

  // A rule says nothing about a value that could not be read, nor about a list with such values.
  std::set<std::string> unread;
  for (const Diagnostic& d : errors) unread.insert(d.key.substr(0, d.key.find('[')));
  for (const Problem& p : check(c)) {
    if (unread.count(p.key.substr(0, p.key.find('['))) == 0) errors.push_back(doc_.at(p.key, p.message));
  }
  return c;
}

void Reader::read_section(const Section& section, const std::vector<std::string>& known) {
  const toml::node* node = doc_.find(section.path);
  static const toml::table kEmpty;
  if (node != nullptr && !node->is_table()) {
    error(node->source(), section.path, text_of(*node) + " is not a table; allowed: [" + section.path + "]");
    return;
  }
  read_table(node == nullptr ? kEmpty : *node->as_table(), section.fields, section.path, known);
}

void Reader::read_table(const toml::table& table, const std::vector<Field>& fields, const std::string& path,
                        const std::vector<std::string>& known) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string hint = did_you_mean(name, known);
    error(key.source(), under(path, name), "unknown key" + (hint.empty() ? "; allowed: " + join(known, ", ") : hint));
  }
  for (const Field& f : fields) {
    const toml::node* node = table.get(f.key);
    const std::string key = under(path, f.key);
    if (node == nullptr) {
      // What names another section is missed by check(), which knows the names.
      if (f.required && f.kind != Kind::Name) {
        errors.push_back(doc_.at(key, "missing; allowed: " + allowed(f)));
      }
      continue;
    }
    const toml::node* other = f.excludes.empty() ? nullptr : table.get(f.excludes);
    if (other != nullptr && !(other->is_boolean() && !other->as_boolean()->get())) {
      error(node->source(), key, "cannot stand beside " + quote(f.excludes));
      continue;
    }
    read_value(f, *node, key);
  }
}

template <class T>
void Reader::read_list(const Field& f, const toml::node& node, const std::string& key) {
  const toml::array* array = node.as_array();
  if (array == nullptr || array->empty()) {
    error(node.source(), key, text_of(node) + std::string(kNoSuch) + allowed(f));
    return;
  }
  std::vector<T> items;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const toml::node& element = (*array)[i];
    const std::string path = key + "[" + std::to_string(i) + "]";
    T item;
    if (const toml::table* table = element.as_table()) {
      const std::vector<Field> item_fields = fields(item);
      std::vector<std::string> known;
      for (const Field& g : item_fields) known.push_back(g.key);
      read_table(*table, item_fields, path, known);
    } else {
      error(element.source(), path, text_of(element) + " is not a table; allowed: " + allowed(f));
    }
    items.push_back(item);
  }
  *std::get<std::vector<T>*>(f.target) = std::move(items);
}

void Reader::read_axes(const toml::table& table, const std::string& prefix, std::vector<Axis>& axes) {
  for (const auto& [name, node] : table) {
    const std::string key = under(prefix, std::string(name.str()));
    const std::string path = "explore.axes." + quote(key);
    if (const toml::table* inner = node.as_table()) {
      read_axes(*inner, key, axes);
      continue;
    }
    const toml::array* array = node.as_array();
    if (array == nullptr || array->empty()) {
      error(node.source(), path, text_of(node) + std::string(kNoSuch) + "a list of values");
      continue;
    }
    Axis axis{key, {}};
    for (const toml::node& value : *array) {
      axis.values.push_back(text_of(value));
      axis_places[key].push_back(value.source());
    }
    axes.push_back(std::move(axis));
  }
}

void Reader::read_value(const Field& f, const toml::node& node, const std::string& key) {
  const auto wrong = [&](const std::string& why) { error(node.source(), key, text_of(node) + why); };
  switch (f.kind) {
    case Kind::Bool:
      if (const auto* b = node.as_boolean()) {
        *std::get<bool*>(f.target) = b->get();
      } else {
        wrong(" is not a truth value; allowed: true, false");
      }
      return;
    case Kind::Integer:
    case Kind::Bytes:
    case Kind::Time:
    case Kind::RequesterId: {
      const auto v = number_in(f, node);
      if (!v && !node.is_integer()) {
        wrong(" is not " + expected(f) + "; allowed: " + allowed(f));
      } else if (!v || !store(f, *v)) {
        wrong(std::string(kNoSuch) + allowed(f));
      }
      return;
    }
    case Kind::Number: {
      const auto v = node.value<double>();
      if (!v || !node.is_number()) {
        wrong(" is not a number; allowed: " + allowed(f));
      } else if (!(*v <= f.most && (f.open ? *v > f.least : *v >= f.least))) {
        wrong(std::string(kNoSuch) + allowed(f));
      } else {
        *std::get<double*>(f.target) = *v;
      }
      return;
    }
    case Kind::Choice: {
      const auto* s = node.as_string();
      const auto at = s == nullptr ? f.choices.end() : std::find(f.choices.begin(), f.choices.end(), s->get());
      if (at == f.choices.end()) {
        wrong(std::string(kNoSuch) + allowed(f) + (s == nullptr ? std::string{} : did_you_mean(s->get(), f.choices)));
      } else if (auto* const* mapping = std::get_if<Mapping*>(&f.target)) {
        **mapping = static_cast<Mapping>(at - f.choices.begin());
      } else {
        *std::get<std::string*>(f.target) = *at;
      }
      return;
    }
    case Kind::Text:
    case Kind::Name:
      if (const auto* s = node.as_string()) {
        *std::get<std::string*>(f.target) = s->get();
      } else {
        wrong(" is not a string");
      }
      return;
    case Kind::Sizes:
      read_list<endpoints::SizeShare>(f, node, key);
      return;
    case Kind::Windows:
      read_list<WindowConfig>(f, node, key);
      return;
    case Kind::Axes:
      if (const toml::table* table = node.as_table()) {
        read_axes(*table, {}, *std::get<std::vector<Axis>*>(f.target));
      } else {
        wrong(" is not a table; allowed: [explore.axes]");
      }
      return;
  }
}

/// What follows from other keys unless it is given.
void Reader::derive(Config& c) {
  for (PhbConfig& p : c.phbs) {
    const std::string path = under("phb", p.name);
    const auto given = [&](const char* key) { return doc_.find(path + key) != nullptr; };
    if (!given(".tce.clock_mhz")) p.tce.clock_mhz = p.phb.clock_mhz;
    if (!given(".stack_limit")) p.stack_limit = c.pec_engines[p.pec];
    p.phb.mps = p.link.mps;
    p.phb.rcb = p.link.rcb;
    p.tce.check_indirect_direction = p.phb.options.check_indirect_direction;
  }
  const std::filesystem::path folder = std::filesystem::path(c.file).parent_path();
  for (EndpointConfig& e : c.endpoints) {
    e.generator.rid = e.rid;
    e.player.rid = e.rid;
    e.generator.seed = c.run.seed;
    if (!e.trace.file.empty()) e.trace.file = (folder / e.trace.file).lexically_normal().string();
  }
}

}  // namespace phbsim::config
