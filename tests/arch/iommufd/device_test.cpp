// SPDX-License-Identifier: Apache-2.0
// Binding, attaching, replacing, PASIDs (iommufd.md 6), and I04-I09 of ddw-vfio.md 9.5.
#include "models/arch/iommufd/device.hpp"

#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;

namespace {

constexpr std::uint32_t kBad = 77;

class Blocked final : public os::Domain {
 public:
  Blocked() : Domain(os::DomainKind::Blocked) {}
  void attach(os::Device&, os::Domain&) override {}
};

/// Two windows, as a POWER PE has; maps nothing but counts.
class Windows final : public os::PagingDomain {
 public:
  explicit Windows(std::vector<os::Aperture> apertures) : apertures_(std::move(apertures)) {}
  void attach(os::Device&, os::Domain&) override {
    if (refuses) os::fail(os::Errno::Inval, "the domain takes no devices");
    ++attaches;
  }
  const std::vector<os::Aperture>& apertures() const override { return apertures_; }
  std::uint64_t page_sizes() const override {
    std::uint64_t sizes = 0;
    for (const os::Aperture& a : apertures_) sizes |= 1ull << a.page_shift;
    return sizes;
  }
  void map(BusAddr, RealAddr, std::uint64_t, os::Protection) override {}
  void unmap(BusAddr, std::uint64_t) noexcept override {}
  void sync() noexcept override {}
  std::optional<RealAddr> to_real(BusAddr) const override { return std::nullopt; }
  static inline bool refuses = false;
  unsigned attaches = 0;

 private:
  std::vector<os::Aperture> apertures_;
};

/// A device of a group with others.
class Fake final : public os::Device {
 public:
  Fake(os::Group& group, std::vector<os::Aperture> apertures, const void* iommu = "one")
      : Device("fake"), group_(group), apertures_(std::move(apertures)), iommu_(iommu) {
    group.add(*this);
  }
  ~Fake() override { group_.remove(*this); }
  os::Group& group() override { return group_; }
  const void* iommu_instance() const override { return iommu_; }
  bool cache_coherent() const override { return coherent; }
  bool isolated_msi() const override { return isolated; }
  std::vector<os::ReservedRegion> reserved_regions() const override { return reserved; }
  std::unique_ptr<os::PagingDomain> alloc_paging(std::uint32_t, const os::UserData*) override {
    return std::make_unique<Windows>(apertures_);
  }
  os::Domain& default_domain() override { return platform_; }
  os::Domain& blocked_domain() override { return blocked_; }

  bool coherent = true;
  bool isolated = true;
  std::vector<os::ReservedRegion> reserved;

 private:
  os::Group& group_;
  std::vector<os::Aperture> apertures_;
  const void* iommu_;
  Blocked platform_, blocked_;
};

const std::vector<os::Aperture> kTwoWindows{{0, 0x7fff'ffff, 12}, {1ull << 59, (1ull << 59) + 0xffff'ffff, 16}};

}  // namespace

TEST_CASE("iommufd: what a device must be to be bound, and whose its group is") {
  Bench b;
  os::Group group(1);
  Fake device(group, kTwoWindows);
  Fake sibling(group, kTwoWindows);
  device.coherent = false;
  device.isolated = false;
  CHECK(outcome([&] { b.context().bind(device); }) == "EINVAL");
  device.coherent = true;
  CHECK(outcome([&] { b.context().bind(device); }) == "EPERM");
  CHECK(group.owner() == nullptr);
  CHECK(!b.context().objects().any());
  iommufd::BindOptions unsafe;
  unsafe.unsafe_interrupts = true;
  auto bound = b.context().bind(device, unsafe);
  CHECK(bound->id() == 1);
  CHECK(group.owner() == &b.context());
  CHECK(&group.domain() == &device.blocked_domain());
  CHECK(b.context().has_group(group));
  const int first = b.fd;
  b.fd = b.open();
  CHECK(outcome([&] { b.context().bind(sibling); }) == "EPERM");
  CHECK(!b.context().has_group(group));
  b.fd = first;
  auto second = b.context().bind(sibling);
  bound.reset();
  CHECK(group.owner() == &b.context());
  second.reset();
  CHECK(group.owner() == nullptr);
  CHECK(&group.domain() == &device.default_domain());
  CHECK(!b.context().has_group(group));
}

