// SPDX-License-Identifier: Apache-2.0
// Linux's decision about dynamic windows: rows L01-L20 and L29 of ddw-vfio.md 9.3.
#include "platform/host/linux/ddw_policy.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "models/base/endian.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::host;

namespace {

constexpr std::uint32_t kL0 = 0x80000000;
constexpr std::uint32_t kL1 = 0x80000001;
constexpr BusAddr kHigh = 1ull << 59;
constexpr std::uint32_t kResetToken = 0x2029;

/// A PE of the fixture F0: default window L0 of 1 GiB, no dynamic one.
class Firmware final : public DdwFirmware {
 public:
  Firmware() {
    PropertyValue v(20);
    store_be32(&v[0], kL0);
    store_be64(&v[12], kGiB);
    properties["ibm,dma-window"] = v;
  }

  std::optional<std::array<std::uint32_t, 3>> applicable() override { return tokens; }
  std::optional<std::vector<std::uint32_t>> extensions() override { return cells; }
  DdwQuery query(unsigned outputs) override {
    log.push_back("query" + std::to_string(outputs));
    DdwQuery q = answer;
    if (removed_default) q.windows_available = available_after_removal;
    return q;
  }
  DdwCreated create(unsigned page_shift, unsigned window_shift) override {
    log.push_back("create(" + std::to_string(page_shift) + "," + std::to_string(window_shift) + ")");
    DdwCreated c;
    if (!create_status.empty()) {
      c.status = create_status.front();
      create_status.pop_front();
    }
    if (c.status == 0) c = {0, removed_default ? kL0 : kL1, removed_default ? 0 : limited ? 4 * kGiB : kHigh};
    return c;
  }
  int remove(std::uint32_t liobn) override {
    log.push_back("remove(" + std::to_string(liobn - kL0) + ")");
    if (!removed_default && liobn == kL0) removed_default = true;
    return 0;
  }
  int reset(bool with_limit) override {
    log.push_back(with_limit ? "reset(1)" : "reset");
    limited = with_limit;
    removed_default = false;
    return 0;
  }
  long tce(const TceCall& call) override {
    plan.push_back(call);
    if (fail_call == plan.size()) return fail_rc;
    return arch::papr::kSuccess;
  }
  std::optional<PropertyValue> property(std::string_view name) override {
    const auto at = properties.find(std::string(name));
    if (at == properties.end()) return std::nullopt;
    return at->second;
  }
  void set_property(std::string_view name, const PropertyValue& value) override {
    properties[std::string(name)] = value;
  }
  void delete_property(std::string_view name) override { properties.erase(std::string(name)); }
  void pause(unsigned ms) override { pauses.push_back(ms); }

  bool has(std::string_view name) const { return properties.count(std::string(name)) == 1; }
  std::uint64_t entries(TceCall::Kind kind) const {
    std::uint64_t n = 0;
    for (const TceCall& c : plan) n += c.kind == kind ? c.count : 0;
    return n;
  }

  std::optional<std::array<std::uint32_t, 3>> tokens = std::array<std::uint32_t, 3>{0x2026, 0x2027, 0x2028};
  std::optional<std::vector<std::uint32_t>> cells = std::vector<std::uint32_t>{2, kResetToken, 1};
  DdwQuery answer{0, 1, 1ull << 37, 0x107, 0};
  std::uint32_t available_after_removal = 1;
  std::deque<int> create_status;
  std::size_t fail_call = 0;
  long fail_rc = 0;

  bool removed_default = false;
  bool limited = false;
  std::map<std::string, PropertyValue> properties;
  std::vector<std::string> log;
  std::vector<TceCall> plan;
  std::vector<unsigned> pauses;
};

DdwMachine machine_of(std::uint64_t ram) {
  DdwMachine m;
  m.ram = {{0, ram}};
  m.hotplug_max = ram;
  return m;
}
DdwNode fresh_node() {
  DdwNode n;
  n.table0 = kL0;
  return n;
}

struct Bench {
  explicit Bench(const DdwMachine& m, std::string_view order = "largest", std::vector<unsigned> list = {})
      : pages(make_named<PageSizeOrder, const std::vector<unsigned>&>(kPageSizeOrders, order, list)), policy(m, *pages) {}
  DdwResult enable(std::uint64_t mask = ~0ull) { return policy.enable(firmware, node, mask); }

