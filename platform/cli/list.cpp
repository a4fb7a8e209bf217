// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/cli/commands.hpp"
#include "platform/config/topics.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

namespace {

void print(const config::Topic& topic) {
  std::vector<std::size_t> widths;
  for (const auto& c : topic.columns) widths.push_back(c.size());
  for (const auto& row : topic.rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += cells[i];
      if (i + 1 < cells.size()) out += std::string(widths[i] - cells[i].size() + 2, ' ');
    }
    std::cout << out << "\n";
  };
  line(topic.columns);
  for (const auto& row : topic.rows) line(row);
}

void print_markdown(const config::Topic& topic) {
  const auto cell = [](std::string s) {
    for (std::size_t at = 0; (at = s.find('|', at)) != std::string::npos; at += 2) s.insert(at, "\\");
    return s;
  };
  std::cout << "|";
  for (const auto& c : topic.columns) std::cout << " " << c << " |";
  std::cout << "\n|";
  for (std::size_t i = 0; i < topic.columns.size(); ++i) std::cout << "---|";
  std::cout << "\n";
  for (const auto& row : topic.rows) {
    std::cout << "|";
    for (const auto& c : row) std::cout << " " << cell(c) << " |";
    std::cout << "\n";
  }
}

}  // namespace

int list_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("markdown", "as a Markdown table");
  po::variables_map values;
  if (!parse(command_named("list"), options, words, values)) return kOk;
  const auto& names = values["words"].as<Words>();
  const auto topics = config::topics();
  if (names.empty()) {
    for (const auto& t : topics) std::cout << t.name << std::string(14 - t.name.size(), ' ') << t.summary << "\n";
    return kOk;
  }
  for (const std::string& name : names) {
    const auto it = std::find_if(topics.begin(), topics.end(), [&](const auto& t) { return t.name == name; });
    if (it == topics.end()) {
      std::string known;
      for (const auto& t : topics) known += (known.empty() ? "" : ", ") + t.name;
      throw UserError("unknown topic \"" + name + "\", known: " + known);
    }
    if (values.count("markdown") && name == "keys") {
      std::cout << config::keys_markdown();
    } else if (values.count("markdown")) {
      print_markdown(*it);
    } else {
      print(*it);
    }
  }
  return kOk;
}

}  // namespace phbsim::cli
