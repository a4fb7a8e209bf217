// SPDX-License-Identifier: Apache-2.0
/// Columns of plain text: the first kind of cell is flush left, numbers flush right.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace phbsim::results {

class TextTable {
 public:
  enum class Align : std::uint8_t { Left, Right };

  void column(std::string title, Align align = Align::Right) {
    columns_.push_back({std::move(title), align});
  }
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }

  /// Header, rule, rows; two spaces between columns, none at the end of a line.
  std::string text() const;

 private:
  struct Column {
    std::string title;
    Align align;
  };
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace phbsim::results
