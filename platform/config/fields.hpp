// SPDX-License-Identifier: Apache-2.0
/// Every key of a configuration, described once: reading, checking, writing and listing follow.
///
/// A Field points at one member of a live struct. `fields()` describes one struct, `sections()` a
/// whole Config: a new parameter is one line here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/config/config.hpp"

namespace phbsim::config {

enum class Kind : std::uint8_t {
  Bool,
  Integer,
  Bytes,
  Time,
  Number,       ///< decimal
  Choice,       ///< one of `choices`
  Text,
  Name,         ///< of another section
  RequesterId,
  Sizes,        ///< list of SizeShare
  Windows,      ///< list of WindowConfig
  Axes,         ///< table of lists
};

/// Where a default comes from (phb.md 0).
enum class Mark : std::uint8_t { Fact, Inference, Assumption, Choice };

using Target = std::variant<bool*, unsigned*, std::uint64_t*, Rid*, double*, std::string*, Mapping*,
                            std::vector<endpoints::SizeShare>*, std::vector<WindowConfig>*, std::vector<Axis>*>;

struct Field {
  std::string key;
  Kind kind;
  Target target;
  std::string meaning;
  Mark mark = Mark::Choice;
  std::string source;  ///< section of phb.md, if any
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  double least = 0;  ///< of a Number; the range is closed unless `open`
  double most = 0;
  bool open = false;
  bool power_of_two = false;               ///< of every value but 0
  std::vector<std::uint64_t> only;         ///< if not empty: these values
  std::vector<std::string> choices;        ///< of a Choice
  bool required = false;
  bool shown = true;     ///< written by to_toml()
  std::string excludes;  ///< key that must not be given beside this one

  // Spelling of the tables in fields.cpp.
  Field& marked(Mark m, std::string_view where = {});
  Field& fact(std::string_view where) { return marked(Mark::Fact, where); }
  Field& inference(std::string_view where = {}) { return marked(Mark::Inference, where); }
  Field& assumption(std::string_view where = {}) { return marked(Mark::Assumption, where); }
  Field& power2() { return power_of_two = true, *this; }
  Field& values(std::vector<std::uint64_t> v) { return only = std::move(v), *this; }
  Field& must() { return required = true, *this; }
  Field& instead_of(std::string_view other) { return excludes = other, *this; }
  Field& show_if(bool b) { return shown = b, *this; }
};

struct Section {
  std::string path;  ///< "phb.phb0.link"; empty: the top of the file
  std::vector<Field> fields;
};

/// Tables whose entries are named by the user.
extern const std::vector<std::string> kNamed;

/// All sections of `config` with its names, in the order of the file. The fields point into it.
std::vector<Section> sections(Config& config);
/// Elements of the lists.
std::vector<Field> fields(WindowConfig& w);
std::vector<Field> fields(endpoints::SizeShare& s);

/// Keys and tables that may stand in the table at `path`.
std::vector<std::string> children(const std::vector<Section>& all, const std::string& path);
/// "phb.phb0" + "link"
std::string under(const std::string& path, const std::string& key);

std::string type_name(const Field& f);
/// What is allowed, for errors and lists: "1..4", "\"lru\", \"fifo\"".
std::string allowed(const Field& f);
/// The value as TOML text.
std::string value_text(const Field& f);
std::string mark_name(Mark mark);
/// "meaning (phb.md 8.2)"
std::string full_meaning(const Field& f);

/// Stores a value; false if the field does not allow it. For the numeric kinds.
bool store(const Field& f, std::uint64_t value);

}  // namespace phbsim::config
