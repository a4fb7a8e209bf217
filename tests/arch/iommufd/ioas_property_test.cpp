// SPDX-License-Identifier: Apache-2.0
/// Random calls to several IOASes against ioas_model.hpp. After each call everything that can be seen is
/// compared: errno, areas, usable IOVAs, alignment, the contents of each domain, pins of each real page,
/// charges. Some calls are tried with each of their allocations failing first.
#include <algorithm>
#include <random>

#include "tests/arch/iommufd/ioas_model.hpp"
#include "tests/support/allocations.hpp"

using namespace phbsim;
using namespace phbsim::test;
using model::Range;
using model::World;

namespace {

constexpr std::uint64_t kSpan = 0x100000;  // IOVAs that most calls speak of
constexpr unsigned kSpaces = 3;

struct Outcome {
  std::optional<Errno> error;
  std::uint64_t value = 0;
  bool operator==(const Outcome& o) const { return error == o.error && value == o.value; }
};

class Driver {
 public:
  Driver(unsigned seed, bool sweep)
      : random_(seed), sweep_(sweep), odd_(seed % 3 == 0 ? 25 : 3), files_only_(seed % 4 == 0) {
    const bool large = seed % 2 == 0;
    layer_.memory = &machine_.memory;
    layer_.large_io_pages = large;
    layer_.huge_shift = 14;  // so that it bounds
    world_.large_io_pages = large;
    world_.huge_page = 1 << 14;
    world_.spaces.resize(kSpaces);
    for (unsigned i = 0; i < 2; ++i) {
      processes_.push_back(std::make_shared<FakeProcess>(machine_, i == 0 ? 1 : 4, &user_));
      processes_[i]->pages.add(0x100, 48);
      processes_[i]->pages.remove(0x10d, 1);
      processes_[i]->pages.add(0x112, 1, false);
    }
    files_.push_back(std::make_shared<FakeFile>(machine_, 32, false, 8));
    files_.push_back(std::make_shared<FakeFile>(machine_, 16, true, 16));
    for (unsigned i = 0; i < kSpaces; ++i) {
      ioases_.push_back(std::make_unique<Ioas>(layer_));
      users_.push_back(std::make_unique<FakeUser>(*ioases_[i]));
      domains_.emplace_back();
      domains_[i].push_back(std::make_unique<FakeDomain>(machine_, 0, 0xfffff, 12));
      domains_[i].push_back(std::make_unique<FakeDomain>(machine_, 0x800, 0x7ffff, 11));
      domains_[i].push_back(std::make_unique<FakeDomain>(
          machine_, std::vector<arch::os::Aperture>{{0, 0x3ffff, 12}, {0x80000, 0xfffff, 13}}));
      domains_[i].push_back(std::make_unique<FakeDomain>(machine_, 0, 0xbffff, 13));
    }
    for (unsigned i = 1; i < kSpaces; ++i) toggle(i, *domains_[i][seed / 2 % 4]);
  }
  ~Driver() {
    for (auto& list : domains_) {
      for (unsigned i = 0; i < kSpaces; ++i) {
        for (auto& d : list) ioases_[i]->remove_domain(*d);
      }
    }
    for (unsigned i = 0; i < kSpaces; ++i) {
      users_[i]->unmap(0, kAll);
      ioases_[i]->remove_access(*users_[i]);
    }
    ioases_.clear();
    CHECK(machine_.pins.empty());
    CHECK(machine_.errors.empty());
    for (const std::string& e : machine_.errors) UNSCOPED_INFO(e);
  }

  void step() {
    const unsigned i = pick(kSpaces);
    switch (pick(24)) {
      case 0: case 1: case 2: case 3: case 4: case 5: case 6: map(i); break;
      case 7: case 8: case 9: case 10: copy(i); break;
      case 11: case 12: unmap(i); break;
      case 13: split(i); break;
      case 14: case 15: domain(i); break;
      case 16: case 17: case 18: access(i); break;
      case 19: reserve(i); break;
      case 20: huge(i); break;
      case 21: case 22: memory(); break;
      default: rare(i); break;
    }
  }
  unsigned refusals[200] = {};
  unsigned successes = 0;
  std::uint64_t failed_allocations = 0;

