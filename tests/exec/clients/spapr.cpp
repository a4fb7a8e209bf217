// SPDX-License-Identifier: Apache-2.0
/// A driver in user space by group and container, as POWER has it: windows, copies, EEH, interrupts.
///   spapr one | two | interrupts | maps
/// On the machine of examples/exec.toml: group 0 has one function, group 1 has two.
#include <poll.h>
#include <sys/eventfd.h>

#include <string>

#include "tests/exec/clients/engine.hpp"

using namespace client;

namespace {

constexpr std::uint64_t kUpper = 1ull << 59;
constexpr std::uint64_t kWindow = 1ull << 30;
constexpr std::uint32_t kBytes = 1u << 20;   // of memory
constexpr std::uint64_t kLowIova = 0x1000000, kHighIova = kUpper + 0x2000000;
constexpr std::uint32_t kSource = 0x40000, kDestination = 0x80000, kLength = 0x40000;

/// A container of version 2 with one group, and memory that is registered.
class Container {
 public:
  explicit Container(const std::string& group) {
    fd_ = ::open("/dev/vfio/vfio", O_RDWR);
    CHECK(fd_ >= 0);
    CHECK(::ioctl(fd_, VFIO_GET_API_VERSION) == VFIO_API_VERSION);
    CHECK(::ioctl(fd_, VFIO_CHECK_EXTENSION, VFIO_SPAPR_TCE_v2_IOMMU) == 1);
    CHECK(::ioctl(fd_, VFIO_CHECK_EXTENSION, VFIO_EEH) == 1);
    CHECK(::ioctl(fd_, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) == 0);
    group_ = ::open(("/dev/vfio/" + group).c_str(), O_RDWR);
    CHECK(group_ >= 0);
    vfio_group_status status{sizeof status, 0};
    CHECK(::ioctl(group_, VFIO_GROUP_GET_STATUS, &status) == 0);
    CHECK(status.flags == VFIO_GROUP_FLAGS_VIABLE);
    CHECK(::ioctl(group_, VFIO_GROUP_SET_CONTAINER, &fd_) == 0);
    CHECK(::ioctl(fd_, VFIO_SET_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU) == 0);

    void* const memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    memory_ = static_cast<unsigned char*>(memory);
    vfio_iommu_spapr_register_memory reg{sizeof reg, 0, address(), kBytes};
    CHECK(::ioctl(fd_, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &reg) == 0);
  }

  void make_windows() {
    vfio_iommu_spapr_tce_info info{};
    info.argsz = sizeof info;
    CHECK(::ioctl(fd_, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info) == 0);
    CHECK(info.flags == VFIO_IOMMU_SPAPR_INFO_DDW && info.ddw.max_dynamic_windows_supported == 2 && info.ddw.levels == 5);
    vfio_iommu_spapr_tce_remove remove{sizeof remove, 0, 0};
    CHECK(::ioctl(fd_, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove) == 0);
    CHECK(create(1) == 0);
    CHECK(create(3) == kUpper);
  }
  std::uint64_t create(std::uint32_t levels) {
    vfio_iommu_spapr_tce_create create{};
    create.argsz = sizeof create;
    create.page_shift = 12;
    create.window_size = kWindow;
    create.levels = levels;
    CHECK(::ioctl(fd_, VFIO_IOMMU_SPAPR_TCE_CREATE, &create) == 0);
    return create.start_addr;
  }
  /// All memory, at an address of either window.
  void map(std::uint64_t iova) {
    vfio_iommu_type1_dma_map map{sizeof map, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, address(), iova, kBytes};
    CHECK(::ioctl(fd_, VFIO_IOMMU_MAP_DMA, &map) == 0);
  }
  void unmap(std::uint64_t iova) {
    vfio_iommu_type1_dma_unmap unmap{sizeof unmap, 0, iova, kBytes};
    CHECK(::ioctl(fd_, VFIO_IOMMU_UNMAP_DMA, &unmap) == 0);
    CHECK(unmap.size == kBytes);
  }
  int eeh(std::uint32_t op) {
    vfio_eeh_pe_op call{};
    call.argsz = sizeof call;
    call.op = op;
    return ::ioctl(fd_, VFIO_EEH_PE_OP, &call);
  }
  int device(const char* name) {
    const int fd = ::ioctl(group_, VFIO_GROUP_GET_DEVICE_FD, name);
    CHECK(fd >= 0);
    return fd;
  }

