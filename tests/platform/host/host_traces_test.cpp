// SPDX-License-Identifier: Apache-2.0
// The model of Linux against what Linux did: the recorded traces.
#include <deque>
#include <map>
#include <memory>

#include "platform/host/linux/ddw_policy.hpp"
#include "platform/host/linux/iommu_table.hpp"
#include "platform/traces/trace_file.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::host;
using trace::Kind;

namespace {

std::string example(const std::string& name) {
  return std::string(PHBSIM_SOURCE_DIR) + "/examples/traces/" + name + ".co.xz";
}

constexpr std::uint64_t kDefaultPages = kGiB >> 12;

/// The call that a line records; nothing for other lines.
std::optional<TceCall> call_of(const trace::Event& e) {
  const auto liobn = static_cast<std::uint32_t>(e.n[0]);
  switch (e.kind) {
    case Kind::PutTce: return TceCall{TceCall::Kind::Put, liobn, e.n[1], e.n[2], 0, 1};
    case Kind::PutIndirect: return TceCall{TceCall::Kind::Indirect, liobn, e.n[1], e.n[3], e.n[4], e.n[2]};
    case Kind::StuffTce: return TceCall{TceCall::Kind::Stuff, liobn, e.n[1], e.n[3], 0, e.n[2]};
    default: return std::nullopt;
  }
}
bool maps(const TceCall& c) { return (c.tce & 3) != 0; }

/// A pseries trace by window: Linux's calls only. What SLOF did before comes to an end with Linux's
/// clearing of the default table.
struct Windows {
  struct Window {
    std::size_t cleared = 0;     ///< calls of the clearing seen so far
    TcePlan clearing;
    TcePlan calls;               ///< after it; of a dynamic window: all
    bool begun = false;
  };
  struct Created {
    std::uint64_t mask = 0;      ///< the query's answers
    std::uint64_t available = 0;
    std::uint64_t largest = 0;
    std::uint64_t page = 0;
    std::uint64_t bytes = 0;
    BusAddr start = 0;
    std::uint32_t liobn = 0;
  };
  std::map<std::uint32_t, Window> windows;
  std::vector<Created> created;

  explicit Windows(const std::string& name) {
    traces::TraceFile file(example(name));
    const auto calls = make_named(kTceCalls, "pseries");
    std::map<std::uint64_t, Created> queries;  // by config address
    std::map<std::uint32_t, TcePlan> expected;
    while (const auto event = file.next()) {
      const trace::Event& e = *event;
      if (e.kind == Kind::WindowQuery) {
        queries[e.n[0]] = Created{e.n[4], e.n[2], e.n[3], 0, 0, 0, 0};
      } else if (e.kind == Kind::WindowCreate) {
        Created c = queries.at(e.n[0]);
        c.page = e.n[2];
        c.bytes = e.n[3];
        c.start = e.n[4];
        c.liobn = static_cast<std::uint32_t>(e.n[5]);
        created.push_back(c);
        windows[c.liobn].begun = true;
      }
      const auto call = call_of(e);
      if (!call) continue;
      Window& w = windows[call->liobn];
      if (w.begun) {
        w.calls.push_back(*call);
        continue;
      }
      TcePlan& clear = expected[call->liobn];
      if (clear.empty()) calls->clear_table({call->liobn, 12}, 0, kDefaultPages, clear);
      w.cleared = *call == clear[w.cleared] ? w.cleared + 1 : 0;
      w.begun = w.cleared == clear.size();
    }
  }
};

/// Answers as the trace did; the calls must be the trace's.
class Recorded final : public DdwFirmware {
 public:
  Recorded(const Windows::Created& created, const TcePlan& calls) : created_(created), calls_(calls) {}

  std::optional<std::array<std::uint32_t, 3>> applicable() override {
    return std::array<std::uint32_t, 3>{1, 2, 3};
  }
  std::optional<std::vector<std::uint32_t>> extensions() override { return std::vector<std::uint32_t>{2, 4, 1}; }
  DdwQuery query(unsigned) override {
    return {0, static_cast<std::uint32_t>(created_.available), created_.largest,
            static_cast<std::uint32_t>(created_.mask), 0};
  }
  DdwCreated create(unsigned page_shift, unsigned window_shift) override {
    CHECK(1ull << page_shift == created_.page);
    CHECK(1ull << window_shift == created_.bytes);
    return {0, created_.liobn, created_.start};
  }
  int remove(std::uint32_t) override { FAIL("removed"); return 0; }
  int reset(bool) override { FAIL("reset"); return 0; }
  long tce(const TceCall& call) override {
    REQUIRE(at < calls_.size());
    CHECK(call == calls_[at]);
    ++at;
    return arch::papr::kSuccess;
  }
  std::optional<PropertyValue> property(std::string_view) override { return std::nullopt; }
  void set_property(std::string_view, const PropertyValue&) override {}
  void delete_property(std::string_view) override {}