 private:
  std::uint64_t pick(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned percent) { return pick(100) < percent; }

  /// `real` and `expected` do the same; the model starts from a copy that an error goes back to.
  template <class Real, class Model>
  void run(const char* what, const Real& real, const Model& expected) {
    INFO(what << ", call " << calls_++);
    Outcome got;
    const auto attempt = [&] {
      got = {};
      try {
        got.value = real();
      } catch (const arch::os::SysError& e) {
        got.error = e.code();
      } catch (const std::bad_alloc&) {
        return false;
      }
      return true;
    };
    if (sweep_ && chance(15)) {
      failed_allocations += fail_each_allocation(attempt, [&] { compare(); });
    } else {
      REQUIRE(attempt());
    }
    const World before = world_;
    Outcome want;
    try {
      want.value = expected(world_);
    } catch (const model::Refused& r) {
      want.error = r.code;
      world_ = before;
    }
    world_.collect();
    if (want.error) ++refusals[static_cast<unsigned>(*want.error)];
    else ++successes;
    if (!(got == want)) {
      FAIL("got " << (got.error ? arch::os::name_of(*got.error) : "ok") << ' ' << std::hex << got.value << ", want "
                  << (want.error ? arch::os::name_of(*want.error) : "ok") << ' ' << want.value);
    }
    compare();
  }

  void compare() {
    for (unsigned i = 0; i < kSpaces; ++i) {
      const model::Space& s = world_.spaces[i];
      const Ioas& ioas = *ioases_[i];
      std::vector<std::array<std::uint64_t, 4>> areas, want;
      ioas.for_each_area([&](const Ioas::Shown& a) { areas.push_back({a.iova, a.length, a.prot.read, a.prot.write}); });
      for (const auto& [at, a] : s.areas) want.push_back({a.first, a.last - a.first + 1, a.prot.read, a.prot.write});
      if (areas != want || ioas.areas() != want.size()) FAIL("areas of IOAS " << i);
      if (ioas.alignment() != world_.alignment(s)) FAIL("alignment " << ioas.alignment() << " of IOAS " << i);
      for (const IovaRange& r : ioas.usable()) {
        const auto touching = [](std::uint64_t a, const model::Space& space) { return World::reserved(space, {a, a}); };
        if (World::reserved(s, {r.first, r.last})) FAIL("a usable range of IOAS " << i << " is reserved");
        if (r.first != 0 && !touching(r.first - 1, s)) FAIL("a usable range of IOAS " << i << " is cut short");
        if (r.last != kAll && !touching(r.last + 1, s)) FAIL("a usable range of IOAS " << i << " is cut short");
      }
      if (ioas.huge_pages() != s.huge || ioas.domains().size() != s.domains.size()) FAIL("options of IOAS " << i);
      for (const auto& d : domains_[i]) {
        const bool in = std::find(s.domains.begin(), s.domains.end(), d.get()) != s.domains.end();
        if (d->entries != (in ? world_.entries(s, *d) : std::map<BusAddr, FakeDomain::Entry>{})) {
          FAIL("contents of a domain of IOAS " << i);
        }
      }
    }
    if (machine_.pins != world_.pins()) FAIL("pins");
    for (const auto& p : processes_) {
      if (p->pinned_pages != world_.pinned_pages(*p)) FAIL("pinned pages");
      if (p->locked_pages != world_.charged(*p, Accounting::Mm)) FAIL("locked pages of a process");
    }
    if (user_.locked_pages != world_.charged(*processes_[0], Accounting::User)) FAIL("locked pages of the user");
    if (!machine_.errors.empty()) FAIL(machine_.errors[0]);
  }

