// SPDX-License-Identifier: Apache-2.0
/// Functions of tests behind vfio-pci: 64 KiB of registers that keep what is written, MSI, MSI-X and INTx.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "models/arch/iommufd/abi.hpp"
#include "models/arch/iommufd/context.hpp"
#include "models/arch/pci/config_space.hpp"
#include "models/arch/vfio/pci_device.hpp"
#include "tests/arch/vfio/bench.hpp"

namespace phbsim::test::vfio {

namespace pci = arch::pci;

class TestFunction : public pci::Function {
 public:
  explicit TestFunction(os::Device& device, std::uint8_t devfn = 0) : device_(device), devfn_(devfn) {
    config.add_bar(0, {kRegisters, false, true, true}, 0x3FE080000000ull);
    config.add_bar(2, {256, false, false, false}, 0x80000100);
    config.add_bar(3, {32, true, false, false}, 0x1000);
    config.add_power_management();
    config.add_msi(2);
    config.add_msix(4, 0, 0x2000, 0, 0x3000);
    config.add_express(true);
    config.on_flr = [this] { reset(); };
    config.on_control = [this] { raise_intx(); };
  }
  static constexpr std::uint64_t kRegisters = 64 * kKiB;

  pci::Address address() const override { return {1, 0, devfn_}; }
  os::Device& device() override { return device_; }
  unsigned config_bytes() const override { return 4096; }
  std::uint32_t read_config(unsigned at, unsigned n) override { return config.read(at, n); }
  void write_config(unsigned at, unsigned n, std::uint32_t v) override { config.write(at, n, v); }
  pci::Bar bar(unsigned i) const override { return config.bar(i); }
  void read_bar(unsigned bar, std::uint64_t at, unsigned char* out, std::size_t n) override {
    accesses.push_back(n);
    if (bar == 0) {
      std::memcpy(out, registers.data() + at, n);
    } else {
      std::memset(out, static_cast<int>(bar), n);
    }
  }
  void write_bar(unsigned bar, std::uint64_t at, const unsigned char* in, std::size_t n) override {
    accesses.push_back(n);
    if (bar == 0) std::memcpy(registers.data() + at, in, n);
  }
  void reset() override {
    ++resets;
    std::fill(registers.begin(), registers.end(), static_cast<unsigned char>(0));
    config.reset();
  }
  void enable_interrupts(pci::Interrupts kind, unsigned count, pci::InterruptSink& sink) override {
    if (count > limit) os::fail(os::Errno::NoSpc, "no vectors");
    kind_ = kind;
    vectors = count;
    sink_ = &sink;
  }
  void disable_interrupts(pci::Interrupts) noexcept override {
    vectors = 0;
    sink_ = nullptr;
  }
  void fire(unsigned vector) {
    if (sink_ != nullptr && vector < vectors) sink_->message(vector);
  }
  void set_line(bool asserted) {
    config.set_intx(asserted);
    raise_intx();
  }
  void raise_intx() {
    const bool asserted = (config.read(pci::reg::kStatus, 2) & pci::kStatusInterrupt) != 0;
    if (asserted && !config.intx_disabled() && sink_ != nullptr && kind_ == pci::Interrupts::Intx) sink_->intx();
  }

  pci::ConfigSpace config{{0x1014, 0x04ed, 0x1014, 1, 0x088000, 3, 1}};
  std::vector<unsigned char> registers = std::vector<unsigned char>(kRegisters);
  std::vector<std::size_t> accesses;
  unsigned resets = 0;
  unsigned vectors = 0;
  unsigned limit = 32;

 private:
  os::Device& device_;
  std::uint8_t devfn_;
  pci::Interrupts kind_ = pci::Interrupts::Intx;
  pci::InterruptSink* sink_ = nullptr;
};

/// Translations of 4K pages, kept in a map.
class PlainDomain : public os::PagingDomain {
 public:
  explicit PlainDomain(std::map<BusAddr, RealAddr>& pages) : pages_(pages) {}
  void attach(os::Device&, os::Domain&) override {}
  const std::vector<os::Aperture>& apertures() const override { return apertures_; }
  std::uint64_t page_sizes() const override { return 1ull << 12; }
  void map(BusAddr iova, RealAddr real, std::uint64_t bytes, os::Protection) override {
    try {
      for (std::uint64_t at = 0; at < bytes; at += 4096) pages_[iova + at] = real + at;
    } catch (...) {
      unmap(iova, bytes);
      throw;
    }
  }
  void unmap(BusAddr iova, std::uint64_t bytes) noexcept override {
    pages_.erase(pages_.lower_bound(iova), pages_.upper_bound(iova + (bytes - 1)));
  }
  void sync() noexcept override {}
  std::optional<RealAddr> to_real(BusAddr iova) const override {
    const auto it = pages_.find(iova & ~0xFFFull);
    return it == pages_.end() ? std::nullopt : std::optional<RealAddr>(it->second + (iova & 0xFFF));
  }

