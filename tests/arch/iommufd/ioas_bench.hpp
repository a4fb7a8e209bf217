// SPDX-License-Identifier: Apache-2.0
/// What tests of an IOAS share: a machine with two processes, and shorter ways to say things.
#pragma once

#include <memory>
#include <optional>

#include "models/arch/iommufd/ioas.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_domain.hpp"
#include "tests/support/fake_process.hpp"

namespace phbsim::test {

using arch::os::Errno;
using arch::os::Protection;
using arch::iommufd::Accounting;
using arch::iommufd::Ioas;
using arch::iommufd::Iova;
using arch::iommufd::IovaRange;
using arch::iommufd::Layer;
using arch::iommufd::Source;

constexpr Protection kReadWrite{true, true};
constexpr Protection kReadOnly{true, false};
constexpr std::uint64_t kPage = 4096;
constexpr Iova kAll = ~Iova{0};

/// The errno that `call` refuses with; nothing if it does not.
template <class Call>
std::optional<Errno> error_of(const Call& call) {
  try {
    call();
  } catch (const arch::os::SysError& e) {
    return e.code();
  }
  return std::nullopt;
}

/// 1 MiB of memory at 0x100000 of a process.
struct IoasBench {
  explicit IoasBench(Layer wanted = {}, std::uint64_t chunk = 1) : layer(wanted), machine(wanted.page_shift) {
    layer.memory = &machine.memory;
    process = std::make_shared<FakeProcess>(machine, chunk);
    process->pages.add(0x100000 >> layer.page_shift, 0x100000 >> layer.page_shift);
    ioas.emplace(layer);
  }
  ~IoasBench() {
    ioas.reset();
    CHECK(machine.pins.empty());
    CHECK(machine.device_uses.empty());
    CHECK(machine.errors.empty());
    for (const std::string& e : machine.errors) UNSCOPED_INFO(e);
    CHECK(process->pinned_pages == 0);
    CHECK(process->locked_pages == 0);
    CHECK(process->user().locked_pages == 0);
  }

  Source memory(std::uint64_t start, Accounting accounting = Accounting::None) const {
    Source s;
    s.mm = process;
    s.start = start;
    s.accounting = accounting;
    return s;
  }
  Source file(std::shared_ptr<FakeFile> f, std::uint64_t start, Accounting accounting = Accounting::None) const {
    Source s = memory(start, accounting);
    s.file = std::move(f);
    return s;
  }
  Iova map(Iova iova, std::uint64_t start, std::uint64_t length, Protection prot = kReadWrite) {
    return ioas->map(memory(start), length, iova, prot);
  }
  Iova map_anywhere(std::uint64_t start, std::uint64_t length) {
    return ioas->map(memory(start), length, std::nullopt, kReadWrite);
  }

  Layer layer;
  FakeMachine machine;
  std::shared_ptr<FakeProcess> process;
  std::optional<Ioas> ioas;
};

/// Lets go of what it pinned when it is told to, unless `stubborn`.
struct FakeUser final : arch::iommufd::AccessUser {
  explicit FakeUser(Ioas& i) : ioas(i) {}
  void unmap(Iova iova, std::uint64_t length) override {
    ++calls;
    if (stubborn) return;
    for (std::size_t i = 0; i < pins.size();) {
      const auto [at, bytes] = pins[i];
      if (at > iova + (length - 1) || iova > at + (bytes - 1)) {
        ++i;
        continue;
      }
      pins.erase(pins.begin() + static_cast<std::ptrdiff_t>(i));
      ioas.unpin(*this, at, bytes);
    }
  }
  arch::os::PageRuns pin(Iova iova, std::uint64_t length, bool write = false) {
    pins.reserve(pins.size() + 1);
    arch::os::PageRuns runs = ioas.pin(*this, iova, length, write);
    pins.emplace_back(iova, length);
    return runs;
  }
  Ioas& ioas;
  bool stubborn = false;
  unsigned calls = 0;
  std::vector<std::pair<Iova, std::uint64_t>> pins;
};

}  // namespace phbsim::test
