// SPDX-License-Identifier: Apache-2.0
// vfio-pci: regions, configuration space, interrupts, resets, and the two ways to a device.
#include <tuple>

#include "tests/arch/vfio/device_bench.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test::vfio;
using os::Errno;
using abi::IrqSet;

namespace {

constexpr std::uint32_t kConfig = abi::kRegionConfig;
constexpr std::uint32_t kTriggerEvents = IrqSet::kTrigger | IrqSet::kDataEventfd;

}  // namespace

TEST_CASE("vfio-pci tells what the device has") {
  DeviceBench b;
  const int d = b.by_group();
  abi::DeviceInfo info{sizeof info, 0, 0, 0, 77, 77};
  CHECK(b.me.args(d, Cmd::DeviceGetInfo, info) == 0);
  CHECK(std::tie(info.flags, info.num_regions, info.num_irqs, info.cap_offset) == std::make_tuple(3u, 9u, 5u, 0u));
  abi::DeviceInfo first{16, 0, 0, 0, 77, 77};
  CHECK(b.me.args(d, Cmd::DeviceGetInfo, first) == 0);
  CHECK(first.cap_offset == 77);
  first.argsz = 15;
  CHECK(b.me.args(d, Cmd::DeviceGetInfo, first) == err(Errno::Inval));
  CHECK(b.me.call(d, Cmd::DeviceGetInfo, kNowhere) == err(Errno::Fault));

  struct Region {
    std::uint32_t index, flags;
    std::uint64_t size;
  };
  // BAR 2 is a part of a page that it does not begin.
  for (const Region& r : {Region{0, 15, 0x10000}, Region{1, 0, 0}, Region{2, 3, 256}, Region{3, 3, 32}, Region{6, 0, 0}, Region{7, 3, 4096}}) {
    abi::RegionInfo i{sizeof i, 0, r.index, 77, 0, 0};
    INFO("region " << r.index);
    CHECK(b.me.args(d, Cmd::DeviceGetRegionInfo, i) == 0);
    CHECK(std::tie(i.flags, i.size, i.offset, i.cap_offset) ==
          std::make_tuple(r.flags, r.size, std::uint64_t{r.index} << 40, 0u));
    CHECK(i.argsz == (r.index == 0 ? 40 : 32));
  }
  struct {
    abi::RegionInfo i;
    abi::InfoCap cap;
  } with_cap{{40, 0, 0, 0, 0, 0}, {}};
  CHECK(b.me.args(d, Cmd::DeviceGetRegionInfo, with_cap) == 0);
  CHECK(with_cap.i.cap_offset == 32);
  CHECK((with_cap.cap.id == 3 && with_cap.cap.version == 1 && with_cap.cap.next == 0));
  for (std::uint32_t index : {8u, 9u, ~0u}) {
    abi::RegionInfo i{sizeof i, 0, index, 0, 0, 0};
    CHECK(b.me.args(d, Cmd::DeviceGetRegionInfo, i) == err(Errno::Inval));
  }
  const std::array<std::pair<std::uint32_t, std::uint32_t>, 5> irqs{{{7, 1}, {9, 4}, {9, 4}, {9, 1}, {9, 1}}};
  for (std::uint32_t index = 0; index < 5; ++index) {
    abi::IrqInfo i{sizeof i, 0, index, 0};
    CHECK(b.me.args(d, Cmd::DeviceGetIrqInfo, i) == 0);
    CHECK(std::make_pair(i.flags, i.count) == irqs[index]);
  }
  abi::IrqInfo none{sizeof none, 0, 5, 0};
  CHECK(b.me.args(d, Cmd::DeviceGetIrqInfo, none) == err(Errno::Inval));
  CHECK(b.me.call_word(d, 0x3B7F, 0) == err(Errno::NoTty));
}

