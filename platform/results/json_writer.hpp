// SPDX-License-Identifier: Apache-2.0
/// JSON in the order in which it is written: strings and unsigned integers, two spaces per level.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace phbsim::results {

class JsonWriter {
 public:
  enum class Form : std::uint8_t { Lines, Compact };  ///< one member a line, or all on one line

  void object(Form form = Form::Lines) { open('{', '}', form); }
  void array(Form form = Form::Lines) { open('[', ']', form); }
  void end();

  JsonWriter& key(std::string_view name);
  void value(std::uint64_t v);
  void value(std::string_view v);
  void null();

  template <class Value>
  void member(std::string_view name, const Value& v) {
    key(name).value(v);
  }

  /// The text, with a newline at its end; everything must have been closed.
  std::string take();

 private:
  struct Level {
    char close;
    bool compact;
    bool empty = true;
  };
  void open(char opening, char closing, Form form);
  void separate();
  void quote(std::string_view s);

  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace phbsim::results
