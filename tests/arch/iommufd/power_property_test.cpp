// SPDX-License-Identifier: Apache-2.0
// The whole chain without a client: random calls to iommufd, over the POWER driver, on a PHB that translates by
// the bytes in its tables. A model of plain maps says after each call what every PE reaches; shares no code with
// what it tests.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "models/arch/iommufd/abi.hpp"
#include "models/arch/iommufd/context.hpp"
#include "models/arch/iommufd/device.hpp"
#include "tests/arch/power_iommu/power_bench.hpp"
#include "tests/arch/vfio/fake_process.hpp"

using namespace phbsim;
using namespace phbsim::test;
namespace iommufd = arch::iommufd;
namespace abi = arch::iommufd::abi;
using os::Errno;

namespace {

constexpr std::uint64_t kUnit = 0x1000;           ///< smallest I/O page; all addresses are multiples
constexpr std::uint64_t kHeap = 0x7000'0000;      ///< memory to map
constexpr std::uint64_t kHeapPages = 64;          ///< host pages
constexpr std::uint64_t kAbsent = 50, kReadOnly = 51;
constexpr std::uint64_t kScratch = 0x6000'0000;   ///< structs of calls
constexpr RealAddr kReal = 1ull << 40;
constexpr std::size_t kMostAreas = 24;            ///< of one IOAS
constexpr unsigned kSpaces = 3, kDevices = 4;
constexpr std::uint32_t kNone = 0;

struct Range {
  std::uint64_t first;
  std::uint64_t last;
  bool touches(Range o) const { return first <= o.last && o.first <= last; }
  bool holds(Range o) const { return first <= o.first && o.last <= last; }
};
/// Bus addresses that no device of a PHB uses for mappings (32-bit MMIO and MSIs; MSIs).
constexpr Range kNotForDma[] = {{2 * kGiB, 4 * kGiB - 1}, {1ull << 60, (1ull << 61) - 1}};

using Windows = std::vector<pw::UapiWindow>;
/// Sizes are those of tables with few entries and with many, one of them beyond 4 GiB.
const Windows kShapes[] = {
    {{0, 64 * kMiB, 12, 2}, {pw::kStartHigh, kTiB, 12, 3}},
    {{0, 64 * kMiB, 12, 1}},
    {{pw::kStartHigh, kGiB, 12, 2}},
    {{0, kGiB, 16, 2}, {pw::kStartHigh, 4 * kGiB, 16, 1}},
    {{0, kGiB, 12, 0}, {pw::kStartHigh, 16 * kGiB, 16, 0}},
    {{0, 8 * kGiB, 12, 2}},
    {{0, kGiB, 12, 2}, {pw::kStartMiddle, 4 * kGiB, 12, 2}},
    {{0, 64 * kMiB, 13, 1}},  // no such page
};
/// What an HWPT without driver data has.
Windows default_shape(unsigned host_shift) { return {{0, 2 * kGiB, host_shift, 2}}; }

bool middle(const Windows& w) { return w.back().start == pw::kStartMiddle; }
bool needs_bit59(const Windows& w) { return w.back().start == pw::kStartHigh || w[0].size > 4 * kGiB; }
std::uint64_t page_of(const Windows& w) {
  std::uint64_t page = 1;
  for (const auto& one : w) page = std::max<std::uint64_t>(page, 1ull << one.page_shift);
  return page;
}

struct Area {
  std::uint64_t last;
  std::uint64_t va;
  os::Protection prot;
  bool for_writing;  ///< its pages are pinned so
};
struct Hwpt {
  unsigned space;
  Windows windows;
  bool automatic;
};
struct Space {
  std::uint32_t id = kNone;
  std::map<std::uint64_t, Area> areas;  ///< by first IOVA
};
struct Function {
  bool bound = false;
  std::uint32_t hwpt = kNone;  ///< attached to
};
struct Model {
  Space spaces[kSpaces];
  std::map<std::uint32_t, Hwpt> hwpts;
  Function functions[kDevices];
};
constexpr unsigned kPeOf[kDevices] = {0, 0, 1, 2};  ///< the first two are one PE's

/// Says when the driver gives up pages that a device can still reach.
struct WatchedMm final : vfio::FakeMm {
  using FakeMm::FakeMm;
  std::function<void(RealAddr)> last_unpin;
  void unpin(std::uint64_t first, RealAddr real, std::uint64_t count) noexcept override {
    {
      const os::NoFail looking;
      for (std::uint64_t n = 0; n < count; ++n) {
        if (pins(first + n) == 1) last_unpin(real + n * page_bytes());
      }
    }
    FakeMm::unpin(first, real, count);
  }
};

class Driver {
 public:
  Driver(unsigned seed, unsigned host_shift, arch::Generation generation)
      : random_(seed), shift_(host_shift), bench_(options(host_shift), generation),
        mm_(std::make_shared<WatchedMm>(bench_.hw.memory, host_shift)) {
    layer_.memory = &bench_.hw.memory;
    layer_.page_shift = host_shift;
    mm_->add(kScratch, 4 * host_page(), kReal >> 1);
    // Pairs of pages lie in a row, no more.
    for (std::uint64_t p = 0; p < kHeapPages; ++p) {
      if (p != kAbsent) mm_->add(kHeap + p * host_page(), host_page(), real_of(p), p != kReadOnly);
    }
    mm_->last_unpin = [this](RealAddr real) { reached_ = reached_ || reaches(real); };
    caller_.mm = mm_;
    caller_.files = &files_;
    caller_.creds.ipc_lock = true;
    fd_ = files_.install(iommufd::Context::open(layer_));
    for (Space& s : model_.spaces) {
      abi::IoasAlloc c{};
      REQUIRE(!call(0x81, c));
      s.id = c.out_ioas_id;
    }
    for (unsigned d = 0; d < kDevices; ++d) bind(d);
  }
  ~Driver() {
    mm_->last_unpin = [](RealAddr) {};
    for (auto& b : bound_) b.reset();
    files_.close_all();
  }

