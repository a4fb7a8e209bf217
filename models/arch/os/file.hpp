// SPDX-License-Identifier: Apache-2.0
/// An open file of the simulated kernel: what a descriptor leads to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "models/arch/os/errno.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::arch::os {

/// Readiness, poll(2)'s bits.
constexpr std::uint32_t kPollIn = 0x1;
constexpr std::uint32_t kPollOut = 0x4;

/// What mmap of a file gives.
struct Mapping {
  enum class Kind : std::uint8_t {
    Pages,      ///< memory of the kernel: `file` holds its bytes from `offset` on
    Registers,  ///< a device's registers: each access is a call of File::read or write at `offset`
  };
  Kind kind = Kind::Registers;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::shared_ptr<PageSource> pages;  ///< Kind::Pages
  std::function<void()> unmapped;     ///< called once, when the last mapping of it is gone
};

/// Calls throw SysError; a caller's mistake is never anything else. One call at a time.
class File {
 public:
  virtual ~File() = default;

  /// The argument is a pointer into the caller's memory or a plain number, as the command says.
  virtual std::int64_t ioctl(Caller&, std::uint32_t, std::uint64_t) { fail(Errno::NoTty, "this file has no ioctl"); }
  /// `offset`: of pread; of read, the file's position, which the caller keeps.
  virtual std::size_t read(Caller&, unsigned char*, std::size_t, std::uint64_t) { fail(Errno::Inval, "this file cannot be read"); }
  virtual std::size_t write(Caller&, const unsigned char*, std::size_t, std::uint64_t) {
    fail(Errno::Inval, "this file cannot be written");
  }
  /// False: a stream without positions. read and write get offset 0 each time; pread, pwrite and lseek
  /// are ESPIPE, which is the caller's to answer.
  virtual bool seekable() const { return true; }
  virtual std::uint32_t poll() { return kPollIn | kPollOut; }
  /// `offset`, length and whether the program may write, of mmap(2); whole host pages.
  virtual Mapping mmap(Caller&, std::uint64_t, std::uint64_t, bool) { fail(Errno::NoDev, "this file cannot be mapped"); }
  /// The last descriptor is closed. Objects may still hold the file.
  virtual void release() noexcept {}
  /// Called by the file when poll() may answer differently; set by whoever waits.
  std::function<void()> on_poll_change;
};

/// A descriptor that the kernel signals: eventfd. The platform's.
class EventFd : public File {
 public:
  virtual void signal() noexcept = 0;
};

/// A file of another kind whose pages can be mapped for DMA: memfd. The platform's.
class MappableFile : public File {
 public:
  /// What IOAS_MAP_FILE maps; never null.
  virtual std::shared_ptr<BackingFile> backing() = 0;
};

}  // namespace phbsim::arch::os
