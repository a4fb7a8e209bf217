// SPDX-License-Identifier: Apache-2.0
/// A simulated machine for tests of the layers above IOMMU drivers: processes and files whose pages come
/// and go, with real addresses that follow from page numbers, and a count of pins per real page.
///
/// What the code under test must never do is noted in FakeMachine::errors, since much of it happens where
/// nothing may be thrown: a test ends with CHECK(machine.errors.empty()).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/os/allocation.hpp"
#include "models/arch/os/process.hpp"
#include "tests/support/plain_memory.hpp"

namespace phbsim::test {

struct FakeMachine {
  explicit FakeMachine(unsigned shift = 12) : page_shift(shift) {}

  unsigned page_shift;
  PlainMemory memory;
  std::map<RealAddr, unsigned> pins;         ///< by real page; none with 0
  std::map<RealAddr, unsigned> device_uses;  ///< entries of domains that devices may still use, by real page
  std::vector<std::string> errors;

  std::uint64_t page_bytes() const { return std::uint64_t{1} << page_shift; }
  RealAddr page_of(RealAddr real) const { return real >> page_shift << page_shift; }
  void error(const char* what) {
    const arch::os::NoFail no_fail;
    if (errors.size() < 20) errors.emplace_back(what);
  }
  bool pinned(RealAddr real) const { return pins.count(page_of(real)) != 0; }
  /// Real memory of a source begins here; 1 TiB for each.
  RealAddr next_base() { return ++sources_ << 40; }

 private:
  RealAddr sources_ = 0;
};

/// Pages of a process or a file. `chunk` pages lie in a row in real memory, chunks apart from each other.
class FakePages {
 public:
  FakePages(FakeMachine& machine, std::uint64_t chunk) : machine_(machine), base_(machine.next_base()), chunk_(chunk) {}

  void add(std::uint64_t first, std::uint64_t count, bool writable = true) {
    for (std::uint64_t p = first; p < first + count; ++p) pages_[p].writable = writable;
  }
  void remove(std::uint64_t first, std::uint64_t count) {
    pages_.erase(pages_.lower_bound(first), pages_.lower_bound(first + count));
  }
  bool has(std::uint64_t page, bool writable) const {
    const auto it = pages_.find(page);
    return it != pages_.end() && (it->second.writable || !writable);
  }
  /// The page lies elsewhere from now on, as after copy-on-write; pins stay where they are.
  void move(std::uint64_t page) { ++pages_.at(page).moves; }