  void step() {
    const unsigned i = static_cast<unsigned>(pick(kSpaces)), d = static_cast<unsigned>(pick(kDevices));
    switch (pick(24)) {
      case 0: case 1: case 2: case 3: case 4: case 5: case 6: map(i); break;
      case 7: case 8: case 9: copy(i); break;
      case 10: case 11: case 12: unmap(i); break;
      case 13: case 14: hwpt(d, i); break;
      case 15: destroy(); break;
      case 16: case 17: case 18: attach(d); break;
      case 19: case 20: case 21: attach(d); break;
      case 22: detach(d); break;
      default: chance(40) ? bind(d) : detach(d); break;
    }
    compare();
  }
  /// Everything goes, and nothing stays.
  void end() {
    for (auto& b : bound_) b.reset();
    files_.close_all();
    CHECK(mm_->total_pins() == 0);
    CHECK(mm_->wrong_unpins == 0);
    CHECK(bench_.tables_in_use() == tables_);
  }

  std::map<std::string, unsigned> done, refused;
  unsigned out_of_memory = 0;
  std::uint64_t looked = 0;

 private:
  static pw::PowerIommuOptions options(unsigned host_shift) {
    pw::PowerIommuOptions o;
    o.host_page_shift = host_shift;
    o.memory_bytes = 64 * kMiB;
    o.host_window = false;
    return o;
  }
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned percent) { return pick(100) < percent; }
  std::uint64_t host_page() const { return 1ull << shift_; }
  RealAddr real_of(std::uint64_t heap_page) const { return kReal + ((heap_page * 2 - heap_page % 2) << shift_); }
  RealAddr real_at(std::uint64_t va) const {
    return real_of((va - kHeap) >> shift_) + (va & (host_page() - 1));
  }
  os::Device& device(unsigned d) {
    os::Device* const all[kDevices] = {&bench_.dev5, &bench_.dev5b, &bench_.dev6, &bench_.dev7};
    return *all[d];
  }