TEST_CASE("vfio-pci moves registers in the widest aligned pieces and hides the MSI-X table") {
  DeviceBench b;
  const int d = b.by_group();
  std::array<unsigned char, 15> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i + 1);
  b.functions[0].accesses.clear();
  CHECK(b.write(d, 0, 0x101, bytes) == 15);
  CHECK(b.functions[0].accesses == std::vector<std::size_t>{1, 2, 4, 8});
  std::array<unsigned char, 15> back{};
  CHECK(b.read(d, 0, 0x101, back) == 15);
  CHECK(back == bytes);
  CHECK(b.functions[0].registers[0x101] == 1);

  std::array<unsigned char, 96> around{};
  CHECK(b.write(d, 0, 0x2000 - 16, around) == 96);
  around.fill(0x55);
  b.functions[0].registers[0x2000] = 0x77;
  CHECK(b.read(d, 0, 0x2000 - 16, around) == 96);
  CHECK((around[15] == 0 && around[16] == 0xFF && around[79] == 0xFF && around[80] == 0));

  std::uint64_t v = 0;
  CHECK(b.read(d, 0, 0x10000 - 4, v) == 4);  // as much as there is
  CHECK(b.read(d, 0, 0x10000, v) == err(Errno::Inval));
  CHECK(b.read(d, 1, 0, v) == err(Errno::Inval));
  CHECK(b.read(d, 6, 0, v) == err(Errno::Inval));
  CHECK(b.read(d, 8, 0, v) == err(Errno::Inval));
  CHECK(b.read(d, 9, 0, v) == err(Errno::Inval));
  CHECK(b.read(d, 0xFFFF, 0, v) == err(Errno::Inval));
  CHECK(b.read(d, 3, 0, v) == 8);
  CHECK(v == 0x0303030303030303);
  CHECK(b.read(d, kConfig, 4096 - 4, v) == err(Errno::Fault));
  // Without memory enable there is nothing behind the BAR.
  b.set_config<std::uint16_t>(d, 4, 0);
  CHECK(b.read(d, 0, 0, v) == err(Errno::Io));
  CHECK(b.write(d, 0, 0, v) == err(Errno::Io));
  CHECK(b.read(d, 3, 0, v) == 8);
  b.set_config<std::uint16_t>(d, 4, 2);
  CHECK(b.read(d, 0, 0, v) == 8);
  // Nor in D3.
  const unsigned pm = b.functions[0].config.find(pci::kCapPm);
  b.set_config<std::uint16_t>(d, pm + 4, 3);
  CHECK((b.functions[0].config.read(pm + 4, 2) & 3) == 3);
  CHECK(b.read(d, 0, 0, v) == err(Errno::Io));
  b.set_config<std::uint16_t>(d, pm + 4, 0);
  CHECK(b.read(d, 0, 0, v) == 8);
}

TEST_CASE("vfio-pci maps BARs of whole pages, where the host offers that") {
  DeviceBench b;
  const int d = b.by_group();
  const auto map = [&](std::uint32_t region, std::uint64_t at, std::uint64_t length) -> std::int64_t {
    try {
      const os::Mapping m = b.me.files.get(d)->mmap(b.me.caller, (std::uint64_t{region} << 40) + at, length, true);
      CHECK(m.kind == os::Mapping::Kind::Registers);
      CHECK((m.offset == (std::uint64_t{region} << 40) + at && m.length == length));
      return 0;
    } catch (const os::SysError& e) {
      return err(e.code());
    }
  };
  CHECK(map(0, 0, 0x10000) == 0);
  CHECK(map(0, 0, 0x20000) == err(Errno::Inval));
  CHECK(map(0, 0x10000, 0x10000) == err(Errno::Inval));
  for (std::uint32_t region : {1u, 2u, 3u, 6u, 7u, 8u, 9u}) CHECK(map(region, 0, 0x10000) == err(Errno::Inval));
}

TEST_CASE("vfio-pci shows BARs that can be sized, and leaves the device's where they are") {
  DeviceBench b;
  const int d = b.by_group();
  auto& real = b.functions[0].config;
  CHECK(b.config32(d, 0) == 0x04ed1014);
  CHECK(b.config32(d, 0x10) == 0x8000000C);
  CHECK(b.config32(d, 0x14) == 0x3FE0);
  for (unsigned at = 0x10; at < 0x28; at += 4) b.set_config<std::uint32_t>(d, at, ~0u);
  b.set_config<std::uint32_t>(d, 0x30, ~0u);
  const std::vector<std::uint32_t> sized{b.config32(d, 0x10), b.config32(d, 0x14), b.config32(d, 0x18),
                                         b.config32(d, 0x1c), b.config32(d, 0x20), b.config32(d, 0x24), b.config32(d, 0x30)};
  CHECK(sized == std::vector<std::uint32_t>{0xFFFF000C, 0xFFFFFFFF, 0xFFFFFF00, 0xFFFFFFE1, 0, 0, 0});
  b.set_config<std::uint32_t>(d, 0x10, 0x12345678);
  b.set_config<std::uint32_t>(d, 0x14, 0x1);
  CHECK(b.config32(d, 0x10) == 0x1234000C);
  CHECK(b.config32(d, 0x14) == 1);
  CHECK(real.bar_base(0) == 0x3FE080000000ull);
  CHECK(real.bar_base(2) == 0x80000100);
}

