// SPDX-License-Identifier: Apache-2.0
/// A trace file, plain or xz, line by line in constant memory.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <string>

#include "models/trace/event.hpp"

namespace phbsim::traces {

class TraceFile {
 public:
  /// Throws UserError if the file cannot be read.
  explicit TraceFile(std::string path);
  ~TraceFile();

  /// The next event; nothing at the end. Throws UserError with file and line for what is not one.
  /// The event's texts live until the next call.
  std::optional<trace::Event> next();
  void rewind();
  std::uint64_t line() const { return line_; }
  const std::string& path() const { return path_; }
  /// Share of the file's bytes consumed so far, 0..1, for progress.
  double progress() const;

 private:
  void open();

  std::string path_;
  std::uint64_t size_ = 0;
  struct Streams;
  std::unique_ptr<Streams> streams_;
  std::string text_;
  std::uint64_t line_ = 0;
};

}  // namespace phbsim::traces
