// SPDX-License-Identifier: Apache-2.0
// The firmware's accesses beside those of skiboot, as recorded on a POWER9 with six PHB4s: the same registers in the
// same order with the same values. What differs is a row of kDifferences, with the reason; a row that is not needed
// fails, too. Reads are answered as they were in the trace.
#include <deque>

#include "firmware-stubs/include/hal_host.h"
#include "platform/traces/trace_file.hpp"
#include "tests/firmware/fake_machine.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using test::Access;

namespace {

enum class Way : std::uint8_t {
  Value,  ///< both write it, values differ
  Theirs, ///< only skiboot accesses it here
  Ours,   ///< only the firmware does
};

struct Difference {
  Way way;
  Access::Kind kind;
  std::uint32_t offset;
  unsigned times;  ///< in all six PHBs
  const char* reason;
};

constexpr auto R = Access::Kind::Read;
constexpr auto W = Access::Kind::Write;

constexpr Difference kDifferences[] = {
    {Way::Value, W, 0x168, 6, "where the RTT lies is a matter of allocation"},
    {Way::Value, W, 0x188, 6, "the same of the PELT-V"},
    {Way::Value, W, 0x1A8, 6, "the same of the PEST"},
    {Way::Value, W, 0x101C, 6, "I/O base and limit beside secondary status: skiboot writes its copy, we what we read"},
    {Way::Ours, R, 0x800, 5, "the version, after its probe; skiboot does that for the first PHB only"},
    {Way::Ours, R, 0x120, 6, "is it fenced? once more when bring-up is done"},
    {Way::Theirs, R, 0x1A40, 12, "the state of the link, for its log, twice"},
    {Way::Ours, R, 0x1054, 4, "how wide the root complex can be; skiboot knows from its device tree"},
    {Way::Theirs, R, 0x1AB0, 6, "per-lane errors, for its log"},
};

struct Replayed {
  std::vector<std::vector<Access>> theirs = std::vector<std::vector<Access>>(6);  ///< by PHB
  std::vector<Access> their_scoms;
};

unsigned phb_of(std::string_view region) { return static_cast<unsigned>(region.back() - '0'); }

const Replayed& recorded() {
  static const Replayed read = [] {
    Replayed r;
    traces::TraceFile file(std::string(PHBSIM_SOURCE_DIR) + "/examples/traces/skiboot-p9.co.xz");
    while (const auto e = file.next()) {
      if (e->kind != trace::Kind::MmioRead && e->kind != trace::Kind::MmioWrite) continue;
      const auto kind = e->kind == trace::Kind::MmioRead ? R : W;
      const Access a{kind, static_cast<std::uint32_t>(e->n[0]), static_cast<unsigned>(e->n[1]), e->n[2]};
      if (e->text[0].substr(0, 4) == "phb0") r.theirs[phb_of(e->text[0])].push_back(a);
      if (e->text[0].substr(0, 3) == "pec") {
        Access scom = a;
        scom.offset >>= 3;
        scom.scom = true;
        r.their_scoms.push_back(scom);
      }
    }
    return r;
  }();
  return read;
}

/// Plays the recorded machine: every read gets what skiboot got from the same place, in the same order.
class TraceMachine : public test::FakeMachine {
 public:
  TraceMachine() : FakeMachine(4, true, 6) {
    info.chip_level = 0x20;
    info.memory_base = 0x40000000;  // not where skiboot has its tables
    for (unsigned i = 0; i < 6; ++i) {
      info.phb[i].notify_index = 0xFE000;
      for (const Access& a : recorded().theirs[i])
        if (a.kind == R) answers_[i][{a.offset, a.bytes}].push_back(a.value);
      // What skiboot chose: the interrupt controller's places.
      for (const Access& a : recorded().theirs[i]) {
        if (a.kind == W && a.offset == 0x300) info.phb[i].notify_address = a.value;
        if (a.kind == W && a.offset == 0x308) info.phb[i].notify_index = a.value;
      }
    }
  }

