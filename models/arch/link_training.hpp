// SPDX-License-Identifier: Apache-2.0
/// The PCIe link of one PHB: who is plugged in, what holds the link in reset, and the states it goes
/// through until it is trained (phb.md 5.4, 5.5, 7.4). No clock: elapse() is told how time passes.
///
/// Marks: the sequence of states, the values of TRAIN_CTL and the moments of Gen4 x16 (87 ms) and of
/// Gen3 x8 (35 ms) are recorded [F 5.5]; what lies between them is on a line in the number of lanes
/// through both [MA]; Gen5 is that line continued [MA].
///
/// Not modelled: lane equalisation presets, L1 and L2, loopback, polarity, lane reversal, per-lane skew,
/// compliance. A retrain keeps the width.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/arch/generation.hpp"
#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

/// LTSSM as the trace field of TRAIN_CTL encodes it [F 5.5].
enum class LinkState : std::uint8_t {
  Reset = 0, Detect = 1, Polling = 2, Config = 3, L0 = 4, Recovery = 5, L1 = 6, L2 = 7, HotReset = 8, Disabled = 9,
  Loopback = 10,
};
std::string_view to_string(LinkState state);

/// How long the states last [MA but for the sums]; all in ticks.
struct LinkTimes {
  Tick dl_reset = 10 * kPsPerUs;        ///< until TRAIN_CTL bit 22 falls after its resets are lifted
  Tick detect = 11 * kPsPerMs;          ///< after PERST is released, until a receiver is found [F]
  Tick polling = 3 * kPsPerMs;          ///< [F]
  Tick training = 200 * kPsPerUs;       ///< width negotiation; the recorded LTSSM still says Polling
  Tick recovery = 4'600 * kPsPerUs;     ///< at Gen1, before the speed is raised
  Tick gen2 = 1 * kPsPerMs;             ///< speed change to Gen2, the last speed without equalisation
  Tick gen3_lane = 2'000 * kPsPerUs;    ///< per lane, equalisation at Gen3
  Tick gen4_lane = 2'250 * kPsPerUs;    ///< per lane, at Gen4
  Tick gen5_lane = 2'500 * kPsPerUs;    ///< per lane, at Gen5
  Tick l0 = 200 * kPsPerUs;             ///< L0, until the link is active
  Tick retrain = 1 * kPsPerMs;          ///< Recovery of an active link whose speed stays
};

/// Name, default and range of each of them, for configurations and documents.
struct LinkTimeSpec {
  std::string_view name;
  Tick LinkTimes::*member;
  Tick min, max;
  std::string_view text;
};
inline constexpr std::array<LinkTimeSpec, 11> kLinkTimes{{
    {"dl_reset", &LinkTimes::dl_reset, 0, 200 * kPsPerMs, "data-link reset after its reset bits are lifted"},
    {"detect", &LinkTimes::detect, 0, 100 * kPsPerMs, "receiver detection after PERST"},
    {"polling", &LinkTimes::polling, 0, 100 * kPsPerMs, "polling"},
    {"training", &LinkTimes::training, 0, 100 * kPsPerMs, "width negotiation"},
    {"recovery", &LinkTimes::recovery, 0, 100 * kPsPerMs, "recovery at Gen1"},
    {"gen2", &LinkTimes::gen2, 0, 100 * kPsPerMs, "speed change to Gen2"},
    {"gen3_lane", &LinkTimes::gen3_lane, 0, 10 * kPsPerMs, "equalisation at Gen3, per lane"},
    {"gen4_lane", &LinkTimes::gen4_lane, 0, 10 * kPsPerMs, "equalisation at Gen4, per lane"},
    {"gen5_lane", &LinkTimes::gen5_lane, 0, 10 * kPsPerMs, "equalisation at Gen5, per lane"},
    {"l0", &LinkTimes::l0, 0, 100 * kPsPerMs, "L0 until the link is active"},
    {"retrain", &LinkTimes::retrain, 0, 100 * kPsPerMs, "retrain at the same speed"},
}};
/// Empty, or what is wrong: names the parameter, its value and its range.
std::string check(const LinkTimes& times);