 private:
  std::map<BusAddr, RealAddr>& pages_;
  std::vector<os::Aperture> apertures_{{0, (1ull << 40) - 1, 12}};
};

/// Two functions, each a group of its own; a bus reset takes both.
class DeviceBench : public Bench {
 public:
  DeviceBench() : Bench(Personality::Kernel) {
    for (auto& node : nodes) node.remove(device);
    for (auto& pe : fake->pes) {
      pe.paging = [this] { return std::make_unique<PlainDomain>(translations); };
    }
    layer.memory = &memory;
    layer.page_shift = page_shift;
  }
  ~DeviceBench() {
    me.files.close_all();
    other.files.close_all();
  }
  /// The device through group 0 and a container.
  int by_group() {
    container = ready();
    return static_cast<int>(device_fd(group0, "0001:00:00.0"));
  }
  int by_node(unsigned n = 0) { return me.files.install(devices[n].open_node()); }
  int iommufd() { return me.files.install(arch::iommufd::Context::open(layer)); }
  std::int64_t bind(int fd, int iommufd, std::uint32_t argsz = 16, std::uint32_t flags = 0) {
    abi::BindIommufd a{argsz, flags, iommufd, 0, 0};
    const auto r = me.args(fd, Cmd::DeviceBindIommufd, a);
    return r != 0 ? r : a.out_devid;
  }
  std::int64_t attach(int fd, std::uint32_t pt) {
    abi::AttachPt a{12, 0, pt, 0};
    const auto r = me.args(fd, Cmd::DeviceAttachPt, a);
    return r != 0 ? r : a.pt_id;
  }
  std::int64_t detach(int fd) {
    abi::DetachPt a{8, 0, 0};
    return me.args(fd, Cmd::DeviceDetachPt, a);
  }
  std::uint32_t ioas(int fd) {
    arch::iommufd::abi::IoasAlloc a{sizeof a, 0, 0};
    me.put(kScratch, &a, sizeof a);
    if (me.call_word(fd, arch::iommufd::abi::word(0x81), kScratch) != 0) return 0;
    me.mm->read(kScratch, reinterpret_cast<unsigned char*>(&a), sizeof a);
    return a.out_ioas_id;
  }
  std::int64_t ioas_map(int fd, std::uint32_t id, std::uint64_t va, std::uint64_t iova, std::uint64_t bytes) {
    arch::iommufd::abi::IoasMap a{sizeof a, 7, id, 0, va, bytes, iova};
    me.put(kScratch, &a, sizeof a);
    return me.call_word(fd, arch::iommufd::abi::word(0x85), kScratch);
  }

  /// Reads or writes a region; bytes moved or -errno.
  template <typename T>
  std::int64_t read(int fd, std::uint32_t region, std::uint64_t at, T& value) {
    try {
      return static_cast<std::int64_t>(me.files.get(fd)->read(me.caller, reinterpret_cast<unsigned char*>(&value), sizeof value,
                                                              (std::uint64_t{region} << 40) + at));
    } catch (const os::SysError& e) {
      return err(e.code());
    }
  }
  template <typename T>
  std::int64_t write(int fd, std::uint32_t region, std::uint64_t at, const T& value) {
    try {
      return static_cast<std::int64_t>(me.files.get(fd)->write(
          me.caller, reinterpret_cast<const unsigned char*>(&value), sizeof value, (std::uint64_t{region} << 40) + at));
    } catch (const os::SysError& e) {
      return err(e.code());
    }
  }
  std::uint32_t config32(int fd, unsigned at) {
    std::uint32_t v = 0xDEADBEEF;
    read(fd, abi::kRegionConfig, at, v);
    return v;
  }
  std::uint16_t config16(int fd, unsigned at) {
    std::uint16_t v = 0xDEAD;
    read(fd, abi::kRegionConfig, at, v);
    return v;
  }
  template <typename T>
  void set_config(int fd, unsigned at, T value) {
    write(fd, abi::kRegionConfig, at, value);
  }

  std::int64_t set_irqs(int fd, std::uint32_t index, std::uint32_t flags, std::uint32_t start,
                        const std::vector<std::int32_t>& fds, std::uint32_t count = ~0u) {
    struct {
      abi::IrqSet head;
      std::int32_t fds[8];
    } a{};
    a.head = {static_cast<std::uint32_t>(sizeof a.head + 4 * fds.size()), flags, index, start,
              count != ~0u ? count : static_cast<std::uint32_t>(fds.size())};
    std::copy(fds.begin(), fds.end(), a.fds);
    return me.args(fd, Cmd::DeviceSetIrqs, a);
  }
  std::pair<int, std::shared_ptr<FakeEventFd>> event() {
    auto e = std::make_shared<FakeEventFd>();
    return {me.files.install(e), e};
  }

  std::map<BusAddr, RealAddr> translations;
  arch::iommufd::Layer layer;
  std::array<TestFunction, 2> functions{{TestFunction(fake->pes[0], 0), TestFunction(fake->pes[1], 1)}};
  arch::vfio::ResetSet together;
  std::array<arch::vfio::PciDevice, 2> devices{{{host, functions[0], nodes[0], &together},
                                                {host, functions[1], nodes[1], &together}}};
  int container = -1;
};

}  // namespace phbsim::test::vfio