  // -- the model --------------------------------------------------------------------------------------
  std::uint32_t hwpt_of_pe(unsigned pe) const {
    for (unsigned d = 0; d < kDevices; ++d) {
      if (kPeOf[d] == pe && model_.functions[d].hwpt != kNone) return model_.functions[d].hwpt;
    }
    return kNone;
  }
  bool claimed(unsigned pe) const {
    for (unsigned d = 0; d < kDevices; ++d) {
      if (kPeOf[d] == pe && model_.functions[d].bound) return true;
    }
    return false;
  }
  template <typename Body>
  void each_hwpt(unsigned space, Body&& body) const {
    for (const auto& [id, h] : model_.hwpts) {
      if (h.space == space) body(id, h);
    }
  }
  bool filled(unsigned space) const {
    bool any = false;
    each_hwpt(space, [&](std::uint32_t, const Hwpt&) { any = true; });
    return any;
  }
  std::uint64_t alignment(unsigned space) const {
    std::uint64_t a = 1;
    each_hwpt(space, [&](std::uint32_t, const Hwpt& h) { a = std::max(a, page_of(h.windows)); });
    return a;
  }
  static bool inside(const Windows& windows, Range r) {
    // Windows that meet are one.
    for (const auto& w : windows) {
      if (r.first >= w.start && r.first - w.start < w.size) {
        const std::uint64_t last = w.start + (w.size - 1);
        return r.last <= last || inside(windows, {last + 1, r.last});
      }
    }
    return false;
  }
  static bool for_dma(Range r) {
    return !kNotForDma[0].touches(r) && !kNotForDma[1].touches(r);
  }
  bool has_function(unsigned space) const {
    for (const Function& f : model_.functions) {
      if (f.hwpt != kNone && model_.hwpts.at(f.hwpt).space == space) return true;
    }
    return false;
  }
  bool allowed(unsigned space, Range r) const {
    bool ok = !has_function(space) || for_dma(r);
    each_hwpt(space, [&](std::uint32_t, const Hwpt& h) { ok = ok && inside(h.windows, r); });
    return ok;
  }
  bool free(unsigned space, Range r) const {
    for (const auto& [first, a] : model_.spaces[space].areas) {
      if (r.touches({first, a.last})) return false;
    }
    return true;
  }
  bool pages_there(std::uint64_t va, std::uint64_t bytes, bool for_writing) const {
    if (va < kHeap || va + bytes > kHeap + (kHeapPages << shift_)) return false;
    for (std::uint64_t p = (va - kHeap) >> shift_; p <= (va + bytes - 1 - kHeap) >> shift_; ++p) {
      if (p == kAbsent || (p == kReadOnly && for_writing)) return false;
    }
    return true;
  }
  bool takes(unsigned space, const Windows& windows) const {
    const std::uint64_t page = page_of(windows);
    for (const auto& w : windows) {
      if (w.page_shift != 12 && w.page_shift != 16) return false;
    }
    if (page > host_page()) return false;
    if (middle(windows) && bench_.hw.phb.facts().generation == arch::Generation::Phb3) return false;
    for (const auto& [first, a] : model_.spaces[space].areas) {
      if (!inside(windows, {first, a.last}) || (first | (a.last + 1) | (a.va & (host_page() - 1))) % page != 0) return false;
      if (!filled(space) && !pages_there(a.va, a.last - first + 1, a.for_writing)) return false;
    }
    return true;
  }
  /// A window at 4 GiB changes the whole PHB, so no other PE may need addresses from 2^59 on, as bypass does.
  bool selectable(unsigned pe, const Windows& windows) const {
    const bool changes = middle(windows) && !any_middle();
    for (unsigned other = 0; other < 3; ++other) {
      if (other == pe) continue;
      const std::uint32_t id = hwpt_of_pe(other);
      if (id == kNone && changes && !claimed(other)) return false;
      if (id == kNone) continue;
      const Windows& theirs = model_.hwpts.at(id).windows;
      if ((changes && needs_bit59(theirs)) || (middle(theirs) && needs_bit59(windows))) return false;
    }
    return true;
  }
  bool any_middle() const {
    bool any = false;
    for (const Function& f : model_.functions) any = any || (f.hwpt != kNone && middle(model_.hwpts.at(f.hwpt).windows));
    return any;
  }
  bool functions_fit(unsigned space) const {
    for (const auto& [first, a] : model_.spaces[space].areas) {
      if (!for_dma({first, a.last})) return false;
    }
    return true;
  }
  std::uint32_t automatic(unsigned space) const {
    std::uint32_t found = kNone;
    each_hwpt(space, [&](std::uint32_t id, const Hwpt& h) { found = h.automatic ? id : found; });
    return found;
  }
  void drop_unused_automatic() {
    for (auto it = model_.hwpts.begin(); it != model_.hwpts.end();) {
      bool used = !it->second.automatic;
      for (const Function& f : model_.functions) used = used || f.hwpt == it->first;
      it = used ? std::next(it) : model_.hwpts.erase(it);
    }
  }

