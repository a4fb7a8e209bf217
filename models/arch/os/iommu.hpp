// SPDX-License-Identifier: Apache-2.0
/// What an IOMMU driver offers to the layers above it: devices, groups, domains. As Linux's
/// iommu_ops and iommu_domain_ops, with the two things that the upstream review asks of POWER
/// (ddw-vfio.md 5.6): a list of apertures in place of one range, and operations per kind of domain.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/os/process.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch::os {

class Device;
class Group;

enum class DomainKind : std::uint8_t { Platform, Blocked, Paging, Nested };

struct Protection {
  bool read = false;   ///< the device reads
  bool write = false;  ///< the device writes
};

/// Addresses that a domain translates; `last` is inclusive.
struct Aperture {
  BusAddr first = 0;
  BusAddr last = 0;
  unsigned page_shift = 12;  ///< smallest I/O page in it: mappings there keep to its multiples
};

/// Driver data of a call as the caller gave it.
struct UserData {
  std::uint32_t type = 0;
  UserAddr addr = 0;
  std::uint32_t length = 0;
  const Caller* caller = nullptr;
};

/// Copies driver data: another type, shorter than `least` or longer than `known` EINVAL; EFAULT. What the
/// caller's struct lacks is zero. Not extensible as commands are: Linux 6.12 and 7.2 refuse what is longer
/// whatever it holds, which corrects iommufd.md 3.11 [F].
void copy_driver_data(const UserData& data, std::uint32_t type, void* out, std::uint32_t known, std::uint32_t least);

class Domain {
 public:
  explicit Domain(DomainKind kind) : kind_(kind) {}
  virtual ~Domain() = default;
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  DomainKind kind() const { return kind_; }
  /// Puts `device`, until now under `from`, under this domain; DMA sees one or the other. Devices of
  /// a group follow each other: the second one finds it done. Throws and changes nothing.
  virtual void attach(Device& device, Domain& from) = 0;
  /// The same for one PASID; `from` is null for one that has no domain yet.
  virtual void attach_pasid(Device&, std::uint32_t, Domain*) { fail(Errno::OpNotSupp, "the domain has no PASIDs"); }
  virtual void detach_pasid(Device&, std::uint32_t) noexcept {}

 private:
  DomainKind kind_;
};

/// Tells which pages devices wrote.
class DirtyLog {
 public:
  virtual ~DirtyLog() = default;
  /// Idempotent; switching on begins with clean pages.
  virtual void enable(bool on) = 0;
  virtual bool enabled() const = 0;
  /// Appends dirty pieces {iova, bytes} of [iova, iova + bytes); clears them unless `keep`.
  virtual void read(BusAddr iova, std::uint64_t bytes, bool keep, std::vector<std::pair<BusAddr, std::uint64_t>>& dirty) = 0;
};

class PagingDomain : public Domain {
 public:
  PagingDomain() : Domain(DomainKind::Paging) {}

  /// Ascending, apart from each other.
  virtual const std::vector<Aperture>& apertures() const = 0;
  /// I/O page sizes, as a bit mask, in ascending order of use: the smallest is the alignment that an
  /// IOAS must keep.
  virtual std::uint64_t page_sizes() const = 0;

  /// Maps [iova, iova + bytes) to real memory in a row from `real` on. Nothing is mapped there (else
  /// EEXIST). EINVAL outside the apertures or not on I/O pages, ENOMEM. Throws and changes nothing.
  virtual void map(BusAddr iova, RealAddr real, std::uint64_t bytes, Protection prot) = 0;
  /// Holes are skipped. What was mapped may be used by devices until sync().
  virtual void unmap(BusAddr iova, std::uint64_t bytes) noexcept = 0;
  /// No device uses what was unmapped when it returns.
  virtual void sync() noexcept = 0;
  /// Real address of a bus address, read from the tables.
  virtual std::optional<RealAddr> to_real(BusAddr iova) const = 0;
  virtual DirtyLog* dirty() { return nullptr; }
  /// Devices cannot choose to bypass the caches (PCIe no-snoop).
  virtual bool enforces_coherency() const { return true; }
};

