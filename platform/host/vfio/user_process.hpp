// SPDX-License-Identifier: Apache-2.0
/// A simulated process that owns memory for DMA: its addresses are real addresses plus a constant,
/// so what it maps lies in a row in real memory [MA]. And its system calls.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>

#include "models/arch/memory_view.hpp"
#include "models/arch/os/file.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::host {

class UserMemory final : public arch::os::AddressSpace {
 public:
  static constexpr std::uint64_t kBase = 1ull << 45;    ///< virtual address of real address 0
  static constexpr std::uint64_t kArguments = 1 << 16;  ///< where system calls' arguments lie
  static constexpr std::size_t kArgumentBytes = 512;

  UserMemory(arch::MemoryView& memory, std::uint64_t memory_bytes, unsigned page_shift)
      : memory_(memory), bytes_(memory_bytes), page_shift_(page_shift) {}

  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool, arch::os::PageRuns& out) override {
    const std::uint64_t base = kBase >> page_shift_;
    const std::uint64_t pages = bytes_ >> page_shift_;
    if (first < base || first - base >= pages) return 0;
    const std::uint64_t n = std::min(count, pages - (first - base));
    const RealAddr real = (first - base) << page_shift_;
    if (!out.empty() && out.back().real + (out.back().pages << page_shift_) == real) {
      out.back().pages += n;
    } else {
      out.push_back({real, n});
    }
    return n;
  }
  void unpin(std::uint64_t, RealAddr, std::uint64_t) noexcept override {}

  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override {
    if (inside(at, n, kArguments, kArgumentBytes)) {
      std::copy_n(arguments_.begin() + static_cast<std::ptrdiff_t>(at - kArguments), n, out);
      return true;
    }
    if (!inside(at, n, kBase, bytes_)) return false;
    memory_.read(at - kBase, out, n);
    return true;
  }
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) override {
    if (inside(at, n, kArguments, kArgumentBytes)) {
      std::copy_n(in, n, arguments_.begin() + static_cast<std::ptrdiff_t>(at - kArguments));
      return true;
    }
    if (!inside(at, n, kBase, bytes_)) return false;
    memory_.write(at - kBase, in, n);
    return true;
  }
  std::uint64_t memlock_limit() const override { return ~0ull; }
  arch::os::UserAccount& user() override { return user_; }

 private:
  static bool inside(std::uint64_t at, std::size_t n, std::uint64_t from, std::uint64_t bytes) {
    return at >= from && at - from <= bytes && n <= bytes - (at - from);
  }

  arch::MemoryView& memory_;
  std::uint64_t bytes_;
  unsigned page_shift_;
  arch::os::UserAccount user_;
  std::array<unsigned char, kArgumentBytes> arguments_{};
};

/// The process: memory, descriptors, and system calls with their arguments in its own memory.
class UserProcess final : public arch::os::FileTable {
 public:
  explicit UserProcess(std::shared_ptr<UserMemory> memory) {
    caller_.mm = std::move(memory);
    caller_.creds.ipc_lock = true;
    caller_.files = this;
  }
  ~UserProcess() override {
    // As at exit: descriptors close in order.
    while (!files_.empty()) close(files_.begin()->first);
  }
  UserProcess(const UserProcess&) = delete;
  UserProcess& operator=(const UserProcess&) = delete;

  std::shared_ptr<arch::os::File> get(int fd) override {
    const auto it = files_.find(fd);
    return it == files_.end() ? nullptr : it->second;
  }
  int install(std::shared_ptr<arch::os::File> file) override {
    int fd = 3;
    while (files_.count(fd) != 0) ++fd;
    files_.emplace(fd, std::move(file));
    return fd;
  }
  void withdraw(int fd) noexcept override { files_.erase(fd); }
  void close(int fd) {
    const auto it = files_.find(fd);
    if (it == files_.end()) return;
    const std::shared_ptr<arch::os::File> file = std::move(it->second);
    files_.erase(it);
    file->release();
  }

  /// A system call whose argument is a struct; `extra` bytes at kArguments + 256 go along.
  template <class T>
  std::int64_t ioctl(int fd, std::uint32_t command, T& argument) {
    static_assert(sizeof(T) <= kExtra);
    auto* bytes = reinterpret_cast<unsigned char*>(&argument);
    caller_.mm->write(UserMemory::kArguments, bytes, sizeof(T));
    const std::int64_t result = get(fd)->ioctl(caller_, command, UserMemory::kArguments);
    caller_.mm->read(UserMemory::kArguments, bytes, sizeof(T));
    return result;
  }
  /// A second argument, behind a pointer of the first: its address in the process.
  template <class T>
  std::uint64_t put_extra(const T& value) {
    static_assert(sizeof(T) <= UserMemory::kArgumentBytes - kExtra);
    caller_.mm->write(UserMemory::kArguments + kExtra, reinterpret_cast<const unsigned char*>(&value), sizeof(T));
    return UserMemory::kArguments + kExtra;
  }
  std::int64_t ioctl_value(int fd, std::uint32_t command, std::uint64_t value) {
    return get(fd)->ioctl(caller_, command, value);
  }

  arch::os::Caller& caller() { return caller_; }

 private:
  static constexpr std::size_t kExtra = 256;

  arch::os::Caller caller_;
  std::map<int, std::shared_ptr<arch::os::File>> files_;
};

}  // namespace phbsim::host
