// SPDX-License-Identifier: Apache-2.0
#include "platform/results/text_table.hpp"

#include <algorithm>

namespace phbsim::results {

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (const Column& c : columns_) widths.push_back(c.title.size());
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());

  std::string out;
  const auto line = [&](auto&& cell) {
    std::string s;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string text = cell(i);
      const std::string pad(widths[i] - text.size(), ' ');
      if (i > 0) s += "  ";
      s += columns_[i].align == Align::Left ? text + pad : pad + text;
    }
    s.erase(s.find_last_not_of(' ') + 1);
    out += s + '\n';
  };
  line([&](std::size_t i) { return columns_[i].title; });
  line([&](std::size_t i) { return std::string(widths[i], '-'); });
  for (const auto& row : rows_)
    line([&](std::size_t i) { return i < row.size() ? row[i] : std::string(); });
  return out;
}

}  // namespace phbsim::results
