// SPDX-License-Identifier: Apache-2.0
/// What an IOAS does, said again as simply as it can be: page by page, list by list, no sharing, no speed.
/// Written from iommufd.md 3.3-3.9, 4 and 5; shares no code with models/arch/iommufd.
///
/// A call that fails throws Refused; World is a value, so whoever calls keeps a copy to go back to.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tests/arch/iommufd/ioas_bench.hpp"

namespace phbsim::test::model {

struct Refused {
  Errno code;
};
inline void refuse_if(bool wrong, Errno code) {
  if (wrong) throw Refused{code};
}

struct Range {
  std::uint64_t first;
  std::uint64_t last;
  bool touches(Range o) const { return first <= o.last && o.first <= last; }
};

/// Where pages come from; not part of the state that a call changes.
struct Origin {
  FakePages* pages;
  FakeProcess* process;  ///< null for a file
  bool dmabuf = false;
};

struct Object {
  Origin origin;
  FakeProcess* payer;
  std::uint64_t base;  ///< page 0 in its source
  bool writable;
  Accounting accounting;
  bool revoked = false;
  struct Held {
    RealAddr real;
    unsigned uses;
  };
  std::map<std::uint64_t, Held> held;
};

struct ModelArea {
  std::uint64_t first;
  std::uint64_t last;
  int object;
  std::uint64_t start;  ///< byte of the object
  Protection prot;
  unsigned accesses = 0;
  bool filled = false;
};

struct Window {
  const FakeDomain* domain;
  Range range;
  std::uint64_t granule;
};

struct Space {
  std::map<std::uint64_t, ModelArea> areas;
  std::vector<std::pair<const void*, Range>> reserved;
  std::vector<Range> allowed;
  std::vector<const FakeDomain*> domains;
  std::vector<Range> pins;  ///< of its one access user
  bool access = false;
  bool huge = true;
};

struct World {
  std::map<int, Object> objects;
  int next_object = 0;
  std::vector<Space> spaces;
  bool large_io_pages = false;
  std::uint64_t huge_page = 0x200000;

  // -- reading ------------------------------------------------------------------------------------
  std::uint64_t alignment(const Space& s) const {
    std::uint64_t a = s.huge ? 1 : kPage;
    for (const FakeDomain* d : s.domains) a = std::max(a, d->finest());
    return s.access ? std::max(a, kPage) : a;
  }
  static std::vector<Window> coarse(const Space& s) {
    std::vector<Window> out;
    for (const FakeDomain* d : s.domains) {
      for (const auto& a : d->apertures()) {
        const std::uint64_t g = std::uint64_t{1} << a.page_shift;
        if (g > d->finest()) out.push_back({d, {a.first, a.last}, g});
      }
    }
    return out;
  }
  static std::uint64_t granule(const Space& s, Range r) {
    std::uint64_t g = 1;
    for (const Window& w : coarse(s)) {
      if (w.range.touches(r)) g = std::max(g, w.granule);
    }
    return g;
  }
  static bool reserved(const Space& s, Range r) {
    for (const auto& [owner, range] : s.reserved) {
      if (range.touches(r)) return true;
    }
    return false;
  }
  static bool mapped(const Space& s, Range r) {
    for (const auto& [at, area] : s.areas) {
      if (Range{area.first, area.last}.touches(r)) return true;
    }
    return false;
  }
  /// What each IOVA page of the domain must show.
  std::map<BusAddr, FakeDomain::Entry> entries(const Space& s, const FakeDomain& d) const {
    std::map<BusAddr, FakeDomain::Entry> out;
    for (const auto& [at, area] : s.areas) {
      for (std::uint64_t i = 0; area.filled && i < area.last - area.first + 1; i += d.finest()) {
        const std::uint64_t byte = area.start + i;
        const RealAddr real = objects.at(area.object).held.at(byte / kPage).real + byte % kPage;
        out[area.first + i] = {real, area.prot.read, area.prot.write};
      }
    }
    return out;
  }
  std::map<RealAddr, unsigned> pins() const {
    std::map<RealAddr, unsigned> out;
    for (const auto& [id, o] : objects) {
      for (const auto& [page, held] : o.held) ++out[held.real];
    }
    return out;
  }
  /// Pages that count as `mode` for `p`, or for its user.
  std::uint64_t charged(FakeProcess& p, Accounting mode) const {
    std::uint64_t n = 0;
    for (const auto& [id, o] : objects) {
      const bool same = mode == Accounting::User ? &o.payer->user() == &p.user() : o.payer == &p;
      if (o.accounting == mode && !o.origin.dmabuf && same) n += o.held.size();
    }
    return n;
  }
  std::uint64_t pinned_pages(const FakeProcess& p) const {
    std::uint64_t n = 0;
    for (const auto& [id, o] : objects) {
      if (o.payer == &p && !o.origin.dmabuf) n += o.held.size();
    }
    return n;
  }