TEST_CASE("vfio-pci keeps parts of configuration space to itself") {
  DeviceBench b;
  const int d = b.by_group();
  auto& real = b.functions[0].config;
  // Identity and the list of capabilities.
  b.set_config<std::uint32_t>(d, 0, 0);
  b.set_config<std::uint8_t>(d, 0x34, 0);
  CHECK(b.config32(d, 0) == 0x04ed1014);
  std::vector<unsigned> ids;
  for (unsigned at = b.config32(d, 0x34) & 0xFF; at != 0; at = b.config16(d, at) >> 8) ids.push_back(b.config16(d, at) & 0xFF);
  CHECK(ids == std::vector<unsigned>{pci::kCapPm, pci::kCapMsi, pci::kCapMsix, pci::kCapExp});
  // Command: bus master and memory go to the device, INTx disable is kept.
  CHECK((real.command() & 7) == 3);
  b.set_config<std::uint16_t>(d, 4, 0x406);
  CHECK(b.config16(d, 4) == 0x406);
  CHECK((real.command() & 6) == 6);
  b.set_config<std::uint8_t>(d, 5, 0);
  CHECK(b.config16(d, 4) == 0x006);
  // The line's number is only kept; the pin is what it is.
  b.set_config<std::uint16_t>(d, 0x3c, 0x0A0B);
  CHECK(b.config16(d, 0x3c) == 0x010B);
  CHECK(real.read(0x3c, 1) == 0);
  // MSI-X is SET_IRQS' business, MSI can be enabled once that has; its address and data are kept.
  const unsigned x = real.find(pci::kCapMsix), m = real.find(pci::kCapMsi), e = real.find(pci::kCapExp);
  b.set_config<std::uint16_t>(d, x + 2, 0xC000);
  CHECK(b.config16(d, x + 2) == 3);
  b.set_config<std::uint16_t>(d, m + 2, 1);
  CHECK((b.config16(d, m + 2) & 1) == 0);
  b.set_config<std::uint32_t>(d, m + 4, 0x1000);
  CHECK(b.config32(d, m + 4) == 0x1000);
  CHECK(real.read(m + 4, 4) == 0);
  // Function-level reset through PCI Express.
  const unsigned resets = b.functions[0].resets;
  b.functions[0].registers[8] = 9;
  b.set_config<std::uint16_t>(d, e + 8, 0x8000);
  CHECK(b.functions[0].resets == resets + 1);
  CHECK(b.functions[0].registers[8] == 0);
  CHECK((b.config16(d, e + 8) & 0x8000) == 0);
  CHECK((real.command() & 6) == 6);
  CHECK(real.bar_base(0) == 0x3FE080000000ull);
  // The rest of the device's registers are open.
  b.set_config<std::uint32_t>(d, x + 4, ~0u);
  CHECK(b.config32(d, x + 4) == 0x2000);
}

