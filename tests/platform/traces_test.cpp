// SPDX-License-Identifier: Apache-2.0
// Traces as workloads: who is in them, which way data goes, and that a transposed access reaches the
// bytes that the recorded one reached - checked against a second, simple reading of the trace.
#include <sys/resource.h>

#include <deque>
#include <map>
#include <set>
#include <tuple>

#include "models/arch/tce.hpp"
#include "platform/traces/device_ops.hpp"
#include "tests/platform/child.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using namespace phbsim::traces;
using Catch::Matchers::Contains;
using endpoints::DmaOp;
using trace::Kind;

namespace {

constexpr BusAddr kHigh = 1ull << 59;

/// Bytes at real addresses, in the order of the trace.
struct Run {
  RealAddr real;
  std::uint64_t bytes;
  arch::Access access;
  unsigned nth;  ///< access of the device
};

/// A second reading of a pseries trace whose device uses one LIOBN with 4K pages: a map of pages, no
/// PHB, no tables in memory.
class PlainReading {
 public:
  PlainReading(const std::string& path, std::string device, std::uint64_t liobn)
      : file_(path), device_(std::move(device)), liobn_(liobn) {}

  /// Runs of the next access; empty at the end.
  std::vector<Run> next() {
    while (const auto event = file_.next()) {
      const trace::Event& e = *event;
      if (e.kind == Kind::PutTce && e.n[0] == liobn_ && e.n[3] == 0) put(e.n[1], 1, e.n[2], 0);
      if (e.kind == Kind::PutIndirect && e.n[0] == liobn_ && e.n[5] == 0) put(e.n[1], e.n[2], e.n[3], e.n[4]);
      if (e.kind == Kind::StuffTce && e.n[0] == liobn_ && e.n[4] == 0) put(e.n[1], e.n[2], e.n[3], 0);
      if (e.kind == Kind::Command) opcode_ = e.n[2];
      const bool ours = e.kind == Kind::DmaNvme || e.kind == Kind::DmaReceive || e.kind == Kind::DmaTransmit ||
                        e.kind == Kind::Descriptor;
      if (!ours || e.text[0] != device_) continue;
      const bool write = e.kind == Kind::DmaReceive || (e.kind == Kind::DmaNvme && (opcode_ & 3) == 2);
      std::uint64_t left = e.kind == Kind::Descriptor ? 16 : e.n[1];
      std::vector<Run> runs;
      for (BusAddr at = e.n[0]; left > 0;) {
        const std::uint64_t part = std::min<std::uint64_t>(left, 4096 - at % 4096);
        runs.push_back({pages_.at(at / 4096) + at % 4096, part, write ? arch::Access::Write : arch::Access::Read, nth_});
        at += part;
        left -= part;
      }
      ++nth_;
      return runs;
    }
    return {};
  }

 private:
  void put(BusAddr iova, std::uint64_t n, std::uint64_t tce, std::uint64_t stride) {
    for (std::uint64_t i = 0; i < n; ++i) {
      const std::uint64_t t = tce + i * stride;
      if (tce & 3) {
        pages_[iova / 4096 + i] = t & ~0xFFFull;
      } else {
        pages_.erase(iova / 4096 + i);
      }
    }
  }
  TraceFile file_;
  std::string device_;
  std::uint64_t liobn_;
  std::uint64_t opcode_ = 0;
  unsigned nth_ = 0;
  std::map<std::uint64_t, RealAddr> pages_;
};

/// Carries out operations: keeps what is mapped and complains about what must not be.
class Interpreter {
 public:
  explicit Interpreter(const TargetWindow& w) : w_(w) {}