  // -- calls --------------------------------------------------------------------------------------
  void use(int id, std::uint64_t first_byte, std::uint64_t last_byte) {
    Object& o = objects.at(id);
    std::uint64_t fresh = 0;
    for (std::uint64_t p = first_byte / kPage; p <= last_byte / kPage; ++p) {
      const auto it = o.held.find(p);
      if (it != o.held.end()) {
        ++it->second.uses;
        continue;
      }
      const bool there = (!o.origin.process || !o.origin.process->gone) && o.origin.pages->has(o.base + p, o.writable);
      refuse_if(!there, o.origin.process ? Errno::Fault : Errno::Inval);
      o.held[p] = {o.origin.pages->real_of(o.base + p), 1};
      ++fresh;
    }
    if (fresh == 0 || o.origin.dmabuf || o.accounting == Accounting::None) return;
    refuse_if(charged(*o.payer, o.accounting) > o.payer->limit / kPage, Errno::NoMem);
  }
  void disuse(int id, std::uint64_t first_byte, std::uint64_t last_byte) {
    Object& o = objects.at(id);
    for (std::uint64_t p = first_byte / kPage; p <= last_byte / kPage; ++p) {
      if (--o.held.at(p).uses == 0) o.held.erase(p);
    }
  }
  /// EINVAL if the area's memory does not fill the domain's I/O pages.
  void check_domain(const FakeDomain& d, const ModelArea& a) const {
    for (const auto& w : d.apertures()) {
      const std::uint64_t g = std::uint64_t{1} << w.page_shift;
      const std::uint64_t from = std::max(a.first, w.first), to = std::min(a.last, w.last);
      if (from > to) continue;
      refuse_if(from % g != 0 || (to + 1) % g != 0, Errno::Inval);
      const auto real_of = [&](std::uint64_t iova) {
        const std::uint64_t byte = a.start + (iova - a.first);
        return objects.at(a.object).held.at(byte / kPage).real + byte % kPage;
      };
      for (std::uint64_t at = from; at <= to; at += g) {
        refuse_if(real_of(at) % g != 0, Errno::Inval);
        for (std::uint64_t i = 0; i < g; i += 512) refuse_if(real_of(at + i) != real_of(at) + i, Errno::Inval);
      }
    }
  }
  void fill(Space& s, ModelArea& a) {
    if (s.domains.empty() || objects.at(a.object).revoked) return;
    use(a.object, a.start, a.start + (a.last - a.first));
    for (const FakeDomain* d : s.domains) check_domain(*d, a);
    a.filled = true;
  }
  void empty(ModelArea& a) {
    if (a.filled) disuse(a.object, a.start, a.start + (a.last - a.first));
    a.filled = false;
  }

