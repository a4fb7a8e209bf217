// SPDX-License-Identifier: Apache-2.0
/// A host with two PEs and a program that calls VFIO. Calls return what a program would see: >= 0, or -errno.
#pragma once

#include <cstring>
#include <memory>
#include <utility>

#include "models/arch/vfio/abi.hpp"
#include "models/arch/vfio/container.hpp"
#include "models/arch/vfio/group.hpp"
#include "models/arch/vfio/spapr_container.hpp"
#include "tests/arch/vfio/fake_process.hpp"
#include "tests/arch/vfio/platform.hpp"

namespace phbsim::test::vfio {

namespace abi = arch::vfio::abi;
using abi::Cmd;
using arch::vfio::Personality;

constexpr std::uint64_t kHeap = 0x10000000;   ///< 32 MiB that are there, in one row
constexpr std::uint64_t kHeapBytes = 32 * kMiB;
constexpr std::uint64_t kScattered = 0x30000000;  ///< 1 MiB, each page by itself
constexpr std::uint64_t kReadOnly = 0x40000000;   ///< one page
constexpr std::uint64_t kNowhere = 0x70000000;
constexpr std::uint64_t kScratch = 0x50000000;    ///< arguments of calls

constexpr std::int64_t err(arch::os::Errno e) { return -static_cast<std::int64_t>(e); }

class Process {
 public:
  Process(PlainMemory& memory, unsigned shift, RealAddr base) : mm(std::make_shared<FakeMm>(memory, shift)) {
    mm->add(kHeap, kHeapBytes, base + 0x10000000);
    for (std::uint64_t at = 0; at < kMiB; at += mm->page_bytes()) {
      mm->add(kScattered + at, mm->page_bytes(), base + 0x30000000 + 2 * at);
    }
    mm->add(kReadOnly, mm->page_bytes(), base + 0x40000000, false);
    mm->add(kScratch, 0x10000, base + 0x50000000);
    caller.mm = mm;
    caller.files = &files;
  }
  /// The argument is a number.
  std::int64_t call(int fd, Cmd cmd, std::uint64_t arg = 0) { return call_word(fd, abi::word(cmd), arg); }
  std::int64_t call_word(int fd, std::uint32_t word, std::uint64_t arg) {
    try {
      return files.get(fd)->ioctl(caller, word, arg);
    } catch (const arch::os::SysError& e) {
      return err(e.code());
    }
  }
  /// The argument is a struct, in and out.
  template <typename T>
  std::int64_t args(int fd, Cmd cmd, T& value) {
    put(kScratch, &value, sizeof value);
    const std::int64_t result = call(fd, cmd, kScratch);
    mm->read(kScratch, reinterpret_cast<unsigned char*>(&value), sizeof value);
    return result;
  }
  void put(std::uint64_t at, const void* from, std::size_t n) {
    mm->write(at, static_cast<const unsigned char*>(from), n);
  }

  std::shared_ptr<FakeMm> mm;
  FakeFiles files;
  arch::os::Caller caller;
};

/// A device that only counts opens.
class DummyDevice : public arch::vfio::GroupDevice {
 public:
  class Open : public os::File {
   public:
    Open(arch::vfio::GroupFile& g, DummyDevice& d) : group(g.shared_from_this()), device(d) {
      g.use();
      ++device.opens;
    }
    void release() noexcept override {
      --device.opens;
      std::exchange(group, nullptr)->unuse();
    }
    std::shared_ptr<arch::vfio::GroupFile> group;
    DummyDevice& device;
  };
  bool matches(const std::string& name) const override { return name == "0001:00:00.0"; }
  std::shared_ptr<os::File> open_in_group(arch::vfio::GroupFile& g) override { return std::make_shared<Open>(g, *this); }
  int opens = 0;
};

class Bench {
 public:
  explicit Bench(Personality personality, FakePlatform::Kind kind = FakePlatform::Kind::Powernv, unsigned shift = 16)
      : Bench(personality, std::make_unique<FakePlatform>(kind), shift) {}
  Bench(Personality personality, std::unique_ptr<Platform> with, unsigned shift = 16)
      : fake(dynamic_cast<FakePlatform*>(with.get())), platform(std::move(with)), host(setup(personality, shift)), page_shift(shift),
        nodes{{arch::vfio::GroupNode(platform->group(0)), arch::vfio::GroupNode(platform->group(1))}},
        me(memory, shift, 0), other(memory, shift, 1ull << 40) {
    for (auto& node : nodes) node.add(device);
  }
  ~Bench() {
    me.files.close_all();
    other.files.close_all();
  }
  static arch::vfio::Setup setup(Personality personality, unsigned shift) {
    arch::vfio::Setup s;
    s.personality = personality;
    s.page_shift = shift;
    return s;
  }

