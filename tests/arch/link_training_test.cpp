// SPDX-License-Identifier: Apache-2.0
#include "models/arch/link_training.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch;

namespace {

constexpr std::uint64_t kInitialised = 0x0800000000000000ull;  // what phb4_init leaves: PIPE_N only
constexpr std::uint64_t kReleased = 0x1800000000000000ull;     // and PERST_N

LinkTraining phb4(unsigned speed = 4, unsigned width = 16, const LinkTimes& times = {}) {
  return LinkTraining(Generation::Phb4, {speed, width}, times);
}

/// PERST is released and the data link is out of reset; a device is plugged in.
LinkTraining started(LinkTraining link, const LinkCapability& device) {
  link.plug(device);
  link.write_reset(kInitialised);
  link.elapse(link.next_change());
  link.write_reset(kReleased);
  return link;
}

LinkTraining trained(LinkTraining link, const LinkCapability& device) {
  link = started(link, device);
  link.elapse(kPsPerS);
  REQUIRE(link.link_active());
  return link;
}

std::uint64_t in_ms(Tick t) { return (t + kPsPerMs / 2) / kPsPerMs; }

/// Every value of TRAIN_CTL and when it appears.
std::vector<std::pair<std::uint64_t, std::uint64_t>> trace(LinkTraining& link) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> seen{{link.train_ctl(true), 0}};
  Tick now = 0;
  while (link.next_change() != kNever) {
    const Tick step = link.next_change();
    link.elapse(step);
    now += step;
    seen.emplace_back(link.train_ctl(true), in_ms(now));
  }
  return seen;
}

}  // namespace

TEST_CASE("A Gen4 x16 link shows the recorded values at the recorded milliseconds") {
  LinkTraining link = started(phb4(), {4, 16});
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> recorded = {
      {0x0000001101000000ull, 0},  {0x0000102101000000ull, 11}, {0x0000182101000000ull, 14},
      {0x00001C5101000000ull, 14}, {0x00001C5103000000ull, 19}, {0x00001C5104000000ull, 51},
      {0x0000144104000000ull, 87}, {0x0000154904000000ull, 87}};
  CHECK(trace(link) == recorded);
  CHECK(link.link_active());
  CHECK(link.train_ctl(true) == trained_value(4, 16));
}

TEST_CASE("A Gen3 x8 device trains in 35 ms") {
  LinkTraining link = started(phb4(), {3, 8});
  const auto seen = trace(link);
  CHECK(seen.back() == std::make_pair(std::uint64_t{0x0000154883000000ull}, std::uint64_t{35}));
  CHECK(link.train_ctl(true) == trained_value(3, 8));
  CHECK(link.speed() == 3);
  CHECK(link.width() == 8);
}

TEST_CASE("The link becomes active exactly when its time is over") {
  for (const auto& [device, ms] : {std::make_pair(LinkCapability{4, 16}, 87u), {{3, 8}, 35u}}) {
    LinkTraining link = started(phb4(), device);
    link.elapse(ms * kPsPerMs - 1);
    CHECK(!link.link_active());
    CHECK(link.next_change() == 1);
    link.elapse(1);
    CHECK(link.link_active());
    CHECK(link.next_change() == kNever);
  }
}

TEST_CASE("Speed and width are the smaller ones of both ends") {
  for (unsigned port = 1; port <= 5; ++port)
    for (unsigned device = 1; device <= 5; ++device)
      for (const auto& [pw, dw] : {std::make_pair(16u, 4u), {8u, 16u}, {1u, 1u}}) {
        LinkTraining link = trained(phb4(port, pw), {device, dw});
        CHECK(link.train_ctl(true) == trained_value(std::min(port, device), std::min(pw, dw)));
      }
}