TEST_CASE("iommufd: userspace cannot destroy a bound device") {
  Bench b;
  os::Group group(1);
  Fake device(group, kTwoWindows);
  auto bound = b.context().bind(device);
  CHECK(b.destroy(bound->id()) == "EBUSY");
  const std::uint32_t ioas = b.ioas();
  const std::uint32_t hwpt = bound->attach(ioas);
  CHECK(b.destroy(bound->id()) == "EBUSY");
  CHECK(b.destroy(hwpt) == "EBUSY");
  CHECK(b.destroy(ioas) == "EBUSY");
  bound.reset();
  CHECK(b.destroy(hwpt) == "ENOENT");
  CHECK(b.destroy(ioas) == "");
}

TEST_CASE("iommufd: a context lives as long as a device is bound") {
  Bench b;
  os::Group group(1);
  Fake device(group, kTwoWindows);
  auto bound = b.context().bind(device);
  bound->attach(b.ioas());
  b.process.files.close_all();
  CHECK(b.tests.contexts().size() == 1);
  CHECK(bound->attached());
  bound.reset();
  CHECK(b.tests.contexts().empty());
  CHECK(group.owner() == nullptr);
}

TEST_CASE("iommufd: attach and replace, their errors") {
  Bench b;
  os::Group group(1);
  Fake device(group, kTwoWindows);
  Fake sibling(group, kTwoWindows);
  auto bound = b.context().bind(device);
  auto other = b.context().bind(sibling);
  const std::uint32_t ioas = b.ioas();
  const std::uint32_t ioas2 = b.ioas();
  const auto attach = [&](iommufd::BoundDevice& d, std::uint32_t pt) { return outcome([&] { d.attach(pt); }); };
  const auto replace = [&](iommufd::BoundDevice& d, std::uint32_t pt) { return outcome([&] { d.replace(pt); }); };
  CHECK(attach(*bound, kBad) == "ENOENT");
  CHECK(attach(*bound, bound->id()) == "EINVAL");
  CHECK(replace(*bound, ioas) == "EINVAL");  // not attached
  const std::uint32_t hwpt = bound->attach(ioas);
  CHECK(bound->hwpt() == hwpt);
  CHECK(attach(*bound, ioas) == "EBUSY");
  CHECK(attach(*bound, hwpt) == "EBUSY");
  CHECK(!other->attached());
  CHECK(attach(*other, ioas2) == "EINVAL");  // the group is elsewhere
  CHECK(replace(*other, ioas) == "EINVAL");
  CHECK(other->attach(ioas) == hwpt);
  CHECK(replace(*bound, kBad) == "ENOENT");
  CHECK(bound->replace(ioas) == hwpt);  // the same: nothing happens
  CHECK(bound->replace(hwpt) == hwpt);
  const std::uint32_t moved = bound->replace(ioas2);
  CHECK(moved != hwpt);
  CHECK(other->hwpt() == moved);        // the group moves
  CHECK(b.destroy(hwpt) == "ENOENT");
  CHECK(b.destroy(ioas) == "");
  bound->detach();
  bound->detach();  // and again: nothing
  CHECK(other->hwpt() == moved);
  CHECK(&group.domain() != &device.blocked_domain());
  other->detach();
  CHECK(&group.domain() == &device.blocked_domain());
  CHECK(b.destroy(moved) == "ENOENT");
  CHECK(b.destroy(ioas2) == "");
}

TEST_CASE("iommufd: automatic domains are shared by those that can, manual ones never") {
  Bench b;
  os::Group g1(1), g2(2), g3(3);
  Fake one(g1, kTwoWindows), two(g2, kTwoWindows), foreign(g3, kTwoWindows, "another IOMMU");
  auto b1 = b.context().bind(one);
  auto b2 = b.context().bind(two);
  auto b3 = b.context().bind(foreign);
  const std::uint32_t ioas = b.ioas();
  abi::HwptAlloc c{};
  c.dev_id = b1->id();
  c.pt_id = ioas;
  CHECK(b.run(0x89, c) == "");
  const std::uint32_t manual = c.out_hwpt_id;
  const std::uint32_t automatic = b1->attach(ioas);
  CHECK(automatic != manual);
  CHECK(b2->attach(ioas) == automatic);
  const std::uint32_t another = b3->attach(ioas);
  CHECK(another != automatic);
  CHECK(another != manual);
  CHECK(outcome([&] { b3->replace(automatic); }) == "EINVAL");
  CHECK(outcome([&] { b3->replace(manual); }) == "EINVAL");
  CHECK(b3->hwpt() == another);
  b1->detach();
  CHECK(b.destroy(automatic) == "EBUSY");
  b2->detach();
  CHECK(b.destroy(automatic) == "ENOENT");
  CHECK(b1->attach(manual) == manual);
  b1->detach();
  CHECK(b.destroy(manual) == "");
}

