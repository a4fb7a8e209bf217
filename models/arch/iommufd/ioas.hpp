// SPDX-License-Identifier: Apache-2.0
/// An I/O address space: which memory is mapped at which IOVA, what may not be used, which domains
/// hold the mappings, and who of the kernel looks into them (iommufd.md 3.3-3.8, 4, 5, 7).
///
/// Every call either does all of what it says or throws (os::SysError, std::bad_alloc) and leaves everything
/// as it was, but unmap(), which stops in the middle (3.8), and write(), which may have written a part. Map
/// and unmap take O(log n) of n areas; an area of memory in a row takes about 210 bytes.
///
/// Extension: a domain may have apertures whose I/O pages are larger than its finest (Aperture::page_shift).
/// A mapping there keeps to their multiples: automatic allocation sees to it, a fixed IOVA that does not is
/// EINVAL, and add_domain() is EADDRINUSE if a mapping there does not. With Layer::large_io_pages the finest
/// may exceed the host's page; memory that does not fill them in a row makes the map fail with EINVAL.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/arch/iommufd/layer.hpp"
#include "models/arch/os/iommu.hpp"
#include "models/arch/os/process.hpp"

namespace phbsim::arch::iommufd {

using Iova = std::uint64_t;

/// Both inclusive: the last one may be 2^64 - 1.
struct IovaRange {
  Iova first = 0;
  Iova last = 0;
};

/// How pages are charged (section 5). Every mode counts in the process's pinned pages.
enum class Accounting : std::uint8_t { None, User, Mm };

/// Memory to map: bytes [start, start + length) of an address space or a file.
struct Source {
  std::shared_ptr<os::AddressSpace> mm;      ///< memory of a process, or
  std::shared_ptr<os::BackingFile> file;     ///< a file; `mm` is then who is charged
  std::uint64_t start = 0;
  Accounting accounting = Accounting::None;
};

/// A user of an IOAS within the kernel (emulated device, HW queue): looks at what is mapped.
class AccessUser {
 public:
  virtual ~AccessUser() = default;
  /// [iova, iova + length) goes away: unpin all of it before returning.
  virtual void unmap(Iova iova, std::uint64_t length) = 0;
};

class Ioas {
 public:
  explicit Ioas(const Layer& layer);
  ~Ioas();
  Ioas(const Ioas&) = delete;
  Ioas& operator=(const Ioas&) = delete;

  const Layer& layer() const;

  // -- which IOVAs (3.3, 3.4, 4) --------------------------------------------------------------
  std::vector<IovaRange> usable() const;           ///< complement of what is reserved
  std::uint64_t alignment() const;
  void allow(std::vector<IovaRange> ranges);       ///< replaces the list; EINVAL, EADDRINUSE
  /// EINVAL for an empty range, EADDRINUSE if it touches an area or an allowed range. Ranges of one owner go together.
  void reserve(const void* owner, IovaRange range);
  /// The same within an allowed range: for addresses whose unmapping a timed caller has not ended yet.
  void hold(const void* owner, IovaRange range);
  void unreserve(const void* owner) noexcept;
  bool huge_pages() const;
  void set_huge_pages(bool on);                    ///< 3.9

  // -- mappings (3.5-3.8) ---------------------------------------------------------------------
  /// Returns the IOVA of the first byte. `fixed` names it.
  Iova map(const Source& source, std::uint64_t length, std::optional<Iova> fixed, os::Protection prot);
  /// Maps what `source_iova` of `from` (perhaps this IOAS) shows, a second time.
  Iova copy(Ioas& from, Iova source_iova, std::uint64_t length, std::optional<Iova> fixed, os::Protection prot);
  /// Bytes unmapped. ENOENT, EBUSY, EDEADLK, EOVERFLOW, EINVAL.
  std::uint64_t unmap(Iova iova, std::uint64_t length);
  std::uint64_t unmap_all();
  /// What a range lost until something stopped it; nothing there is no error. For VFIO (section 9), which
  /// reports both. Throws only EOVERFLOW and EINVAL, for the range itself.
  struct Unmapped {
    std::uint64_t bytes = 0;
    std::optional<os::SysError> error;
  };
  Unmapped unmap_range(Iova iova, std::uint64_t length);
  /// type1's unmap: areas are split at both ends first; nothing there is no error (section 9).
  void split(Iova iova, std::uint64_t length);
  bool empty() const;
  std::size_t areas() const;
  /// CHANGE_PROCESS (3.18) of all IOASes of a context, which may share pages: whoever is charged for
  /// pinned pages, `mm` is from now on. EINVAL if an area is not of a file, ENOMEM over the limit of `mm`.
  /// Pinned pages (VmPin) move in every mode of accounting.
  static void change_process(const std::vector<Ioas*>& all, const std::shared_ptr<os::AddressSpace>& mm);
  /// All pages mapped, in order of IOVA; for reports and tests.
  struct Shown {
    Iova iova;
    std::uint64_t length;
    os::Protection prot;
  };
  void for_each_area(const std::function<void(const Shown&)>& visit) const;
  /// dma-buf `file` was revoked: its areas stay, their translations go.
  void revoke(const os::BackingFile& file) noexcept;

  // -- domains (3.11, 4, 6) -------------------------------------------------------------------
  /// Fills the domain with all areas and reserves what its apertures leave out.
  /// EINVAL (I/O page larger than the host's), EADDRINUSE, EFAULT, ENOMEM.
  void add_domain(os::PagingDomain& domain);
  /// Takes the mappings out; pages that nobody holds any more are unpinned.
  void remove_domain(os::PagingDomain& domain) noexcept;
  bool has_domains() const;
  const std::vector<os::PagingDomain*>& domains() const;

  // -- access of the kernel (5, 3.19) ---------------------------------------------------------
  /// `pins`: the user pins, so areas align to the host page from now on (EADDRINUSE).
  void add_access(AccessUser& user, bool pins);
  void remove_access(AccessUser& user) noexcept;
  /// Real pages of [iova, iova + length), in order.
  os::PageRuns pin(AccessUser& user, Iova iova, std::uint64_t length, bool write);
  void unpin(AccessUser& user, Iova iova, std::uint64_t length) noexcept;
  void read(Iova iova, unsigned char* out, std::uint64_t length);
  void write(Iova iova, const unsigned char* in, std::uint64_t length);
  /// While locked, unmap of an area that the range touches is EBUSY (HW queues).
  void lock(Iova iova, std::uint64_t length);
  void unlock(Iova iova, std::uint64_t length) noexcept;

  // -- dirty pages (7) ------------------------------------------------------------------------
  /// ORs the domain's dirty pages into `set(bit)`; checks of 7 but those of the HWPT are made here.
  void read_dirty(os::PagingDomain& domain, Iova iova, std::uint64_t length, std::uint64_t page_size, bool keep,
                  const std::function<void(std::uint64_t first_bit, std::uint64_t bits)>& set);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace phbsim::arch::iommufd