  Ring& ring() { return *reinterpret_cast<Ring*>(memory_); }
  void fill(unsigned seed) {
    for (unsigned i = 0; i < kLength; ++i) memory_[kSource + i] = static_cast<unsigned char>(i * 13 + (i >> 9) + seed);
    std::memset(memory_ + kDestination, 0, kLength);
  }
  bool copied() const { return std::memcmp(memory_ + kSource, memory_ + kDestination, kLength) == 0; }
  bool untouched() const {
    for (unsigned i = 0; i < kLength; ++i) {
      if (memory_[kDestination + i] != 0) return false;
    }
    return true;
  }
  /// The descriptor is reached by one window, the data by the other.
  unsigned copy(Engine& engine, unsigned seed, std::uint32_t control = kComplete) {
    fill(seed);
    return engine.copy(ring(), kLowIova, kHighIova + kSource, kHighIova + kDestination, kLength, control);
  }

 private:
  std::uint64_t address() const { return reinterpret_cast<std::uintptr_t>(memory_); }

  int fd_ = -1, group_ = -1;
  unsigned char* memory_ = nullptr;
};

/// What QEMU and a guest do about a frozen PE.
void recover(Container& c) {
  CHECK(c.eeh(VFIO_EEH_PE_GET_STATE) == VFIO_EEH_PE_STATE_STOPPED);
  CHECK(c.eeh(VFIO_EEH_PE_RESET_HOT) == 0);
  CHECK(c.eeh(VFIO_EEH_PE_GET_STATE) != VFIO_EEH_PE_STATE_NORMAL);
  CHECK(c.eeh(VFIO_EEH_PE_RESET_DEACTIVATE) == 0);
  CHECK(c.eeh(VFIO_EEH_PE_CONFIGURE) == 0);
  CHECK(c.eeh(VFIO_EEH_PE_GET_STATE) == VFIO_EEH_PE_STATE_NORMAL);
}

void one() {
  Container c("0");
  c.make_windows();
  Engine engine(c.device("0000:01:00.0"));
  CHECK(c.eeh(VFIO_EEH_PE_ENABLE) == 0);
  c.map(kLowIova);
  c.map(kHighIova);
  CHECK(c.copy(engine, 1) == kDone);
  CHECK(c.copied());
  CHECK((c.ring().completion & 7) == kDone);
  CHECK(c.eeh(VFIO_EEH_PE_GET_STATE) == VFIO_EEH_PE_STATE_NORMAL);

  c.unmap(kHighIova);
  CHECK(c.copy(engine, 2) == kHalted);
  CHECK(c.untouched());
  c.map(kHighIova);
  recover(c);
  engine.reset();
  CHECK(c.copy(engine, 3) == kDone);
  CHECK(c.copied());
}

/// A fault of one function stops the other as well: the PE is theirs together.
void two() {
  Container c("1");
  c.make_windows();
  Engine a(c.device("0000:02:00.0")), b(c.device("0000:02:00.1"));
  c.map(kLowIova);
  c.map(kHighIova);
  CHECK(c.copy(a, 1) == kDone && c.copied());
  CHECK(c.copy(b, 2) == kDone && c.copied());
  c.fill(3);
  CHECK(a.copy(c.ring(), kLowIova, kHighIova + kSource, kHighIova + 2 * std::uint64_t{kBytes}, kLength) == kHalted);
  CHECK(c.copy(b, 4) == kHalted);
  CHECK(c.untouched());
  recover(c);
  a.reset();
  b.reset();
  CHECK(c.copy(b, 5) == kDone && c.copied());
  CHECK(c.copy(a, 6) == kDone && c.copied());
}

void set_irqs(int device, std::uint32_t data, const std::vector<std::int32_t>& fds) {
  // The descriptors follow the struct.
  vfio_irq_set head{};
  head.argsz = static_cast<std::uint32_t>(sizeof head + fds.size() * sizeof fds[0]);
  head.flags = data | VFIO_IRQ_SET_ACTION_TRIGGER;
  head.index = VFIO_PCI_MSIX_IRQ_INDEX;
  head.count = static_cast<std::uint32_t>(fds.size());
  std::vector<unsigned char> bytes(head.argsz);
  std::memcpy(bytes.data(), &head, sizeof head);
  if (!fds.empty()) std::memcpy(bytes.data() + sizeof head, fds.data(), fds.size() * sizeof fds[0]);
  CHECK(::ioctl(device, VFIO_DEVICE_SET_IRQS, bytes.data()) == 0);
}

void interrupts() {
  Container c("0");
  c.make_windows();
  Engine engine(c.device("0000:01:00.0"));
  c.map(kLowIova);
  c.map(kHighIova);
  vfio_irq_info info{sizeof info, 0, VFIO_PCI_MSIX_IRQ_INDEX, 0};
  CHECK(::ioctl(engine.fd(), VFIO_DEVICE_GET_IRQ_INFO, &info) == 0);
  CHECK(info.count == 1 && (info.flags & VFIO_IRQ_INFO_EVENTFD) != 0);
  const int event = ::eventfd(0, EFD_NONBLOCK);
  CHECK(event >= 0);
  set_irqs(engine.fd(), VFIO_IRQ_SET_DATA_EVENTFD, {event});
  engine.route_interrupts();
  std::uint64_t count = 0;
  CHECK_ERRNO(EAGAIN, ::read(event, &count, sizeof count));
  CHECK(c.copy(engine, 1) == kDone);  // asks for none
  CHECK_ERRNO(EAGAIN, ::read(event, &count, sizeof count));
  for (unsigned n = 0; n < 3; ++n) {
    CHECK(c.copy(engine, 2 + n, kComplete | kInterrupt) == kDone);
    CHECK(c.copied());
    pollfd wait{event, POLLIN, 0};
    CHECK(::poll(&wait, 1, 10000) == 1);
    CHECK(::read(event, &count, sizeof count) == sizeof count && count == 1);
    engine.rearm();
  }
  set_irqs(engine.fd(), VFIO_IRQ_SET_DATA_NONE, {});
  CHECK(c.copy(engine, 9, kComplete | kInterrupt) == kDone);
  CHECK_ERRNO(EAGAIN, ::read(event, &count, sizeof count));
}

/// Until somebody kills it.
void maps() {
  Container c("1");
  c.make_windows();
  Engine a(c.device("0000:02:00.0")), b(c.device("0000:02:00.1"));
  c.map(kLowIova);
  std::printf("%d\n", static_cast<int>(::getpid()));
  std::fflush(stdout);
  for (unsigned n = 0;; ++n) {
    c.map(kHighIova + (n % 16) * std::uint64_t{kBytes});
    if (n >= 8) c.unmap(kHighIova + ((n - 8) % 16) * std::uint64_t{kBytes});
    if (n % 8 == 7) CHECK(a.copy(c.ring(), kLowIova, kLowIova + kSource, kLowIova + kDestination, kLength) == kDone);
  }
}

}  // namespace

int main(int, char** argv) {
  const std::string what = argv[1];
  if (what == "one") one();
  else if (what == "two") two();
  else if (what == "interrupts") interrupts();
  else if (what == "maps") maps();
  else return 2;
}