  std::unique_ptr<PageSizeOrder> pages;
  DdwPolicy policy;
  Firmware firmware;
  DdwNode node = fresh_node();
};

using Log = std::vector<std::string>;

}  // namespace

TEST_CASE("L01: 64 GiB and all page sizes: one window of 16M pages, mapped by 8 calls", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  const DdwResult r = b.enable();
  CHECK(r.used);
  CHECK(r.direct);
  CHECK_FALSE(r.dynamic);
  CHECK(r.page_shift == 24);
  CHECK(r.len == 36);
  CHECK(r.base == kHigh);
  CHECK(r.property == "linux,direct64-ddr-window-info");
  CHECK_FALSE(r.bus_dma_limit);
  CHECK(b.firmware.log == Log{"query6", "create(24,36)"});
  CHECK(r.calls.indirect == 8);
  CHECK(r.calls.put + r.calls.stuff == 0);
  CHECK(b.firmware.entries(TceCall::Kind::Indirect) == 4096);
  CHECK(b.firmware.plan[7] == TceCall{TceCall::Kind::Indirect, kL1, kHigh + 7 * 512 * (16 * kMiB),
                                      7 * 512 * (16 * kMiB) | 3, 16 * kMiB, 512});
  CHECK(b.node.table0 == kL0);
  CHECK_FALSE(b.node.table1);
  CHECK(b.firmware.properties.at(r.property).size() == 24);
}

TEST_CASE("L02: without 16M the largest is 2M: 32768 entries in 64 calls", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.answer.page_mask = 0x103;
  const DdwResult r = b.enable();
  CHECK(r.page_shift == 21);
  CHECK(r.calls.indirect == 64);
  CHECK(b.firmware.entries(TceCall::Kind::Indirect) == 32768);
}

TEST_CASE("L03: 2M alone, although its bit is out of order", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.answer.page_mask = 0x100;
  CHECK(b.enable().page_shift == 21);
}

TEST_CASE("L04: no page size: refused, never tried again, the default window stays", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.answer.page_mask = 0;
  const DdwResult r = b.enable();
  CHECK_FALSE(r.used);
  CHECK(r.why_not == DdwRefusal::NoPageSize);
  CHECK(b.node.failed);
  CHECK(b.node.table0 == kL0);
  CHECK(b.firmware.log == Log{"query6"});
  b.firmware.answer.page_mask = 0x107;
  CHECK(b.enable().why_not == DdwRefusal::NodeFailedBefore);
  CHECK(b.firmware.log.size() == 1);
}

TEST_CASE("L05: fewer entries than memory: mapped on demand, beside the default table", "[host][ddw]") {
  Bench b(machine_of(128 * kGiB));
  b.firmware.answer.page_mask = 0x003;
  b.firmware.answer.largest_block = 1ull << 20;
  const DdwResult r = b.enable();
  CHECK(r.used);
  CHECK_FALSE(r.direct);
  CHECK(r.dynamic);
  CHECK(r.property == "linux,dma64-ddr-window-info");
  CHECK(r.page_shift == 16);
  CHECK(r.len == 36);
  CHECK(b.firmware.plan.empty());
  CHECK(b.node.table0 == kL0);
  CHECK(b.node.table1 == kL1);
}

TEST_CASE("L06: no window free and the default idle: the default one is given up", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.answer.windows_available = 0;
  const PropertyValue before = b.firmware.properties.at("ibm,dma-window");
  const DdwResult r = b.enable();
  CHECK(r.used);
  CHECK(r.direct);
  CHECK(r.default_removed);
  CHECK(b.firmware.log == Log{"query6", "remove(0)", "query6", "create(24,36)"});
  CHECK(r.calls.stuff == 512);  // 7.2: a 1 GiB table of 4K pages
  CHECK(b.firmware.entries(TceCall::Kind::Stuff) == 262144);
  CHECK_FALSE(b.firmware.has("ibm,dma-window"));
  CHECK(b.firmware.properties.at("ibm,dma-window-saved") == before);
  CHECK_FALSE(b.node.table0);
}

