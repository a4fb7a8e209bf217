// SPDX-License-Identifier: Apache-2.0
#include "platform/traces/trace_file.hpp"

#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "models/base/check.hpp"

namespace phbsim::traces {

struct TraceFile::Streams {
  std::ifstream file;
  boost::iostreams::filtering_istream text;
};

TraceFile::TraceFile(std::string path) : path_(std::move(path)) { open(); }
TraceFile::~TraceFile() = default;

void TraceFile::open() {
  streams_ = std::make_unique<Streams>();
  line_ = 0;
  std::error_code error;
  if (std::filesystem::is_directory(path_, error)) throw UserError(path_ + ": is a directory, a trace file is expected");
  streams_->file.open(path_, std::ios::binary);
  if (!streams_->file) throw UserError(path_ + ": cannot be read: " + std::strerror(errno));
  size_ = static_cast<std::uint64_t>(std::filesystem::file_size(path_, error));
  constexpr char kXzMagic[6] = {'\xFD', '7', 'z', 'X', 'Z', '\0'};
  char magic[6] = {};
  streams_->file.read(magic, sizeof magic);
  const bool xz = streams_->file.gcount() == 6 && std::memcmp(magic, kXzMagic, 6) == 0;
  streams_->file.clear();
  streams_->file.seekg(0);
  if (xz) streams_->text.push(boost::iostreams::lzma_decompressor());
  streams_->text.push(streams_->file);
  // A damaged archive ends in an exception of the filter instead of a short file.
  streams_->text.exceptions(std::ios::badbit);
}

void TraceFile::rewind() { open(); }

double TraceFile::progress() const {
  const auto at = streams_->file.tellg();
  return size_ == 0 || at < 0 ? 1.0 : static_cast<double>(at) / static_cast<double>(size_);
}

std::optional<trace::Event> TraceFile::next() {
  for (;;) {
    try {
      if (!std::getline(streams_->text, text_)) return std::nullopt;
    } catch (const std::exception& e) {
      throw UserError(path_ + ":" + std::to_string(line_ + 1) + ": damaged xz data: " + e.what());
    }
    ++line_;
    if (text_.empty() || text_[0] == '#') continue;
    try {
      if (auto event = trace::parse_line(text_, "")) return event;
    } catch (const UserError& e) {
      throw UserError(path_ + ":" + std::to_string(line_) + e.what());
    }
  }
}

}  // namespace phbsim::traces