  /// Real bytes of an access, page by page.
  std::vector<Run> apply(const DmaOp& op) {
    std::vector<Run> runs;
    if (op.kind == DmaOp::Kind::Access) {
      std::uint64_t left = op.length;
      for (BusAddr at = op.iova; left > 0;) {
        if (w_.direct) {
          REQUIRE(at >= w_.base);
          REQUIRE(at - w_.base + left <= w_.memory_bytes);
          runs.push_back({at - w_.base, left, op.access, 0});
          break;
        }
        const std::uint64_t page = 1ull << w_.page_shift;
        const std::uint64_t part = std::min(left, page - (at & (page - 1)));
        const auto it = live_.find((at - w_.base) >> w_.page_shift);
        if (it == live_.end()) FAIL("access to unmapped page " << at);
        const std::uint64_t needed = op.access == arch::Access::Read ? arch::kTceRead : arch::kTceWrite;
        REQUIRE((it->second & needed) != 0);
        runs.push_back({(it->second & ~(page - 1)) + (at & (page - 1)), part, op.access, 0});
        at += part;
        left -= part;
      }
      ++accesses;
      return runs;
    }
    REQUIRE_FALSE(w_.direct);
    REQUIRE(op.table == w_.table);
    REQUIRE(op.count > 0);
    REQUIRE(op.index >= w_.first_page);
    REQUIRE(op.index + op.count <= w_.first_page + w_.pages);
    REQUIRE(op.iova == w_.base + (op.index << w_.page_shift));
    REQUIRE(op.length == op.count << w_.page_shift);
    for (std::uint64_t i = 0; i < op.count; ++i) {
      if (op.kind == DmaOp::Kind::Map) {
        if (!live_.emplace(op.index + i, op.tce + i * op.stride).second) FAIL("page mapped twice: " << op.index + i);
      } else if (live_.erase(op.index + i) == 0) {
        FAIL("page unmapped that is not mapped: " << op.index + i);
      }
    }
    ++(op.kind == DmaOp::Kind::Map ? maps : unmaps);
    most_live = std::max(most_live, live_.size());
    return runs;
  }
  std::size_t live() const { return live_.size(); }

  std::uint64_t accesses = 0, maps = 0, unmaps = 0;
  std::size_t most_live = 0;

 private:
  TargetWindow w_;
  std::map<std::uint64_t, std::uint64_t> live_;
};

TargetWindow direct_window(BusAddr base) {
  TargetWindow w;
  w.base = base;
  w.memory_bytes = 64 * kGiB;
  return w;
}
TargetWindow io_window(unsigned shift, BusAddr base, std::uint64_t bytes, const std::string& allocator = "next_fit") {
  TargetWindow w;
  w.direct = false;
  w.base = base;
  w.table = 4;
  w.page_shift = shift;
  w.first_page = 1;
  w.pages = (bytes >> shift) - 1;
  w.allocator = allocator;
  return w;
}

/// Compares the bytes of two sequences of runs that may be cut differently.
void same_bytes(std::deque<Run>& expected, std::deque<Run>& got) {
  while (!expected.empty() && !got.empty()) {
    Run& e = expected.front();
    Run& g = got.front();
    if (e.real != g.real || e.access != g.access) {
      FAIL("access " << e.nth << " reaches " << std::hex << g.real << " instead of " << e.real);
    }
    const std::uint64_t n = std::min(e.bytes, g.bytes);
    e.real += n;
    g.real += n;
    e.bytes -= n;
    g.bytes -= n;
    if (e.bytes == 0) expected.pop_front();
    if (g.bytes == 0) got.pop_front();
  }
}

void check_transposed(const std::string& device, std::uint64_t liobn, const TargetWindow& w, unsigned accesses) {
  const std::string path = example_trace("ps-load-noddw");
  PlainReading plain(path, device, liobn);
  TransposedOps ops(path, device, w);
  Interpreter interpreter(w);
  std::deque<Run> expected;
  std::deque<Run> got;
  DmaOp op;
  unsigned n = 0;
  while (n < accesses && ops.next(op)) {
    for (const Run& r : interpreter.apply(op)) got.push_back(r);
    while (expected.empty() && !got.empty()) {
      const auto runs = plain.next();
      REQUIRE_FALSE(runs.empty());
      expected.insert(expected.end(), runs.begin(), runs.end());
      ++n;
      same_bytes(expected, got);
    }
    same_bytes(expected, got);
  }
  CHECK(n == accesses);
  CHECK(interpreter.accesses >= accesses - 1);
  if (w.direct) {
    CHECK(interpreter.maps == 0);
  } else {
    CHECK(interpreter.maps > 0);
    CHECK(interpreter.unmaps > 0);
  }
}

[[maybe_unused]] long max_rss_kib() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return u.ru_maxrss;
}

const Survey::Device& device(const Survey& s, const std::string& name) {
  const Survey::Device* d = s.find(name);
  INFO(name);
  REQUIRE(d != nullptr);
  return *d;
}

}  // namespace

TEST_CASE("a survey finds PHBs and devices of a pseries trace", "[traces]") {
  TraceFile file(example_trace("ps-load-noddw"));
  const Survey s = survey(file);
  CHECK(s.lines == 364464);
  REQUIRE(s.phbs.size() == 2);
  for (const auto& p : s.phbs) CHECK(p.pseries);
  CHECK(s.phbs[0].id == 0x800000);
  CHECK(s.phbs[1].id == 0x800001);
  REQUIRE(s.devices.size() == 2);
  CHECK(device(s, "nvme").accesses == 24479);
  CHECK(device(s, "e1000e").accesses == 7285 + 7285 + 12580);
  CHECK(device(s, "nvme").phb == 0);
  CHECK(device(s, "e1000e").phb == 1);
  CHECK(s.find("megasas") == nullptr);
}

