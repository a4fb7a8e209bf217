// SPDX-License-Identifier: Apache-2.0
/// The registers of the inbound path, described once (phb.md 4, 5.1-5.3). The rest of the register
/// file is not modelled yet: reads of other offsets give all ones, writes are dropped.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/bits.hpp"

namespace phbsim::arch {

enum class Reg : std::uint8_t {
  PhbConfig, RttBar, PestBar, NxlatePrefix, DmaSync, RtcInvalidate, TceKill, IodaAddr, IodaData,
  TceCap, IrqCap, EehCap, Version, Ctrlr, QDmaR,
  PhbErrStatus, PhbErrIrq, PhbErrFreeze, PhbErrFence,
  TxeStatus, TxeIrq, TxeFreeze, TxeFence,
  RxeArbStatus, RxeArbErr1, RxeArbIrq, RxeArbFreeze, RxeArbFence,
  RxeMrgStatus, RxeMrgIrq, RxeMrgFreeze, RxeMrgFence,
  RxeTceStatus, RxeTceErr1, RxeTceIrq, RxeTceFreeze, RxeTceFence,
};
constexpr unsigned kRegs = 37;

enum class RegAccess : std::uint8_t {
  ReadWrite,
  ReadOnly,
  WriteOneClears,
  AnyWriteClears,
  SideEffect,  ///< behaviour in PhbState or the timed Phb
};

struct RegSpec {
  Reg reg;
  std::uint32_t offset;
  std::string_view name;
  RegAccess access;
  std::uint64_t writable;  ///< bits that keep what is written (ReadWrite)
  std::string_view section;
};

constexpr std::uint64_t kAllBits = ~0ull;

constexpr std::array<RegSpec, kRegs> kRegisters{{
    {Reg::PhbConfig, 0x160, "PHB_PHBX_CONFIG", RegAccess::ReadWrite, kAllBits, "5.1"},
    {Reg::RttBar, 0x168, "PHB_RTT_BAR", RegAccess::ReadWrite, kAllBits, "1.2"},
    {Reg::PestBar, 0x1A8, "PHB_PEST_BAR", RegAccess::ReadWrite, kAllBits, "6.2"},
    {Reg::NxlatePrefix, 0x1F8, "PHB_NXLATE_PREFIX", RegAccess::ReadWrite, kAllBits, "2.2"},
    {Reg::DmaSync, 0x200, "PHB_DMA_READ_WRITE_SYNC", RegAccess::SideEffect, 0, "4.2"},
    {Reg::RtcInvalidate, 0x208, "PHB_RTC_INVALIDATE", RegAccess::SideEffect, 0, "4.3"},
    {Reg::TceKill, 0x210, "PHB_TCE_KILL", RegAccess::SideEffect, 0, "4.2"},
    {Reg::IodaAddr, 0x220, "PHB_IODA_ADDR", RegAccess::SideEffect, kAllBits, "4.4"},
    {Reg::IodaData, 0x228, "PHB_IODA_DATA0", RegAccess::SideEffect, kAllBits, "4.4"},
    {Reg::TceCap, 0x258, "PHB_TCE_CAP", RegAccess::ReadOnly, 0, "5.1"},
    {Reg::IrqCap, 0x260, "PHB_IRQ_CAP", RegAccess::ReadOnly, 0, "5.1"},
    {Reg::EehCap, 0x268, "PHB_EEH_CAP", RegAccess::ReadOnly, 0, "5.1"},
    {Reg::Version, 0x800, "PHB_VERSION", RegAccess::ReadOnly, 0, "0.1"},
    {Reg::Ctrlr, 0x810, "PHB_CTRLR", RegAccess::ReadWrite, kAllBits, "5.2"},
    {Reg::QDmaR, 0x888, "PHB_Q_DMA_R", RegAccess::SideEffect, 0, "5.2"},
    {Reg::PhbErrStatus, 0xC80, "PHB_ERR_STATUS", RegAccess::WriteOneClears, 0, "5.3"},
    {Reg::PhbErrIrq, 0xCA0, "PHB_ERR_IRQ_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::PhbErrFreeze, 0xCA8, "PHB_ERR_FREEZE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::PhbErrFence, 0xCB0, "PHB_ERR_AIB_FENCE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::TxeStatus, 0xD00, "PHB_TXE_ERR_STATUS", RegAccess::WriteOneClears, 0, "5.3"},
    {Reg::TxeIrq, 0xD20, "PHB_TXE_ERR_IRQ_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::TxeFreeze, 0xD28, "PHB_TXE_ERR_FREEZE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::TxeFence, 0xD30, "PHB_TXE_ERR_AIB_FENCE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeArbStatus, 0xD80, "PHB_RXE_ARB_ERR_STATUS", RegAccess::WriteOneClears, 0, "5.3"},
    {Reg::RxeArbErr1, 0xD88, "PHB_RXE_ARB_ERR1_STATUS", RegAccess::AnyWriteClears, 0, "5.3"},
    {Reg::RxeArbIrq, 0xDA0, "PHB_RXE_ARB_ERR_IRQ_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeArbFreeze, 0xDA8, "PHB_RXE_ARB_ERR_FREEZE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeArbFence, 0xDB0, "PHB_RXE_ARB_ERR_AIB_FENCE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeMrgStatus, 0xE00, "PHB_RXE_MRG_ERR_STATUS", RegAccess::WriteOneClears, 0, "5.3"},
    {Reg::RxeMrgIrq, 0xE20, "PHB_RXE_MRG_ERR_IRQ_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeMrgFreeze, 0xE28, "PHB_RXE_MRG_ERR_FREEZE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeMrgFence, 0xE30, "PHB_RXE_MRG_ERR_AIB_FENCE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeTceStatus, 0xE80, "PHB_RXE_TCE_ERR_STATUS", RegAccess::WriteOneClears, 0, "5.3"},
    {Reg::RxeTceErr1, 0xE88, "PHB_RXE_TCE_ERR1_STATUS", RegAccess::AnyWriteClears, 0, "5.3"},
    {Reg::RxeTceIrq, 0xEA0, "PHB_RXE_TCE_ERR_IRQ_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeTceFreeze, 0xEA8, "PHB_RXE_TCE_ERR_FREEZE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
    {Reg::RxeTceFence, 0xEB0, "PHB_RXE_TCE_ERR_AIB_FENCE_ENABLE", RegAccess::ReadWrite, kAllBits, "5.3"},
}};

constexpr bool registers_are_sound() {
  for (unsigned i = 0; i < kRegs; ++i) {
    if (static_cast<unsigned>(kRegisters[i].reg) != i || kRegisters[i].offset % 8 != 0) return false;
    if (i > 0 && kRegisters[i].offset <= kRegisters[i - 1].offset) return false;
  }
  return true;
}
static_assert(registers_are_sound(), "kRegisters is indexed by Reg and sorted by offset");

constexpr const RegSpec* find_register(std::uint32_t offset) {
  for (const auto& r : kRegisters)
    if (r.offset == offset) return &r;
  return nullptr;
}
constexpr std::uint32_t offset_of(Reg reg) { return kRegisters[static_cast<unsigned>(reg)].offset; }

// Bits with behaviour [F].
constexpr std::uint64_t kBarEnable = ppc_bit(0);
constexpr std::uint64_t kConfigMsi32 = ppc_bit(8);
constexpr std::uint64_t kConfigMsi64 = ppc_bit(14);
using CtrlrTveSelect = Field<17, 19>;
constexpr std::uint64_t kCtrlrMmioEehDisable = ppc_bit(14);
constexpr std::uint64_t kCtrlrTve1Above4G = ppc_bit(24);
constexpr std::uint64_t kQDmaKillPending = ppc_bit(7);
constexpr std::uint64_t kSyncReadStart = ppc_bit(0);
constexpr std::uint64_t kSyncReadComplete = ppc_bit(1);
constexpr std::uint64_t kSyncWriteStart = ppc_bit(2);     // PHB5
constexpr std::uint64_t kSyncWriteComplete = ppc_bit(3);  // PHB5
constexpr std::uint64_t kSyncCompletes = kSyncReadComplete | kSyncWriteComplete;
constexpr std::uint64_t kRtcAll = ppc_bit(0);
using RtcRid = Field<16, 31>;

// IODA indirect port [F 4.4].
constexpr std::uint64_t kIodaAutoIncrement = ppc_bit(0);
using IodaTable = Field<11, 15>;
using IodaMistMask = Field<28, 31>;
enum class IodaTableId : std::uint8_t { Mist = 2, Rcam = 5, PestA = 7, PestB = 8, Tvt = 9, Peev = 20 };

}  // namespace phbsim::arch
