// SPDX-License-Identifier: Apache-2.0
// How commands and their structs are read (iommufd.md 1).
#include "tests/arch/iommufd/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::test::objects;
using iommufd::Compat;

namespace {

/// A struct of `size` bytes, zero but for its size and, if told, its last byte, at the end of the
/// process's memory when `cut`.
Outcome call_sized(Bench& b, std::uint32_t nr, std::uint32_t size, bool tail_set = false) {
  for (std::uint32_t i = 0; i < 256; ++i) b.write<unsigned char>(Bench::kScratch + i, 0);
  b.write(Bench::kScratch, size);
  if (tail_set) b.write<unsigned char>(Bench::kScratch + size - 1, 1);
  return b.raw(abi::word(nr), Bench::kScratch);
}

}  // namespace

TEST_CASE("iommufd: each command takes structs of every version, and none that is too short") {
  for (const abi::Command& command : abi::kCommands) {
    INFO(command.name);
    Bench b;
    CHECK(call_sized(b, command.nr, command.least - 1) == "EINVAL");
    CHECK(call_sized(b, command.nr, 0) == "EINVAL");
    const Outcome first = call_sized(b, command.nr, command.least);
    const Outcome now = call_sized(b, command.nr, command.known);
    const Outcome later = call_sized(b, command.nr, command.known + 200);
    CHECK(first == now);
    CHECK(later == now);
    CHECK(now != "E2BIG");
    CHECK(call_sized(b, command.nr, command.known + 1, true) == "E2BIG");
    CHECK(call_sized(b, command.nr, command.known + 200, true) == "E2BIG");
    CHECK(b.leaks().empty());
  }
}

TEST_CASE("iommufd: structs that end where memory ends") {
  Bench b;
  // The last page of kScratch: 16 pages.
  const std::uint64_t end = Bench::kScratch + 16 * b.page();
  const std::uint32_t word = abi::word(0x80);
  CHECK(b.raw(word, Bench::kNowhere) == "EFAULT");
  b.write(end - 4, std::uint32_t{8});
  CHECK(b.raw(word, end - 4) == "EFAULT");  // the size is there, the rest is not
  b.write(end - 4, std::uint32_t{7});
  CHECK(b.raw(word, end - 4) == "EINVAL");  // what is too short is not read
  b.write(end - 8, abi::Destroy{9, 0});
  CHECK(b.raw(word, end - 8) == "EFAULT");  // the byte beyond what is known
  b.write(end - 8, abi::Destroy{8, 77});
  CHECK(b.raw(word, end - 8) == "ENOENT");
}

TEST_CASE("iommufd: an answer is no longer than the struct that asked") {
  Bench b;
  const std::uint32_t ioas = b.ioas();
  const auto device = b.mock_device(ioas);
  // GET_HW_INFO of the first version, whose struct ended before the capabilities.
  abi::GetHwInfo c{};
  c.size = 32;
  c.dev_id = device.device;
  c.out_capabilities = 0x1234;
  CHECK(b.call(abi::word(0x8a), c) == "");
  CHECK(c.data_type == mock::kHwInfoType);
  CHECK(c.out_capabilities == 0x1234);
  c.data_len = 0;
  CHECK(b.run(0x8a, c) == "");
  CHECK(c.out_capabilities == (os::kCapDirtyTracking | os::kCapNoAts));
}

TEST_CASE("iommufd: words that are not its own") {
  struct Row {
    std::uint32_t word;
    Outcome newest, linux_6_12;
  };
  const Row rows[] = {
      {0x3bff, "ENOTTY", "ENOTTY"},      // past the table
      {0x3b96, "ENOTTY", "ENOTTY"},      // a hole before the test command
      {0x3b7f, "ENOTTY", "ENOTTY"},      // VFIO's
      {0x20003b80, "ENOTTY", "ENOTTY"},  // DESTROY with a direction
      {0x00013b80, "ENOTTY", "ENOTTY"},  // and with a size
      {0x3a80, "ENOTTY", "ENOTTY"},      // another type
      {0x3b80, "ENOENT", "ENOENT"},      // DESTROY of id 0
      {0x3b8f, "EOPNOTSUPP", "ENOTTY"},  // MAP_FILE came with 6.13
      {0x3b95, "EPERM", "ENOTTY"},
  };
  for (const Row& row : rows) {
    INFO(std::hex << row.word);
    for (const Compat compat : {Compat::Newest, Compat::Linux6_12}) {
      Bench b(compat);
      b.write(Bench::kScratch, std::uint32_t{256});
      b.write(Bench::kScratch + 4, std::uint64_t{row.word == 0x3b8f ? 0xffu : 0u});
      const Outcome expected = compat == Compat::Newest ? row.newest : row.linux_6_12;
      CHECK(b.raw(row.word, Bench::kScratch) == expected);
    }
  }
}

TEST_CASE("iommufd: a hole of the table reads the size first, what is past it does not") {
  Bench b;
  CHECK(b.raw(0x3b96, Bench::kNowhere) == "EFAULT");
  CHECK(b.raw(0x3bff, Bench::kNowhere) == "ENOTTY");
  CHECK(b.raw(0x3b7f, Bench::kNowhere) == "ENOTTY");
}

TEST_CASE("iommufd: without the mock driver there is no test command") {
  Bench b;
  b.fd = b.process.files.install(iommufd::Context::open(b.layer));
  b.write(Bench::kScratch, std::uint32_t{72});
  CHECK(b.raw(0x3ba0, Bench::kScratch) == "ENOTTY");
  CHECK(b.raw(0x3b96, Bench::kScratch) == "ENOTTY");
  CHECK(b.ioas() == 1);
}

TEST_CASE("iommufd: the test command has a smallest size, too") {
  Bench b;
  b.write(Bench::kScratch, std::uint32_t{67});
  CHECK(b.raw(0x3ba0, Bench::kScratch) == "EINVAL");
  mock::Command c{};
  c.size = sizeof c;
  c.op = 99;
  CHECK(b.call(0x3ba0, c) == "EOPNOTSUPP");
}

TEST_CASE("iommufd: a descriptor names its context") {
  Bench b;
  CHECK(&b.context() == b.process.files.get(b.fd).get());
  CHECK(outcome([&] { iommufd::Context::from(b.process.caller, 99); }) == "EBADF");
  std::uint32_t id = 0;
  int queue = -1;
  CHECK(b.fault_queue(id, queue) == "");
  CHECK(outcome([&] { iommufd::Context::from(b.process.caller, queue); }) == "EBADFD");
}