  std::uint64_t some_length() {
    if (chance(odd_ / 2)) return 1 + pick(0x3000);
    const std::uint64_t unit = chance(odd_) ? 0x800 : kPage;
    return unit * (1 + pick(chance(20) ? 12 : 4));
  }
  std::uint64_t some_iova() {
    if (chance(odd_ / 3)) return chance(50) ? kAll - pick(0x4000) : pick(kSpan);
    const std::uint64_t unit = chance(odd_) ? 0x800 : kPage;
    return pick(kSpan / unit / (chance(70) ? 8 : 1)) * unit;
  }
  std::optional<Iova> some_place() { return chance(40) ? std::nullopt : std::optional<Iova>(some_iova()); }
  Protection some_protection() { return chance(30) ? kReadOnly : chance(10) ? Protection{false, true} : kReadWrite; }
  /// Often a range of one or more areas.
  Range some_range(unsigned i) {
    const auto& areas = world_.spaces[i].areas;
    if (areas.empty() || chance(15)) {
      const std::uint64_t first = some_iova();
      return {first, first + std::min(some_length() - 1, kAll - first)};
    }
    auto it = areas.begin();
    std::advance(it, pick(areas.size()));
    Range r{it->second.first, it->second.last};
    while (chance(30) && std::next(it) != areas.end()) r.last = (++it)->second.last;
    const std::uint64_t unit = chance(odd_ / 2) ? 1 : kPage;
    if (chance(25)) r.first += std::min((r.last - r.first) / unit, 1 + pick(4)) * unit;
    if (chance(25)) r.last -= std::min((r.last - r.first) / unit, 1 + pick(4)) * unit;
    return r;
  }