TEST_CASE("a survey finds PHBs, PEs and requesters of a powernv trace", "[traces]") {
  TraceFile file(example_trace("pnv9-nobypass"));
  const Survey s = survey(file);
  REQUIRE(s.phbs.size() == 6);
  for (unsigned i = 0; i < 6; ++i) {
    CHECK(s.phbs[i].id == i);
    CHECK_FALSE(s.phbs[i].pseries);
    CHECK(s.phbs[i].generation == arch::Generation::Phb4);
    CHECK(s.phbs[i].size == (i == 0 || i == 3 ? arch::PhbSize::Big : arch::PhbSize::Small));
  }
  const Survey::Device& nvme = device(s, "nvme");
  CHECK(nvme.phb == 0);
  CHECK(nvme.pe == 0x1fd);
  CHECK(nvme.rid == 0x100);
  CHECK(nvme.accesses == 177);
  std::set<unsigned> phbs;
  for (const auto& d : s.devices) phbs.insert(d.phb);
  CHECK(phbs.size() == s.devices.size());  // each device has a PHB of its own here
}

TEST_CASE("the bus says which way data goes", "[traces]") {
  const Scratch scratch;
  const std::string path = scratch.write("t.co",
                                         "+0 lt 80000000\n+0 lt 80000100\n"
                                         "+0 tp 80000000 1000 100003 0\n+0 tp 80000100 1000 200003 0\n"
                                         "+0 nc io 1 1 1\n+0 da nvme 1000 512\n+0 xl 80000000 1000 100000 3 12\n"
                                         "+0 nc io 2 1 2\n+0 da nvme 1200 1024\n+0 da nvme 1000 0\n"
                                         "+0 nc admin 3 0 6\n+0 da nvme 1000 4096\n"
                                         "+0 nc io 4 1 9\n+0 da nvme 1010 16\n"
                                         "+0 dr e1000e 1000 60\n+0 xl 80000100 1000 200000 3 12\n"
                                         "+0 dt e1000e 1100 61\n+0 dd e1000e 1fc0\n"
                                         "+0 tp 80000100 1000 0 0\n+0 tp 80000000 1000 0 0\n");
  using Item = DeviceStream::Item;
  const auto items = [&](const std::string& name) {
    DeviceStream stream(path, name);
    std::vector<std::tuple<BusAddr, std::uint64_t, arch::Access>> accesses;
    Item item;
    unsigned changes = 0;
    while (stream.next(item)) {
      if (item.kind == Item::Kind::Change) {
        ++changes;
      } else {
        accesses.emplace_back(item.iova, item.length, item.access);
      }
    }
    CHECK(changes == 2);  // of its own PHB
    return accesses;
  };
  constexpr auto kRead = arch::Access::Read;
  constexpr auto kWrite = arch::Access::Write;
  CHECK(items("nvme") == std::vector<std::tuple<BusAddr, std::uint64_t, arch::Access>>{
                             {0x1000, 512, kRead}, {0x1200, 1024, kWrite}, {0x1000, 4096, kWrite}, {0x1010, 16, kRead}});
  CHECK(items("e1000e") == std::vector<std::tuple<BusAddr, std::uint64_t, arch::Access>>{
                               {0x1000, 60, kWrite}, {0x1100, 61, kRead}, {0x1fc0, 16, kRead}});
  CHECK_THROWS_WITH(DeviceStream(path, "nvme0"), Contains("no DMA of a device \"nvme0\"") && Contains("e1000e, nvme"));
}

TEST_CASE("an access to what is not mapped names the line", "[traces]") {
  const Scratch scratch;
  const std::string path = scratch.write("t.co",
                                         "+0 lt 80000000\n+0 tp 80000000 1000 100003 0\n"
                                         "+0 da nvme 1000 512\n+0 xl 80000000 1000 100000 3 12\n"
                                         "+0 da nvme 1800 4096\n");
  TransposedOps ops(path, "nvme", direct_window(0));
  DmaOp op;
  REQUIRE(ops.next(op));
  CHECK_THROWS_WITH(ops.next(op), Contains(path + ":5:") && Contains("0x2000"));
}