  std::uint64_t pick(const Space& s, std::uint64_t memory, std::uint64_t length) const {
    refuse_if(length >= kAll / 2, Errno::Overflow);
    std::uint64_t natural = 1;
    while (natural < length) natural *= 2;
    while (memory != 0 && memory % natural != 0) natural /= 2;
    const std::uint64_t align = std::min(natural, std::max(huge_page, alignment(s)));
    refuse_if(align < alignment(s), Errno::Inval);
    const auto room = [&](Range hole, std::uint64_t to) -> std::optional<std::uint64_t> {
      if (hole.first + (to - 1) < hole.first) return std::nullopt;
      const std::uint64_t at = (hole.first + (to - 1)) / to * to | memory % kPage;
      if (at >= hole.last || hole.last - at + 1 < length) return std::nullopt;
      return at;
    };
    std::map<std::uint64_t, std::uint64_t> ranges;  // allowed, first to last
    for (const Range& r : s.allowed) ranges[std::max(r.first, kPage)] = std::min(r.last, kAll - kPage);
    if (s.allowed.empty()) ranges[kPage] = kAll - kPage;
    for (auto it = ranges.begin(); it != ranges.end(); ++it) {
      Range allowed{it->first, it->second};
      while (std::next(it) != ranges.end() && std::next(it)->first == allowed.last + 1) allowed.last = (++it)->second;
      if (allowed.first > allowed.last) continue;
      const auto begin = room(allowed, align);
      if (!begin) continue;
      // Every place where something may begin or end cuts the range; pieces that are free and follow each
      // other, with the same granule, make a hole.
      std::map<std::uint64_t, bool> cuts{{*begin, false}};  // true: a border of a window
      const auto cut = [&](Range r, bool border) {
        if (r.first > *begin && r.first <= allowed.last) cuts[r.first] |= border;
        if (r.last >= *begin && r.last < allowed.last) cuts[r.last + 1] |= border;
      };
      for (const auto& [owner, r] : s.reserved) cut(r, false);
      for (const auto& [at, a] : s.areas) cut({a.first, a.last}, false);
      for (const Window& w : coarse(s)) cut(w.range, true);
      for (auto c = cuts.begin(); c != cuts.end();) {
        Range hole{c->first, allowed.last};
        const auto free = [&](std::map<std::uint64_t, bool>::iterator at) {
          return !reserved(s, {at->first, at->first}) && !mapped(s, {at->first, at->first});
        };
        const bool open = free(c);
        for (++c; c != cuts.end(); ++c) {
          if (c->second || free(c) != open) break;
        }
        if (c != cuts.end()) hole.last = c->first - 1;
        if (!open) continue;
        const std::uint64_t g = granule(s, hole);
        if (g > natural || length % g != 0) continue;
        if (const auto at = room(hole, std::max(align, g))) return *at;
      }
    }
    throw Refused{Errno::NoSpc};
  }

