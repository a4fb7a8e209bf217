// SPDX-License-Identifier: Apache-2.0
/// The registers of a PHB by name, and the bits of them that behaviour depends on. What each register
/// is stands in register_rows.hpp (phb.md 4, 5).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/arch/register_spec.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch {

/// A register of any generation; P3...: PHB3's own where its place differs. Not all exist everywhere.
enum class Reg : std::uint16_t {
  LsiSourceId, DmaChanStatus, CpuLoadStoreStatus, DmaMsiNodeId, ConfigData, Lock0, ConfigAddress, Lock1, IvtBar,
  RbaBar, PhbConfig, RttBar, PeltvBar, M32BaseAddr, M32BaseMask, M32StartAddr, PestBar, AsnCmpm, CapiCmpm, M64Aomask,
  M64UpperBits, NxlatePrefix, IntrepTimer, DmaSync, RtcInvalidate, TceKill, TceSpecCtl, IodaAddr, IodaData,
  FfiRequest, FfiLock, XiveUpdate, GenCap, TceCap, IrqCap, EehCap, IvcInvalidate, IvcUpdate, ErrInjCtl, ErrInjAddr,
  ErrInjMask, EtuErrSummary, IntNotifyAddr, IntNotifyIndex, UtlSysBusControl, UtlStatus, UtlSysBusAgentStatus,
  UtlSysBusAgentErrSeverity, UtlSysBusAgentIrqEn, UtlSysBusBurstSzConf, UtlRevisionId, UtlOutPostHdrBufAlloc,
  UtlOutPostDatBufAlloc, UtlInPostHdrBufAlloc, UtlInPostDatBufAlloc, UtlOutNpBufAlloc, UtlInNpBufAlloc,
  UtlPcieTagsAlloc, UtlGbifReadTagsAlloc, UtlPciePortControl, UtlPciePortStatus, UtlPciePortErrorSev,
  UtlPciePortIrqEn, UtlRcStatus, UtlRcErrSeverity, UtlRcIrqEn, UtlEpStatus, UtlEpErrSeverity, UtlEpErrIrqEn,
  UtlPciPmCtrl1, UtlPciPmCtrl2, UtlGpCtl1, UtlGpCtl2, P3PcieSystemConfig, P3PcieBusNumber, P3PcieSystemTest,
  P3PcieLinkManagement, P3PcieDlpTrainCtl, P3PcieSlopLoopback, P3PcieSysLinkInit, P3PcieUtlConfig, P3PcieDlpControl,
  P3UtlErrlog1, P3UtlErrlog2, P3UtlErrlog3, P3UtlErrlog4, P3DlpErrlog1, P3DlpErrlog2, P3DlpErrStatus,
  P3DlpErrCounters, P3UtlErrInject, P3TldlpErrInject, P3LaneEqCntl0, P3LaneEqCntl1, P3LaneEqCntl2, P3LaneEqCntl3,
  P3Strapping, Version, P3Reset, Ctrlr, AibRxCredInitTimer, AibRxCmdCred, AibRxDataCred, AibTxCmdCred, AibTxDataCred,
  AibTxChanMapping, AibTagEnable, AibFenceCtrl, TceTagEnable, TceWatermark, TimeoutCtrl1, TimeoutCtrl2, QDmaR,
  AibTagStatus, TceTagStatus, LemFir, LemFirAnd, LemFirOr, LemMask, LemMaskAnd, LemMaskOr, LemAction0, LemAction1,
  LemWof, TraceControl, PerfmonConfig, PerfmonCtr0, PerfmonCtr1, PerfmonCtr2, PerfmonCtr3, P3Hotplug, PblControl,
  PblTimeoutCtrl, PblNptagEnable, NbwCmpMask, SysLinkInit, PblBufStatus, PcieScr, PcieBnr, PcieCreset, PcieDlpStr,
  PcieHotplugStatus, PcieLmr, PcieLanePwr, PcieDlpTrainCtl, PcieLsr, PcieRxmgn, PcieLaneZeroCtl, PcieDlpCtl,
  PcieDlpTrwctl, PcieTrcRdData, PcieDlpErrlog1, PcieDlpErrlog2, PcieDlpErrStatus, PcieDlpErrCounters, PcieDlpEic,
  PcieLaneEqCntl0, PcieLaneEqCntl1, PcieLaneEqCntl2, PcieLaneEqCntl3, PcieLaneEqCntl40, PcieLaneEqCntl41,
  PcieLaneEqCntl50, PcieLaneEqCntl51, PcieTraceCtrl, PcieMiscStrap, PciePhyEqCntl, PcieRxEqStatus0, PcieRxEqStatus1,
  PcieRxEqStatus2, PcieRxEqStatus3, PcieRxEqStatus4, PcieRxEqStatus5, PcieRxEqStatus6, PcieRxEqStatus7,
  PcieRxEqStatus8, PcieRxEqStatus9, PcieRxEqStatus10, PcieRxEqStatus11,
  // Error trap blocks; the order is that of ErrorBlock and BlockReg.
  PhbErrStatus, PhbErrErr1, PhbErrInject, PhbErrLem, PhbErrIrq, PhbErrFreeze, PhbErrFence, PhbErrLog0, PhbErrLog1, PhbErrStatusMask, PhbErrErr1Mask,
  TxeStatus, TxeErr1, TxeInject, TxeLem, TxeIrq, TxeFreeze, TxeFence, TxeLog0, TxeLog1, TxeStatusMask, TxeErr1Mask,
  RxeArbStatus, RxeArbErr1, RxeArbInject, RxeArbLem, RxeArbIrq, RxeArbFreeze, RxeArbFence, RxeArbLog0, RxeArbLog1, RxeArbStatusMask, RxeArbErr1Mask,
  RxeMrgStatus, RxeMrgErr1, RxeMrgInject, RxeMrgLem, RxeMrgIrq, RxeMrgFreeze, RxeMrgFence, RxeMrgLog0, RxeMrgLog1, RxeMrgStatusMask, RxeMrgErr1Mask,
  RxeTceStatus, RxeTceErr1, RxeTceInject, RxeTceLem, RxeTceIrq, RxeTceFreeze, RxeTceFence, RxeTceLog0, RxeTceLog1, RxeTceStatusMask, RxeTceErr1Mask,
  PblStatus, PblErr1, PblInject, PblLem, PblIrq, PblFreeze, PblFence, PblLog0, PblLog1, PblStatusMask, PblErr1Mask,
  RegbStatus, RegbErr1, RegbInject, RegbLem, RegbIrq, RegbFreeze, RegbFence, RegbLog0, RegbLog1, RegbStatusMask, RegbErr1Mask,
};