TEST_CASE("vfio-pci signals MSI-X vectors") {
  DeviceBench b;
  const int d = b.by_group();
  auto& f = b.functions[0];
  const auto [fd0, e0] = b.event();
  const auto [fd1, e1] = b.event();
  CHECK(b.set_irqs(d, 2, kTriggerEvents, 0, {fd0, -1, fd1}) == 0);
  CHECK(f.vectors == 3);
  for (unsigned v = 0; v < 4; ++v) f.fire(v);
  CHECK((e0->signals == 1 && e1->signals == 1));
  // Another kind, more than enabled, bad descriptors: nothing changes.
  CHECK(b.set_irqs(d, 1, kTriggerEvents, 0, {fd0}) == err(Errno::Inval));
  CHECK(b.set_irqs(d, 0, kTriggerEvents, 0, {fd0}) == err(Errno::Inval));
  CHECK(b.set_irqs(d, 2, kTriggerEvents, 3, {fd0}) == err(Errno::Inval));
  CHECK(b.set_irqs(d, 2, kTriggerEvents, 4, {fd0}) == err(Errno::Inval));
  CHECK(b.set_irqs(d, 2, kTriggerEvents, 0, {-1, fd0, 99}) == err(Errno::BadF));
  CHECK(b.set_irqs(d, 2, kTriggerEvents, 0, {-1, fd0, d}) == err(Errno::Inval));
  f.fire(0);
  CHECK(e0->signals == 2);
  // Taken off and put elsewhere; triggered by the program.
  CHECK(b.set_irqs(d, 2, kTriggerEvents, 0, {-1, fd0}) == 0);
  f.fire(0);
  f.fire(1);
  CHECK(e0->signals == 3);
  CHECK(b.set_irqs(d, 2, IrqSet::kTrigger | IrqSet::kDataNone, 0, {}, 3) == 0);
  CHECK((e0->signals == 4 && e1->signals == 2));
  CHECK(b.set_irqs(d, 2, IrqSet::kTrigger | IrqSet::kDataBool, 0, {0x010000}, 3) == 0);
  CHECK((e0->signals == 4 && e1->signals == 3));
  // Actions and data that there are not.
  CHECK(b.set_irqs(d, 2, IrqSet::kMask | IrqSet::kDataNone, 0, {}, 1) == err(Errno::NoTty));
  CHECK(b.set_irqs(d, 2, IrqSet::kTrigger, 0, {}, 1) == err(Errno::Inval));
  CHECK(b.set_irqs(d, 2, kTriggerEvents | 64, 0, {fd0}) == err(Errno::Inval));
  CHECK(b.set_irqs(d, 2, kTriggerEvents, 0, {fd0}, 2) == err(Errno::Inval));
  CHECK(b.set_irqs(d, 5, kTriggerEvents, 0, {fd0}) == err(Errno::Inval));
  // A reset keeps them; off again.
  CHECK(b.me.call(d, Cmd::DeviceReset) == 0);
  f.fire(2);
  CHECK(e1->signals == 4);
  CHECK(b.set_irqs(d, 2, IrqSet::kTrigger | IrqSet::kDataNone, 0, {}, 0) == 0);
  CHECK(f.vectors == 0);
  CHECK(b.set_irqs(d, 2, IrqSet::kTrigger | IrqSet::kDataNone, 0, {}, 1) == err(Errno::Inval));
  f.limit = 1;
  CHECK(b.set_irqs(d, 1, kTriggerEvents, 0, {fd0, fd1}) == err(Errno::NoSpc));
  CHECK(b.set_irqs(d, 1, kTriggerEvents, 0, {fd0}) == 0);
  const unsigned m = f.config.find(pci::kCapMsi);
  b.set_config<std::uint16_t>(d, m + 2, 0x21);
  CHECK((f.config.read(m + 2, 2) & 0x71) == 1);  // enabled, for the one vector that SET_IRQS asked for
  b.me.files.close(d);
  CHECK(f.vectors == 0);
}

