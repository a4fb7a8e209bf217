// SPDX-License-Identifier: Apache-2.0
/// The machine that firmware runs on: a processor, memory, a console, the service bus and PHBs with devices.
///
/// Real addresses: memory from 0; registers, ESB pages and windows of the PHBs where the firmware programs the
/// BARs of their PCIe controllers; the XSCOM window and, [MA], a UART and an interrupt queue of ours
/// (MachineMap). The processor starts as the boot protocol of firmware-stubs has it: hypervisor real mode in
/// the image's byte order, r3 the real address of boot information, r12 the entry, r2 the TOC if the image
/// says so. Everything is deterministic.
/// Not modelled: more than one chip, POWER8's indirect SCOM path of XSCOM, a link whose time per byte follows
/// the speed that was trained (it is that of the configuration).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/pec/pec_state.hpp"
#include "models/arch/ppc64/elf.hpp"
#include "models/arch/ppc64/spr.hpp"
#include "models/cpu/cpu.hpp"
#include "models/cpu/fabric.hpp"
#include "models/cpu/interrupt_queue.hpp"
#include "models/cpu/uart.hpp"
#include "models/phb/xscom.hpp"
#include "platform/build/system.hpp"
#include "platform/config/config.hpp"
#include "platform/firmware/boot_info.hpp"
#include "platform/firmware/fault_plan.hpp"
#include "platform/firmware/pci_slot.hpp"

namespace phbsim::firmware {

/// What does not move [XSCOM F from POWER9 on, else MA].
struct MachineMap {
  RealAddr xscom = 0;
  std::uint64_t xscom_bytes = 0;
  RealAddr uart = 0;
  RealAddr interrupts = 0;
};
MachineMap machine_map(arch::Generation generation);

/// One access of a register by the processor; a PCIe controller's has its XSCOM byte address as offset.
struct RegisterAccess {
  Tick at = 0;  ///< when it was answered
  bool write = false;
  std::string region;  ///< as traces name it: "phb0.3", "pec0.1-nest-phb-0", "pec0.1-pci-phb-0"
  std::uint64_t offset = 0;
  unsigned bytes = 8;
  std::uint64_t value = 0;  ///< the big-endian number of the bytes
};

struct MachineOptions {
  bool boot_info = true;  ///< false: all registers but those of the image's ABI are 0
};

class Machine {
 public:
  /// What `config` describes, with `image` in memory; the image lives longer, for its symbols. Functions are the endpoints of workload "program". UserError if it cannot be.
  Machine(const config::Config& config, const arch::ppc64::Image& image, const MachineOptions& options = {});
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  enum class End : std::uint8_t { Finished, Stopped, TimeOver, Stuck };
  struct Outcome {
    End end = End::Stuck;
    std::uint64_t status = 0;  ///< Finished: r3 at the attn; 0 is PASS
    std::string text;          ///< a sentence
  };
  /// Until the firmware executes attn, the processor cannot go on, or `max_time` is over (kNever: never).
  Outcome run(Tick max_time);
  /// What becomes of a stop of the processor; a debugger puts itself before it.
  cpu::Cpu::Action stopped(const cpu::Cpu::Stop& stop);
  /// Ends the run from outside, with these words.
  void end(const std::string& text);

  std::function<void(char)> on_character;
  /// Accesses of PHB registers and PCIe controllers, in order.
  std::function<void(const RegisterAccess&)> on_register;

  cpu::Cpu& cpu() { return *cpu_; }
  cpu::Fabric& fabric() { return *fabric_; }
  build::System& system() { return *system_; }
  arch::Scom& scom() { return *scom_; }
  cpu::InterruptQueue& interrupts() { return *interrupts_; }
  phb::Phb& phb(unsigned i) { return *system_->phbs()[i].phb; }
  PciSlot& slot(unsigned i) { return *slots_[i]; }
  const BootInfo& boot_info() const { return boot_; }
  RealAddr boot_info_address() const { return boot_at_; }
  Tick now() const;
  RealAddr memory_end() const { return memory_bytes_; }
  std::uint64_t register_accesses() const { return register_accesses_; }
  std::uint64_t faults_done() const { return faults_done_; }

 private:
  enum Out : unsigned { kMemory, kXscom, kUart, kInterrupts, kFirstPhb };
  static constexpr unsigned kOutsPerPhb = 3;  ///< registers, ESB pages, windows

  void build_system(const config::Config& config);
  void build_processor(const config::Config& config, const arch::ppc64::Image& image);
  void wire();
  void fill_boot_info(const config::Config& config, RealAddr free);
  std::optional<cpu::FabricSpan> phb_span(RealAddr addr, std::uint64_t bytes) const;
  void accessed(const tlm::tlm_generic_payload& payload, RealAddr addr, const cpu::FabricSpan* span);
  void notified(const arch::Notification& n, unsigned phb);
  void print(char c);
  void inject(const PlannedFault& fault, unsigned phb);

  arch::Generation generation_;
  MachineMap map_;
  std::uint64_t memory_bytes_;
  std::vector<unsigned> chip_index_;  ///< of each PHB
  std::vector<int> phb_at_;           ///< by index on the chip; -1: none
  std::vector<unsigned> absent_;      ///< PHBs with an empty slot
  std::vector<arch::LinkCapability> cards_;
  std::unique_ptr<build::System> system_;
  std::vector<std::unique_ptr<PciSlot>> slots_;
  std::vector<std::unique_ptr<arch::EtuPort>> etus_;
  std::unique_ptr<arch::Scom> scom_;
  std::unique_ptr<phb::Xscom> xscom_;
  std::unique_ptr<cpu::Fabric> fabric_;
  std::unique_ptr<cpu::Uart16550> uart_;
  std::unique_ptr<cpu::InterruptQueue> interrupts_;
  std::unique_ptr<cpu::Cpu> cpu_;
  std::unique_ptr<FaultPlanner> faults_;
  BootInfo boot_;
  RealAddr boot_at_ = 0;
  std::string line_;  ///< of the console, so far
  Outcome outcome_;
  std::uint64_t register_accesses_ = 0;
  std::uint64_t faults_done_ = 0;
};

}  // namespace phbsim::firmware