// Bits of the registers [F 5.4, 5.5].
constexpr std::uint64_t kCresetConfig = ppc_bit(0);
constexpr std::uint64_t kCresetLink = ppc_bit(1);
constexpr std::uint64_t kCresetPbl = ppc_bit(2);
constexpr std::uint64_t kCresetPerstN = ppc_bit(3);
constexpr std::uint64_t kCresetPipeN = ppc_bit(4);
constexpr std::uint64_t kCresetRefclkN = ppc_bit(8);
constexpr std::uint64_t kPhb3ResetCores = ppc_bit(0) | ppc_bit(1) | ppc_bit(3);  ///< 1: lifted [F 5.2]
constexpr std::uint64_t kPhb3ResetPerstN = ppc_bit(2);                           ///< what firmware toggles [F]

constexpr std::uint64_t kTrainTxDisable = ppc_bit(1);       // PHB3
constexpr std::uint64_t kTrainDisableDetect = ppc_bit(12);  // PHB4 on
constexpr std::uint64_t kTrainRxDisabled = ppc_bit(16);     // PHB3
constexpr std::uint64_t kTrainPresence = ppc_bit(19);
constexpr std::uint64_t kTrainTraining = ppc_bit(20);       // PHB4 on
constexpr std::uint64_t kTrainDlUp = ppc_bit(21);
constexpr std::uint64_t kTrainPgReset = ppc_bit(22);
constexpr std::uint64_t kTrainLinkActive = ppc_bit(23);
constexpr std::uint64_t kTrainUnknown = ppc_bit(28);        ///< set once trained; meaning not public [F]
using TrainLtssm = Field<24, 27>;
using TrainWidth = Field<30, 35>;
using TrainSpeed = Field<36, 39>;
using RxErrorCount = Field<16, 23>;  ///< of ERR_COUNTERS
using LaneErrors = Field<0, 15>;     ///< of ERR_STATUS

/// TRAIN_CTL of PHB4 and PHB5 once the link is trained, LTSSM field live [F 5.5].
constexpr std::uint64_t trained_value(unsigned speed, unsigned width) {
  return 0x0000154800000000ull | std::uint64_t{width} << 28 | std::uint64_t{speed} << 24;
}

struct LinkCapability {
  unsigned speed = 4;   ///< generation, 1 to 5
  unsigned width = 16;  ///< lanes: 1, 2, 4, 8 or 16
};

/// What goes wrong in training; nothing by default.
struct LinkFaults {
  unsigned width = 0;          ///< trains at no more lanes than this; 0: no limit
  unsigned speed = 0;          ///< trains no faster than this; 0: no limit
  bool never_trains = false;   ///< stays in Polling: present, never active [MA state]
  std::uint8_t rx_errors = 0;  ///< receiver errors that a training leaves in ERR_COUNTERS
  std::uint16_t lane_errors = 0;  ///< lanes of ERR_STATUS, bit 15 (LSB 0) is lane 0
  unsigned trainings = ~0u;    ///< trainings that suffer from it
};

struct LinkEvents {
  bool up = false;
  bool down = false;
};

class LinkTraining {
 public:
  /// `times` must pass check(). Nothing is plugged in; PERST is asserted.
  LinkTraining(Generation generation, const LinkCapability& port, const LinkTimes& times = {});