TEST_CASE("a PE number that no PHB has is an error, not a crash", "[traces]") {
  const Scratch scratch;
  const std::string path = scratch.write("t.co",
                                         "+0 mr phb0.0 800 8 a400000002\n+0 da nvme 1000 512\n"
                                         "+0 px 0 ffffff 100 1000 1 100000 3 12\n");
  CHECK_THROWS_AS(DeviceStream(path, "nvme"), UserError);
}

TEST_CASE("transposed to a direct window: the same real addresses", "[traces]") {
  check_transposed("nvme", 0x80000000, direct_window(kHigh), 5000);
  check_transposed("e1000e", 0x80000100, direct_window(4 * kGiB), 5000);
}

TEST_CASE("transposed to bypass at 0: the same real addresses", "[traces]") {
  check_transposed("nvme", 0x80000000, direct_window(0), 5000);
}

TEST_CASE("transposed to 4K pages mapped per I/O: the same real addresses, nothing unmapped is touched", "[traces]") {
  check_transposed("nvme", 0x80000000, io_window(12, 0, 2 * kGiB), 4000);
  check_transposed("e1000e", 0x80000100, io_window(12, 0, 2 * kGiB, "first_fit"), 4000);
}

TEST_CASE("transposed to 64K pages mapped per I/O: the same real addresses, nothing unmapped is touched", "[traces]") {
  check_transposed("nvme", 0x80000000, io_window(16, kHigh, 64 * kGiB), 4000);
  check_transposed("e1000e", 0x80000100, io_window(16, 0, 2 * kGiB), 4000);
}

TEST_CASE("a trace without mapping calls per I/O is mapped access by access", "[traces]") {
  // A DDW of 64K pages: Linux mapped all of memory once.
  const TargetWindow w = io_window(12, 0, 2 * kGiB);
  TransposedOps ops(example_trace("ps-load-ddw64k"), "nvme", w);
  Interpreter interpreter(w);
  DmaOp op;
  std::uint64_t most = 0;
  while (interpreter.accesses < 3000 && ops.next(op)) {
    interpreter.apply(op);
    most = std::max<std::uint64_t>(most, interpreter.live());
  }
  CHECK(interpreter.accesses == 3000);
  CHECK(interpreter.maps >= interpreter.unmaps);
  CHECK(interpreter.maps - interpreter.unmaps <= 8);
  CHECK(most * 4096 <= 8 * kMiB);
}

TEST_CASE("a rewind is the driver's end: all it still has is unmapped, then the trace begins again", "[traces]") {
  for (const unsigned shift : {12u, 16u}) {
    const TargetWindow w = io_window(shift, 0, 2 * kGiB);
    TransposedOps ops(example_trace("ps-noddw"), "e1000e", w);
    Interpreter interpreter(w);
    DmaOp op;
    for (unsigned i = 0; i < 3000 && ops.next(op); ++i) interpreter.apply(op);
    CHECK(interpreter.live() > 0);
    ops.rewind();
    bool mapped_again = false;
    const std::uint64_t before = interpreter.accesses;
    while (ops.next(op)) {
      if (op.kind == DmaOp::Kind::Map && !mapped_again) {
        mapped_again = true;
        CHECK(interpreter.live() == 0);
      }
      interpreter.apply(op);
    }
    CHECK(mapped_again);
    CHECK(interpreter.accesses - before == 1672 + 1672 + 1284);
    CHECK(interpreter.live() == 0);  // the guest was shut down
  }
}

TEST_CASE("a rewound source gives the same accesses again", "[traces]") {
  const std::string path = example_trace("ps-noddw");
  TransposedOps ops(path, "nvme", direct_window(kHigh));
  const auto all = [&ops] {
    std::vector<std::tuple<BusAddr, std::uint64_t, arch::Access>> list;
    DmaOp op;
    while (ops.next(op)) list.emplace_back(op.iova, op.length, op.access);
    return list;
  };
  const auto first = all();
  CHECK(first.size() >= 177);
  ops.rewind();
  CHECK(all() == first);

  // From the middle, too.
  DmaOp op;
  ops.rewind();
  for (unsigned i = 0; i < 50; ++i) ops.next(op);
  ops.rewind();
  CHECK(all() == first);
}

