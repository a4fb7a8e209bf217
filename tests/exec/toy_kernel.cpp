// SPDX-License-Identifier: Apache-2.0
#include "tests/exec/toy_kernel.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>

#include "platform/exec/tree.hpp"
#include "tests/exec/toy.hpp"

namespace phbsim::toy {

namespace os = arch::os;

namespace {

class Queue final : public os::File {
 public:
  std::size_t read(os::Caller&, unsigned char* out, std::size_t n, std::uint64_t) override {
    std::size_t taken = 0;
    for (; taken < n && !bytes_.empty(); ++taken) {
      out[taken] = bytes_.front();
      bytes_.pop_front();
    }
    return taken;
  }
  std::size_t write(os::Caller&, const unsigned char* in, std::size_t n, std::uint64_t) override {
    bytes_.insert(bytes_.end(), in, in + n);
    return n;
  }
  std::uint32_t poll() override { return os::kPollOut | (bytes_.empty() ? 0 : os::kPollIn); }

 private:
  std::deque<unsigned char> bytes_;
};

class Toy final : public os::File {
 public:
  explicit Toy(ToyKernel& kernel) : kernel_(kernel) { ++kernel_.open_; }

  void release() noexcept override {
    --kernel_.open_;
    if (leaks_) return;
    unpin();
    if (charged_mm_) charged_mm_->locked_pages -= charged_;
  }

  std::int64_t ioctl(os::Caller& caller, std::uint32_t command, std::uint64_t argument) override {
    switch (command) {
      case kSignal: {
        const auto event = std::dynamic_pointer_cast<os::EventFd>(caller.files->get(static_cast<int>(argument)));
        if (event == nullptr) os::fail(os::Errno::BadFd, "no eventfd");
        event->signal();
        return 0;
      }
      case kKind: return kind(caller.files->get(static_cast<int>(argument)).get());
      case kOpen: return kernel_.open_;
      case kQueue: return caller.files->install(std::make_shared<Queue>());
      case kFailQueue:
        caller.files->withdraw(caller.files->install(std::make_shared<Queue>()));
        os::fail(os::Errno::Busy, "asked for");
      case kCharge:
        charged_mm_ = caller.mm;
        charged_ += argument;
        caller.mm->locked_pages += argument;
        caller.mm->pinned_pages += 0;
        return 0;
      case kUnpin: unpin(); return 0;
      case kLeak: leaks_ = true; return 0;
      case kAllocate: {
        const std::array<std::unique_ptr<int>, 3> three{std::make_unique<int>(1), std::make_unique<int>(2), std::make_unique<int>(3)};
        return *three[0] + *three[1] + *three[2];
      }
      default: break;
    }
    Block block;
    caller.copy_in(argument, &block, sizeof block);
    act(caller, command, block);
    caller.copy_out(argument, &block, sizeof block);
    return 0;
  }

 private:
  static Kind kind(os::File* file) {
    if (file == nullptr) return kNone;
    if (dynamic_cast<Toy*>(file) != nullptr) return kToy;
    if (dynamic_cast<os::EventFd*>(file) != nullptr) return kEventFd;
    return dynamic_cast<os::MappableFile*>(file) != nullptr ? kMemory : kOther;
  }

  void act(os::Caller& caller, std::uint32_t command, Block& block) {
    switch (command) {
      case kEcho: block.b = block.a + 1; return;
      case kPin: pin(caller.mm, block.a / kPageBytes, block); return;
      case kPinFile: {
        const auto file = std::dynamic_pointer_cast<os::MappableFile>(caller.files->get(static_cast<int>(block.a)));
        if (file == nullptr) os::fail(os::Errno::Inval, "no memory file");
        const std::uint64_t first = block.b;
        block.b = block.c;
        block.c = 1;
        pin(file->backing(), first, block);
        return;
      }
      case kPeek:
        block.c = real_of(block.a);
        kernel_.frames_.read(block.c, reinterpret_cast<unsigned char*>(&block.b), 8);
        return;
      case kPoke: kernel_.frames_.write(real_of(block.a), reinterpret_cast<const unsigned char*>(&block.b), 8); return;
      case kPins: block.b = caller.mm->pins(block.a / kPageBytes); return;
      case kLimit:
        block.a = caller.mm->memlock_limit();
        block.b = caller.creds.ipc_lock ? 1 : 0;
        block.c = caller.creds.uid;
        block.d = caller.creds.sys_resource ? 1 : 0;
        return;
      default: os::fail(os::Errno::NoTty, "unknown");
    }
  }

