// SPDX-License-Identifier: Apache-2.0
#include "models/arch/link_training.hpp"

#include <algorithm>

#include "models/base/check.hpp"

namespace phbsim::arch {

namespace {
constexpr unsigned kGenerationsOfPcie = 5;

bool is_capability(const LinkCapability& c) {
  return c.speed >= 1 && c.speed <= kGenerationsOfPcie && is_power_of_two(c.width) && c.width <= 16;
}
}  // namespace

std::string_view to_string(LinkState state) {
  constexpr std::string_view kNames[] = {"reset",    "detect", "polling", "config",    "l0",      "recovery",
                                         "l1",       "l2",     "hot reset", "disabled", "loopback"};
  return kNames[static_cast<unsigned>(state)];
}

std::string check(const LinkTimes& times) {
  for (const LinkTimeSpec& s : kLinkTimes) {
    const Tick t = times.*s.member;
    if (t < s.min || t > s.max) {
      return std::string(s.name) + " is " + std::to_string(t) + " ps; allowed are " + std::to_string(s.min) + " to " +
             std::to_string(s.max);
    }
  }
  return {};
}

LinkTraining::LinkTraining(Generation generation, const LinkCapability& port, const LinkTimes& times)
    : generation_(generation), port_(port), times_(times), width_(port.width) {
  PHBSIM_ASSERT(is_capability(port) && check(times).empty());
}

void LinkTraining::write_reset(std::uint64_t value) {
  if (generation_ == Generation::Phb3) {
    in_reset_ = (value & kPhb3ResetCores) != kPhb3ResetCores;
    perst_ = (value & kPhb3ResetPerstN) == 0;
  } else {
    // REFCLK_N: active low, and firmware never sets it, so 0 is a running clock [I].
    in_reset_ = (value & (kCresetLink | kCresetPbl | kCresetRefclkN)) != 0 || (value & kCresetPipeN) == 0;
    perst_ = (value & kCresetPerstN) == 0;
  }
  update();
}

void LinkTraining::write_train_ctl(std::uint64_t value) {
  if (generation_ == Generation::Phb3) {
    tx_disable_ = (value & kTrainTxDisable) != 0;
  } else {
    no_detect_ = (value & kTrainDisableDetect) != 0;
  }
  update();
}

void LinkTraining::set_link_disable(bool on) {
  disable_ = on;
  update();
}

void LinkTraining::set_hot_reset(bool on) {
  hot_reset_ = on;
  update();
}

void LinkTraining::retrain() {
  if (step_ != Step::Up || held_up_) return;
  enter(Step::Recovery);
}

void LinkTraining::plug(const LinkCapability& device) {
  PHBSIM_ASSERT(is_capability(device));
  device_ = device;
  plugged_ = true;
  update();
}

void LinkTraining::unplug() {
  plugged_ = false;
  update();
}

void LinkTraining::drop() {
  if (step_ == Step::Held || held_up_) return;
  lose();
  step_ = Step::Held;
  update();
}

void LinkTraining::hold_up() {
  held_up_ = true;
  plugged_ = true;
  device_ = port_;
  step_ = Step::Up;
  left_ = kNever;
  active_ = true;
  pg_reset_ = false;
  speed_ = speed_limit();
  width_ = port_.width;
}

void LinkTraining::elapse(Tick time) {
  while (left_ != kNever) {
    if (time < left_) {
      left_ -= time;
      return;
    }
    time -= left_;
    advance();
  }
}

bool LinkTraining::held() const {
  // Switching detection off does not end a training that is past it [MA].
  const bool undetectable = no_detect_ && step_ <= Step::Detect;
  return perst_ || disable_ || tx_disable_ || hot_reset_ || undetectable || !plugged_;
}

/// After an input has changed.
void LinkTraining::update() {
  if (held_up_) return;
  if (in_reset_ || pg_reset_ || held()) {
    lose();
    step_ = Step::Held;
    if (in_reset_) {
      pg_reset_ = true;
      left_ = kNever;
    } else if (!pg_reset_) {
      left_ = kNever;
    } else if (left_ == kNever) {
      left_ = times_.dl_reset;
      if (left_ == 0) advance();
    }
    return;
  }
  if (step_ == Step::Held) enter(Step::Detect);
}

Tick LinkTraining::duration(Step step) const {
  switch (step) {
    case Step::Held:
    case Step::Up:
      return kNever;
    case Step::Detect:
      return times_.detect;
    case Step::Polling:
      return faulty_ && faults_.never_trains ? kNever : times_.polling;
    case Step::Training:
      return times_.training;
    case Step::Recovery:
      return active_ ? times_.retrain : times_.recovery;
    case Step::Gen2:
      return times_.gen2;
    case Step::Gen3:
      return width_ * times_.gen3_lane;
    case Step::Gen4:
      return width_ * times_.gen4_lane;
    case Step::Gen5:
      return width_ * times_.gen5_lane;
    case Step::L0:
      return times_.l0;
  }
  return kNever;
}

void LinkTraining::enter(Step step) {
  step_ = step;
  switch (step) {
    case Step::Detect:
      faulty_ = faults_.trainings != 0;
      if (faulty_ && faults_.trainings != ~0u) --faults_.trainings;
      break;
    case Step::Recovery:
      if (!active_) width_ = target_width();
      break;
    case Step::Gen2:
    case Step::Gen3:
    case Step::Gen4:
    case Step::Gen5:
      speed_ = 2 + static_cast<unsigned>(step) - static_cast<unsigned>(Step::Gen2);
      break;
    case Step::Up:
      if (active_) break;
      active_ = true;
      events_.up = true;
      if (faulty_) {
        rx_errors_ = static_cast<std::uint8_t>(std::min(rx_errors_ + faults_.rx_errors, 0xFF));
        lane_errors_ |= faults_.lane_errors;
      }
      break;
    default:
      break;
  }
  left_ = duration(step);
  if (left_ == 0) advance();
}

/// The present state has lasted its time.
void LinkTraining::advance() {
  switch (step_) {
    case Step::Held:  // the end of the data-link reset is all that takes time here
      pg_reset_ = false;
      left_ = kNever;
      update();
      break;
    case Step::Detect:
      enter(Step::Polling);
      break;
    case Step::Polling:
      enter(Step::Training);
      break;
    case Step::Training:
      enter(Step::Recovery);
      break;
    case Step::Recovery:
      speed_ = std::min(speed_, target_speed());
      enter(faster());
      break;
    case Step::Gen2:
    case Step::Gen3:
    case Step::Gen4:
    case Step::Gen5:
      enter(faster());
      break;
    case Step::L0:
      enter(Step::Up);
      break;
    case Step::Up:
      break;
  }
}

/// Gen3 follows Gen1 at once, as recorded.
LinkTraining::Step LinkTraining::faster() const {
  const unsigned target = target_speed();
  if (target <= speed_) return active_ ? Step::Up : Step::L0;
  if (target == 2) return Step::Gen2;
  return speed_ < 3 ? Step::Gen3 : speed_ == 3 ? Step::Gen4 : Step::Gen5;
}

unsigned LinkTraining::target_speed() const {
  unsigned s = std::min(device_.speed, speed_limit());
  if (target_ != 0) s = std::min(s, target_);
  if (faulty_ && faults_.speed != 0) s = std::min(s, faults_.speed);
  return s;
}

unsigned LinkTraining::target_width() const {
  unsigned w = std::min(device_.width, port_.width);
  if (faulty_ && faults_.width != 0) w = std::min(w, faults_.width);
  return w;
}

void LinkTraining::lose() {
  if (active_) events_.down = true;
  active_ = false;
  speed_ = 1;
  width_ = port_.width;
}

bool LinkTraining::training() const { return step_ >= Step::Training && step_ <= Step::Gen5; }

LinkState LinkTraining::state() const {
  switch (step_) {
    case Step::Held:
      if (pg_reset_) return LinkState::Reset;
      if (disable_ || tx_disable_) return LinkState::Disabled;
      return hot_reset_ && !perst_ ? LinkState::HotReset : LinkState::Detect;
    case Step::Detect:
      return LinkState::Detect;
    case Step::Polling:
    case Step::Training:
      return LinkState::Polling;
    case Step::L0:
    case Step::Up:
      return LinkState::L0;
    default:
      return LinkState::Recovery;
  }
}

std::uint64_t LinkTraining::train_ctl(bool trace) const {
  std::uint64_t v = 0;
  if (pg_reset_) v |= kTrainPgReset;
  if (step_ >= Step::Polling) v |= kTrainPresence;
  if (step_ >= Step::Recovery) v |= kTrainDlUp;
  if (active_) v |= kTrainLinkActive;
  if (generation_ == Generation::Phb3) return v | (tx_disable_ ? kTrainTxDisable | kTrainRxDisabled : 0);
  if (no_detect_) v |= kTrainDisableDetect;
  if (training()) v |= kTrainTraining;
  if (active_) v |= kTrainUnknown;
  if (trace) v |= TrainLtssm::make(static_cast<std::uint64_t>(state()));
  return v | TrainWidth::make(width_) | TrainSpeed::make(speed_);
}

LinkEvents LinkTraining::take_events() {
  const LinkEvents e = events_;
  events_ = {};
  return e;
}

}  // namespace phbsim::arch
