// SPDX-License-Identifier: Apache-2.0
/// A bare POWER9 chip around the architected PHBs, untimed, on which stock skiboot boots (docs/skiboot.md): one
/// thread, memory, XSCOM with the PECs, LPC with a UART, what powernv_map.hpp lists, cards behind the PHBs.
///
///     PowerNv machine({}, skiboot_lid);
///     PowerNv::End end = machine.run(400'000'000);
///     machine.console();  // what came out of the UART
///
/// Time is the time base, which advances with instructions: ticks_per_instruction makes delays short. Links train
/// and cards make their DMA at the processor's accesses. Not modelled: interrupts to the processor, secondary
/// threads, a second chip, BMC and flash, RTC.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "models/arch/pec/pec_state.hpp"
#include "models/arch/phb_state.hpp"
#include "models/arch/ppc64/core.hpp"
#include "platform/firmware/device_tree.hpp"
#include "platform/firmware/powernv_parts.hpp"
#include "platform/firmware/powernv_xive.hpp"

namespace phbsim::firmware {

constexpr unsigned kPowerNvPhbs = 6;

struct PowerNvOptions {
  std::uint64_t memory_bytes = 2 * kGiB;  ///< 1 GiB to 64 GiB, whole MiB
  unsigned ticks_per_instruction = 1;     ///< of the 512 MHz time base, 1 to 4096 [MA]
  std::set<unsigned> cards{0, 1, 3};      ///< PHBs with a DMA card behind them; the others' slots are empty
  bool links_held_up = false;             ///< links are up and never train, as QEMU's
};

/// The tree that skiboot gets, without anything that it makes itself.
DeviceTreeNode powernv_tree(const PowerNvOptions& options);

class PowerNv final : private arch::ppc64::Bus {
 public:
  /// `firmware`: a raw image such as skiboot.lid. UserError: an option out of range, an image that does not fit.
  PowerNv(const PowerNvOptions& options, const std::vector<unsigned char>& firmware);
  ~PowerNv() override;

  struct End {
    arch::ppc64::Stop stop;
    bool payload = false;  ///< firmware entered the payload: it is through
    std::uint64_t executed = 0;
    std::string text;      ///< a sentence
  };
  /// Until the payload is entered, the processor stops, or the count is used up.
  End run(std::uint64_t max_instructions);

  const std::string& console() const { return uart_.output(); }
  /// skiboot's log in memory, which has more levels than the console; empty before it has one.
  std::string memory_log() const;
  /// Accesses that nothing answered, with their counts: "read SCOM 0x10013".
  const std::map<std::string, std::uint64_t>& unanswered() const { return unanswered_; }
  /// What the payload got in r3, once run() has said so; else null.
  std::unique_ptr<DeviceTreeNode> payload_tree() const;

  arch::ppc64::Core& core() { return *core_; }
  arch::PhbState& phb(unsigned i) { return *phbs_[i]; }
  arch::Scom& scom() { return *scom_; }
  arch::MemoryView& memory() { return ram_; }
  std::uint64_t now() const;

 private:
  // Bus.
  arch::ppc64::BusResult load(RealAddr addr, unsigned char* bytes, unsigned count, arch::ppc64::Access) override;
  arch::ppc64::BusResult store(RealAddr addr, const unsigned char* bytes, unsigned count,
                               arch::ppc64::Access) override;
  arch::ppc64::DirectPage direct(RealAddr page) override;
  std::uint64_t timebase() override { return now(); }

  /// The big-endian number of the bytes; nothing if nobody answers.
  std::optional<std::uint64_t> device_read(RealAddr addr, unsigned bytes);
  bool device_write(RealAddr addr, unsigned bytes, std::uint64_t value);
  std::uint64_t scom_read(std::uint64_t scom);
  void scom_write(std::uint64_t scom, std::uint64_t value);
  void scom_done(bool ok);
  std::uint64_t lpc_read(std::uint64_t at, unsigned bytes);
  void lpc_write(std::uint64_t at, unsigned bytes, std::uint64_t value);
  std::optional<std::uint64_t> phb_read(RealAddr addr, unsigned bytes);
  bool phb_write(RealAddr addr, unsigned bytes, std::uint64_t value);
  /// Links and cards get the time that passed.
  void pass_time();
  void note(const std::string& what) { ++unanswered_[what]; }

  PowerNvOptions options_;
  powernv::Ram ram_;
  powernv::Xive xive_;
  powernv::Uart uart_;
  powernv::Words words_;  ///< of memory-mapped areas and LPC controllers
  std::map<std::uint64_t, std::uint64_t> scoms_;
  std::map<std::string, std::uint64_t> unanswered_;
  std::unique_ptr<arch::ppc64::Core> core_;
  std::vector<std::unique_ptr<arch::PhbState>> phbs_;
  std::vector<std::unique_ptr<arch::EtuPort>> etus_;
  std::unique_ptr<arch::Scom> scom_;
  std::vector<std::unique_ptr<powernv::Card>> cards_;  ///< null: empty slot
  std::uint64_t skipped_ticks_ = 0;  ///< while idle
  std::uint64_t passed_ticks_ = 0;   ///< that links know of
};

}  // namespace phbsim::firmware