/// The error trap blocks of phb.md 5.3. PHB3 calls Txe OUT, RxeArb INA and RxeMrg INB, and has no
/// more. Pbl and Regb have three outputs in place of interrupt, freeze and fence: see kErrorOutputs.
enum class ErrorBlock : std::uint8_t { PhbErr, Txe, RxeArb, RxeMrg, RxeTce, Pbl, Regb };
constexpr unsigned kErrorBlocks = 7;

/// A block's registers. Irq, Freeze and Fence of Pbl and Regb are their INF, ERC and FAT enables.
enum class BlockReg : std::uint8_t { Status, Err1, Inject, Lem, Irq, Freeze, Fence, Log0, Log1, StatusMask, Err1Mask };
constexpr unsigned kBlockRegs = 11;

constexpr Reg error_reg(ErrorBlock block, BlockReg reg) {
  return static_cast<Reg>(static_cast<unsigned>(Reg::PhbErrStatus) + kBlockRegs * static_cast<unsigned>(block) +
                          static_cast<unsigned>(reg));
}
static_assert(error_reg(ErrorBlock::Regb, BlockReg::Err1Mask) == Reg::RegbErr1Mask);
static_assert(error_reg(ErrorBlock::RxeTce, BlockReg::Freeze) == Reg::RxeTceFreeze);
constexpr unsigned kRegs = static_cast<unsigned>(Reg::RegbErr1Mask) + 1;

/// What a register does beyond keeping bits.
enum class RegAction : std::uint8_t {
  None,
  ChannelStatus, LoadStoreStatus, ErrorSummary,           // reads are derived
  ConfigData, IodaData, FfiLock,                          // reads change something, too
  DmaSync, RtcInvalidate, TceKill, QuiesceDma,            // what the timed path has to do
  FfiRequest, IvcInvalidate, IvcUpdate, Control,
  LemFirAnd, LemFirOr, LemMaskAnd, LemMaskOr,
  Status, Inject,                                         // error blocks: outputs follow
  CoreReset, Presence, TrainControl, LinkManagement, LinkSpeed, LinkErrors,  // the link
};

/// Every register of every generation, in order of offset.
const RegTable& phb_registers();
/// "PHB_RTT_BAR".
std::string register_name(const RegSpec& spec);
/// The same in all generations that have the register.
std::uint32_t offset_of(Reg reg);