TEST_CASE("The port's limit and the target speed both bound the speed") {
  for (const auto& [limit, target, speed] : {std::make_tuple(0u, 0u, 4u), {3u, 0u, 3u}, {0u, 2u, 2u}, {3u, 1u, 1u},
                                             {2u, 3u, 2u}, {9u, 0u, 4u}}) {
    LinkTraining link = phb4();
    link.set_speed_limit(limit);
    link.set_target_speed(target);
    link = trained(link, {5, 16});
    CHECK(link.speed() == speed);
    CHECK(link.speed_limit() == (limit == 0 ? 4 : std::min(limit, 4u)));
  }
}

TEST_CASE("Training takes longer with every speed and with lanes to equalise") {
  const auto time = [](unsigned speed, unsigned width) {
    LinkTraining link = started(phb4(5), {speed, width});
    Tick t = 0;
    while (link.next_change() != kNever) {
      const Tick step = link.next_change();
      t += step;
      link.elapse(step);
    }
    return t;
  };
  for (unsigned s = 1; s < 5; ++s) CHECK(time(s, 4) < time(s + 1, 4));
  CHECK(time(1, 1) == time(1, 16));
  CHECK(time(3, 4) < time(3, 8));
  CHECK(time(5, 16) == 127 * kPsPerMs);
}

TEST_CASE("The LTSSM field is live only with the trace on") {
  LinkTraining link = trained(phb4(), {4, 16});
  CHECK(link.train_ctl(false) == (trained_value(4, 16) & ~TrainLtssm::kMask));
  CHECK(TrainLtssm::get(link.train_ctl(true)) == 4);
}

TEST_CASE("Data-link reset falls after its bits are lifted and PIPE_N is set") {
  LinkTraining link = phb4();
  link.plug({4, 16});
  link.write_reset(0xE000000000000000ull);
  CHECK((link.train_ctl(false) & kTrainPgReset) != 0);
  CHECK(link.state() == LinkState::Reset);
  for (const std::uint64_t held : {0x6800000000000000ull, 0x4800000000000000ull, 0x2800000000000000ull,
                                   0x0000000000000000ull, 0x0880000000000000ull}) {
    link.write_reset(held);
    link.elapse(kPsPerS);
    CHECK((link.train_ctl(false) & kTrainPgReset) != 0);
  }
  link.write_reset(kInitialised);
  CHECK(link.next_change() == LinkTimes{}.dl_reset);
  link.elapse(LinkTimes{}.dl_reset - 1);
  CHECK((link.train_ctl(false) & kTrainPgReset) != 0);
  link.elapse(1);
  CHECK((link.train_ctl(false) & kTrainPgReset) == 0);
  // PERST is still asserted: nothing trains.
  link.elapse(kPsPerS);
  CHECK(link.state() == LinkState::Detect);
  CHECK(!link.link_active());
  // The configuration core's reset has nothing to do with the link.
  link.write_reset(kReleased | kCresetConfig);
  link.elapse(kPsPerS);
  CHECK(link.link_active());
}

TEST_CASE("PERST, link disable, hot reset and link resets take the link down, and it trains again") {
  struct Way {
    const char* name;
    void (*on)(LinkTraining&);
    void (*off)(LinkTraining&);
    LinkState state;
  };
  const Way ways[] = {
      {"PERST", [](LinkTraining& l) { l.write_reset(kInitialised); }, [](LinkTraining& l) { l.write_reset(kReleased); },
       LinkState::Detect},
      {"link disable", [](LinkTraining& l) { l.set_link_disable(true); },
       [](LinkTraining& l) { l.set_link_disable(false); }, LinkState::Disabled},
      {"hot reset", [](LinkTraining& l) { l.set_hot_reset(true); }, [](LinkTraining& l) { l.set_hot_reset(false); },
       LinkState::HotReset},
      {"link reset", [](LinkTraining& l) { l.write_reset(kReleased | kCresetLink); },
       [](LinkTraining& l) { l.write_reset(kReleased); }, LinkState::Reset},
  };
  for (const Way& w : ways) {
    INFO(w.name);
    LinkTraining link = trained(phb4(), {4, 16});
    link.take_events();
    w.on(link);
    CHECK(!link.link_active());
    CHECK(link.state() == w.state);
    CHECK(link.take_events().down);
    CHECK(!link.take_events().down);
    CHECK((link.train_ctl(true) & (kTrainPresence | kTrainLinkActive | kTrainDlUp)) == 0);
    link.elapse(kPsPerS);
    CHECK(!link.link_active());
    w.off(link);
    CHECK(!link.link_active());
    link.elapse(87 * kPsPerMs - 1);
    CHECK(!link.link_active());
    link.elapse(1 + LinkTimes{}.dl_reset);
    CHECK(link.link_active());
    CHECK(link.take_events().up);
  }
}