  int play() {
    const hal_callbacks callbacks = {
        this,
        [](void* c, std::uint64_t at, unsigned n) { return self(c).read(at, n); },
        [](void* c, std::uint64_t at, unsigned n, std::uint64_t v) { self(c).note(at, W, n, v); },
        [](void* c, std::uint64_t at) { return self(c).scom(R, at, self(c).scom_answer(at)); },
        [](void* c, std::uint64_t at, std::uint64_t v) { self(c).scom(W, at, v); },
        [](void* c, std::uint64_t at, unsigned n) { return self(c).memory_read(at, n); },
        [](void* c, std::uint64_t at, unsigned n, std::uint64_t v) { self(c).memory_write(at, n, v); },
        [](void*) {},
        [](void* c, std::uint64_t us) { self(c).now_us += us; },
        [](void* c) { return self(c).now_us; },
        [](void* c, const char* text, unsigned n) { self(c).console.append(text, n); },
    };
    hal_set_callbacks(&callbacks);
    const auto* words = reinterpret_cast<const std::uint64_t*>(&info);
    for (std::size_t i = 0; i < sizeof(info) / 8; ++i) memory_write(kBootInfo + 8 * i, 8, words[i]);
    return firmware_main(kBootInfo);
  }

 private:
  static TraceMachine& self(void* c) { return *static_cast<TraceMachine*>(c); }

  std::uint64_t read(std::uint64_t at, unsigned n) {
    const auto phb = static_cast<unsigned>((at - kRegisters) / kRegisterBytes);
    auto& queue = answers_[phb][{static_cast<std::uint32_t>((at - kRegisters) % kRegisterBytes), n}];
    const std::uint64_t v = queue.empty() ? 0 : queue.front();
    if (queue.size() > 1) queue.pop_front();
    note(at, R, n, v);
    return v;
  }
  void note(std::uint64_t at, Access::Kind kind, unsigned n, std::uint64_t v) {
    const auto phb = static_cast<unsigned>((at - kRegisters) / kRegisterBytes);
    accesses[phb].push_back({kind, static_cast<std::uint32_t>((at - kRegisters) % kRegisterBytes), n, v});
  }
  std::uint64_t scom(Access::Kind kind, std::uint64_t at, std::uint64_t v) {
    scoms.push_back({kind, static_cast<std::uint32_t>(at), 8, v, true});
    return v;
  }
  std::uint64_t scom_answer(std::uint64_t at) {
    for (const Access& a : recorded().their_scoms)
      if (a.kind == R && a.offset == at) return a.value;
    return 0;
  }

  std::map<std::pair<std::uint32_t, unsigned>, std::deque<std::uint64_t>> answers_[6];
};

const Difference* row(Way way, const Access& a) {
  for (const Difference& d : kDifferences)
    if (d.way == way && d.kind == a.kind && d.offset == a.offset) return &d;
  return nullptr;
}

struct Compared {
  unsigned equal = 0;
  std::map<const Difference*, unsigned> used;
};

/// `ours` against the beginning of `theirs`; both in order.
void compare(unsigned phb, const std::vector<Access>& ours, const std::vector<Access>& theirs, Compared& result) {
  std::size_t t = 0;
  for (std::size_t o = 0; o < ours.size(); ++o) {
    const Access& a = ours[o];
    while (t < theirs.size() && !(theirs[t] == a)) {
      const Access& b = theirs[t];
      const bool same_place = b.kind == a.kind && b.offset == a.offset && b.bytes == a.bytes;
      if (const auto* d = same_place ? row(Way::Value, a) : nullptr) {
        ++result.used[d];
        break;
      }
      if (const auto* d = row(Way::Ours, a)) {
        ++result.used[d];
        break;
      }
      const auto* d = row(Way::Theirs, b);
      CAPTURE(phb, o, t, a.offset, a.value, b.offset, b.value);
      CAPTURE(a.kind == R ? "ours reads" : "ours writes", b.kind == R ? "theirs reads" : "theirs writes");
      if (d == nullptr) FAIL("an unexplained difference");
      ++result.used[d];
      ++t;
    }
    if (t == theirs.size()) FAIL("skiboot's trace is over before ours");
    if (theirs[t] == a) {
      ++result.equal;
      ++t;
    } else if (row(Way::Value, a) != nullptr && theirs[t].offset == a.offset && theirs[t].kind == a.kind) {
      ++t;
    }
  }
}

}  // namespace

TEST_CASE("firmware: skiboot does the same to six PHB4s") {
  TraceMachine m;
  const int status = m.play();
  INFO(m.console);
  REQUIRE(status == 0);
  Compared result;
  for (unsigned phb = 0; phb < 6; ++phb) {
    compare(phb, m.accesses[phb], recorded().theirs[phb], result);
  }
  CAPTURE(result.equal);
  CHECK(result.equal == 19923);
  for (const Difference& d : kDifferences) {
    CAPTURE(d.offset, d.reason);
    CHECK(result.used[&d] == d.times);
  }
  // The PECs: nothing differs.
  std::vector<Access> ours = m.scoms;
  CHECK(ours == recorded().their_scoms);
}