TEST_CASE("vfio-pci masks INTx when it signals, until the program unmasks it") {
  DeviceBench b;
  const int d = b.by_group();
  auto& f = b.functions[0];
  const auto [fd, e] = b.event();
  const auto unmask = [&] { return b.set_irqs(d, 0, IrqSet::kUnmask | IrqSet::kDataNone, 0, {}, 1); };
  CHECK(unmask() == err(Errno::Inval));
  CHECK(b.set_irqs(d, 0, kTriggerEvents, 0, {fd}) == 0);
  f.set_line(true);
  CHECK(e->signals == 1);
  CHECK(f.config.intx_disabled());
  CHECK((b.config16(d, 4) & 0x400) == 0);  // the program sees nothing of it
  f.set_line(true);
  CHECK(e->signals == 1);
  CHECK(unmask() == 0);  // still asserted
  CHECK(e->signals == 2);
  f.set_line(false);
  CHECK(unmask() == 0);
  CHECK_FALSE(f.config.intx_disabled());
  f.set_line(true);
  CHECK(e->signals == 3);
  f.set_line(false);
  CHECK(unmask() == 0);
  // Masked by the program, and by Command.
  CHECK(b.set_irqs(d, 0, IrqSet::kMask | IrqSet::kDataBool, 0, {1}, 1) == 0);
  f.set_line(true);
  CHECK(e->signals == 3);
  f.set_line(false);
  CHECK(unmask() == 0);
  b.set_config<std::uint16_t>(d, 4, 0x402);
  f.set_line(true);
  CHECK(e->signals == 3);
  CHECK(b.set_irqs(d, 0, IrqSet::kTrigger | IrqSet::kDataNone, 0, {}, 1) == 0);
  CHECK(e->signals == 3);
  b.set_config<std::uint16_t>(d, 4, 0x002);
  CHECK(e->signals == 4);
  CHECK(b.set_irqs(d, 0, IrqSet::kMask | IrqSet::kDataEventfd, 0, {fd}) == err(Errno::NoTty));
  CHECK(b.set_irqs(d, 0, IrqSet::kUnmask | IrqSet::kDataEventfd, 0, {fd}) == err(Errno::OpNotSupp));
  CHECK(b.set_irqs(d, 0, IrqSet::kUnmask | IrqSet::kDataEventfd, 0, {-1}) == 0);
  CHECK(b.set_irqs(d, 0, IrqSet::kTrigger | IrqSet::kDataNone, 0, {}, 0) == 0);
}

TEST_CASE("vfio-pci signals errors and requests to leave") {
  DeviceBench b;
  const int d = b.by_group();
  for (const std::uint32_t index : {abi::kIrqErr, abi::kIrqReq}) {
    const auto [fd, e] = b.event();
    const auto fire = [&] { index == abi::kIrqErr ? b.devices[0].signal_error() : b.devices[0].signal_request(); };
    fire();
    CHECK(b.set_irqs(d, index, IrqSet::kTrigger | IrqSet::kDataNone, 0, {}, 1) == err(Errno::Inval));
    CHECK(b.set_irqs(d, index, kTriggerEvents, 0, {fd}) == 0);
    fire();
    CHECK(e->signals == 1);
    CHECK(b.set_irqs(d, index, IrqSet::kTrigger | IrqSet::kDataNone, 0, {}, 1) == 0);
    CHECK(e->signals == 2);
    CHECK(b.set_irqs(d, index, kTriggerEvents, 0, {-2}) == err(Errno::Inval));
    CHECK(b.set_irqs(d, index, IrqSet::kMask | IrqSet::kDataNone, 0, {}, 1) == err(Errno::NoTty));
    CHECK(b.set_irqs(d, index, kTriggerEvents, 0, {-1}) == 0);
    fire();
    CHECK(e->signals == 2);
  }
}

TEST_CASE("vfio-pci resets the device at the first open, on demand and at the last close") {
  DeviceBench b;
  auto& f = b.functions[0];
  f.registers[4] = 1;
  const int d = b.by_group();
  CHECK((f.resets == 1 && f.registers[4] == 0));
  CHECK((f.config.command() & 7) == 3);  // enabled, and no bus master
  const int e = static_cast<int>(b.device_fd(b.group0, "0001:00:00.0   "));
  CHECK(e >= 0);
  CHECK(b.device_fd(b.group0, "0001:00:00.0 vf_token=1") == err(Errno::Inval));
  CHECK(b.device_fd(b.group0, "0001:00:00.01") == err(Errno::NoDev));
  CHECK(f.resets == 1);
  b.set_config<std::uint16_t>(d, 4, 6);
  f.registers[4] = 1;
  CHECK(b.me.call(e, Cmd::DeviceReset) == 0);
  CHECK((f.resets == 2 && f.registers[4] == 0));
  CHECK(f.config.bus_master());
  b.me.files.close(d);
  CHECK(f.resets == 2);
  b.me.files.close(e);
  CHECK(f.resets == 3);
  CHECK_FALSE(f.config.bus_master());
  b.me.files.close_all();
  CHECK(b.all_given_back());
}