  void map(unsigned i) {
    const unsigned from = files_only_ && chance(99) ? 5 : pick(8);
    Source source;
    const auto& payer = processes_[pick(2)];
    source.mm = payer;
    source.accounting = static_cast<Accounting>(pick(3));
    model::Origin origin{&payer->pages, payer.get()};
    std::uint64_t pages = 52, base = 0xff;
    if (from >= 5) {
      const auto& file = files_[from == 7];
      source.file = file;
      origin = {&file->pages, nullptr, file->is_dmabuf()};
      pages = file->bytes() / kPage + (from == 7 ? 0 : 1);
      base = 0;
    }
    source.start = (base + pick(pages)) * kPage + (chance(odd_) ? 0x800 : chance(odd_ / 2) ? pick(kPage) : 0);
    std::uint64_t length = some_length();
    if (from == 7) {
      if (files_[1]->is_revoked) return;  // ENODEV: a test of its own
      source.start = std::min(source.start, files_[1]->bytes() - 1);
      length = std::min(length, files_[1]->bytes() - source.start);
    }
    const auto at = some_place();
    const Protection prot = some_protection();
    run("map", [&] { return ioases_[i]->map(source, length, at, prot); },
        [&](World& w) {
          return w.map(w.spaces[i], origin, payer.get(), source.accounting, source.start, length, at, prot);
        });
  }
  void copy(unsigned i) {
    const unsigned from = pick(kSpaces);
    const Range r = some_range(from);
    const auto at = some_place();
    const Protection prot = some_protection();
    run("copy", [&] { return ioases_[i]->copy(*ioases_[from], r.first, r.last - r.first + 1, at, prot); },
        [&](World& w) { return w.copy(w.spaces[i], w.spaces[from], r, at, prot); });
  }
  void unmap(unsigned i) {
    const Range r = chance(3) ? Range{0, kAll - 1} : some_range(i);
    std::optional<Errno> got;
    std::optional<Errno> want;
    run("unmap",
        [&] {
          const Ioas::Unmapped done = ioases_[i]->unmap_range(r.first, r.last - r.first + 1);
          if (done.error) got = done.error->code();
          return done.bytes;
        },
        [&](World& w) {
          const auto [bytes, error] = w.unmap(w.spaces[i], r);
          want = error;
          return bytes;
        });
    CHECK(got == want);
  }
  void split(unsigned i) {
    const Range r = some_range(i);
    run("split", [&] { return ioases_[i]->split(r.first, r.last - r.first + 1), 0; },
        [&](World& w) { return w.split(w.spaces[i], r.first, r.last - r.first + 1), 0; });
  }
  void domain(unsigned i) {
    FakeDomain& d = *domains_[i][pick(4)];
    const auto& in = world_.spaces[i].domains;
    if (in.size() == 1 && in[0] == &d && chance(60)) return;  // mostly with domains
    toggle(i, d);
  }
  void toggle(unsigned i, FakeDomain& d) {
    const auto& in = world_.spaces[i].domains;
    if (std::find(in.begin(), in.end(), &d) != in.end()) {
      run("remove domain", [&] { return ioases_[i]->remove_domain(d), 0; },
          [&](World& w) { return w.remove_domain(w.spaces[i], d), 0; });
    } else {
      run("add domain", [&] { return ioases_[i]->add_domain(d), 0; },
          [&](World& w) { return w.add_domain(w.spaces[i], d), 0; });
    }
  }
  void access(unsigned i) {
    FakeUser& user = *users_[i];
    if (!world_.spaces[i].access ? chance(70) : chance(8)) {
      if (world_.spaces[i].access) {
        run("remove access",
            [&] {
              user.unmap(0, kAll);
              ioases_[i]->remove_access(user);
              return 0;
            },
            [&](World& w) {
              for (const Range& r : w.spaces[i].pins) w.unpin(w.spaces[i], r);
              w.spaces[i].pins.clear();
              w.spaces[i].access = false;
              return 0;
            });
      } else {
        run("add access", [&] { return ioases_[i]->add_access(user, true), 0; },
            [&](World& w) { return w.add_access(w.spaces[i]), 0; });
      }
    } else if (chance(30) && !user.pins.empty()) {
      const std::size_t n = pick(user.pins.size());
      run("unpin",
          [&] {
            ioases_[i]->unpin(user, user.pins[n].first, user.pins[n].second);
            user.pins.erase(user.pins.begin() + static_cast<std::ptrdiff_t>(n));
            return 0;
          },
          [&](World& w) {
            auto& pins = w.spaces[i].pins;
            w.unpin(w.spaces[i], pins[n]);
            pins.erase(pins.begin() + static_cast<std::ptrdiff_t>(n));
            return 0;
          });
    } else {
      const Range r = some_range(i);
      const bool write = chance(40);
      run("pin", [&] { return user.pin(r.first, r.last - r.first + 1, write), 0; },
          [&](World& w) { return w.pin(w.spaces[i], r, write), 0; });
    }
  }
  void reserve(unsigned i) {
    Ioas& ioas = *ioases_[i];
    const void* const owner = &files_[pick(2)];
    if (chance(30)) {
      run("unreserve", [&] { return ioas.unreserve(owner), 0; },
          [&](World& w) { return w.unreserve(w.spaces[i], owner), 0; });
    } else if (chance(50)) {
      const std::uint64_t first = some_iova();
      const Range r{first, first + pick(3) * kPage - chance(80)};
      run("reserve", [&] { return ioas.reserve(owner, {r.first, r.last}), 0; },
          [&](World& w) { return w.reserve(w.spaces[i], owner, r), 0; });
    } else {
      std::vector<IovaRange> list;
      while (chance(60)) {
        const std::uint64_t first = some_iova();
        list.push_back({first, first + std::min(kAll - first, pick(20) * 0x3000 + kPage - 1)});
      }
      run("allow", [&] { return ioas.allow(list), 0; }, [&](World& w) { return w.allow(w.spaces[i], list), 0; });
    }
  }
  void huge(unsigned i) {
    const bool on = chance(60);
    run("huge pages", [&] { return ioases_[i]->set_huge_pages(on), 0; },
        [&](World& w) { return w.set_huge(w.spaces[i], on), 0; });
  }
  /// What is pinned stays; what is not changes under the IOAS.
  void memory() {
    FakeProcess& p = *processes_[pick(2)];
    const std::uint64_t page = 0x100 + pick(48);
    switch (pick(5)) {
      case 0:
        if (chance(50)) p.pages.remove(page, 1);
        else p.pages.add(page, 1, false);
        break;
      case 1: case 2: p.pages.add(page, 12, true); break;
      case 3:
        if (p.pages.has(page, false)) p.pages.move(page);
        break;
      default: p.limit = chance(70) ? ~std::uint64_t{0} : pick(60) * kPage; break;
    }
    compare();
  }
  void rare(unsigned i) {
    FakeProcess& p = *processes_[pick(2)];
    switch (pick(4)) {
      case 0: p.gone = chance(20); break;
      case 1:
        files_[1]->is_revoked = true;
        for (unsigned k = 0; k < kSpaces; ++k) {
          run("revoke", [&] { return ioases_[k]->revoke(*files_[1]), 0; },
              [&](World& w) { return w.revoke(w.spaces[k], &files_[1]->pages), 0; });
        }
        files_[1]->is_revoked = false;  // new mappings are possible again
        break;
      case 2: {
        std::vector<Ioas*> all;
        for (const auto& ioas : ioases_) all.push_back(ioas.get());
        const auto to = processes_[pick(2)];
        run("change process", [&] { return Ioas::change_process(all, to), 0; },
            [&](World& w) { return w.change_process(to.get()), 0; });
        break;
      }
      default: {
        run("unmap all", [&] { return ioases_[i]->unmap_all(); },
            [&](World& w) { return w.unmap(w.spaces[i], {0, kAll}).first; });
      }
    }
  }

