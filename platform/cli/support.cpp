// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/cli/commands.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

const Command& command_named(std::string_view name) {
  for (const Command& c : kCommands)
    if (c.name == name) return c;
  throw ModelError("no command " + std::string(name));
}

bool parse(const Command& command, const po::options_description& options, const Words& words,
           po::variables_map& values) {
  po::options_description all;
  all.add(options);
  all.add_options()("help,h", "print this help")("words", po::value<Words>()->default_value({}, ""));
  po::positional_options_description positional;
  positional.add("words", -1);
  try {
    po::store(po::command_line_parser(words)
                  .options(all)
                  .positional(positional)
                  .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& e) {
    throw UserError(std::string(e.what()) + "; see phbsim " + std::string(command.name) + " --help");
  }
  if (values.count("help") == 0) return true;
  std::cout << "phbsim " << command.name << " " << command.arguments << "\n\n"
            << "  " << command.summary << "\n\n";
  po::options_description shown("options");
  shown.add(options);
  shown.add_options()("help,h", "print this help");
  std::cout << shown << "\nexample: " << command.example << "\n";
  return false;
}

bool read_config(const std::string& path, const std::vector<std::string>& sets, config::Config& config) {
  config::ReadResult r = config::read_file(path, sets);
  for (const auto& e : r.errors) std::cerr << e.text() << "\n";
  if (!r.ok()) {
    std::cerr << path << ": " << r.errors.size() << (r.errors.size() == 1 ? " error\n" : " errors\n");
    return false;
  }
  config = std::move(r.config);
  return true;
}

namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

ProgressLine::ProgressLine(std::string label) : label_(std::move(label)), terminal_(::isatty(2) == 1), begun_(seconds()) {}
ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::update(double share, const std::string& detail) {
  if (!terminal_) return;
  const double now = seconds();
  if (now - last_ < 0.1 && share < 1) return;
  last_ = now;
  const double spent = now - begun_;
  char eta[32] = "";
  if (share > 0.01 && spent > 0.5) std::snprintf(eta, sizeof eta, ", %.0f s left", spent / share * (1 - share));
  std::fprintf(stderr, "\r\033[K%s %3.0f %%%s%s%s", label_.c_str(), share * 100, detail.empty() ? "" : ", ",
               detail.c_str(), eta);
  std::fflush(stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
  shown_ = false;
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path)) {
    throw UserError(path + ": cannot be made a folder" + (error ? ": " + error.message() : ""));
  }
}

void write_file(const std::string& path, const std::string& text) {
  const std::string part = path + ".part";
  {
    std::ofstream out(part, std::ios::binary);
    out << text;
    out.flush();
    if (!out) {
      std::error_code ignored;
      std::filesystem::remove(part, ignored);
      throw UserError(path + ": cannot be written");
    }
  }
  std::error_code error;
  std::filesystem::rename(part, path, error);
  if (error) throw UserError(path + ": cannot be written: " + error.message());
}

}  // namespace phbsim::cli
