// SPDX-License-Identifier: Apache-2.0
/// The simulated machine behind `phbsim exec`: PHBs with their IOMMU drivers, and the functions that a
/// program can have. Real memory from kFrames on is the program's own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/arch/power_iommu/power_iommu.hpp"
#include "models/arch/tve.hpp"
#include "models/arch/vfio/group.hpp"
#include "models/arch/vfio/pci_device.hpp"
#include "platform/build/effect_access.hpp"
#include "platform/build/system.hpp"
#include "platform/config/config.hpp"
#include "platform/exec/frames.hpp"
#include "platform/exec/machine/ioat_pci.hpp"

namespace phbsim::exec {

/// What the driver decides, done by the PHB's effect agent in simulated time.
class TimedSink final : public arch::power_iommu::EffectSink {
 public:
  TimedSink(build::EffectAccess& access, phb::Phb& phb, arch::MemoryView& memory)
      : access_(access), phb_(phb), memory_(memory) {}

  bool carry_out(const arch::Effects& effects) override;
  /// Takes no time: nothing refers to the table yet.
  bool clear(RealAddr at, std::uint64_t bytes) override;
  void inject(arch::Fault fault, PeNumber pe, Rid rid, BusAddr addr, arch::TransactionType type) override;

  /// Counts from here on.
  void forget() {
    stores = kills = 0;
    windows.clear();
  }
  std::uint64_t stores = 0;  ///< doublewords of tables
  std::uint64_t kills = 0;   ///< kill commands
  /// Tables that TVEs led to, oldest first; those that differ in nothing but their address are one.
  struct WindowSeen {
    PeNumber pe = 0;
    unsigned slot = 0;
    arch::Tve tve;
    std::uint64_t times = 0;
  };
  std::vector<WindowSeen> windows;

 private:
  void note_tve(std::uint64_t word);

  std::uint64_t selected_ = 0;  ///< IODA table entry that data goes to
  build::EffectAccess& access_;
  phb::Phb& phb_;
  arch::MemoryView& memory_;
};

class Machine {
 public:
  /// Functions are the endpoints of workload "program". UserError if there is none.
  Machine(const config::Config& config, unsigned host_page_shift, Frames& frames, arch::vfio::Host& vfio);
  ~Machine();

  struct PhbPart {
    build::PhbGroup* group = nullptr;
    std::unique_ptr<build::EffectAccess> access;
    std::unique_ptr<TimedSink> sink;
    std::unique_ptr<arch::power_iommu::TableMemory> tables;
    arch::power_iommu::PowerIommuOptions options;
    std::unique_ptr<arch::power_iommu::PowerIommu> iommu;
    unsigned functions = 0;
    void start();
  };
  struct GroupPart {
    std::string pe;  ///< its name in the configuration
    arch::power_iommu::PowerGroup* group = nullptr;
    std::unique_ptr<arch::vfio::GroupNode> node;
    std::unique_ptr<arch::vfio::ResetSet> together;
  };
  struct FunctionPart {
    std::string name;
    std::size_t phb = 0;
    std::size_t group = 0;
    unsigned index = 0;  ///< on its PHB
    std::unique_ptr<arch::power_iommu::PowerDevice> device;
    std::unique_ptr<build::IoatFunction> function;
    std::unique_ptr<IoatPci> pci;
    std::unique_ptr<arch::vfio::PciDevice> vfio;
  };

  build::System& system() { return *system_; }
  const std::vector<PhbPart>& phbs() const { return phbs_; }
  const std::vector<GroupPart>& groups() const { return groups_; }
  std::vector<FunctionPart>& functions() { return functions_; }
  /// Table memory in use beyond what the kernel itself uses.
  std::uint64_t tables_left() const;

 private:
  void add_phb(build::PhbGroup& group, unsigned host_page_shift, std::uint64_t memory_end, bool large_io_pages);
  void add_function(const config::EndpointConfig& endpoint, const std::string& phb);
  void add_group(const config::PeConfig& pe);
  void give_to_group(FunctionPart& f, const config::EndpointConfig& endpoint, arch::vfio::Host& host);
  PhbPart& phb_named(const std::string& name);

  std::unique_ptr<build::System> system_;
  std::vector<PhbPart> phbs_;
  std::vector<GroupPart> groups_;
  std::vector<FunctionPart> functions_;
  std::uint64_t tables_at_start_ = 0;
};

}  // namespace phbsim::exec