TEST_CASE("vfio-pci's features: rules first, then whether there is one") {
  DeviceBench b;
  const int d = b.by_group();
  using F = abi::DeviceFeature;
  const auto feature = [&](std::uint32_t flags, std::uint32_t argsz = 8) {
    F a{argsz, flags};
    return b.me.args(d, Cmd::DeviceFeature, a);
  };
  CHECK(feature(F::kProbe | 1, 7) == err(Errno::Inval));
  CHECK(feature(1u << 19 | 1) == err(Errno::Inval));
  CHECK(feature(F::kGet | F::kSet | 1) == err(Errno::Inval));
  for (std::uint32_t index : {0, 1, 2, 4, 6, 7, 8, 9, 10, 11, 1000}) {
    CHECK(feature(F::kProbe | F::kGet | F::kSet | index) == err(Errno::NoTty));
    CHECK(feature(F::kGet | index) == err(Errno::NoTty));
  }
  CHECK(feature(F::kProbe | F::kSet | abi::kFeatureLowPowerEntry) == 0);
  CHECK(feature(F::kProbe | F::kGet | abi::kFeatureLowPowerEntry) == err(Errno::Inval));
  CHECK(feature(abi::kFeatureLowPowerEntry) == err(Errno::Inval));
  CHECK(feature(F::kSet | abi::kFeatureLowPowerEntry) == 0);
  CHECK(feature(F::kSet | abi::kFeatureLowPowerEntry) == err(Errno::Inval));
  CHECK(feature(F::kSet | abi::kFeatureLowPowerExit) == 0);
  CHECK(feature(F::kSet | abi::kFeatureLowPowerExit) == 0);
}

TEST_CASE("A bus reset through vfio-pci needs all of its devices' groups") {
  DeviceBench b;
  const int d = b.by_group();
  struct {
    abi::HotResetInfo head;
    abi::HotResetDevice devices[2];
  } info{{12, 0, 0}, {}};
  CHECK(b.me.args(d, Cmd::DeviceHotResetInfo, info) == err(Errno::NoSpc));
  CHECK(info.head.count == 2);
  info.head.argsz = sizeof info;
  CHECK(b.me.args(d, Cmd::DeviceHotResetInfo, info) == 0);
  CHECK((info.head.flags == 0 && info.head.count == 2));
  CHECK((info.devices[1].group_or_devid == 1 && info.devices[1].segment == 1 && info.devices[1].devfn == 1));
  struct Reset {
    abi::HotReset head;
    std::int32_t fds[3];
  };
  const auto reset = [&](std::uint32_t count, int a, int c) {
    Reset r{{sizeof r, 0, count}, {a, c, 0}};
    return b.me.args(d, Cmd::DeviceHotReset, r);
  };
  const unsigned before = b.functions[1].resets;
  const int g1 = b.open_group(1);
  CHECK(reset(0, 0, 0) == err(Errno::Inval));
  CHECK(reset(3, 0, 0) == err(Errno::Inval));
  CHECK(reset(1, b.group0, 0) == err(Errno::Inval));
  CHECK(reset(2, b.group0, 99) == err(Errno::BadF));
  CHECK(reset(2, b.group0, d) == err(Errno::Inval));
  CHECK(b.functions[1].resets == before);
  CHECK(reset(2, b.group0, g1) == 0);
  CHECK(b.functions[1].resets == before + 1);
}

TEST_CASE("A vfio device's own node waits for an iommufd") {
  DeviceBench b;
  const int d = b.by_node();
  std::uint32_t v = 0;
  abi::DeviceInfo info{sizeof info, 0, 0, 0, 0, 0};
  CHECK(b.me.args(d, Cmd::DeviceGetInfo, info) == err(Errno::Inval));
  CHECK(b.read(d, kConfig, 0, v) == err(Errno::Inval));
  CHECK(b.attach(d, 1) == err(Errno::Inval));
  const int fd = b.iommufd();
  CHECK(b.bind(d, fd, 15) == err(Errno::Inval));
  CHECK(b.bind(d, -1) == err(Errno::Inval));
  CHECK(b.bind(d, fd, 16, 2) == err(Errno::Inval));
  CHECK(b.bind(d, fd, 24, 1) == err(Errno::Fault));
  CHECK(b.bind(d, 99) == err(Errno::BadF));
  CHECK(b.bind(d, d) == err(Errno::BadFd));
  const auto id = b.bind(d, fd);
  CHECK(id > 0);
  CHECK(b.bind(d, fd) == err(Errno::Inval));
  CHECK(b.me.args(d, Cmd::DeviceGetInfo, info) == 0);
  CHECK(b.config32(d, 0) == 0x04ed1014);
  // One user only, and not the group's.
  const int again = b.by_node();
  CHECK(b.bind(again, fd) == err(Errno::Inval));
  CHECK(b.try_open_group(0) == err(Errno::Busy));
  b.me.files.close(again);
  CHECK(b.config32(d, 0) == 0x04ed1014);
  b.me.files.close(d);
  const auto g = b.try_open_group(0);
  REQUIRE(g >= 0);
  const int third = b.by_node();
  CHECK(b.bind(third, fd) == err(Errno::Busy));
  b.me.files.close_all();
  CHECK(b.all_given_back());
}

