// SPDX-License-Identifier: Apache-2.0
/// One kernel with the mock driver and one process that calls it.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/iommufd/hwpt.hpp"
#include "models/arch/iommufd/selftest/selftest.hpp"
#include "tests/arch/vfio/fake_process.hpp"
#include "tests/support/fake_process.hpp"

namespace phbsim::test::objects {

namespace iommufd = arch::iommufd;
namespace os = arch::os;
namespace abi = arch::iommufd::abi;
namespace mock = arch::iommufd::selftest;

/// How a call ended: "" or the errno's name.
using Outcome = std::string;

template <typename Body>
Outcome outcome(Body&& body) {
  try {
    body();
    return "";
  } catch (const os::SysError& error) {
    return std::string(os::name_of(error.code()));
  } catch (const std::bad_alloc&) {
    return "ENOMEM";
  }
}

/// A memfd.
class Memfd final : public os::MappableFile {
 public:
  explicit Memfd(std::shared_ptr<FakeFile> pages) : pages_(std::move(pages)) {}
  std::shared_ptr<os::BackingFile> backing() override { return pages_; }

 private:
  std::shared_ptr<FakeFile> pages_;
};

/// One process: memory, descriptors, rights.
struct Process {
  explicit Process(FakeMachine& machine) : mm(std::make_shared<FakeProcess>(machine, 512)) {
    caller.mm = mm;
    caller.files = &files;
  }
  std::shared_ptr<FakeProcess> mm;
  vfio::FakeFiles files;
  os::Caller caller;
};

struct Bench {
  static constexpr RealAddr kMockMemory = 1ull << 30;
  static constexpr std::uint64_t kMockBytes = 64 * mock::BlockPool::kBlockBytes;
  static constexpr std::uint64_t kBuffer = 0x7000'0000;  ///< 64 pages, readable and writable
  static constexpr std::uint64_t kBufferPages = 64;
  static constexpr std::uint64_t kScratch = 0x6000'0000;  ///< structs of calls
  static constexpr std::uint64_t kNowhere = 0x1000;       ///< not mapped

  explicit Bench(iommufd::Compat compat = iommufd::Compat::Newest)
      : layer(make_layer(machine, compat)), tests(layer, kMockMemory, kMockBytes), process(machine) {
    process.mm->pages.add(kBuffer >> layer.page_shift, kBufferPages);
    process.mm->pages.add(kScratch >> layer.page_shift, 16);
    process.caller.creds.sys_resource = true;
    fd = open();
  }
  ~Bench() { process.files.close_all(); }

  static iommufd::Layer make_layer(FakeMachine& machine, iommufd::Compat compat) {
    iommufd::Layer out;
    out.memory = &machine.memory;
    out.page_shift = machine.page_shift;
    out.compat = compat;
    return out;
  }

  int open(iommufd::Node node = iommufd::Node::Iommu) {
    return process.files.install(iommufd::Context::open(layer, node, &tests));
  }
  iommufd::Context& context() { return *iommufd::Context::from(process.caller, fd); }
  std::uint64_t page() const { return layer.page_bytes(); }

  /// A call with a plain argument.
  Outcome raw(std::uint32_t word, std::uint64_t argument, std::int64_t* result = nullptr) {
    return outcome([&] {
      const std::int64_t r = process.files.get(fd)->ioctl(process.caller, word, argument);
      if (result != nullptr) *result = r;
    });
  }
  /// A call with a struct, which lies at kScratch meanwhile.
  template <typename Command>
  Outcome call(std::uint32_t word, Command& command, std::int64_t* result = nullptr) {
    write(kScratch, command);
    const Outcome out = raw(word, kScratch, result);
    command = read<Command>(kScratch);
    return out;
  }
  /// The same for iommufd's commands: fills in the size.
  template <typename Command>
  Outcome run(std::uint32_t nr, Command& command) {
    command.size = sizeof command;
    return call(abi::word(nr), command);
  }