  // -- what software does ---------------------------------------------------------------------
  /// CRESET (0x1A10) of PHB4 and PHB5, RESET (0x808) of PHB3.
  void write_reset(std::uint64_t value);
  /// Bit 12 of TRAIN_CTL, bit 1 on PHB3; other bits are ignored.
  void write_train_ctl(std::uint64_t value);
  void set_link_disable(bool on);  ///< Link Control bit 4 of the root port
  void set_hot_reset(bool on);     ///< bridge control bit 6 of the root port
  /// Highest speed of the port: bits 32:35 of SCR. 0: what the port is capable of.
  void set_speed_limit(unsigned speed) {
    limit_ = speed;
    if (held_up_) speed_ = speed_limit();
  }
  /// Highest speed to train to: the target speed of Link Control 2. 0: no limit.
  void set_target_speed(unsigned speed) { target_ = speed; }
  /// Ignored unless the link is active.
  void retrain();
  void clear_errors(std::uint64_t counters) { rx_errors_ = static_cast<std::uint8_t>(RxErrorCount::get(counters)); }
  void clear_lane_errors(std::uint64_t ones) { lane_errors_ &= static_cast<std::uint16_t>(~LaneErrors::get(ones)); }

  // -- what happens outside -------------------------------------------------------------------
  void plug(const LinkCapability& device);
  void unplug();
  /// The link is lost although the device is there; it trains again.
  void drop();
  void set_faults(const LinkFaults& faults) { faults_ = faults; }
  /// The link of a machine that has none to train, such as an emulator: active whatever the resets
  /// say, at the port's speed and width. For what such machines have recorded.
  void hold_up();

  // -- time -----------------------------------------------------------------------------------
  void elapse(Tick time);
  /// Time until the state changes next if nothing else happens, or kNever.
  Tick next_change() const { return left_; }

  // -- what can be seen -----------------------------------------------------------------------
  bool present() const { return plugged_; }        ///< of the card: HOTPLUG_STATUS bit 10 is its complement
  bool perst() const { return perst_; }            ///< asserted
  bool link_active() const { return active_; }
  bool training() const;                           ///< Link Status bit 11
  LinkState state() const;
  unsigned speed() const { return speed_; }        ///< 1 until a higher one is reached
  unsigned width() const { return width_; }        ///< the port's until it is negotiated
  const LinkCapability& port() const { return port_; }
  unsigned speed_limit() const { return limit_ == 0 || limit_ > port_.speed ? port_.speed : limit_; }
  /// TRAIN_CTL (0x1A40, PHB3: 0x640). The LTSSM field is live if trace is enabled (TRWCTL bit 0),
  /// else 0 [MA]. PHB3 shows neither LTSSM, width nor speed.
  std::uint64_t train_ctl(bool trace) const;
  std::uint64_t error_counters() const { return RxErrorCount::make(rx_errors_); }
  std::uint64_t lane_errors() const { return LaneErrors::make(lane_errors_); }
  /// What happened since the last call.
  LinkEvents take_events();

 private:
  enum class Step : std::uint8_t { Held, Detect, Polling, Training, Recovery, Gen2, Gen3, Gen4, Gen5, L0, Up };

  bool held() const;
  void update();
  void enter(Step step);
  void advance();
  Step faster() const;
  Tick duration(Step step) const;
  unsigned target_speed() const;
  unsigned target_width() const;
  void lose();

  Generation generation_;
  LinkCapability port_;
  LinkTimes times_;
  LinkCapability device_;
  LinkFaults faults_;
  bool plugged_ = false;
  bool faulty_ = false;  // the training under way suffers from faults_
  bool perst_ = true;
  bool in_reset_ = true;  // by the reset register
  bool pg_reset_ = true;  // TRAIN_CTL bit 22
  bool disable_ = false;
  bool tx_disable_ = false;
  bool hot_reset_ = false;
  bool no_detect_ = false;
  bool held_up_ = false;
  unsigned limit_ = 0;
  unsigned target_ = 0;
  Step step_ = Step::Held;
  Tick left_ = kNever;
  bool active_ = false;
  unsigned speed_ = 1;
  unsigned width_;
  std::uint8_t rx_errors_ = 0;
  std::uint16_t lane_errors_ = 0;
  LinkEvents events_;
};

}  // namespace phbsim::arch