TEST_CASE("A vfio device is attached to I/O address spaces, replaced and detached") {
  DeviceBench b;
  const int d = b.by_node(), fd = b.iommufd();
  CHECK(b.bind(d, fd) > 0);
  const std::uint32_t first = b.ioas(fd), second = b.ioas(fd);
  CHECK(b.ioas_map(fd, first, kHeap, 0x100000, 0x10000) == 0);
  CHECK(b.attach(d, 999) == err(Errno::NoEnt));
  const auto hwpt = b.attach(d, first);
  CHECK(hwpt > 0);
  CHECK(b.translations[0x100000] == b.me.mm->real(kHeap));
  CHECK(b.attach(d, second) > 0);
  CHECK(b.translations.empty());
  abi::AttachPt flags{16, 2, first, 0}, little{11, 0, first, 0}, pasid{12, 1, first, 5};
  CHECK(b.me.args(d, Cmd::DeviceAttachPt, flags) == err(Errno::Inval));
  CHECK(b.me.args(d, Cmd::DeviceAttachPt, little) == err(Errno::Inval));
  CHECK(b.me.args(d, Cmd::DeviceAttachPt, pasid) == err(Errno::Inval));
  pasid.argsz = 16;
  CHECK(b.me.args(d, Cmd::DeviceAttachPt, pasid) < 0);  // the IOMMU has none
  CHECK(b.detach(d) == 0);
  CHECK(b.detach(d) == 0);
  abi::DetachPt with_pasid{8, 1, 5};
  CHECK(b.me.args(d, Cmd::DeviceDetachPt, with_pasid) == err(Errno::Inval));
  with_pasid.argsz = 12;
  CHECK(b.me.args(d, Cmd::DeviceDetachPt, with_pasid) == 0);
  CHECK(b.attach(d, first) > 0);
  // The device keeps the iommufd; its close lets go of everything.
  b.me.files.close(fd);
  CHECK(b.translations.count(0x100000) == 1);
  b.me.files.close(d);
  CHECK(b.translations.empty());
  CHECK(b.all_given_back());
}

TEST_CASE("ATTACH_IOMMUFD_PT whose answer cannot be written changes nothing") {
  DeviceBench b;
  const int d = b.by_node(), fd = b.iommufd();
  CHECK(b.bind(d, fd) > 0);
  const std::uint32_t first = b.ioas(fd), second = b.ioas(fd);
  b.ioas_map(fd, first, kHeap, 0x100000, 0x10000);
  // A struct that may be read only: written where the kernel does not look at permissions.
  const abi::AttachPt to_first{12, 0, first, 0}, to_second{12, 0, second, 0};
  const auto from_read_only = [&](const abi::AttachPt& a) {
    b.memory.write(b.me.mm->real(kReadOnly), reinterpret_cast<const unsigned char*>(&a), sizeof a);
    return b.me.call(d, Cmd::DeviceAttachPt, kReadOnly);
  };
  CHECK(from_read_only(to_first) == err(Errno::Fault));
  CHECK(b.translations.empty());
  CHECK(b.attach(d, first) > 0);
  CHECK(from_read_only(to_second) == err(Errno::Fault));
  CHECK(b.translations.count(0x100000) == 1);
}

