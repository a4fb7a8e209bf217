// SPDX-License-Identifier: Apache-2.0
/// Configuration space of a PHB's root port, 0:0.0 (phb.md 5.8): header of a bridge, PCI Express and
/// AER capabilities, and what of them acts on the link. What each register is stands in
/// root_complex_rows.hpp. PHB4 on: offsets 0x1000 to 0x17FF of the register space; PHB3: a device
/// like others.
///
/// Not modelled: routing by base and limit (they are hard-wired), slot power and indicators, PME,
/// interrupts of the capabilities, header logs of TLPs, bandwidth notification.
#pragma once

#include <array>
#include <cstdint>

#include "models/arch/link_training.hpp"
#include "models/arch/register_file.hpp"
#include "models/arch/root_complex_rows.hpp"

namespace phbsim::arch {

class RootComplex {
 public:
  static constexpr unsigned kBytes = 0x1000;

  /// `link` lives longer. The root port tells it of resets, disables and retrains.
  RootComplex(Generation generation, LinkTraining& link);
  RootComplex(const RootComplex&) = delete;
  RootComplex& operator=(const RootComplex&) = delete;

  /// 1, 2 or 4 bytes, aligned to themselves; the value is little-endian in its low bytes. What is no
  /// register reads 0; an access of another shape reads all ones and writes nothing.
  std::uint32_t read(unsigned offset, unsigned bytes);
  void write(unsigned offset, unsigned bytes, std::uint32_t value);
  /// Warm: bit 0 of CRESET; sticky bits stay.
  void reset(ResetKind kind);

  /// Bit 15 of SCR: the port has a slot.
  void set_slot(bool on) { slot_ = on; }

  // -- what the bridge does with the bus numbers ------------------------------------------------
  unsigned secondary_bus() const { return bytes_[rc::kSecondaryBus]; }
  unsigned subordinate_bus() const { return bytes_[rc::kSubordinateBus]; }
  /// A configuration cycle to this bus goes down the link.
  bool forwards(unsigned bus) const { return bus != 0 && bus >= secondary_bus() && bus <= subordinate_bus(); }

  // -- errors, as the AER capability records them -------------------------------------------------
  /// Bit of UE_STATUS or CE_STATUS; masked ones are recorded without further consequence.
  void report_uncorrectable(unsigned bit, Rid source);
  void report_correctable(unsigned bit, Rid source);

 private:
  void refresh();
  void control_changed();
  void put(unsigned offset, unsigned bytes, std::uint32_t value);
  std::uint32_t get(unsigned offset, unsigned bytes) const;
  void set_bits(unsigned offset, unsigned bytes, std::uint32_t bits) { put(offset, bytes, get(offset, bytes) | bits); }

  Generation generation_;
  LinkTraining& link_;
  std::array<std::uint8_t, kBytes> bytes_{};
  std::array<std::uint8_t, kBytes> writable_{};
  std::array<std::uint8_t, kBytes> w1c_{};
  bool slot_ = false;
  bool seen_active_ = false;
  bool seen_present_ = false;
};

}  // namespace phbsim::arch