  void pin(const std::shared_ptr<os::PageSource>& source, std::uint64_t first, Block& block) {
    os::PageRuns runs;
    block.d = source->pin(first, block.b, block.c != 0, runs);
    block.e = runs.empty() ? 0 : runs.front().real;
    for (const os::PageRun& r : runs) pinned_.push_back({source, first, r});
  }
  void unpin() noexcept {
    for (const Pinned& p : pinned_) p.source->unpin(p.first, p.run.real, p.run.pages);
    pinned_.clear();
  }
  RealAddr real_of(std::uint64_t offset) const {
    for (const Pinned& p : pinned_) {
      if (offset < p.run.pages * kPageBytes) return p.run.real + offset;
      offset -= p.run.pages * kPageBytes;
    }
    os::fail(os::Errno::NoEnt, "not pinned");
  }

  struct Pinned {
    std::shared_ptr<os::PageSource> source;
    std::uint64_t first;
    os::PageRun run;
  };
  ToyKernel& kernel_;
  std::vector<Pinned> pinned_;
  std::shared_ptr<os::AddressSpace> charged_mm_;
  std::uint64_t charged_ = 0;
  bool leaks_ = false;
};

class Device final : public os::File, public std::enable_shared_from_this<Device> {
 public:
  explicit Device(ToyKernel& kernel) : kernel_(kernel) {}

  std::int64_t ioctl(os::Caller& caller, std::uint32_t command, std::uint64_t argument) override {
    if (command == kMapped) return kernel_.mapped_;
    if (command != kAccesses) os::fail(os::Errno::NoTty, "unknown");
    caller.copy_out(argument, &seen_, sizeof seen_);
    return 0;
  }
  std::size_t read(os::Caller&, unsigned char* out, std::size_t n, std::uint64_t offset) override {
    if (offset >= registers_.size()) return 0;
    n = std::min<std::size_t>(n, registers_.size() - offset);
    ++seen_.a;
    note(n, offset);
    std::memcpy(out, registers_.data() + offset, n);
    return n;
  }
  std::size_t write(os::Caller&, const unsigned char* in, std::size_t n, std::uint64_t offset) override {
    if (offset + n > registers_.size()) os::fail(os::Errno::Inval, "outside");
    ++seen_.b;
    note(n, offset);
    std::memcpy(registers_.data() + offset, in, n);
    return n;
  }
  os::Mapping mmap(os::Caller&, std::uint64_t offset, std::uint64_t bytes, bool) override {
    if (offset + bytes > registers_.size()) os::fail(os::Errno::Inval, "outside");
    ++kernel_.mapped_;
    os::Mapping m;
    m.offset = offset;
    m.length = bytes;
    m.unmapped = [this, self = shared_from_this()] { --kernel_.mapped_; };
    return m;
  }

 private:
  void note(std::size_t n, std::uint64_t offset) {
    seen_.c = n;
    seen_.d = offset;
  }
  ToyKernel& kernel_;
  std::array<unsigned char, 2 * kPageBytes> registers_{};
  Block seen_;
};

}  // namespace

void ToyKernel::show(exec::Tree& tree) {
  tree.own("/dev/vfio");
  tree.own("/sys/kernel/iommu_groups");
  tree.own("/sys/module/vfio");
  tree.device("/dev/iommu", {0020660, 10, 125});
  tree.device("/dev/vfio/7", {0020600, 240, 7});
  tree.folder("/sys/module/vfio");
  tree.file("/sys/devices/pci0099:00/0099:00:00.0/vendor", "0x1014\n");
  tree.link("/sys/devices/pci0099:00/0099:00:00.0/iommu_group", "../../../kernel/iommu_groups/7");
  tree.link("/sys/kernel/iommu_groups/7/devices/0099:00:00.0", "../../../../devices/pci0099:00/0099:00:00.0");
}

std::shared_ptr<os::File> ToyKernel::open(std::string_view path, os::Caller&) {
  if (path == "/dev/iommu") return std::make_shared<Toy>(*this);
  return std::make_shared<Device>(*this);
}

std::vector<std::string> ToyKernel::leaks() const {
  if (open_ == 0) return {};
  return {std::to_string(open_) + " files are open"};
}

}  // namespace phbsim::toy