  struct Part {
    int object;
    std::uint64_t start;
    std::uint64_t length;
  };
  std::uint64_t place(Space& s, const std::vector<Part>& parts, std::uint64_t length,
                      std::optional<std::uint64_t> fixed, Protection prot) {
    refuse_if(length % alignment(s) != 0, Errno::Inval);
    std::uint64_t iova = 0;
    if (fixed) {
      iova = *fixed;
      refuse_if(iova % alignment(s) != 0, Errno::Inval);
      refuse_if(iova + (length - 1) < iova, Errno::Overflow);
      const Range r{iova, iova + (length - 1)};
      refuse_if(iova % granule(s, r) != 0 || length % granule(s, r) != 0, Errno::Inval);
      refuse_if(reserved(s, r), Errno::Inval);
      refuse_if(mapped(s, r), Errno::Exist);
    } else {
      iova = pick(s, objects.at(parts[0].object).base * kPage + parts[0].start, length);
    }
    std::uint64_t at = iova;
    for (const Part& p : parts) {
      refuse_if(prot.write && !objects.at(p.object).writable, Errno::Perm);
      refuse_if((p.start % kPage) % alignment(s) != 0, Errno::Inval);
      at += p.length;
    }
    at = iova;
    for (const Part& p : parts) {
      ModelArea a{at, at + (p.length - 1), p.object, p.start, prot};
      fill(s, a);
      s.areas[at] = a;
      at += p.length;
    }
    return iova;
  }
  std::uint64_t map(Space& s, const Origin& origin, FakeProcess* payer, Accounting accounting, std::uint64_t start,
                    std::uint64_t length, std::optional<std::uint64_t> fixed, Protection prot) {
    refuse_if(length == 0, Errno::Inval);
    const Object o{origin, payer, start / kPage, prot.write, accounting, false, {}};
    objects.emplace(next_object, o);
    return place(s, {{next_object++, start % kPage, length}}, length, fixed, prot);
  }
  /// Pieces of areas that hold [first, last] without a hole.
  static std::vector<std::pair<ModelArea*, Range>> pieces(Space& s, Range r) {
    std::vector<std::pair<ModelArea*, Range>> out;
    for (std::uint64_t at = r.first;;) {
      ModelArea* found = nullptr;
      for (auto& [first, a] : s.areas) {
        if (a.first <= at && at <= a.last) found = &a;
      }
      if (!found) return out;
      out.push_back({found, {at, std::min(r.last, found->last)}});
      if (found->last >= r.last) return out;
      at = found->last + 1;
    }
  }
  static bool whole(const std::vector<std::pair<ModelArea*, Range>>& list, Range r) {
    return !list.empty() && list.back().second.last == r.last;
  }
  std::uint64_t copy(Space& to, Space& from, Range r, std::optional<std::uint64_t> fixed, Protection prot) {
    const auto list = pieces(from, r);
    refuse_if(!whole(list, r), Errno::NoEnt);
    std::vector<Part> parts;
    for (const auto& [a, p] : list) parts.push_back({a->object, a->start + (p.first - a->first), p.last - p.first + 1});
    return place(to, parts, r.last - r.first + 1, fixed, prot);
  }
  void unpin(Space& s, Range r) {
    for (const auto& [a, p] : pieces(s, r)) {
      disuse(a->object, a->start + (p.first - a->first), a->start + (p.last - a->first));
      --a->accesses;
    }
  }
  void pin(Space& s, Range r, bool write) {
    refuse_if(!s.access, Errno::NoEnt);
    const auto list = pieces(s, r);
    for (const auto& [a, p] : list) {
      const std::uint64_t byte = a->start + (p.first - a->first);
      const std::uint64_t end = a->start + (p.last - a->first) + 1;
      refuse_if(byte % kPage != 0 || (p.last != r.last && end % kPage != 0), Errno::Inval);
      refuse_if(write ? !a->prot.write : !a->prot.read, Errno::Perm);
      refuse_if(objects.at(a->object).origin.dmabuf, Errno::Inval);
      use(a->object, byte, end - 1);
      ++a->accesses;
    }
    refuse_if(!whole(list, r), Errno::NoEnt);
    s.pins.push_back(r);
  }
  /// Stops at an error but keeps what is done.
  std::pair<std::uint64_t, std::optional<Errno>> unmap(Space& s, Range r) {
    std::uint64_t bytes = 0;
    for (;;) {
      auto it = s.areas.begin();
      while (it != s.areas.end() && it->second.last < r.first) ++it;
      if (it == s.areas.end() || it->second.first > r.last) return {bytes, std::nullopt};
      ModelArea& a = it->second;
      if (a.first < r.first || a.last > r.last) return {bytes, Errno::NoEnt};
      for (std::size_t i = 0; a.accesses != 0 && i < s.pins.size();) {
        if (!s.pins[i].touches({a.first, a.last})) {
          ++i;
          continue;
        }
        unpin(s, s.pins[i]);
        s.pins.erase(s.pins.begin() + static_cast<std::ptrdiff_t>(i));
      }
      empty(a);
      bytes += a.last - a.first + 1;
      s.areas.erase(it);
    }
  }
  void cut(Space& s, std::uint64_t below) {
    for (auto& [first, a] : s.areas) {
      if (a.first >= below || a.last <= below) continue;  // a part of one byte is not cut off
      refuse_if(objects.at(a.object).origin.dmabuf, Errno::OpNotSupp);
      const std::uint64_t unit = std::max(alignment(s), granule(s, {below, below + 1}));
      const std::uint64_t start = a.start + (below + 1 - a.first);
      refuse_if((below + 1) % unit != 0 || (start % kPage) % unit != 0, Errno::Inval);
      refuse_if(a.accesses != 0, Errno::Inval);
      refuse_if(a.filled && s.huge, Errno::Inval);
      ModelArea upper = a;
      upper.first = below + 1;
      upper.start = start;
      a.last = below;
      s.areas[upper.first] = upper;
      return;
    }
  }
  void split(Space& s, std::uint64_t iova, std::uint64_t length) {
    cut(s, iova + length - 1);
    if (iova != 0) cut(s, iova - 1);
  }