  // -- calls ------------------------------------------------------------------------------------------
  template <typename Command>
  std::optional<Errno> call(std::uint32_t nr, Command& command) {
    command.size = sizeof command;
    {
      const os::NoFail user;
      mm_->write(kScratch, reinterpret_cast<const unsigned char*>(&command), sizeof command);
    }
    const auto error = refusal([&] { files_.get(fd_)->ioctl(caller_, abi::word(nr), kScratch); });
    const os::NoFail user;
    mm_->read(kScratch, reinterpret_cast<unsigned char*>(&command), sizeof command);
    return error;
  }
  /// Makes a call that the model takes for possible or not; memory runs out in some. True if it was done.
  template <typename Body>
  bool expect(const char* what, bool possible, Body&& body, bool may_lack = true) {
    const bool armed = may_lack && chance(15);
    reached_ = false;
    std::optional<Errno> error;
    os::allocation_fault().remaining = armed ? 1 + pick(12) : 0;
    try {
      error = body();
    } catch (const std::bad_alloc&) {
      error = Errno::NoMem;
    }
    const bool hit = armed && os::allocation_fault().remaining == 0;
    os::allocation_fault().remaining = 0;
    last_ = what;
    if (reached_) FAIL(what << " gave up a page that a device could still reach");
    if (error == Errno::NoMem && hit) {
      ++out_of_memory;
      return false;
    }
    if (possible == error.has_value()) {
      FAIL(what << " should " << (possible ? "" : "not ") << "have been done; it was "
                << (error ? os::name_of(*error) : "done"));
    }
    ++(error ? refused : done)[what];
    return !error;
  }

  std::uint64_t some_bytes() { return (chance(30) ? host_page() : kUnit) * (1 + pick(4)); }
  std::uint64_t some_iova() {
    constexpr std::uint64_t kNear[] = {0, 64 * kMiB, kGiB, 2 * kGiB, 4 * kGiB, 8 * kGiB, pw::kStartHigh, pw::kStartHigh + kGiB,
                                       pw::kStartHigh + 4 * kGiB, pw::kStartHigh + kTiB};
    const std::uint64_t near = kNear[chance(60) ? (chance(50) ? 0 : 6) : pick(std::size(kNear))];
    const std::uint64_t off = (chance(70) ? host_page() : kUnit) * pick(chance(50) ? 16 : 1024);
    return chance(20) && near > off ? near - off : near + off;
  }
  std::uint64_t some_va() {
    return kHeap + pick(kHeapPages) * host_page() + (chance(30) ? pick(host_page() / kUnit) * kUnit : 0);
  }
  os::Protection some_protection() {
    return chance(30) ? test::kReadOnly : chance(15) ? kWriteOnly : kReadWrite;
  }
  static std::uint32_t flags_of(os::Protection p, bool fixed) {
    return (p.read ? abi::kMapReadable : 0) | (p.write ? abi::kMapWriteable : 0) | (fixed ? abi::kMapFixed : 0);
  }
  Range some_range(unsigned space) {
    const auto& areas = model_.spaces[space].areas;
    if (areas.empty() || chance(10)) {
      const std::uint64_t first = some_iova();
      return {first, first + (some_bytes() - 1)};
    }
    auto it = areas.begin();
    std::advance(it, pick(areas.size()));
    Range r{it->first, it->second.last};
    while (chance(30) && std::next(it) != areas.end()) r.last = (++it)->second.last;
    if (chance(20) && r.last - r.first >= kUnit) (chance(50) ? r.first += kUnit : r.last -= kUnit);
    return r;
  }
  /// What an IOVA must be like, wherever it came from.
  bool fits(unsigned space, Range r, std::uint64_t va) const {
    const std::uint64_t a = alignment(space);
    return (r.first | (r.last + 1) | (va & (host_page() - 1))) % a == 0 && allowed(space, r) && free(space, r);
  }
  /// Room enough for anything that is mapped here, wherever it begins. Too little for some: not asked for.
  bool has_room(unsigned space) const {
    for (const auto& w : kShapes[0]) {
      if (allowed(space, {w.start, w.start + 64 * kMiB - 1})) return true;
    }
    return false;
  }

