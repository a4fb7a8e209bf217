// SPDX-License-Identifier: Apache-2.0
/// A partition of models/arch/papr as Linux's firmware, without time: each call is carried out at once.
#pragma once

#include <map>
#include <string>

#include "models/arch/papr/partition.hpp"
#include "platform/host/linux/ddw_policy.hpp"

namespace phbsim::host {

class PartitionFirmware final : public DdwFirmware {
 public:
  /// The PE at `buid` with config_addr 0; `list` is a logical page for lists of TCEs.
  PartitionFirmware(arch::papr::Partition& partition, std::uint64_t buid, arch::PhbState& phb,
                    arch::MemoryView& memory, arch::papr::LogicalAddr list);

  std::optional<std::array<std::uint32_t, 3>> applicable() override;
  std::optional<std::vector<std::uint32_t>> extensions() override;
  DdwQuery query(unsigned outputs) override;
  DdwCreated create(unsigned page_shift, unsigned window_shift) override;
  int remove(std::uint32_t liobn) override;
  int reset(bool limited) override;
  long tce(const TceCall& call) override;
  std::optional<PropertyValue> property(std::string_view name) override;
  void set_property(std::string_view name, const PropertyValue& value) override;
  void delete_property(std::string_view name) override;

 private:
  arch::papr::RtasOutcome call(arch::papr::RtasCall call, std::vector<std::uint32_t> args, unsigned nret);

  arch::papr::Partition& partition_;
  std::uint64_t buid_;
  arch::PhbState& phb_;
  arch::MemoryView& memory_;
  arch::papr::LogicalAddr list_;
  std::map<std::string, PropertyValue, std::less<>> properties_;
};

}  // namespace phbsim::host