  void check_alignment(const Space& s, std::uint64_t to) const {
    for (const auto& [first, a] : s.areas) {
      const bool fits = a.first % to == 0 && (a.last + 1) % to == 0 && (a.start % kPage) % to == 0;
      refuse_if(!fits, Errno::AddrInUse);
    }
  }
  void reserve(Space& s, const void* owner, Range r) {
    refuse_if(r.first > r.last, Errno::Inval);
    refuse_if(mapped(s, r), Errno::AddrInUse);
    for (const Range& a : s.allowed) refuse_if(a.touches(r), Errno::AddrInUse);
    s.reserved.push_back({owner, r});
  }
  static void unreserve(Space& s, const void* owner) {
    std::vector<std::pair<const void*, Range>> kept;
    for (const auto& r : s.reserved) {
      if (r.first != owner) kept.push_back(r);
    }
    s.reserved = kept;
  }
  void allow(Space& s, const std::vector<IovaRange>& ranges) {
    std::vector<Range> list;
    for (const IovaRange& r : ranges) {
      refuse_if(r.first >= r.last, Errno::Inval);
      for (const Range& o : list) refuse_if(o.touches({r.first, r.last}), Errno::Inval);
      list.push_back({r.first, r.last});
    }
    for (const Range& r : list) refuse_if(reserved(s, r), Errno::AddrInUse);
    s.allowed = list;
  }
  void add_domain(Space& s, const FakeDomain& d) {
    refuse_if(std::max(alignment(s), d.finest()) > kPage && !large_io_pages, Errno::Inval);
    if (d.finest() > alignment(s)) check_alignment(s, d.finest());
    std::uint64_t at = 0;
    for (const auto& a : d.apertures()) {
      if (a.first > at) reserve(s, &d, {at, a.first - 1});
      at = a.last + 1;
    }
    reserve(s, &d, {at, kAll});
    for (const auto& a : d.apertures()) {
      const std::uint64_t g = std::uint64_t{1} << a.page_shift;
      for (const auto& [first, area] : s.areas) {
        if (g <= d.finest() || !Range{a.first, a.last}.touches({area.first, area.last})) continue;
        refuse_if(area.first % g != 0 || (area.last + 1) % g != 0, Errno::AddrInUse);
      }
    }
    const bool first_one = s.domains.empty();
    s.domains.push_back(&d);
    for (auto& [first, a] : s.areas) {
      if (first_one) fill(s, a);
      else if (a.filled) check_domain(d, a);
    }
  }
  void remove_domain(Space& s, const FakeDomain& d) {
    std::vector<const FakeDomain*> kept;
    for (const FakeDomain* other : s.domains) {
      if (other != &d) kept.push_back(other);
    }
    s.domains = kept;
    unreserve(s, &d);
    for (auto& [first, a] : s.areas) {
      if (kept.empty()) empty(a);
    }
  }
  void add_access(Space& s) {
    if (kPage > alignment(s)) check_alignment(s, kPage);
    s.access = true;
  }
  void set_huge(Space& s, bool on) {
    refuse_if(!on && s.huge && !s.domains.empty() && !s.areas.empty(), Errno::Inval);
    if (!on && s.huge && alignment(s) < kPage) check_alignment(s, kPage);
    s.huge = on;
  }
  void revoke(Space& s, const FakePages* pages) {
    for (auto& [first, a] : s.areas) {
      if (objects.at(a.object).origin.pages != pages) continue;
      objects.at(a.object).revoked = true;
      empty(a);
    }
  }
  void change_process(FakeProcess* to) {
    std::map<int, bool> used;
    for (const Space& s : spaces) {
      for (const auto& [first, a] : s.areas) used[a.object] = true;
    }
    for (const auto& [id, yes] : used) {
      refuse_if(objects.at(id).origin.process != nullptr || objects.at(id).origin.dmabuf, Errno::Inval);
    }
    std::uint64_t fresh[3] = {};
    for (const auto& [id, yes] : used) {
      Object& o = objects.at(id);
      if (o.payer != to) fresh[static_cast<int>(o.accounting)] += o.held.size();
    }
    for (const Accounting mode : {Accounting::User, Accounting::Mm}) {
      const std::uint64_t n = fresh[static_cast<int>(mode)];
      refuse_if(n != 0 && charged(*to, mode) + n > to->limit / kPage, Errno::NoMem);
    }
    for (const auto& [id, yes] : used) objects.at(id).payer = to;
  }
  /// Objects that no area uses are gone.
  void collect() {
    std::map<int, bool> used;
    for (const Space& s : spaces) {
      for (const auto& [first, a] : s.areas) used[a.object] = true;
    }
    for (auto it = objects.begin(); it != objects.end();) {
      it = used.count(it->first) ? std::next(it) : objects.erase(it);
    }
  }
};

}  // namespace phbsim::test::model