  void map(unsigned i) {
    Space& s = model_.spaces[i];
    if (s.areas.size() >= kMostAreas) return unmap(i);
    const std::uint64_t va = some_va(), bytes = some_bytes();
    const bool fixed = chance(60);
    const os::Protection prot = some_protection();
    abi::IoasMap c{0, flags_of(prot, fixed), s.id, 0, va, bytes, fixed ? some_iova() : 0};
    const bool there = !filled(i) || pages_there(va, bytes, prot.write);
    const bool aligned = (bytes | (va & (host_page() - 1))) % alignment(i) == 0;
    const bool possible = there && (fixed ? fits(i, {c.iova, c.iova + (bytes - 1)}, va) : aligned && has_room(i));
    if (!expect(fixed ? "map" : "map anywhere", possible, [&] { return call(0x85, c); })) return;
    if (!fits(i, {c.iova, c.iova + (bytes - 1)}, va)) FAIL("the IOVA " << std::hex << c.iova << " is not free to map");
    s.areas[c.iova] = {c.iova + (bytes - 1), va, prot, prot.write};
  }
  void copy(unsigned i) {
    const unsigned from = static_cast<unsigned>(pick(kSpaces));
    if (model_.spaces[i].areas.size() >= kMostAreas) return unmap(i);
    const Range r = some_range(from);
    const bool fixed = chance(60);
    const os::Protection prot = some_protection();
    const std::uint64_t bytes = r.last - r.first + 1;
    abi::IoasCopy c{0, flags_of(prot, fixed), model_.spaces[i].id, model_.spaces[from].id, bytes, fixed ? some_iova() : 0, r.first};
    // Parts of the source's areas, without a gap.
    std::vector<Area> parts;  // `last`: offset of the last byte
    std::uint64_t at = r.first;
    for (const auto& [first, a] : model_.spaces[from].areas) {
      if (at > r.last || a.last < at || first > at) continue;
      const std::uint64_t last = std::min(a.last, r.last);
      parts.push_back({last - r.first, a.va + (at - first), prot, a.for_writing});
      at = last + 1;
    }
    const bool whole = at > r.last;
    bool good = whole;
    for (std::size_t n = 0; n < parts.size(); ++n) {
      const std::uint64_t begin = n == 0 ? 0 : parts[n - 1].last + 1;
      const std::uint64_t length = parts[n].last + 1 - begin;
      good = good && (begin | length | (parts[n].va & (host_page() - 1))) % alignment(i) == 0;
      good = good && (!prot.write || parts[n].for_writing);
      good = good && (!filled(i) || pages_there(parts[n].va, length, parts[n].for_writing));
    }
    const std::uint64_t start = parts.empty() ? 0 : parts[0].va;
    const bool possible = good && (fixed ? fits(i, {c.dst_iova, c.dst_iova + (bytes - 1)}, start) : has_room(i));
    if (!expect("copy", possible, [&] { return call(0x83, c); })) return;
    if (!fits(i, {c.dst_iova, c.dst_iova + (bytes - 1)}, start)) FAIL("the IOVA " << std::hex << c.dst_iova << " is not free to copy to");
    std::uint64_t begin = 0;
    for (Area part : parts) {
      const std::uint64_t end = part.last;
      part.last += c.dst_iova;
      model_.spaces[i].areas[c.dst_iova + begin] = part;
      begin = end + 1;
    }
  }
  /// Takes whole areas, those before one that it would cut as well.
  void unmap(unsigned i) {
    auto& areas = model_.spaces[i].areas;
    const Range r = chance(4) ? Range{0, ~0ull - 1} : some_range(i);
    abi::IoasUnmap c{0, model_.spaces[i].id, r.first, r.last - r.first + 1};
    if (r.last == ~0ull - 1) c.length = ~0ull;
    std::vector<std::uint64_t> gone;
    bool cut = false;
    std::uint64_t bytes = 0;
    for (const auto& [first, a] : areas) {
      if (!r.touches({first, a.last})) continue;
      cut = cut || !r.holds({first, a.last});
      if (cut) break;
      gone.push_back(first);
      bytes += a.last - first + 1;
    }
    const bool all = c.length == ~0ull;
    // The kernel takes an area out of the model's sight only after devices have lost it.
    expect("unmap", !cut && (bytes != 0 || all), [&] { return call(0x86, c); }, false);
    for (const std::uint64_t first : gone) areas.erase(first);
    if (!cut && (bytes != 0 || all) && c.length != bytes) FAIL("unmapped " << c.length << " bytes, not " << bytes);
  }
  void hwpt(unsigned d, unsigned i) {
    if (!model_.functions[d].bound || model_.hwpts.size() > 9) return;
    const Windows& windows = kShapes[pick(std::size(kShapes))];
    pw::UapiHwptData data{0, static_cast<std::uint32_t>(windows.size()), {}};
    std::copy(windows.begin(), windows.end(), data.window);
    {
      const os::NoFail user;
      mm_->write(kScratch + 0x800, reinterpret_cast<const unsigned char*>(&data), sizeof data);
    }
    abi::HwptAlloc c{};
    c.dev_id = bound_[d]->id();
    c.pt_id = model_.spaces[i].id;
    c.data_type = pw::kHwptDataPowerTce;
    c.data_len = sizeof data;
    c.data_uptr = kScratch + 0x800;
    if (expect("alloc", takes(i, windows), [&] { return call(0x89, c); })) {
      model_.hwpts[c.out_hwpt_id] = {i, windows, false};
    }
  }
  std::uint32_t some_hwpt() {
    if (model_.hwpts.empty()) return kNone;
    auto it = model_.hwpts.begin();
    std::advance(it, pick(model_.hwpts.size()));
    return it->first;
  }
  void destroy() {
    const std::uint32_t id = some_hwpt();
    if (id == kNone) return;
    bool used = false;
    for (const Function& f : model_.functions) used = used || f.hwpt == id;
    abi::Destroy c{0, id};
    if (expect("destroy", !used, [&] { return call(0x80, c); }, false)) model_.hwpts.erase(id);
  }
  /// Attach, or replace; to an HWPT or to an IOAS.
  void attach(unsigned d) {
    Function& f = model_.functions[d];
    if (!f.bound) return;
    const unsigned pe = kPeOf[d];
    const bool replaces = chance(50);
    const bool by_space = chance(45);
    const unsigned i = static_cast<unsigned>(pick(kSpaces));
    const std::uint32_t target = by_space ? automatic(i) : some_hwpt();
    if (!by_space && target == kNone) return;
    const bool fresh = target == kNone;
    const Windows windows = fresh ? default_shape(shift_) : model_.hwpts.at(target).windows;
    const unsigned space = by_space ? i : model_.hwpts.at(target).space;
    const std::uint32_t now = hwpt_of_pe(pe);
    bool possible = (!fresh || takes(i, windows)) && functions_fit(space);
    if (replaces) {
      possible = f.hwpt != kNone && possible && (now == target || selectable(pe, windows));
    } else {
      possible = f.hwpt == kNone && possible && (now == kNone ? selectable(pe, windows) : now == target);
    }
    const std::uint32_t pt = by_space ? model_.spaces[i].id : target;
    std::uint32_t got = kNone;
    const char* const what = replaces ? (by_space ? "replace by an IOAS" : "replace") : (by_space ? "attach an IOAS" : "attach");
    if (!expect(what, possible, [&] {
          return refusal([&] { got = replaces ? bound_[d]->replace(pt) : bound_[d]->attach(pt); });
        })) {
      return;
    }
    if (!fresh && got != target) FAIL(what << " took another HWPT");
    if (fresh) model_.hwpts[got] = {i, windows, true};
    for (unsigned other = 0; replaces && other < kDevices; ++other) {
      if (kPeOf[other] == pe && model_.functions[other].hwpt != kNone) model_.functions[other].hwpt = got;
    }
    f.hwpt = got;
    drop_unused_automatic();
  }
  void detach(unsigned d) {
    if (!model_.functions[d].bound) return;
    expect("detach", true, [&]() -> std::optional<Errno> { return bound_[d]->detach(), std::nullopt; }, false);
    model_.functions[d].hwpt = kNone;
    drop_unused_automatic();
  }
  /// Or unbinds.
  void bind(unsigned d) {
    Function& f = model_.functions[d];
    if (f.bound) {
      expect("unbind", true, [&]() -> std::optional<Errno> { return bound_[d].reset(), std::nullopt; }, false);
      f = {};
      drop_unused_automatic();
    } else {
      f.bound = expect("bind", true, [&] {
        return refusal([&] { bound_[d] = iommufd::Context::from(caller_, fd_)->bind(device(d)); });
      });
    }
  }