  RealAddr real_of(std::uint64_t page) const {
    const auto it = pages_.find(page);
    const std::uint64_t moves = it == pages_.end() ? 0 : it->second.moves;
    // Every second chunk is left out, so that chunks do not touch.
    return base_ + (((page / chunk_ * 2 * chunk_ + page % chunk_) << machine_.page_shift) | (moves << 52));
  }

  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool writable, arch::os::PageRuns& out) {
    std::uint64_t done = 0;
    const std::size_t before = out.size();
    try {
      for (; done < count && has(first + done, writable); ++done) {
        const RealAddr real = real_of(first + done);
        if (out.size() > before && out.back().real + out.back().pages * machine_.page_bytes() == real) {
          ++machine_.pins[real];
          ++out.back().pages;
        } else {
          out.push_back({real, 0});
          ++machine_.pins[real];
          out.back().pages = 1;
        }
      }
    } catch (...) {
      std::uint64_t at = first;
      for (std::size_t i = before; i < out.size(); ++i) {
        unpin(at, out[i].real, out[i].pages);
        at += out[i].pages;
      }
      out.resize(before);
      throw;
    }
    return done;
  }
  void unpin(std::uint64_t, RealAddr real, std::uint64_t count) noexcept {
    for (std::uint64_t i = 0; i < count; ++i, real += machine_.page_bytes()) {
      const auto it = machine_.pins.find(real);
      if (it == machine_.pins.end()) {
        machine_.error("unpin of a page without a pin");
        continue;
      }
      if (--it->second != 0) continue;
      machine_.pins.erase(it);
      if (machine_.device_uses.count(real) != 0) machine_.error("a page is unpinned that devices may use");
    }
  }
  std::uint64_t pins(std::uint64_t page) const {
    const auto it = machine_.pins.find(real_of(page));
    return it == machine_.pins.end() ? 0 : it->second;
  }
  /// Calls move(real, bytes) for each piece within a page; false at one that is not there.
  template <class Move>
  bool for_each_piece(std::uint64_t at, std::size_t n, bool writable, const Move& move) const {
    while (n != 0) {
      const std::uint64_t page = at >> machine_.page_shift;
      const std::uint64_t offset = at & (machine_.page_bytes() - 1);
      const std::size_t bytes = std::min<std::uint64_t>(n, machine_.page_bytes() - offset);
      if (!has(page, writable)) return false;
      move(real_of(page) + offset, bytes);
      at += bytes;
      n -= bytes;
    }
    return true;
  }
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) const {
    return for_each_piece(at, n, false, [&](RealAddr real, std::size_t bytes) {
      machine_.memory.read(real, out, bytes);
      out += bytes;
    });
  }
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) {
    return for_each_piece(at, n, true, [&](RealAddr real, std::size_t bytes) {
      machine_.memory.write(real, in, bytes);
      in += bytes;
    });
  }

 private:
  struct Page {
    bool writable = true;
    std::uint64_t moves = 0;
  };
  FakeMachine& machine_;
  RealAddr base_;
  std::uint64_t chunk_;
  std::map<std::uint64_t, Page> pages_;
};

class FakeProcess final : public arch::os::AddressSpace {
 public:
  explicit FakeProcess(FakeMachine& machine, std::uint64_t chunk = 1, arch::os::UserAccount* user = nullptr)
      : pages(machine, chunk), user_(user ? user : &own_user_) {}

  FakePages pages;
  std::uint64_t limit = ~std::uint64_t{0};  ///< RLIMIT_MEMLOCK in bytes
  bool gone = false;                        ///< the process has ended

  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool writable, arch::os::PageRuns& out) override {
    return gone ? 0 : pages.pin(first, count, writable, out);
  }
  void unpin(std::uint64_t first, RealAddr real, std::uint64_t count) noexcept override {
    pages.unpin(first, real, count);
  }
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override { return !gone && pages.read(at, out, n); }
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) override {
    return !gone && pages.write(at, in, n);
  }
  std::uint64_t pins(std::uint64_t page) override { return pages.pins(page); }
  std::uint64_t memlock_limit() const override { return limit; }
  arch::os::UserAccount& user() override { return *user_; }

 private:
  arch::os::UserAccount own_user_;
  arch::os::UserAccount* user_;
};

class FakeFile final : public arch::os::BackingFile {
 public:
  FakeFile(FakeMachine& machine, std::uint64_t page_count, bool dmabuf = false, std::uint64_t chunk = 1)
      : pages(machine, chunk), bytes_(page_count << machine.page_shift), dmabuf_(dmabuf) {
    pages.add(0, page_count);
  }

  FakePages pages;
  bool is_revoked = false;

  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool writable, arch::os::PageRuns& out) override {
    return pages.pin(first, count, writable, out);
  }
  void unpin(std::uint64_t first, RealAddr real, std::uint64_t count) noexcept override {
    pages.unpin(first, real, count);
  }
  bool read(std::uint64_t at, unsigned char* out, std::size_t n) override { return pages.read(at, out, n); }
  bool write(std::uint64_t at, const unsigned char* in, std::size_t n) override { return pages.write(at, in, n); }
  std::uint64_t pins(std::uint64_t page) override { return pages.pins(page); }
  std::uint64_t bytes() const override { return bytes_; }
  bool is_dmabuf() const override { return dmabuf_; }
  bool revoked() const override { return is_revoked; }

 private:
  std::uint64_t bytes_;
  bool dmabuf_;
};

}  // namespace phbsim::test