class NestedDomain : public Domain {
 public:
  NestedDomain() : Domain(DomainKind::Nested) {}
  /// Entries of HWPT_INVALIDATE in order; stops at the first error. Returns how many were done and
  /// sets `error`. A wrong `data_type` is an error even without entries.
  virtual std::uint32_t invalidate(const UserData& array, std::uint32_t entry_bytes, std::uint32_t entries,
                                   std::optional<Errno>& error) {
    (void)array, (void)entry_bytes, (void)entries;
    error = Errno::OpNotSupp;
    return 0;
  }
};

/// Addresses that are not for mappings of a device.
struct ReservedRegion {
  enum class Kind : std::uint8_t { Direct, DirectRelaxable, Reserved, Msi };
  Kind kind = Kind::Reserved;
  BusAddr first = 0;
  BusAddr last = 0;
};

struct HwInfo {
  std::uint32_t type = 0;
  std::vector<unsigned char> bytes;
};

/// What a device and its driver can do: bits of GET_HW_INFO out_capabilities.
constexpr std::uint64_t kCapDirtyTracking = 1;
constexpr std::uint64_t kCapPasidExec = 2;
constexpr std::uint64_t kCapPasidPriv = 4;
constexpr std::uint64_t kCapNoAts = 8;

class VirtualIommu;

/// A device as its IOMMU's driver sees it.
class Device {
 public:
  explicit Device(std::string name) : name_(std::move(name)) {}
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& name() const { return name_; }
  virtual Group& group() = 0;
  /// Devices of one instance share domains.
  virtual const void* iommu_instance() const = 0;
  virtual bool cache_coherent() const { return true; }
  virtual bool isolated_msi() const { return true; }
  virtual std::uint64_t capabilities() const { return 0; }
  virtual unsigned max_pasid_log2() const { return 0; }
  /// `type` 0 is the driver's own; EOPNOTSUPP for one that it does not have.
  virtual HwInfo hw_info(std::uint32_t type) {
    if (type != 0) fail(Errno::OpNotSupp, "the IOMMU has no such information");
    return {};
  }
  virtual std::vector<ReservedRegion> reserved_regions() const { return {}; }

  /// `flags`: of HWPT_ALLOC (iommufd.md 3.11). `data` null without driver data.
  virtual std::unique_ptr<PagingDomain> alloc_paging(std::uint32_t flags, const UserData* data) = 0;
  virtual std::unique_ptr<NestedDomain> alloc_nested(PagingDomain&, std::uint32_t, const UserData&) {
    fail(Errno::OpNotSupp, "the IOMMU has one stage of translation");
  }
  virtual bool has_viommu_type(std::uint32_t) const { return false; }
  virtual std::unique_ptr<VirtualIommu> alloc_viommu(std::uint32_t, PagingDomain&, const UserData*) {
    fail(Errno::OpNotSupp, "the IOMMU has no virtual instances");
  }
  virtual Domain& default_domain() = 0;
  virtual Domain& blocked_domain() = 0;

 private:
  std::string name_;
};

/// Devices that only go together: on POWER those of a PE. Knows its domain and its owner.
class Group {
 public:
  explicit Group(std::uint32_t id) : id_(id) {}

  std::uint32_t id() const { return id_; }
  const std::vector<Device*>& devices() const { return devices_; }
  void add(Device& device) { devices_.push_back(&device); }
  void remove(Device& device) noexcept;

  /// Takes the group from the kernel's drivers, for `owner`; under the blocked domain from then on.
  /// Counted; EPERM if another owner has it.
  void claim(const void* owner);
  /// The last one gives it back to the default domain.
  void unclaim() noexcept;
  const void* owner() const { return owner_; }

  /// The domain that all devices are under; the default one to begin with.
  Domain& domain() const;
  /// Moves all devices; on an error those that went go back.
  void attach(Domain& to);

 private:
  std::uint32_t id_;
  std::vector<Device*> devices_;
  const void* owner_ = nullptr;
  unsigned claims_ = 0;
  Domain* domain_ = nullptr;  // null: the default one
};

}  // namespace phbsim::arch::os