TEST_CASE("recorded operations: the recorded addresses, mapped where the trace mapped them", "[traces]") {
  const std::string path = example_trace("ps-load-noddw");
  const RecordedSetup setup = recorded_setup(path, "nvme");
  REQUIRE(setup.windows.size() == 1);
  CHECK(setup.windows[0].select == 0);
  CHECK(setup.windows[0].tve.page_shift == 12);
  CHECK_FALSE(setup.tve1_above_4g);
  TargetWindow w = io_window(12, 0, 4 * kGiB);
  w.first_page = 0;
  w.pages = 1 << 20;
  RecordedOps ops(path, "nvme", {{0, {w.table, 0, 12}}});
  PlainReading plain(path, "nvme", 0x80000000);
  std::map<std::uint64_t, std::uint64_t> pages;
  for (const auto& c : setup.before) pages[c.iova >> 12] = c.tce;
  std::deque<Run> expected, got;
  DmaOp op;
  unsigned accesses = 0;
  while (accesses < 5000 && ops.next(op)) {
    if (op.kind == DmaOp::Kind::Map) {
      for (std::uint64_t i = 0; i < op.count; ++i) pages[op.index + i] = op.tce + i * op.stride;
    } else if (op.kind == DmaOp::Kind::Unmap) {
      for (std::uint64_t i = 0; i < op.count; ++i) pages.erase(op.index + i);
    } else {
      const auto runs = plain.next();
      expected.insert(expected.end(), runs.begin(), runs.end());
      std::uint64_t left = op.length;
      for (BusAddr at = op.iova; left > 0;) {
        const std::uint64_t part = std::min<std::uint64_t>(left, 4096 - at % 4096);
        REQUIRE(pages.count(at >> 12) == 1);
        got.push_back({(pages[at >> 12] & ~0xFFFull) + at % 4096, part, op.access, accesses});
        at += part;
        left -= part;
      }
      same_bytes(expected, got);
      REQUIRE(expected.empty());
      REQUIRE(got.empty());
      ++accesses;
    }
  }
  CHECK(accesses == 5000);
}

TEST_CASE("the windows a device had when it began", "[traces]") {
  const RecordedSetup ddw = recorded_setup(example_trace("ps-ddw64k"), "nvme");
  bool found = false;
  for (const auto& w : ddw.windows) found = found || (w.select == 1 && w.tve.page_shift == 16);
  CHECK(found);
  CHECK_FALSE(ddw.before.empty());
  const RecordedSetup bypass = recorded_setup(example_trace("pnv9-bypass"), "nvme");
  found = false;
  for (const auto& w : bypass.windows) found = found || (w.select == 1 && w.tve.kind == arch::Tve::Kind::Bypass);
  CHECK(found);
}

TEST_CASE("a window too small for what is live is an error that says so", "[traces]") {
  TransposedOps ops(example_trace("ps-load-noddw"), "nvme", io_window(16, 0, 1 * kMiB));
  DmaOp op;
  CHECK_THROWS_WITH([&] {
    while (ops.next(op)) {
    }
  }(), Contains("free pages of 64 KiB in a row for nvme") && Contains("ps-load-noddw.co.xz:"));
}

#ifndef __SANITIZE_ADDRESS__  // its allocator keeps what is freed: its memory says nothing
TEST_CASE("memory does not grow with the length of a replay", "[traces]") {
  const TargetWindow w = io_window(12, 0, 2 * kGiB);
  TransposedOps ops(example_trace("ps-noddw"), "e1000e", w);
  const auto once = [&ops] {
    DmaOp op;
    std::uint64_t n = 0;
    while (ops.next(op)) ++n;
    ops.rewind();
    return n;
  };
  const std::uint64_t n = once();
  once();
  const long before = max_rss_kib();
  for (unsigned i = 0; i < 5; ++i) CHECK(once() >= n);
  CHECK(max_rss_kib() - before < 3000);
}
#endif

#ifndef __SANITIZE_ADDRESS__  // its allocator keeps what is freed: its memory says nothing
TEST_CASE("memory of a simulation does not grow with its length", "[traces]") {
  const auto peak = [](unsigned accesses) {
    return [accesses]() -> std::string {
      const auto c = config_of(R"(
[pe.nic]
layout = "default32-4k"
[endpoint.nic]
workload = "trace"
trace = { file = "traces/ps-noddw.co.xz", device = "e1000e", repeat = true }
)",
                               {"endpoint.nic.trace.count=" + std::to_string(accesses)});
      const results::Result r = run::simulate(c);
      if (r.endpoints.at(0).requests != accesses) throw UserError("wrong number of requests");
      return std::to_string(max_rss_kib());
    };
  };
  const auto outcomes = explore::run_tasks({peak(5000), peak(25000)}, 1);
  for (const auto& o : outcomes) {
    INFO(o.error);
    REQUIRE(o.ok);
  }
  CHECK(std::stol(outcomes[1].output) - std::stol(outcomes[0].output) < 4000);
}
#endif