  // -- what devices see ---------------------------------------------------------------------------------
  /// Some PE reaches the host page at `real`, by an IOVA that some IOAS shows or showed before the call.
  bool reaches(RealAddr real) const {
    for (const Space& s : model_.spaces) {
      for (const auto& [first, a] : s.areas) {
        for (std::uint64_t off = 0; off <= a.last - first; off += kUnit) {
          if (align_down(real_at_or_none(a.va + off), host_page()) != real) continue;
          for (const Rid rid : {PowerBench::kRid5, PowerBench::kRid6, PowerBench::kRid7}) {
            const auto at = bench_.reach(first + off, rid);
            if (at && align_down(*at, host_page()) == real) return true;
          }
        }
      }
    }
    return false;
  }
  RealAddr real_at_or_none(std::uint64_t va) const {
    return va >= kHeap && va < kHeap + (kHeapPages << shift_) ? real_at(va) : 0;
  }

  void compare() {
    std::set<std::uint64_t> probes{0, 64 * kMiB - kUnit, 64 * kMiB, 2 * kGiB, 4 * kGiB - kUnit, 4 * kGiB, pw::kStartHigh - kUnit,
                                   pw::kStartHigh, pw::kStartHigh + kTiB};
    std::map<RealAddr, bool> pinned;
    for (unsigned i = 0; i < kSpaces; ++i) {
      for (const auto& [first, a] : model_.spaces[i].areas) {
        probes.insert({first, a.last - (kUnit - 1), a.last + 1, first + pick((a.last - first + 1) / kUnit) * kUnit});
        if (first != 0) probes.insert(first - kUnit);
        if (!filled(i)) continue;
        for (std::uint64_t off = 0; off <= a.last - first; off += kUnit) pinned[align_down(real_at(a.va + off), host_page())] = true;
      }
    }
    const Rid rids[] = {chance(50) ? PowerBench::kRid5 : PowerBench::kRid5b, PowerBench::kRid6, PowerBench::kRid7};
    for (unsigned pe = 0; pe < 3; ++pe) {
      if (!claimed(pe)) {
        // The kernel's own: bypass, where the PHB's choice between windows allows it.
        const auto got = bench_.reach(pw::kStartHigh + 0x5123, rids[pe]);
        if (got != (any_middle() ? std::nullopt : std::optional<RealAddr>(0x5123))) FAIL("bypass of PE " << pe << " after " << last_);
        continue;
      }
      const std::uint32_t id = hwpt_of_pe(pe);
      for (const std::uint64_t probe : probes) {
        const std::uint64_t at = probe + 0x123;
        std::optional<RealAddr> read, write;
        if (id != kNone) {
          const auto& areas = model_.spaces[model_.hwpts.at(id).space].areas;
          auto it = areas.upper_bound(at);
          if (it != areas.begin() && (--it)->second.last >= at) {
            const RealAddr real = real_at(it->second.va + (at - it->first));
            read = real;  // a TCE that allows writes allows reads
            if (it->second.prot.write) write = real;
          }
        }
        ++looked;
        if (bench_.reach(at, rids[pe]) != read || bench_.reach(at, rids[pe], arch::Access::Write) != write) {
          FAIL("PE " << pe << " at " << std::hex << at << " after " << last_ << ": reads "
                     << bench_.reach(at, rids[pe]).value_or(0) << ", should " << read.value_or(0));
        }
      }
    }
    if (chance(10)) compare_ranges(static_cast<unsigned>(pick(kSpaces)), probes);
    for (std::uint64_t p = 0; p < kHeapPages; ++p) {
      if ((mm_->pins((kHeap >> shift_) + p) != 0) != (pinned.count(real_of(p)) != 0)) FAIL("pins of page " << p << " after " << last_);
    }
    if (mm_->wrong_unpins != 0) FAIL("a pin was given up twice after " << last_);
  }