TEST_CASE("L07: no window free and the default in use: nothing is touched", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.answer.windows_available = 0;
  b.node.default_in_use = true;
  CHECK(b.enable().why_not == DdwRefusal::DefaultInUse);
  CHECK(b.firmware.log == Log{"query6"});
  CHECK(b.firmware.plan.empty());
  CHECK(b.node.failed);
}

TEST_CASE("L08: no window free and no way back: fails before any change", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.answer.windows_available = 0;
  b.firmware.cells.reset();
  CHECK(b.enable().why_not == DdwRefusal::NoResetExtension);
  CHECK(b.firmware.log == Log{"query5"});
  CHECK(b.firmware.plan.empty());
}

TEST_CASE("L09: create fails after the default went: reset, and never again", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.answer.windows_available = 0;
  b.firmware.create_status = {-1};
  const DdwResult r = b.enable();
  CHECK(r.why_not == DdwRefusal::CreateFailed);
  CHECK_FALSE(r.default_removed);
  CHECK(b.firmware.log == Log{"query6", "remove(0)", "query6", "create(24,36)", "reset"});
  CHECK(b.node.failed);
  CHECK(b.firmware.has("ibm,dma-window"));
  CHECK(b.node.table0 == kL0);
}

TEST_CASE("L10: a second function of the PE gets the same window without a call", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  const DdwResult first = b.enable();
  b.firmware.log.clear();
  b.firmware.plan.clear();
  const DdwResult second = b.enable();
  CHECK(second.reused);
  CHECK(second.direct == first.direct);
  CHECK(second.base == first.base);
  CHECK(second.len == first.len);
  CHECK(b.firmware.log.empty());
  CHECK(b.firmware.plan.empty());
}

TEST_CASE("L11: a 40-bit device with limited addressing: reset, a window from 4 GiB on", "[host][ddw]") {
  for (const std::uint64_t ram : {64 * kGiB, 4 * kTiB}) {
    Bench b(machine_of(ram));
    b.firmware.cells = std::vector<std::uint32_t>{3, kResetToken, 1, 1};
    const DdwResult r = b.enable((1ull << 40) - 1);
    CHECK(r.used);
    CHECK(r.base == 4 * kGiB);
    CHECK(r.len == (ram == 64 * kGiB ? 36 : 40));
    CHECK(r.direct == (ram == 64 * kGiB));
    CHECK(b.firmware.log[1] == "reset(1)");
  }
}

TEST_CASE("L12: a 40-bit device without limited addressing keeps the default window", "[host][ddw]") {
  for (const auto& cells : {std::vector<std::uint32_t>{2, kResetToken, 1}, {3, kResetToken, 1, 0}}) {
    Bench b(machine_of(64 * kGiB));
    b.firmware.cells = cells;
    CHECK(b.enable((1ull << 40) - 1).why_not == DdwRefusal::NoLimitedAddressing);
    CHECK(b.firmware.log == Log{"query6"});
    CHECK(b.node.table0 == kL0);
  }
}

TEST_CASE("L13: a 32-bit device does not try", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  CHECK(b.enable(0xFFFFFFFF).why_not == DdwRefusal::MaskTooSmall);
  CHECK(b.firmware.log.empty());
  CHECK_FALSE(b.node.failed);
}

TEST_CASE("L14: persistent memory and room for all of it: 51 bits, direct", "[host][ddw]") {
  DdwMachine m = machine_of(64 * kGiB);
  m.pmem = true;
  Bench b(m);
  const DdwResult r = b.enable();
  CHECK(r.direct);
  CHECK(r.len == 51);
  CHECK_FALSE(r.bus_dma_limit);
}

TEST_CASE("L15: persistent memory beside a default window: RAM direct, limit at its end", "[host][ddw]") {
  DdwMachine m = machine_of(64 * kGiB);
  m.pmem = true;
  Bench b(m);
  b.firmware.answer.page_mask = 0x003;
  b.firmware.answer.largest_block = 1ull << 20;
  const DdwResult r = b.enable();
  CHECK(r.direct);
  CHECK_FALSE(r.dynamic);
  CHECK(r.len == 36);
  CHECK(r.property == "linux,direct64-ddr-window-info");
  CHECK(r.bus_dma_limit == kHigh + (1ull << 36));
  CHECK(b.node.table0 == kL0);
}