  std::mt19937 random_;
  bool sweep_;
  unsigned odd_;     // how many of a hundred addresses and lengths are odd ones
  bool files_only_;  // mostly, so that CHANGE_PROCESS is possible
  FakeMachine machine_;
  arch::os::UserAccount user_;
  Layer layer_;
  World world_;
  std::vector<std::shared_ptr<FakeProcess>> processes_;
  std::vector<std::shared_ptr<FakeFile>> files_;
  std::vector<std::unique_ptr<Ioas>> ioases_;
  std::vector<std::unique_ptr<FakeUser>> users_;
  std::vector<std::vector<std::unique_ptr<FakeDomain>>> domains_;
  unsigned calls_ = 0;
};

}  // namespace

TEST_CASE("Random calls to IOASes do what the model does", "[ioas]") {
  std::map<unsigned, unsigned> refusals;
  unsigned successes = 0;
  for (unsigned seed = 1; seed <= 48; ++seed) {
    INFO("seed " << seed);
    Driver driver(seed, false);
    for (unsigned n = 0; n < 1000; ++n) driver.step();
    for (unsigned e = 0; e < 200; ++e) refusals[e] += driver.refusals[e];
    successes += driver.successes;
  }
  // Every kind of refusal was seen, and not only refusals.
  for (const Errno e : {Errno::Perm, Errno::NoEnt, Errno::NoMem, Errno::Fault, Errno::Exist, Errno::Inval, Errno::NoSpc,
                        Errno::OpNotSupp, Errno::AddrInUse}) {
    CAPTURE(arch::os::name_of(e));
    CHECK(refusals[static_cast<unsigned>(e)] > 5);
  }
  CHECK(successes > 8000);
}

TEST_CASE("An IOAS is as it was after a call that ran out of memory anywhere", "[ioas]") {
  std::uint64_t failures = 0;
  for (unsigned seed = 1001; seed <= 1016; ++seed) {
    INFO("seed " << seed);
    Driver driver(seed, true);
    for (unsigned n = 0; n < 800; ++n) driver.step();
    failures += driver.failed_allocations;
  }
  CHECK(failures > 5000);
}