  // -- descriptors ------------------------------------------------------------------------------
  int open_container(Process* p = nullptr) {
    return (p != nullptr ? p : &me)->files.install(arch::vfio::Container::open(host));
  }
  int open_group(unsigned n) {
    const auto file = nodes[n].open();
    try {
      return me.files.install(file);
    } catch (...) {
      file->release();
      throw;
    }
  }
  /// As a program sees it: -errno.
  std::int64_t try_open_group(unsigned n) {
    try {
      return open_group(n);
    } catch (const os::SysError& e) {
      return err(e.code());
    }
  }
  std::int64_t device_fd(int group, const char* name) {
    me.put(kScratch, name, std::strlen(name) + 1);
    return me.call(group, Cmd::GroupGetDeviceFd, kScratch);
  }
  std::int64_t status(int group) {
    abi::GroupStatus a{sizeof a, 0};
    const auto r = me.args(group, Cmd::GroupGetStatus, a);
    return r != 0 ? r : a.flags;
  }
  std::int64_t set_container(int group, int container) {
    std::int32_t fd = container;
    return me.args(group, Cmd::GroupSetContainer, fd);
  }
  /// A container with group 0 in it and an IOMMU of `type`.
  int ready(std::uint64_t type = abi::kSpaprTceV2) {
    const int c = open_container();
    group0 = open_group(0);
    if (set_container(group0, c) != 0 || me.call(c, Cmd::SetIommu, type) != 0) return -1;
    return c;
  }

  // -- calls ------------------------------------------------------------------------------------
  std::int64_t reg(int c, std::uint64_t va, std::uint64_t bytes, std::uint32_t flags = 0) {
    abi::SpaprRegisterMemory a{sizeof a, flags, va, bytes};
    return me.args(c, Cmd::SpaprRegisterMemory, a);
  }
  std::int64_t unreg(int c, std::uint64_t va, std::uint64_t bytes) {
    abi::SpaprRegisterMemory a{sizeof a, 0, va, bytes};
    return me.args(c, Cmd::SpaprUnregisterMemory, a);
  }
  /// The start address, -errno.
  std::int64_t create(int c, std::uint32_t shift, std::uint64_t bytes, std::uint32_t levels = 1, std::uint32_t flags = 0,
                      std::uint32_t argsz = sizeof(abi::SpaprTceCreate)) {
    abi::SpaprTceCreate a{argsz, flags, shift, 0, bytes, levels, 0, 0};
    const std::int64_t r = me.args(c, Cmd::SpaprTceCreate, a);
    return r != 0 ? r : static_cast<std::int64_t>(a.start_addr);
  }
  std::int64_t remove(int c, std::uint64_t start) {
    abi::SpaprTceRemove a{sizeof a, 0, start};
    return me.args(c, Cmd::SpaprTceRemove, a);
  }
  std::int64_t map(int c, std::uint64_t va, std::uint64_t iova, std::uint64_t bytes, std::uint32_t flags = 3) {
    abi::DmaMap a{sizeof a, flags, va, iova, bytes};
    return me.args(c, Cmd::MapDma, a);
  }
  std::int64_t unmap(int c, std::uint64_t iova, std::uint64_t bytes, std::uint32_t flags = 0) {
    abi::DmaUnmap a{sizeof a, flags, iova, bytes};
    return me.args(c, Cmd::UnmapDma, a);
  }
  std::int64_t eeh(int c, std::uint32_t op, std::uint32_t func = 0, std::uint32_t argsz = sizeof(abi::EehPeOp),
                   std::uint32_t flags = 0) {
    abi::EehPeOp a{argsz, flags, op, 0, 0, func, 0, 0};
    return me.args(c, Cmd::EehPeOp, a);
  }
  std::int64_t info(int c, abi::SpaprTceInfo& a, std::uint32_t argsz = sizeof(abi::SpaprTceInfo)) {
    a.argsz = argsz;
    return me.args(c, Cmd::SpaprTceGetInfo, a);
  }
  arch::vfio::SpaprContainer& backend(int c) {
    return static_cast<arch::vfio::SpaprContainer&>(
        *static_cast<arch::vfio::Container&>(*me.files.get(c)).backend());
  }

  /// Nothing is left of what programs did.
  bool all_given_back() {
    bool ok = me.mm->locked_pages == 0 && me.mm->total_pins() == 0 && me.mm->wrong_unpins == 0;
    for (unsigned n = 0; n < 2; ++n) {
      os::Group& g = *platform->group(n).group;
      ok = ok && g.owner() == nullptr && g.domain().kind() == os::DomainKind::Platform;
      ok = ok && !platform->has_window(n, 0) && !platform->has_window(n, 1);
    }
    return ok && (fake == nullptr || (fake->tables == 0 && fake->out_of_table == 0));
  }

  PlainMemory memory;
  FakePlatform* fake;  ///< null: another platform
  std::unique_ptr<Platform> platform;
  arch::vfio::Host host;
  unsigned page_shift;
  std::array<arch::vfio::GroupNode, 2> nodes;
  DummyDevice device;
  Process me, other;
  int group0 = -1;
};

}  // namespace phbsim::test::vfio
