// SPDX-License-Identifier: Apache-2.0
#include "platform/host/partition_firmware.hpp"

#include "models/base/check.hpp"

namespace phbsim::host {

using arch::papr::Hcall;
using arch::papr::RtasCall;

PartitionFirmware::PartitionFirmware(arch::papr::Partition& partition, std::uint64_t buid, arch::PhbState& phb,
                                     arch::MemoryView& memory, arch::papr::LogicalAddr list)
    : partition_(partition), buid_(buid), phb_(phb), memory_(memory), list_(list) {
  const arch::papr::Cells cells = partition.dma_window_property(buid);
  PropertyValue value(4 * cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) store_be32(value.data() + 4 * i, cells[i]);
  properties_[std::string(arch::papr::kDmaWindow)] = value;
}

arch::papr::RtasOutcome PartitionFirmware::call(RtasCall call, std::vector<std::uint32_t> args, unsigned nret) {
  arch::papr::RtasOutcome out = partition_.rtas(call, args, nret);
  const bool ended = arch::apply(out.effects, phb_, memory_);
  PHBSIM_ASSERT(ended);
  out.rets.resize(nret, 0);
  return out;
}

std::optional<std::array<std::uint32_t, 3>> PartitionFirmware::applicable() {
  const arch::papr::Cells c = partition_.ddw_applicable(buid_);
  if (c.size() < 3) return std::nullopt;
  return std::array<std::uint32_t, 3>{c[0], c[1], c[2]};
}

std::optional<std::vector<std::uint32_t>> PartitionFirmware::extensions() {
  const arch::papr::Cells c = partition_.ddw_extensions(buid_);
  if (c.empty()) return std::nullopt;
  return c;
}

DdwQuery PartitionFirmware::query(unsigned outputs) {
  const auto out = call(RtasCall::Query, {0, static_cast<std::uint32_t>(buid_ >> 32), static_cast<std::uint32_t>(buid_)},
                        outputs);
  DdwQuery q;
  q.status = out.status;
  q.windows_available = out.rets[1];
  const unsigned six = outputs == 6 ? 1 : 0;
  q.largest_block = six ? static_cast<std::uint64_t>(out.rets[2]) << 32 | out.rets[3] : out.rets[2];
  q.page_mask = out.rets[3 + six];
  q.migration_mask = out.rets[4 + six];
  return q;
}

DdwCreated PartitionFirmware::create(unsigned page_shift, unsigned window_shift) {
  const auto out = call(RtasCall::Create,
                        {0, static_cast<std::uint32_t>(buid_ >> 32), static_cast<std::uint32_t>(buid_), page_shift,
                         window_shift},
                        4);
  return {out.status, out.rets[1], static_cast<BusAddr>(out.rets[2]) << 32 | out.rets[3]};
}

int PartitionFirmware::remove(std::uint32_t liobn) { return call(RtasCall::Remove, {liobn}, 1).status; }

int PartitionFirmware::reset(bool limited) {
  std::vector<std::uint32_t> args{0, static_cast<std::uint32_t>(buid_ >> 32), static_cast<std::uint32_t>(buid_)};
  if (limited) args.push_back(1);
  return call(RtasCall::Reset, std::move(args), 1).status;
}

long PartitionFirmware::tce(const TceCall& t) {
  arch::papr::HcallArgs args;
  switch (t.kind) {
    case TceCall::Kind::Put:
      args = {Hcall::PutTce, {t.liobn, t.ioba, t.tce, 0}};
      break;
    case TceCall::Kind::Indirect: {
      const auto real = partition_.memory().real(list_, arch::papr::kListBytes);
      PHBSIM_ASSERT(real.has_value());
      for (std::uint64_t i = 0; i < t.count; ++i) memory_.write_be64(*real + 8 * i, t.tce + i * t.stride);
      args = {Hcall::PutTceIndirect, {t.liobn, t.ioba, list_, t.count}};
      break;
    }
    default:
      args = {Hcall::StuffTce, {t.liobn, t.ioba, t.tce, t.count}};
      break;
  }
  const arch::papr::HcallOutcome out = partition_.perform(args, memory_);
  const bool ended = arch::apply(out.stores, phb_, memory_);
  PHBSIM_ASSERT(ended);
  return static_cast<long>(out.status);
}

std::optional<PropertyValue> PartitionFirmware::property(std::string_view name) {
  const auto at = properties_.find(name);
  if (at == properties_.end()) return std::nullopt;
  return at->second;
}
void PartitionFirmware::set_property(std::string_view name, const PropertyValue& value) {
  properties_[std::string(name)] = value;
}
void PartitionFirmware::delete_property(std::string_view name) { properties_.erase(std::string(name)); }

}  // namespace phbsim::host