  template <typename T>
  void write(std::uint64_t va, const T& value) {
    const os::NoFail user;
    process.mm->write(va, reinterpret_cast<const unsigned char*>(&value), sizeof value);
  }
  template <typename T>
  T read(std::uint64_t va) {
    const os::NoFail user;
    T value;
    process.mm->read(va, reinterpret_cast<unsigned char*>(&value), sizeof value);
    return value;
  }

  // -- the calls that tests need most; each tells how it ended, what it gave lies in members -----
  Outcome destroy(std::uint32_t id) {
    abi::Destroy c{0, id};
    return run(0x80, c);
  }
  Outcome ioas_alloc(std::uint32_t& id) {
    abi::IoasAlloc c{};
    const Outcome out = run(0x81, c);
    id = c.out_ioas_id;
    return out;
  }
  std::uint32_t ioas() {
    std::uint32_t id = 0;
    ioas_alloc(id);
    return id;
  }
  static constexpr std::uint32_t kRw = abi::kMapReadable | abi::kMapWriteable;
  Outcome map(std::uint32_t ioas, std::uint64_t va, std::uint64_t bytes, std::uint64_t& iova,
              std::uint32_t flags = kRw) {
    abi::IoasMap c{0, flags, ioas, 0, va, bytes, iova};
    const Outcome out = run(0x85, c);
    iova = c.iova;
    return out;
  }
  Outcome map_at(std::uint32_t ioas, std::uint64_t va, std::uint64_t bytes, std::uint64_t iova,
                 std::uint32_t flags = kRw) {
    return map(ioas, va, bytes, iova, flags | abi::kMapFixed);
  }
  Outcome unmap(std::uint32_t ioas, std::uint64_t iova, std::uint64_t bytes, std::uint64_t* done = nullptr) {
    abi::IoasUnmap c{0, ioas, iova, bytes};
    const Outcome out = run(0x86, c);
    if (done != nullptr) *done = c.length;
    return out;
  }

