// SPDX-License-Identifier: Apache-2.0
/// Who calls, and whose memory is meant: what the layer asks of processes, users and files.
/// The platform implements it, for simulated processes and for real ones (phbsim exec).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "models/arch/os/errno.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch::os {

class File;

using UserAddr = std::uint64_t;

/// Host pages that lie in a row in real memory.
struct PageRun {
  RealAddr real = 0;        ///< of the first page
  std::uint64_t pages = 0;
};
using PageRuns = std::vector<PageRun>;

/// Where pages come from: an address space or a file. Pages are numbered from 0 in host pages.
class PageSource {
 public:
  virtual ~PageSource() = default;

  /// Pins pages [first, first + count) and appends their real addresses in order, runs merged.
  /// Returns how many are pinned: fewer than `count` if the next one is not there or, `writable`,
  /// may not be written; those few stay pinned. A read-only pin breaks copy-on-write first. Throws
  /// (and pins nothing) if memory runs out.
  virtual std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool writable, PageRuns& out) = 0;
  /// Gives up one pin of each page, which pin() had placed at `real`. Works after the owner's exit.
  virtual void unpin(std::uint64_t first, RealAddr real, std::uint64_t count) noexcept = 0;
  /// Moves bytes at byte address `at` of the source without a pin. False if a page is not there.
  virtual bool read(std::uint64_t at, unsigned char* out, std::size_t n) = 0;
  virtual bool write(std::uint64_t at, const unsigned char* in, std::size_t n) = 0;
  /// Pins on a page now, whoever asked for them: what the kernel's own tests compare (MD_CHECK_REFS).
  virtual std::uint64_t pins(std::uint64_t) { return 0; }
};

/// Pages locked by one user (user_struct.locked_vm).
struct UserAccount {
  std::uint64_t locked_pages = 0;
};

/// One process's memory ("mm"); lives on, unusable, after the process is gone.
class AddressSpace : public PageSource {
 public:
  /// RLIMIT_MEMLOCK in bytes as it is now; ~0 without a limit.
  virtual std::uint64_t memlock_limit() const = 0;
  virtual UserAccount& user() = 0;
  std::uint64_t locked_pages = 0;  ///< VmLck
  std::uint64_t pinned_pages = 0;  ///< VmPin
};

/// What a mapping can be made of besides an address space (IOAS_MAP_FILE).
class BackingFile : public PageSource {
 public:
  virtual std::uint64_t bytes() const = 0;
  /// A dma-buf: no pins, no access by the CPU, mappings that vanish with a revoke.
  virtual bool is_dmabuf() const { return false; }
  virtual bool revoked() const { return false; }
};

struct Credentials {
  std::uint32_t uid = 0;
  bool ipc_lock = false;      ///< CAP_IPC_LOCK
  bool sys_resource = false;  ///< CAP_SYS_RESOURCE
  bool sys_rawio = false;     ///< CAP_SYS_RAWIO
};

/// The descriptors of the calling process.
class FileTable {
 public:
  virtual ~FileTable() = default;
  /// The open file behind `fd`; nothing if `fd` is closed or negative (EBADF is the caller's).
  virtual std::shared_ptr<File> get(int fd) = 0;
  /// A new descriptor, close-on-exec, for `file`; its last close calls File::release. Throws NoMem.
  virtual int install(std::shared_ptr<File> file) = 0;
  /// Takes back a descriptor whose call failed after all.
  virtual void withdraw(int fd) noexcept = 0;
};

/// One system call's caller.
struct Caller {
  std::shared_ptr<AddressSpace> mm;
  Credentials creds;
  FileTable* files = nullptr;

  /// Copies from and to the caller's memory; EFAULT.
  void copy_in(UserAddr from, void* to, std::size_t n) const {
    if (n != 0 && !mm->read(from, static_cast<unsigned char*>(to), n)) fail(Errno::Fault, "the caller's memory cannot be read");
  }
  void copy_out(UserAddr to, const void* from, std::size_t n) const {
    if (n != 0 && !mm->write(to, static_cast<const unsigned char*>(from), n)) {
      fail(Errno::Fault, "the caller's memory cannot be written");
    }
  }
};

/// Reads a struct that grows with time: `length` bytes at `from`, of which `known` mean something here.
/// What the caller lacks is zero; E2BIG if it has more and that is not zero; EFAULT.
void copy_struct_in(const Caller& caller, UserAddr from, std::uint64_t length, void* to, std::size_t known);

}  // namespace phbsim::arch::os