  /// What IOVA_RANGES says of the probes.
  void compare_ranges(unsigned i, const std::set<std::uint64_t>& probes) {
    abi::IovaRangeEntry ranges[16] = {};
    abi::IoasIovaRanges c{0, model_.spaces[i].id, std::size(ranges), 0, kScratch + 0x800, 0};
    if (call(0x84, c)) FAIL("IOVA_RANGES");
    const os::NoFail user;
    mm_->read(kScratch + 0x800, reinterpret_cast<unsigned char*>(ranges), sizeof ranges);
    if (c.out_iova_alignment != alignment(i)) FAIL("alignment " << c.out_iova_alignment << " after " << last_);
    for (const std::uint64_t probe : probes) {
      const Range unit{probe, probe + (kUnit - 1)};
      const bool usable = std::any_of(ranges, ranges + c.num_iovas, [&](const auto& r) { return Range{r.start, r.last}.holds(unit); });
      if (usable != allowed(i, unit)) FAIL("range of " << std::hex << probe << " after " << last_);
    }
  }

  std::mt19937_64 random_;
  unsigned shift_;
  PowerBench bench_;
  std::uint64_t tables_ = bench_.tables_in_use();
  iommufd::Layer layer_;
  std::shared_ptr<WatchedMm> mm_;
  vfio::FakeFiles files_;
  os::Caller caller_;
  int fd_ = -1;
  std::unique_ptr<iommufd::BoundDevice> bound_[kDevices];
  Model model_;
  const char* last_ = "";
  bool reached_ = false;  ///< a device could, when the last call gave up a page
};

}  // namespace