TEST_CASE("L16: persistent memory and one window for all: RAM direct, the rest on demand above it", "[host][ddw]") {
  DdwMachine m = machine_of(64 * kGiB);
  m.pmem = true;
  Bench b(m);
  b.firmware.answer = {0, 0, 1ull << 22, 0x003, 0};
  const DdwResult r = b.enable();
  CHECK(r.direct);
  CHECK(r.dynamic);
  CHECK(r.len == 38);
  CHECK(r.dynamic_offset == 1ull << 36);
  CHECK(r.property == "linux,direct64-ddr-window-info");
  CHECK(r.bus_dma_limit == r.base + (1ull << 36));
  CHECK(b.node.table0 == r.liobn);
  CHECK_FALSE(b.node.table1);
  CHECK(r.calls.indirect == (64 * kGiB >> 16) / 512);
  // A sibling sees the same.
  const DdwResult again = b.enable();
  CHECK(again.dynamic);
  CHECK(again.dynamic_offset == r.dynamic_offset);
}

TEST_CASE("L17: the same with too few entries: all on demand", "[host][ddw]") {
  DdwMachine m = machine_of(64 * kGiB);
  m.pmem = true;
  Bench b(m);
  b.firmware.answer = {0, 0, 1ull << 20, 0x003, 0};
  const DdwResult r = b.enable();
  CHECK(r.used);
  CHECK_FALSE(r.direct);
  CHECK(r.dynamic);
  CHECK(r.dynamic_offset == 0);
  CHECK(r.len == 36);
  CHECK(r.property == "linux,dma64-ddr-window-info");
  CHECK(r.calls.indirect == 0);
  CHECK_FALSE(r.bus_dma_limit);
}

TEST_CASE("L18: memory that comes below the maximum is added to direct windows only", "[host][ddw]") {
  DdwMachine m = machine_of(32 * kGiB);
  m.hotplug_max = 64 * kGiB;
  Bench b(m);
  b.enable();
  b.firmware.plan.clear();
  DdwCounts calls;
  CHECK(b.policy.memory_online(b.firmware, b.node, {32 * kGiB, kGiB}, calls) == 0);
  CHECK(b.firmware.plan ==
        TcePlan{{TceCall::Kind::Indirect, kL1, kHigh + 32 * kGiB, 32 * kGiB | 3, 16 * kMiB, 64}});
  CHECK(calls.indirect == 1);

  // A call that fails vetoes it.
  b.firmware.plan.clear();
  b.firmware.fail_call = 1;
  b.firmware.fail_rc = arch::papr::kParameter;
  CHECK(b.policy.memory_online(b.firmware, b.node, {33 * kGiB, kGiB}, calls) == arch::papr::kParameter);

  Bench dynamic(m);
  dynamic.firmware.answer.page_mask = 0x003;
  dynamic.firmware.answer.largest_block = 1ull << 18;
  REQUIRE_FALSE(dynamic.enable().direct);
  CHECK(dynamic.policy.memory_online(dynamic.firmware, dynamic.node, {32 * kGiB, kGiB}, calls) == 0);
  CHECK(dynamic.firmware.plan.empty());
}

TEST_CASE("L19: persistent memory that comes changes no entry", "[host][ddw]") {
  DdwMachine m = machine_of(64 * kGiB);
  m.pmem = true;
  Bench b(m);
  b.enable();
  b.firmware.plan.clear();
  DdwCounts calls;
  CHECK(b.policy.memory_online(b.firmware, b.node, {1ull << 45, kGiB}, calls) == 0);
  CHECK(b.firmware.plan.empty());
}

TEST_CASE("L20: memory that goes is cleared", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.enable();
  b.firmware.plan.clear();
  DdwCounts calls;
  CHECK(b.policy.memory_offline(b.firmware, b.node, {16 * kGiB, kGiB}, calls) == 0);
  CHECK(b.firmware.plan == TcePlan{{TceCall::Kind::Stuff, kL1, kHigh + 16 * kGiB, 0, 0, 64}});
}