TEST_CASE("iommufd: reserved regions come and go with a device's attachment") {
  Bench b;
  os::Group group(1);
  Fake device(group, kTwoWindows);
  using Kind = os::ReservedRegion::Kind;
  device.reserved = {{Kind::Msi, 0x10'0000, 0x1f'ffff}, {Kind::DirectRelaxable, 0x30'0000, 0x3f'ffff}};
  auto bound = b.context().bind(device);
  const std::uint32_t ioas = b.ioas();
  const std::uint32_t ioas2 = b.ioas();
  const auto count = [&](std::uint32_t id) {
    abi::IoasIovaRanges c{0, id, 0, 0, 0, 0};
    b.run(0x84, c);
    return c.num_iovas;
  };
  CHECK(count(ioas) == 1);
  CHECK(b.map_at(ioas, Bench::kBuffer, b.page(), 0x10'0000) == "");
  CHECK(outcome([&] { bound->attach(ioas); }) == "EADDRINUSE");
  CHECK(!bound->attached());
  CHECK(count(ioas) == 1);
  CHECK(b.context().objects().size() == 3);
  CHECK(&group.domain() == &device.blocked_domain());
  CHECK(b.unmap(ioas, 0x10'0000, b.page()) == "");
  bound->attach(ioas);
  CHECK(count(ioas) == 3);  // two windows, one with a hole
  CHECK(b.map_at(ioas, Bench::kBuffer, b.page(), 0x30'0000) == "");
  CHECK(b.map_at(ioas, Bench::kBuffer, b.page(), 0x10'0000) == "EINVAL");
  // A replace that is refused leaves them in both.
  CHECK(b.map_at(ioas2, Bench::kBuffer, b.page(), 0x10'0000) == "");
  CHECK(outcome([&] { bound->replace(ioas2); }) == "EADDRINUSE");
  CHECK(count(ioas) == 3);
  CHECK(count(ioas2) == 1);
  CHECK(b.unmap(ioas2, 0x10'0000, b.page()) == "");
  bound->replace(ioas2);
  CHECK(count(ioas) == 1);
  CHECK(count(ioas2) == 3);
  bound->detach();
  CHECK(count(ioas2) == 1);
}

TEST_CASE("iommufd: a replace within one IOAS that is refused keeps the device's regions") {
  // Linux 7.2 takes them out on this path; a device would then meet mappings in its MSI window.
  Bench b;
  os::Group group(1);
  Fake device(group, kTwoWindows);
  device.reserved = {{os::ReservedRegion::Kind::Msi, 0x10'0000, 0x1f'ffff}};
  auto bound = b.context().bind(device);
  const std::uint32_t ioas = b.ioas();
  bound->attach(ioas);
  abi::HwptAlloc c{};
  c.dev_id = bound->id();
  c.pt_id = ioas;
  REQUIRE(b.run(0x89, c) == "");
  Windows::refuses = true;
  CHECK(outcome([&] { bound->replace(c.out_hwpt_id); }) == "EINVAL");
  Windows::refuses = false;
  CHECK(b.map_at(ioas, Bench::kBuffer, b.page(), 0x10'0000) == "EINVAL");
}

TEST_CASE("iommufd: I04 and I06, two windows") {
  Bench b;
  os::Group group(1);
  Fake device(group, kTwoWindows);
  auto bound = b.context().bind(device);
  const std::uint32_t ioas = b.ioas();
  bound->attach(ioas);
  const std::uint64_t array = Bench::kScratch + 0x3000;
  abi::IoasIovaRanges c{0, ioas, 1, 0, array, 0};
  CHECK(b.run(0x84, c) == "EMSGSIZE");
  CHECK(c.num_iovas == 2);
  c.num_iovas = 2;
  CHECK(b.run(0x84, c) == "");
  CHECK(b.read<abi::IovaRangeEntry>(array).last == 0x7fff'ffff);
  CHECK(b.read<abi::IovaRangeEntry>(array + 16).start == 1ull << 59);
  CHECK(b.map_at(ioas, Bench::kBuffer, b.page(), 0x8000'0000) == "EINVAL");
  CHECK(b.map_at(ioas, Bench::kBuffer, b.page(), 0x7fff'f000) == "");
}

TEST_CASE("iommufd: I07 to I09, domains that an IOAS cannot take") {
  Bench b;
  os::Group g1(1), g2(2), g3(3);
  Fake large(g1, {{0, 0x7fff'ffff, 21}});
  Fake small(g2, {{0, 0xff'ffff, 12}});
  auto l = b.context().bind(large);
  auto s = b.context().bind(small);
  const std::uint32_t ioas = b.ioas();
  CHECK(outcome([&] { l->attach(ioas); }) == "EINVAL");  // I07: the page is larger than the host's
  CHECK(b.context().objects().size() == 3);
  CHECK(b.map_at(ioas, Bench::kBuffer, b.page(), 0x100'0000) == "");
  CHECK(outcome([&] { s->attach(ioas); }) == "EADDRINUSE");  // I09: outside the aperture
  CHECK(b.unmap(ioas, 0x100'0000, b.page()) == "");
  CHECK(b.map_at(ioas, Bench::kBuffer + 0x200, 0x200, 0x10'0200) == "");
  CHECK(outcome([&] { s->attach(ioas); }) == "EADDRINUSE");  // I08: less than the domain's page
  CHECK(!s->attached());
  CHECK(&g2.domain() == &small.blocked_domain());
  CHECK(b.unmap(ioas, 0x10'0200, 0x200) == "");
  CHECK(outcome([&] { s->attach(ioas); }) == "");
}

TEST_CASE("iommufd: PASIDs") {
  using mock::Op;
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const Bench::Mock device = b.mock_device(ioas, mock::kDevicePasid);
  std::uint32_t with = 0, with2 = 0, without = 0;
  REQUIRE(b.hwpt_alloc(device, ioas, with, abi::kHwptPasid) == "");
  REQUIRE(b.hwpt_alloc(device, ioas, with2, abi::kHwptPasid) == "");
  REQUIRE(b.hwpt_alloc(device, ioas, without) == "");
  const auto at = [&](std::uint32_t pasid, std::uint32_t hwpt) {
    return b.pasid(Op::PasidCheck, device.object, pasid, hwpt) == "";
  };
  CHECK(b.pasid(Op::PasidDetach, device.object, 100) == "");  // nothing there
  CHECK(b.pasid(Op::PasidAttach, device.object, 100, with) == "EINVAL");  // the device's own HWPT is not made for it
  CHECK(b.replace(device.object, with) == "");
  CHECK(b.pasid(Op::PasidAttach, device.object, 100, kBad) == "ENOENT");
  CHECK(b.pasid(Op::PasidAttach, device.object, 100, without) == "EINVAL");
  CHECK(b.pasid(Op::PasidAttach, device.object, 100, ioas) == "EINVAL");
  CHECK(b.pasid(Op::PasidAttach, device.object, 1u << 20, with) == "EINVAL");
  CHECK(at(100, 0));
  CHECK(b.pasid(Op::PasidReplace, device.object, 100, with) == "EINVAL");
  CHECK(b.pasid(Op::PasidAttach, device.object, 100, with2) == "");
  CHECK(at(100, with2));
  CHECK(!at(100, with));
  CHECK(b.destroy(with2) == "EBUSY");
  CHECK(b.pasid(Op::PasidAttach, device.object, 100, with2) == "EBUSY");
  CHECK(b.pasid(Op::PasidAttach, device.object, 100, with) == "EBUSY");
  CHECK(b.replace(device.object, without) == "EINVAL");  // while a PASID is attached
  CHECK(b.replace(device.object, ioas) == "EINVAL");
  CHECK(b.pasid(Op::PasidReplace, device.object, 100, ioas) == "EINVAL");
  CHECK(b.pasid(Op::PasidReplace, device.object, 100, with) == "");
  CHECK(b.destroy(with2) == "");
  CHECK(b.pasid(Op::PasidDetach, device.object, 100) == "");
  CHECK(b.replace(device.object, without) == "");

  // The mock's PASID that fails: the old domain stays.
  CHECK(b.replace(device.object, with) == "");
  REQUIRE(b.hwpt_alloc(device, ioas, with2, abi::kHwptPasid) == "");
  CHECK(b.pasid(Op::PasidAttach, device.object, 1024, with) == "");
  CHECK(b.pasid(Op::PasidReplace, device.object, 1024, with2) == "ENOMEM");
  CHECK(at(1024, with));
  CHECK(b.destroy(with2) == "");
  CHECK(b.pasid(Op::PasidDetach, device.object, 1024) == "");
  CHECK(b.leaks().empty());
}