TEST_CASE("Random calls to iommufd: every PE reaches what its IOAS shows and nothing else", "[power]") {
  std::map<std::string, unsigned> done, refused;
  unsigned out_of_memory = 0;
  std::uint64_t looked = 0;
  unsigned seed = 0;
  for (const auto generation : {arch::Generation::Phb3, arch::Generation::Phb4, arch::Generation::Phb5}) {
    for (const unsigned host_shift : {12u, 16u}) {
      for (unsigned n = 0; n < 2; ++n) {
        INFO("seed " << ++seed << ", host page 2^" << host_shift);
        Driver driver(seed, host_shift, generation);
        for (unsigned call = 0; call < 1200; ++call) {
          INFO("call " << call);
          driver.step();
        }
        driver.end();
        for (const auto& [what, times] : driver.done) done[what] += times;
        for (const auto& [what, times] : driver.refused) refused[what] += times;
        out_of_memory += driver.out_of_memory;
        looked += driver.looked;
      }
    }
  }
  // Every kind of call was seen done and refused, where it can be.
  for (const char* what : {"map", "map anywhere", "copy", "unmap", "alloc", "destroy", "attach", "attach an IOAS", "replace",
                           "replace by an IOAS"}) {
    INFO(what << ": " << done[what] << " done, " << refused[what] << " refused");
    CHECK(done[what] >= 10);
    CHECK(refused[what] >= 10);
  }
  CHECK(done["unbind"] > 10);
  CHECK(done["detach"] > 10);
  CHECK(out_of_memory > 50);
  CHECK(looked > 100'000);
}
