// SPDX-License-Identifier: Apache-2.0
#include "models/arch/os/allocation.hpp"
#include "models/arch/power_iommu/power_group.hpp"
#include "models/arch/power_iommu/power_iommu.hpp"

namespace phbsim::arch::power_iommu {

using os::Errno;

namespace {

// Answers of VFIO_EEH_PE_GET_STATE and arguments of its resets.
constexpr std::uint32_t kStateNormal = 0;
constexpr std::uint32_t kStateBothStopped = 2;
constexpr std::uint32_t kStateDmaStopped = 4;
constexpr std::uint32_t kStateUnavailable = 5;
constexpr std::uint32_t kResetDeactivate = 5;
constexpr std::uint32_t kResetFundamental = 7;

struct Injection {
  Fault fault;
  TransactionType type;
};

// Functions in groups of four or two, by what goes wrong: address, data, master or target abort. What
// an error of the outbound side looks like on the PE is an assumption [MA].
constexpr Injection kInjections[] = {
    {Fault::CompletionUr, TransactionType::MmioLoad},     // 0, 1 memory load
    {Fault::PoisonedTlp, TransactionType::MmioLoad},
    {Fault::CompletionUr, TransactionType::MmioLoad},     // 2, 3 I/O load
    {Fault::PoisonedTlp, TransactionType::MmioLoad},
    {Fault::CompletionUr, TransactionType::Other},        // 4, 5 configuration load
    {Fault::PoisonedTlp, TransactionType::Other},
    {Fault::CompletionUr, TransactionType::MmioStore},    // 6, 7 memory store
    {Fault::PoisonedTlp, TransactionType::MmioStore},
    {Fault::CompletionUr, TransactionType::MmioStore},    // 8, 9 I/O store
    {Fault::PoisonedTlp, TransactionType::MmioStore},
    {Fault::CompletionUr, TransactionType::Other},        // 10, 11 configuration store
    {Fault::PoisonedTlp, TransactionType::Other},
    {Fault::TvtAddress, TransactionType::DmaRead},        // 12..15 DMA read
    {Fault::DmaReadError, TransactionType::DmaRead},
    {Fault::CompletionUr, TransactionType::DmaRead},
    {Fault::CompletionCa, TransactionType::DmaRead},
    {Fault::TvtAddress, TransactionType::DmaWrite},       // 16..19 DMA write
    {Fault::PoisonedTlp, TransactionType::DmaWrite},
    {Fault::CompletionUr, TransactionType::DmaWrite},
    {Fault::CompletionCa, TransactionType::DmaWrite},
};

void write_freeze(Effects& effects, IodaTableId table, PeNumber pe, bool on) {
  write(effects, Reg::IodaAddr, IodaTable::make(static_cast<std::uint64_t>(table)) | pe);
  write(effects, Reg::IodaData, on ? ppc_bit(0) : 0);
}

}  // namespace

void PowerGroup::set_frozen(bool mmio, bool dma) {
  const PhbState& phb = iommu_.phb();
  Effects effects;
  if (phb.mmio_frozen(pe_) != mmio) write_freeze(effects, IodaTableId::PestA, pe_, mmio);
  if (phb.dma_stopped(pe_) != dma) write_freeze(effects, IodaTableId::PestB, pe_, dma);
  if (effects.empty()) return;
  const os::NoFail decided;
  if (phb.fenced() || !iommu_.sink().carry_out(effects)) os::fail(Errno::Io, "the PHB is fenced");
}

void PowerGroup::unfreeze_io() { set_frozen(false, iommu_.phb().dma_stopped(pe_)); }

void PowerGroup::unfreeze_dma() { set_frozen(iommu_.phb().mmio_frozen(pe_), false); }

std::uint32_t PowerGroup::state() {
  const PhbState& phb = iommu_.phb();
  if (phb.fenced()) return kStateUnavailable;
  const bool mmio = phb.mmio_frozen(pe_);
  const bool dma = phb.dma_stopped(pe_);
  if (mmio) return dma ? kStateBothStopped : kStateUnavailable;
  return dma ? kStateDmaStopped : kStateNormal;
}

void PowerGroup::reset(std::uint32_t how) {
  if (how < kResetDeactivate || how > kResetFundamental) os::fail(Errno::Inval, "no such reset");
  const bool begins = how != kResetDeactivate;
  set_frozen(begins, begins);
}

void PowerGroup::configure() {
  if (iommu_.phb().fenced()) os::fail(Errno::Io, "the PHB is fenced");
}

void PowerGroup::inject(std::uint32_t type, std::uint32_t function, std::uint64_t addr, std::uint64_t) {
  if (type > 1) os::fail(Errno::Inval, "an error is of 32 or 64 bits");
  if (function >= std::size(kInjections)) os::fail(Errno::Inval, "no such error");
  const Injection& what = kInjections[function];
  const Rid rid = devices().empty() ? Rid{0} : static_cast<PowerDevice*>(devices().front())->rid();
  iommu_.sink().inject(what.fault, pe_, rid, addr, what.type);
}

}  // namespace phbsim::arch::power_iommu