TEST_CASE("Without a device the link stays in Detect") {
  LinkTraining link = phb4();
  link.write_reset(kInitialised);
  link.elapse(link.next_change());
  link.write_reset(kReleased);
  CHECK(link.next_change() == kNever);
  link.elapse(10 * kPsPerS);
  CHECK(!link.present());
  CHECK(link.train_ctl(true) == 0x0000001101000000ull);
  link.plug({4, 16});
  CHECK(link.present());
  link.elapse(87 * kPsPerMs);
  CHECK(link.link_active());
  link.unplug();
  CHECK(!link.link_active());
  CHECK(link.take_events().down);
  CHECK(link.next_change() == kNever);
}

TEST_CASE("A link that was not active does not go down") {
  LinkTraining link = started(phb4(), {4, 16});
  link.elapse(50 * kPsPerMs);
  link.write_reset(kInitialised);
  link.drop();
  link.unplug();
  const LinkEvents e = link.take_events();
  CHECK((!e.down && !e.up));
}

TEST_CASE("A lost link trains again by itself") {
  LinkTraining link = trained(phb4(), {4, 16});
  link.take_events();
  link.drop();
  CHECK(!link.link_active());
  const LinkEvents e = link.take_events();
  CHECK((e.down && !e.up));
  link.elapse(87 * kPsPerMs);
  CHECK(link.link_active());
}

TEST_CASE("Detection that is switched off holds a link that is down, not one that is up") {
  LinkTraining link = trained(phb4(), {4, 16});
  link.write_train_ctl(kTrainDisableDetect);
  CHECK(link.link_active());
  CHECK((link.train_ctl(false) & kTrainDisableDetect) != 0);
  link.write_reset(kInitialised);
  link.write_reset(kReleased);
  link.elapse(kPsPerS);
  CHECK(!link.link_active());
  link.write_train_ctl(0);
  link.elapse(87 * kPsPerMs);
  CHECK(link.link_active());
}

TEST_CASE("A retrain keeps the link active and may change its speed") {
  LinkTraining link = trained(phb4(), {4, 16});
  link.take_events();
  link.set_target_speed(1);
  CHECK(link.speed() == 4);
  link.retrain();
  CHECK(link.training());
  CHECK(link.state() == LinkState::Recovery);
  CHECK(link.link_active());
  CHECK(link.next_change() == LinkTimes{}.retrain);
  link.elapse(LinkTimes{}.retrain);
  CHECK(!link.training());
  CHECK(link.speed() == 1);
  CHECK(link.width() == 16);
  link.set_target_speed(5);
  link.retrain();
  link.elapse(LinkTimes{}.retrain);
  CHECK(link.training());
  link.elapse(68 * kPsPerMs);
  CHECK(link.speed() == 4);
  CHECK(!link.training());
  const LinkEvents e = link.take_events();
  CHECK((!e.down && !e.up));
  link.set_link_disable(true);
  link.retrain();
  CHECK(!link.training());
}