  std::size_t at = 0;

 private:
  const Windows::Created& created_;
  const TcePlan& calls_;
};

void check_ddw(const std::string& name, std::size_t windows, unsigned page_shift, std::uint64_t calls_each) {
  const Windows trace(name);
  CHECK(trace.created.size() == windows);
  const auto order = make_named<PageSizeOrder, const std::vector<unsigned>&>(kPageSizeOrders, "largest",
                                                                             std::vector<unsigned>{});
  for (const Windows::Created& c : trace.created) {
    const TcePlan& calls = trace.windows.at(c.liobn).calls;
    // Memory, from the direct map's own lines.
    std::uint64_t ram = 0;
    for (const TceCall& call : calls) ram += call.count * c.page;
    DdwMachine machine;
    machine.ram = {{0, ram}};
    machine.hotplug_max = ram;
    const DdwPolicy policy(machine, *order);
    DdwNode node;
    Recorded firmware(c, calls);
    const DdwResult r = policy.enable(firmware, node, ~0ull);
    CHECK(r.used);
    CHECK(r.direct);
    CHECK(r.page_shift == page_shift);
    CHECK(r.base == c.start);
    CHECK(1ull << r.len == c.bytes);
    CHECK(firmware.at == calls.size());
    CHECK(r.calls.indirect == calls_each);
  }
}

struct Prediction {
  std::uint64_t maps = 0;
  std::uint64_t exact = 0;     ///< where the model puts them
  std::uint64_t coherent = 0;  ///< only if the buffer is a coherent one: naturally aligned
  std::uint64_t element = 0;   ///< only if it goes on a scatterlist
  std::uint64_t wraps = 0;     ///< lower than the one before
};

/// One map of a trace, predicted, then made: what Linux did is what goes on.
void predict(IommuTable& table, std::uint64_t first, std::uint64_t pages, unsigned align_order, Prediction& p,
             std::uint64_t& last_end) {
  ++p.maps;
  p.wraps += last_end != kNoPage && first < last_end;
  IovaSearch search;
  search.pages = pages;
  search.align_order = align_order;
  // A wrong guess is taken back; the next one begins where the first did.
  const std::uint64_t hint = table.params().first_page + table.pool(pages > 15 ? table.small_pools() : 0).hint;
  const auto attempt = [&](IovaSearch s) {
    const auto got = table.allocate(s);
    if (got == first) return true;
    if (got) table.release(IovaRelease{0, *got, pages});
    return false;
  };
  IovaSearch coherent = search;
  while (1ull << coherent.align_order < pages) ++coherent.align_order;
  coherent.handle = hint;
  IovaSearch element = search;
  element.handle = last_end;
  if (attempt(search)) {
    ++p.exact;
  } else if (attempt(coherent)) {
    ++p.coherent;
  } else if (last_end != kNoPage && attempt(element)) {
    ++p.element;
  } else {
    IovaSearch there = search;
    there.handle = first;
    table.allocate(there);
  }
  last_end = first + pages;
}

std::map<std::uint32_t, Prediction> predict_pseries(const std::string& name) {
  const Windows trace(name);
  std::map<std::uint32_t, Prediction> result;
  for (const auto& [liobn, window] : trace.windows) {
    IovaSpaceParams params;
    params.pages = kDefaultPages;
    IommuTable table(params);
    std::uint64_t last_end = kNoPage;
    for (const TceCall& c : window.calls) {
      const std::uint64_t first = c.ioba >> 12;
      if (!maps(c)) {
        table.release(IovaRelease{0, first, c.count});
        continue;
      }
      // A buffer of a kernel page (64K) or more that begins with one is aligned to it.
      const unsigned align = c.count >= 16 && (c.tce & ~3ull) % 65536 == 0 ? 4 : 0;
      predict(table, first, c.count, align, result[liobn], last_end);
    }
  }
  return result;
}

}  // namespace

TEST_CASE("Linux's dynamic windows of 16M: decision, direct map and its calls as recorded", "[host][traces]") {
  check_ddw("ps-ddw16m", 4, 24, 1);
}

TEST_CASE("Linux's dynamic windows of 64K: decision, direct map and its calls as recorded", "[host][traces]") {
  check_ddw("ps-ddw64k", 4, 16, 64);
  check_ddw("ps-load-ddw64k", 2, 16, 64);
}

