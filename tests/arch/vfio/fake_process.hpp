// SPDX-License-Identifier: Apache-2.0
/// A process of the tests: pages that are there or not, pins that are counted, descriptors.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "models/arch/os/allocation.hpp"
#include "models/arch/os/file.hpp"
#include "tests/support/plain_memory.hpp"

namespace phbsim::test::vfio {

class FakeMm : public arch::os::AddressSpace {
 public:
  FakeMm(PlainMemory& memory, unsigned shift) : memory_(memory), shift_(shift) {}

  /// [va, va + bytes) shows [real, ...).
  void add(std::uint64_t va, std::uint64_t bytes, RealAddr real, bool writable = true) {
    for (std::uint64_t at = 0; at < bytes; at += page_bytes()) {
      pages_[(va + at) >> shift_] = {real + at, writable, 0};
    }
  }
  void drop(std::uint64_t va) { pages_.erase(va >> shift_); }
  RealAddr real(std::uint64_t va) const { return pages_.at(va >> shift_).real + (va & (page_bytes() - 1)); }
  std::uint64_t page_bytes() const { return 1ull << shift_; }
  std::uint64_t total_pins() const { return total_pins_; }
  std::uint64_t pins(std::uint64_t page) override { return pages_.count(page) != 0 ? pages_[page].pins : 0; }

  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool writable, arch::os::PageRuns& out) override {
    std::uint64_t n = 0;
    arch::os::PageRuns runs;
    for (; n < count; ++n) {
      const auto it = pages_.find(first + n);
      if (it == pages_.end() || (writable && !it->second.writable)) break;
      if (!runs.empty() && runs.back().real + (runs.back().pages << shift_) == it->second.real) {
        ++runs.back().pages;
      } else {
        runs.push_back({it->second.real, 1});
      }
    }
    out.insert(out.end(), runs.begin(), runs.end());
    for (std::uint64_t i = 0; i < n; ++i) ++pages_[first + i].pins;
    total_pins_ += n;
    return n;
  }
  void unpin(std::uint64_t first, RealAddr real, std::uint64_t count) noexcept override {
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto it = pages_.find(first + i);
      if (it == pages_.end() || it->second.real != real + (i << shift_) || it->second.pins == 0) {
        ++wrong_unpins;
      } else {
        --it->second.pins;
      }
    }
    total_pins_ -= count;
  }
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override {
    for (std::size_t i = 0; i < n; ++i) {
      const auto it = pages_.find((at + i) >> shift_);
      if (it == pages_.end()) return false;
      out[i] = memory_.byte(it->second.real + ((at + i) & (page_bytes() - 1)));
    }
    return true;
  }
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) override {
    const arch::os::NoFail user_memory;  // a page of the user is not the kernel's to allocate
    for (std::size_t i = 0; i < n; ++i) {
      const auto it = pages_.find((at + i) >> shift_);
      if (it == pages_.end() || !it->second.writable) return false;
    }
    for (std::size_t i = 0; i < n; ++i) {
      memory_.write(pages_.at((at + i) >> shift_).real + ((at + i) & (page_bytes() - 1)), in + i, 1);
    }
    return true;
  }
  std::uint64_t memlock_limit() const override { return memlock; }
  arch::os::UserAccount& user() override { return user_; }

  std::uint64_t memlock = ~0ull;
  std::uint64_t wrong_unpins = 0;

 private:
  struct Page {
    RealAddr real;
    bool writable;
    std::uint64_t pins;
  };
  PlainMemory& memory_;
  unsigned shift_;
  std::map<std::uint64_t, Page> pages_;
  std::uint64_t total_pins_ = 0;
  arch::os::UserAccount user_;
};

class FakeFiles : public arch::os::FileTable {
 public:
  std::shared_ptr<arch::os::File> get(int fd) override {
    return fd >= 0 && static_cast<std::size_t>(fd) < files_.size() ? files_[static_cast<std::size_t>(fd)] : nullptr;
  }
  int install(std::shared_ptr<arch::os::File> file) override {
    files_.push_back(std::move(file));
    return static_cast<int>(files_.size()) - 1;
  }
  void withdraw(int fd) noexcept override { files_[static_cast<std::size_t>(fd)] = nullptr; }
  void close(int fd) {
    const auto file = std::move(files_[static_cast<std::size_t>(fd)]);
    if (file != nullptr && std::count(files_.begin(), files_.end(), file) == 0) file->release();
  }
  int dup(int fd) { return install(get(fd)); }
  void close_all() {
    for (std::size_t fd = 0; fd < files_.size(); ++fd) close(static_cast<int>(fd));
  }

 private:
  std::vector<std::shared_ptr<arch::os::File>> files_;
};

class FakeEventFd : public arch::os::EventFd {
 public:
  void signal() noexcept override { ++signals; }
  unsigned signals = 0;
};

}  // namespace phbsim::test::vfio