TEST_CASE("A VFIO group uses an iommufd as its container") {
  DeviceBench b;
  const int fd = b.iommufd();
  const int g = b.open_group(0);
  CHECK(b.set_container(g, fd) == 0);
  CHECK(b.status(g) == 3);
  CHECK(b.set_container(g, fd) == err(Errno::Inval));
  CHECK(b.me.call_word(fd, abi::word(Cmd::SetIommu), 3) == 0);
  CHECK(b.map(fd, kHeap, 0x100000, 0x10000) == 0);
  const auto d = b.device_fd(g, "0001:00:00.0");
  REQUIRE(d >= 0);
  CHECK(b.translations[0x100000] == b.me.mm->real(kHeap));
  const int dd = static_cast<int>(d);
  // A device of a group knows nothing of the node's commands.
  CHECK(b.bind(dd, fd) == err(Errno::Inval));
  CHECK(b.attach(dd, 1) == err(Errno::NoTty));
  CHECK(b.detach(dd) == err(Errno::NoTty));
  CHECK(b.config32(dd, 0) == 0x04ed1014);
  b.me.files.close(fd);
  b.me.files.close(g);
  CHECK(b.translations.count(0x100000) == 1);
  b.me.files.close(dd);
  CHECK(b.translations.empty());
  CHECK(b.all_given_back());
}

TEST_CASE("A bus reset through a device's node needs all devices in its iommufd") {
  DeviceBench b;
  const int d = b.by_node(0), e = b.by_node(1), fd = b.iommufd();
  const auto id = b.bind(d, fd);
  struct {
    abi::HotResetInfo head;
    abi::HotResetDevice devices[2];
  } info{{sizeof info, 0, 0}, {}};
  CHECK(b.me.args(d, Cmd::DeviceHotResetInfo, info) == 0);
  CHECK(info.head.flags == abi::HotResetInfo::kDevId);
  CHECK((info.devices[0].group_or_devid == static_cast<std::uint32_t>(id) && info.devices[1].group_or_devid == ~0u));
  abi::HotReset reset{sizeof reset, 0, 0};
  CHECK(b.me.args(d, Cmd::DeviceHotReset, reset) == err(Errno::Inval));
  CHECK(b.bind(e, fd) > id);
  CHECK(b.me.args(d, Cmd::DeviceHotResetInfo, info) == 0);
  CHECK(info.head.flags == (abi::HotResetInfo::kDevId | abi::HotResetInfo::kDevIdOwned));
  CHECK(b.me.args(d, Cmd::DeviceHotReset, reset) == 0);
}

TEST_CASE("Calls of vfio-pci that run out of memory change nothing") {
  for (const bool by_node : {false, true}) {
    DeviceBench b;
    int d = -1, fd = -1;
    std::uint32_t space = 0;
    const auto [event, e] = b.event();
    if (by_node) {
      fd = b.iommufd();
      space = b.ioas(fd);
      b.ioas_map(fd, space, kHeap, 0x100000, 0x10000);
      d = b.by_node();
    } else {
      b.container = b.ready();
    }
    const auto state = [&] {
      return std::make_tuple(b.translations, b.functions[0].vectors, b.devices[0].is_open(), b.me.mm->total_pins(),
                             b.platform->group(0).group->domain().kind());
    };
    const std::vector<std::function<std::int64_t()>> steps{
        [&] { return by_node ? b.bind(d, fd) : d = static_cast<int>(b.device_fd(b.group0, "0001:00:00.0")); },
        [&] { return by_node ? b.attach(d, space) : 0; },
        [&] { return b.set_irqs(d, 2, kTriggerEvents, 0, {event, event}); },
        [&] { return b.set_irqs(d, 3, kTriggerEvents, 0, {event}); },
        [&] { return b.me.call(d, Cmd::DeviceReset); },
    };
    for (std::size_t i = 0; i < steps.size(); ++i) {
      INFO((by_node ? "node" : "group") << " step " << i);
      const auto before = state();
      std::int64_t result = 0;
      test::fail_each_allocation(
          [&] {
            try {
              result = steps[i]();
            } catch (const std::bad_alloc&) {
              return false;
            }
            return result != err(Errno::NoMem);
          },
          [&] { REQUIRE((state() == before)); });
      REQUIRE(result >= 0);
    }
    b.me.files.close_all();
    CHECK(b.all_given_back());
  }
}