TEST_CASE("Linux's calls per I/O have the recorded shapes", "[host][traces]") {
  const auto calls = make_named(kTceCalls, "pseries");
  for (const std::string name : {"ps-noddw", "ps-load-noddw", "ps-ddw16m", "ps-ddw64k"}) {
    const Windows trace(name);
    std::uint64_t mapped = 0, unmapped = 0;
    for (const auto& [liobn, window] : trace.windows) {
      CHECK(window.begun);  // each default table was cleared by 512 calls of 512
      if (liobn & 0xFF) continue;
      for (const TceCall& c : window.calls) {
        TcePlan plan;
        if (maps(c)) {
          // WRITE in the entry: the device writes. READ is always there.
          const DmaDirection d = c.tce & arch::kTceWrite ? DmaDirection::FromDevice : DmaDirection::ToDevice;
          calls->map({liobn, 12}, c.ioba, c.tce & ~0xFFFull, c.count, d, plan);
          ++mapped;
        } else {
          calls->unmap({liobn, 12}, c.ioba, c.count, plan);
          ++unmapped;
        }
        if (plan.size() != 1 || !(plan[0] == c)) FAIL(name << " " << liobn << " " << c.ioba);
      }
    }
    INFO(name);
    CHECK(mapped > 300);
    CHECK(unmapped > 200);
  }
}

TEST_CASE("iommu_table predicts every bus address of the recorded load", "[host][traces]") {
  const auto all = predict_pseries("ps-load-noddw");
  CHECK(all.size() == 2);
  std::uint64_t maps = 0;
  for (const auto& [liobn, p] : all) {
    CHECK(p.exact == p.maps);
    CHECK(p.wraps > 0);
    maps += p.maps;
  }
  CHECK(maps == 32653);
}

TEST_CASE("iommu_table predicts every bus address of the recorded devices", "[host][traces]") {
  std::uint64_t maps = 0, coherent = 0;
  for (const auto& [liobn, p] : predict_pseries("ps-noddw")) {
    INFO(liobn);
    CHECK(p.exact + p.coherent == p.maps);
    maps += p.maps;
    coherent += p.coherent;
  }
  CHECK(maps == 4033);
  CHECK(coherent == 1);  // megasas: 256 pages for its frames, naturally aligned
}

TEST_CASE("bare metal: every bus address, permissions, and one kill for each change", "[host][traces]") {
  traces::TraceFile file(example("pnv9-nobypass"));
  const auto calls = make_named(kTceCalls, "powernv");
  struct Phb {
    std::unique_ptr<IommuTable> table;
    std::uint64_t last_end = kNoPage;
    Prediction p;
    std::map<std::uint64_t, std::uint64_t> tces;
  };
  std::map<std::uint64_t, Phb> phbs;
  std::uint64_t changes = 0, kills = 0, translated = 0;
  bool changed = false;
  while (const auto event = file.next()) {
    const trace::Event& e = *event;
    if (e.kind == Kind::MmioWrite && changed) {
      CHECK(e.n[0] == 0x210);
      CHECK(e.n[2] >> 61 == 2);  // firmware makes a PE kill of it
      ++kills;
    }
    changed = false;
    if (e.kind == Kind::TceBuild || e.kind == Kind::TceFree) {
      Phb& phb = phbs[e.n[0]];
      if (!phb.table) {
        IovaSpaceParams params;  // 2 GiB below the MMIO space, pages of the kernel's size
        params.page_shift = 16;
        params.pages = 2 * kGiB >> 16;
        phb.table = std::make_unique<IommuTable>(params);
      }
      TcePlan plan;
      if (e.kind == Kind::TceBuild) {
        constexpr DmaDirection kDirections[] = {DmaDirection::Bidirectional, DmaDirection::ToDevice,
                                                DmaDirection::FromDevice};
        predict(*phb.table, e.n[2], e.n[3], 0, phb.p, phb.last_end);
        calls->map({0, 16}, e.n[2] << 16, e.n[4], e.n[3], kDirections[e.n[5]], plan);
      } else {
        phb.table->release(IovaRelease{0, e.n[1], e.n[2]});
        calls->unmap({0, 16}, e.n[1] << 16, e.n[2], plan);
      }
      REQUIRE(plan.size() == 2);
      for (std::uint64_t i = 0; i < plan[0].count; ++i) {
        phb.tces[(plan[0].ioba >> 16) + i] = plan[0].tce + i * plan[0].stride;
      }
      ++changes;
      changed = true;
    } else if (e.kind == Kind::PnvTranslate && phbs.count(e.n[0])) {
      const auto tce = phbs[e.n[0]].tces.find(e.n[3] >> 16);
      if (tce == phbs[e.n[0]].tces.end()) continue;
      if (tce->second != (e.n[5] | e.n[6])) FAIL("line " << file.line());
      ++translated;
    }
  }
  CHECK(kills == changes);
  CHECK(translated > 10000);
  Prediction sum;
  for (const auto& [number, phb] : phbs) {
    INFO(number);
    CHECK(phb.p.exact + phb.p.element + phb.p.coherent == phb.p.maps);
    sum.maps += phb.p.maps;
    sum.exact += phb.p.exact;
    sum.element += phb.p.element;
  }
  CHECK(sum.maps == 45 + 1167 + 2365);
  CHECK(sum.exact == sum.maps - 79);
  CHECK(sum.element == 79);
}