TEST_CASE("L29: a window that an earlier kernel left is recorded, mapped on demand", "[host][ddw]") {
  for (const std::string_view name : {arch::papr::kDynamicWindowInfo, arch::papr::kDirectWindowInfo}) {
    Bench b(machine_of(64 * kGiB));
    DdwWindow w;
    w.liobn = kL1;
    w.base = kHigh;
    w.page_shift = 16;
    w.len = 36;
    b.firmware.set_property(name, window_property(w));
    b.policy.find_existing(b.firmware, b.node);
    const DdwResult r = b.enable();
    CHECK(r.used);
    CHECK(r.reused);
    CHECK_FALSE(r.direct);
    CHECK(r.dynamic);
    CHECK(r.base == kHigh);
    CHECK(r.page_shift == 16);
    CHECK(r.len == 36);
    CHECK(b.firmware.log.empty());
  }
}

TEST_CASE("a create that is busy is asked again, after the pause that firmware names", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.create_status = {arch::papr::kRtasBusy, 9902, 9900};
  const DdwResult r = b.enable();
  CHECK(r.used);
  CHECK(r.calls.create == 4);
  CHECK(r.calls.busy == 3);
  CHECK(b.firmware.pauses == std::vector<unsigned>{1, 100, 1});
  CHECK(r.calls.paused_ms == 102);
}

TEST_CASE("a direct map that fails is cleared and undone", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.firmware.fail_call = 3;
  b.firmware.fail_rc = arch::papr::kParameter;
  const DdwResult r = b.enable();
  CHECK(r.why_not == DdwRefusal::MapFailed);
  CHECK(r.calls.indirect == 3);
  CHECK(r.calls.stuff == 8);
  CHECK(b.firmware.log == Log{"query6", "create(24,36)", "remove(1)"});
  CHECK_FALSE(b.firmware.has(arch::papr::kDirectWindowInfo));
  CHECK(b.node.windows.empty());
  CHECK(b.node.failed);
}

TEST_CASE("a PE's node that goes takes its window along", "[host][ddw]") {
  Bench b(machine_of(64 * kGiB));
  b.enable();
  b.firmware.log.clear();
  DdwCounts calls;
  CHECK(b.policy.detach(b.firmware, b.node, calls));
  CHECK(calls.stuff == 8);
  CHECK(b.firmware.log == Log{"remove(1)"});
  CHECK_FALSE(b.firmware.has(arch::papr::kDirectWindowInfo));
  CHECK(b.node.windows.empty());
  CHECK_FALSE(b.policy.detach(b.firmware, b.node, calls));
}

TEST_CASE("other orders of page sizes", "[host][ddw]") {
  const auto shift = [](std::string_view order, std::vector<unsigned> list, std::uint32_t mask) {
    Bench b(machine_of(kGiB), order, std::move(list));
    b.firmware.answer.page_mask = mask;
    return b.enable().page_shift;
  };
  CHECK(shift("smallest", {}, 0x107) == 12);
  CHECK(shift("smallest", {}, 0x104) == 21);
  CHECK(shift("largest", {}, 0x1FF) == 34);
  CHECK(shift("list", {16, 21}, 0x107) == 16);
  CHECK(shift("list", {34, 21}, 0x107) == 21);
  CHECK(shift("list", {34}, 0x107) == 0);
}

TEST_CASE("extensions: absent, empty, short, and longer than known", "[host][ddw]") {
  Firmware f;
  std::uint32_t v = 0;
  f.cells = std::vector<std::uint32_t>{5, 1, 2, 3, 4, 5};
  CHECK(read_extension(f, 3, v) == 0);
  CHECK(v == 3);
  f.cells = std::vector<std::uint32_t>{1, kResetToken};
  CHECK(read_extension(f, 3, v) == kEOverflow);
  f.cells = std::vector<std::uint32_t>{};
  CHECK(read_extension(f, 1, v) == kENoData);
  f.cells.reset();
  CHECK(read_extension(f, 1, v) == kEInval);
}

TEST_CASE("the property of a window: 24 bytes with a hole", "[host][ddw]") {
  DdwWindow w;
  w.liobn = kL1;
  w.base = kHigh;
  w.page_shift = 24;
  w.len = 36;
  const PropertyValue v = window_property(w);
  CHECK(v == PropertyValue{0x80, 0, 0, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 36});
  const auto back = parse_window_property(arch::papr::kDirectWindowInfo, v);
  REQUIRE(back);
  CHECK(back->base == kHigh);
  CHECK_FALSE(back->direct);
}