// Configuration windows that are no registers [F 5.8].
constexpr std::uint32_t kConfigDataOffset = 0x130;
constexpr std::uint32_t kRcConfigOffset = 0x1000;  ///< PHB4 on: root complex, 4 bytes little-endian
constexpr std::uint32_t kRcConfigBytes = 0x800;
constexpr std::uint32_t kRegisterBytes = 0x2000;   ///< PHB4 on; PHB3 decodes 0x1000

// Bits with behaviour [F].
constexpr std::uint64_t kBarEnable = ppc_bit(0);
constexpr std::uint64_t kConfigMsi32 = ppc_bit(8);
constexpr std::uint64_t kConfigMsi64 = ppc_bit(14);
constexpr std::uint64_t kConfigM32 = ppc_bit(16);  // PHB3
using CtrlrTveSelect = Field<17, 19>;
constexpr std::uint64_t kCtrlrPqDisable = ppc_bit(9);   // PHB5
constexpr std::uint64_t kCtrlrAbtMode = ppc_bit(10);    // PHB5
constexpr std::uint64_t kCtrlrEsb64K = ppc_bit(11);     ///< size of an ESB page; else 4 KiB
constexpr std::uint64_t kCtrlrMmioEehDisable = ppc_bit(14);
constexpr std::uint64_t kCtrlrConfigEehBlock = ppc_bit(15);
constexpr std::uint64_t kCtrlrTve1Above4G = ppc_bit(24);
constexpr std::uint64_t kQDmaAutoReset = ppc_bit(1);
constexpr std::uint64_t kQDmaKillPending = ppc_bit(7);
constexpr std::uint64_t kSyncReadStart = ppc_bit(0);
constexpr std::uint64_t kSyncReadComplete = ppc_bit(1);
constexpr std::uint64_t kSyncWriteStart = ppc_bit(2);     // PHB5
constexpr std::uint64_t kSyncWriteComplete = ppc_bit(3);  // PHB5
constexpr std::uint64_t kSyncCompletes = kSyncReadComplete | kSyncWriteComplete;
constexpr std::uint64_t kTceKillCommands = ppc_mask(0, 2);
constexpr std::uint64_t kRtcAll = ppc_bit(0);
using RtcRid = Field<16, 31>;
constexpr std::uint64_t kNotify64K = ppc_bit(1);  // PHB5

constexpr std::uint64_t kConfigAddressEnable = ppc_bit(0);
using ConfigAddressStatus = Field<1, 3>;
using ConfigAddressRid = Field<4, 19>;
using ConfigAddressRegister = Field<20, 31>;
using ConfigAddressPe = Field<39, 47>;  // PHB3: its top bit is always 0

constexpr std::uint64_t kSummaryError = ppc_bit(27);
constexpr std::uint64_t kSummaryFirst = ppc_bit(28);
constexpr std::uint64_t kSummaryFreeze = ppc_bit(29);

// The link's registers.
constexpr std::uint64_t kPresenceN = ppc_bit(10);
constexpr std::uint64_t kPresenceBN = ppc_bit(11);  // PHB3
constexpr std::uint64_t kHotplugActive = ppc_bit(12);
constexpr std::uint64_t kLinkManagementActive = ppc_bit(8);
constexpr std::uint64_t kScrSlot = ppc_bit(15);
using MaxLinkSpeed = Field<32, 35>;
constexpr std::uint8_t kRegbLinkUp = 9;

// Armed error injection.
constexpr std::uint64_t kInjectInbound = ppc_bit(0);
constexpr std::uint64_t kInjectOutbound = ppc_bit(1);
constexpr std::uint64_t kInjectSticky = ppc_bit(2);
constexpr std::uint64_t kInjectConfig = ppc_bit(3);
constexpr std::uint64_t kInjectRead = ppc_bit(4);
constexpr std::uint64_t kInjectWrite = ppc_bit(5);

// IODA indirect port [F 4.4].
constexpr std::uint64_t kIodaAutoIncrement = ppc_bit(0);
using IodaTable = Field<11, 15>;
using IodaMistMask = Field<28, 31>;
enum class IodaTableId : std::uint8_t {
  List = 1, Mist = 2, Pct = 3, Rba = 4, Rcam = 5, Mrt = 6, PestA = 7, PestB = 8, Tvt = 9, Tcam = 10, Tdr = 11,
  Mbt = 16, Mdt = 17, Peev = 20,
};

}  // namespace phbsim::arch