  /// A mock device, bound and attached to `pt`.
  struct Mock {
    std::uint32_t object = 0, hwpt = 0, device = 0;
  };
  mock::Command test{};
  std::int64_t test_result = 0;
  Outcome test_op(mock::Op op, std::uint32_t id) {
    test.size = sizeof test;
    test.op = static_cast<std::uint32_t>(op);
    test.id = id;
    return call(abi::word(abi::kTestNr), test, &test_result);
  }
  Outcome mock_device(std::uint32_t pt, Mock& out, std::uint32_t flags = 0) {
    test = {};
    test.mock_domain.dev_flags = flags;
    const Outcome result = test_op(mock::Op::MockDomainFlags, pt);
    if (result.empty()) out = {test.mock_domain.out_stdev_id, test.mock_domain.out_hwpt_id, test.mock_domain.out_idev_id};
    return result;
  }
  Mock mock_device(std::uint32_t pt, std::uint32_t flags = 0) {
    Mock out;
    mock_device(pt, out, flags);
    return out;
  }
  Outcome replace(std::uint32_t object, std::uint32_t pt) {
    test = {};
    test.mock_domain_replace.pt_id = pt;
    return test_op(mock::Op::MockDomainReplace, object);
  }
  Outcome pasid(mock::Op op, std::uint32_t object, std::uint32_t pasid, std::uint32_t pt = 0) {
    test = {};
    test.pasid = {pasid, pt};
    return test_op(op, object);
  }
  Outcome check_map(std::uint32_t hwpt, std::uint64_t iova, std::uint64_t bytes, std::uint64_t va) {
    test = {};
    test.check_map = {iova, bytes, va};
    return test_op(mock::Op::CheckMap, hwpt);
  }
  Outcome check_refs(std::uint64_t va, std::uint64_t bytes, std::uint32_t refs) {
    test = {};
    test.check_refs = {bytes, va, refs};
    return test_op(mock::Op::CheckRefs, 0);
  }
  Outcome hwpt_alloc(const Mock& device, std::uint32_t pt, std::uint32_t& id, std::uint32_t flags = 0,
                     std::uint32_t fault = 0) {
    abi::HwptAlloc c{};
    c.flags = flags;
    c.dev_id = device.device;
    c.pt_id = pt;
    c.fault_id = fault;
    const Outcome out = run(0x89, c);
    id = c.out_hwpt_id;
    return out;
  }
  static constexpr std::uint64_t kDriverData = kScratch + 0x2000;
  Outcome nested_alloc(const Mock& device, std::uint32_t pt, std::uint32_t& id, std::uint32_t flags = 0,
                       std::uint32_t fault = 0) {
    write(kDriverData, mock::HwptData{0xbadbeef, 0});
    abi::HwptAlloc c{};
    c.flags = flags;
    c.dev_id = device.device;
    c.pt_id = pt;
    c.data_type = mock::kHwptData;
    c.data_len = layer.compat == iommufd::Compat::Linux6_12 ? mock::HwptData::kLeast : sizeof(mock::HwptData);
    c.data_uptr = kDriverData;
    c.fault_id = fault;
    const Outcome out = run(0x89, c);
    id = c.out_hwpt_id;
    return out;
  }
  Outcome viommu_alloc(const Mock& device, std::uint32_t hwpt, std::uint32_t& id, std::uint64_t data = 0) {
    abi::ViommuAlloc c{};
    c.type = mock::kViommuType;
    c.dev_id = device.device;
    c.hwpt_id = hwpt;
    c.data_uptr = data;
    c.data_len = data != 0 ? sizeof(mock::ViommuData) : 0;
    const Outcome out = run(0x90, c);
    id = c.out_viommu_id;
    return out;
  }
  Outcome vdevice_alloc(std::uint32_t viommu, const Mock& device, std::uint64_t virt_id, std::uint32_t& id) {
    abi::VdeviceAlloc c{0, viommu, device.device, 0, virt_id};
    const Outcome out = run(0x91, c);
    id = c.out_vdevice_id;
    return out;
  }
  Outcome fault_queue(std::uint32_t& id, int& queue_fd) {
    abi::FaultQueueAlloc c{};
    const Outcome out = run(0x8e, c);
    id = c.out_fault_id;
    queue_fd = static_cast<int>(c.out_fault_fd);
    return out;
  }
  Outcome event_queue(std::uint32_t viommu, std::uint32_t depth, std::uint32_t& id, int& queue_fd) {
    abi::VeventqAlloc c{};
    c.viommu_id = viommu;
    c.type = mock::kEventType;
    c.veventq_depth = depth;
    const Outcome out = run(0x93, c);
    id = c.out_veventq_id;
    queue_fd = static_cast<int>(c.out_veventq_fd);
    return out;
  }
  Outcome create_access(std::uint32_t ioas, bool pins, int& access_fd) {
    test = {};
    test.create_access.flags = pins ? mock::kAccessPins : 0;
    const Outcome out = test_op(mock::Op::CreateAccess, ioas);
    access_fd = static_cast<int>(test.create_access.out_access_fd);
    return out;
  }
  Outcome access_pages(int access_fd, std::uint64_t iova, std::uint64_t bytes, std::uint64_t va, std::uint32_t& number,
                       std::uint32_t flags = 0) {
    test = {};
    test.access_pages = {flags, 0, iova, bytes, va};
    const Outcome out = test_op(mock::Op::AccessPages, static_cast<std::uint32_t>(access_fd));
    number = test.access_pages.out_access_pages_id;
    return out;
  }

  /// Nothing is left over once all descriptors are closed.
  std::string leaks() {
    process.files.close_all();
    std::string out;
    if (!machine.pins.empty()) out += "pins ";
    for (const std::string& error : machine.errors) out += error + ' ';
    if (process.mm->pinned_pages != 0) out += "VmPin ";
    if (tests.iommu().pool.in_use() != 0) out += "table blocks ";
    if (!tests.contexts().empty()) out += "contexts ";
    return out;
  }

  FakeMachine machine;
  iommufd::Layer layer;
  mock::Selftest tests;
  Process process;
  int fd = -1;
};

}  // namespace phbsim::test::objects