TEST_CASE("A degraded link trains with fewer lanes, slower, with errors, or not at all") {
  LinkFaults faults;
  faults.width = 4;
  faults.speed = 1;
  faults.rx_errors = 9;
  faults.lane_errors = 0x8001;
  faults.trainings = 1;
  LinkTraining link = phb4();
  link.set_faults(faults);
  link = trained(link, {4, 16});
  CHECK(link.train_ctl(true) == trained_value(1, 4));
  CHECK(link.error_counters() == 0x0000090000000000ull);
  CHECK(link.lane_errors() == 0x8001000000000000ull);
  link.clear_errors(0);
  CHECK(link.error_counters() == 0);
  link.clear_lane_errors(0x8000000000000000ull);
  CHECK(link.lane_errors() == 0x0001000000000000ull);
  // The fault lasted for one training.
  link.write_reset(kInitialised);
  link.write_reset(kReleased);
  link.elapse(kPsPerS);
  CHECK(link.train_ctl(true) == trained_value(4, 16));
  CHECK(link.error_counters() == 0);

  LinkFaults never;
  never.never_trains = true;
  LinkTraining stuck = phb4();
  stuck.set_faults(never);
  stuck = started(stuck, {4, 16});
  stuck.elapse(10 * kPsPerS);
  CHECK(!stuck.link_active());
  CHECK(stuck.train_ctl(true) == 0x0000102101000000ull);
  CHECK(stuck.next_change() == kNever);
}

TEST_CASE("PHB3 shows its link in the bits of 0x640, and PERST is bit 2 of its reset register") {
  LinkTraining link(Generation::Phb3, {3, 8});
  link.plug({3, 8});
  link.write_reset(0);
  CHECK(link.train_ctl(true) == kTrainPgReset);
  link.write_reset(0xD000000000000000ull);
  link.elapse(LinkTimes{}.dl_reset);
  CHECK(link.train_ctl(true) == 0);
  link.elapse(kPsPerS);
  CHECK(!link.link_active());
  link.write_reset(0xF000000000000000ull);
  link.elapse(11 * kPsPerMs);
  CHECK(link.train_ctl(true) == kTrainPresence);
  link.elapse(24 * kPsPerMs);
  CHECK(link.link_active());
  CHECK(link.train_ctl(true) == (kTrainPresence | kTrainDlUp | kTrainLinkActive));
  link.write_train_ctl(kTrainTxDisable);
  CHECK(!link.link_active());
  CHECK(link.state() == LinkState::Disabled);
  CHECK(link.train_ctl(true) == (kTrainTxDisable | kTrainRxDisabled));
  for (unsigned bit : {0u, 1u, 3u}) {
    link.write_reset(0xF000000000000000ull & ~ppc_bit(bit));
    CHECK((link.train_ctl(true) & kTrainPgReset) != 0);
  }
}

TEST_CASE("Time in one piece or in many gives the same link") {
  LinkTraining whole = started(phb4(), {4, 8});
  LinkTraining parts = whole;
  whole.elapse(40 * kPsPerMs);
  for (unsigned i = 0; i < 40'000; ++i) parts.elapse(kPsPerUs);
  CHECK(whole.train_ctl(true) == parts.train_ctl(true));
  CHECK(whole.next_change() == parts.next_change());
}

TEST_CASE("Times of zero train at once, and times out of range are named") {
  LinkTimes none;
  for (const LinkTimeSpec& s : kLinkTimes) {
    CHECK(LinkTimes{}.*s.member >= s.min);
    CHECK(LinkTimes{}.*s.member <= s.max);
    LinkTimes bad;
    bad.*s.member = s.max + 1;
    CHECK(check(bad).find(std::string(s.name) + " is " + std::to_string(s.max + 1)) == 0);
    none.*s.member = 0;
  }
  CHECK(check(LinkTimes{}).empty());
  LinkTraining link(Generation::Phb5, {5, 16}, none);
  link.plug({5, 16});
  link.write_reset(kReleased);
  CHECK(link.link_active());
  CHECK(link.train_ctl(true) == trained_value(5, 16));
}
