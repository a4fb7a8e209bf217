// SPDX-License-Identifier: Apache-2.0
/// SCOM registers of the PCIe controllers (PEC) of POWER8, POWER9 and POWER10, described once (phb.md
/// 5.6). Offsets are SCOM addresses from the base of their unit. Generations stand for processors:
/// kPhb3 is POWER8, which has a controller for each PHB, so that its nest rows of controller and stack
/// share one base. A reset value that is not public is 0 [MA].
#pragma once

#include "models/arch/register_spec.hpp"

namespace phbsim::arch {

/// Registers of a controller on the nest side. P8...: POWER8's own.
enum class PecNestReg : std::uint16_t {
  PbcqHwConfig, PbcqHwConfig1, DropPrio, ErrInject, Trace, Pmon, AddrExt, PredVecTimeout, CappCntl,
  ReadStackOverride, WriteStackOverride, StoreStackOverride, RetryBackoff, P8Mode, P8IrsnCompare, P8IrsnMask,
  P8LsiSource, kCount,
};

/// Of a stack, that is of a PHB, on the nest side.
enum class PecStackReg : std::uint16_t {
  Nfir, NfirAnd, NfirOr, NfirMask, NfirMaskAnd, NfirMaskOr, NfirAction0, NfirAction1, NfirWof,
  ErrReport0, ErrReport1, P8ErrReport2, PbcqStat, PbcqMode, MmioBar0, MmioBar0Mask, MmioBar1, MmioBar1Mask,
  PhbRegBar, IntBar, BarEnable, DataFreeze, TunnelBar, SparsePage, CacheInject, kCount,
};

/// Of a controller on the PCI side.
enum class PecPciReg : std::uint16_t { PbaibHwConfig, CappSecBar, ReadStackOverride, kCount };

/// Of a stack on the PCI side.
enum class PecPciStackReg : std::uint16_t {
  Pfir, PfirAnd, PfirOr, PfirMask, PfirMaskAnd, PfirMaskOr, PfirAction0, PfirAction1, PfirWof,
  EtuReset, ErrReport, P8Bar2, TxCmdCredits, TxDataCredits, kCount,
};

/// Of the PHB (ETU) itself by SCOM.
enum class EtuScomReg : std::uint16_t {
  HvAddr, HvData, P8AsbAddr, P8AsbStatus, P8AsbData, P8CappEnable,
  LemFir, LemFirAnd, LemFirOr, LemMask, LemMaskAnd, LemMaskOr, LemAction0, LemAction1, LemWof,
  PerfmonConfig, PerfmonCtr0, PerfmonCtr1, PerfmonCtr2, PerfmonCtr3, kCount,
};

/// Of the PCI chiplet, one for each controller.
enum class PecChipletReg : std::uint16_t { Conf1, kCount };

/// What a register does beyond keeping bits.
enum class PecAction : std::uint8_t {
  None,
  Fir, FirAnd, FirOr, FirMask, FirMaskAnd, FirMaskOr, FirAction,
  Bar,
  PbcqStat,                  // derived
  EtuReset,
  HvData, AsbData, EtuWord,  // go to the PHB
};

// Bits with behaviour [F 5.6].
constexpr std::uint64_t kNfirPfirFreeze = ppc_bit(16);
constexpr std::uint64_t kNfirForceFence = ppc_bit(26);  ///< what firmware sets to fence
constexpr std::uint64_t kPfirEtuInReset = ppc_bit(3);   ///< SCOM access of a PHB in reset
constexpr std::uint64_t kPbcqPending = ppc_mask(0, 1);
constexpr std::uint64_t kBarEnableMmio0 = ppc_bit(0);
constexpr std::uint64_t kBarEnableMmio1 = ppc_bit(1);
constexpr std::uint64_t kBarEnablePhb = ppc_bit(2);
constexpr std::uint64_t kBarEnableInt = ppc_bit(3);     ///< POWER9 on
constexpr std::uint64_t kEtuReset = ppc_bit(0);
constexpr std::uint64_t kHvValid = ppc_bit(0);
constexpr std::uint64_t kHv4Bytes = ppc_bit(1);
constexpr std::uint64_t kHvAutoIncrement = ppc_bit(2);
using HvOffset = Field<51, 63>;
/// POWER8's classes of NFIR bits by which firmware judges; both end in a fence [F 7.5, I].
constexpr std::uint64_t kP8NfirDead = 0x018000F800000000ull;
constexpr std::uint64_t kP8NfirFence = 0x7E7DC70000000000ull;

namespace rows {
template <typename Id>
constexpr RegSpec scom(Id id, std::uint32_t offset, std::string_view block, std::string_view suffix,
                       Generations generations, RegAccess access, std::uint64_t writable, std::uint64_t reset,
                       PecAction action, Mark mark, std::string_view text) {
  RegSpec r;
  r.id = static_cast<std::uint16_t>(id);
  r.offset = offset;
  r.block = block;
  r.suffix = suffix;
  r.generations = generations;
  r.access = access;
  r.writable = writable;
  r.reset = reset;
  r.action = static_cast<std::uint8_t>(action);
  r.mark = mark;
  r.section = "5.6";
  r.text = text;
  return r;
}
template <typename Id>
constexpr RegField scom_field(Id id, std::uint8_t first, std::uint8_t last, std::string_view name,
                              Generations generations = kAllPhbs) {
  return {static_cast<std::uint16_t>(id), first, last, name, generations};
}
template <typename Id, unsigned N, unsigned M>
constexpr RegTable scom_table(const RegSpec (&r)[N], const RegField (&f)[M]) {
  return {r, N, f, M, static_cast<unsigned>(Id::kCount), 1};
}

namespace pec {
constexpr RegAccess RW = RegAccess::ReadWrite, RO = RegAccess::ReadOnly, WO = RegAccess::WriteOnly,
                    W1C = RegAccess::WriteOneClears, WxC = RegAccess::AnyWriteClears;
constexpr Mark F = Mark::Fact, I = Mark::Inference, MA = Mark::Assumption;
constexpr std::string_view N = "PEC_NEST_", NS = "PEC_NEST_STACK_", P = "PEC_PCI_", PS = "PEC_PCI_STACK_",
                           E = "ETU_SCOM_", C = "PEC_CHIPLET_";
using A = PecAction;
using NR = PecNestReg;
using SR = PecStackReg;
using PR = PecPciReg;
using QR = PecPciStackReg;
using ER = EtuScomReg;

// Register, offset, name, generations, access, writable bits, reset, side effect; mark, meaning.
// clang-format off
inline constexpr RegSpec kNest[] = {
    scom(NR::PbcqHwConfig, 0x0, N, "PBCQ_HW_CONFIG", kPhb45, RW, kAllBits, 0, A::None, F, "of the PowerBus side"),
    scom(NR::DropPrio, 0x1, N, "DROP_PRIO_CONTROL", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::ErrInject, 0x2, N, "PBCQ_ERR_INJECT", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::Trace, 0x3, N, "PCI_NEST_TRACE_CONTROL", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::Pmon, 0x4, N, "PBCQ_PMON_CONTROL", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::AddrExt, 0x5, N, "PBCQ_ADDR_EXT", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::PredVecTimeout, 0x6, N, "PRED_VEC_TIMEOUT", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::CappCntl, 0x7, N, "CAPP_CNTL", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::ReadStackOverride, 0x8, N, "READ_STACK_OVERRIDE", kPhb45, RW, kAllBits, 0, A::None, F,
         "read engines of the stacks"),
    scom(NR::WriteStackOverride, 0x9, N, "WRITE_STACK_OVERRIDE", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::StoreStackOverride, 0xA, N, "STORE_STACK_OVERRIDE", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::ErrInject, 0xA, N, "PBCQ_ERR_INJECT", kPhb3, RW, kAllBits, 0, A::None, I, "storage"),
    scom(NR::RetryBackoff, 0xB, N, "PBCQ_RETRY_BACKOFF", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::P8Mode, 0xB, N, "PBCQ_MODE", kPhb3, RW, kAllBits, 0, A::None, I, "storage"),
    scom(NR::PbcqHwConfig, 0x18, N, "PBCQ_HW_CONFIG", kPhb3, RW, kAllBits, 0, A::None, F, "of the PowerBus side"),
    scom(NR::PbcqHwConfig1, 0x19, N, "PBCQ_HW_CONFIG1", kPhb3, RW, kAllBits, 0, A::None, F, "storage"),
    scom(NR::P8IrsnCompare, 0x1A, N, "IRSN_COMPARE", kPhb3, RW, kAllBits, 0, A::None, F, "interrupt sources taken"),
    scom(NR::P8IrsnMask, 0x1B, N, "IRSN_MASK", kPhb3, RW, kAllBits, 0, A::None, F, "of the comparison"),
    scom(NR::P8LsiSource, 0x1F, N, "LSI_SRC_ID", kPhb3, RW, kAllBits, 0, A::None, F, "where LSIs lie"),
};
inline constexpr RegField kNestFields[] = {
    scom_field(NR::PbcqHwConfig, 0, 3, "HANG_SCALE", kPhb45),
    scom_field(NR::PbcqHwConfig, 4, 7, "DATA_SCALE", kPhb45),
    scom_field(NR::PbcqHwConfig, 8, 11, "PE_SCALE", kPhb45),
    scom_field(NR::PbcqHwConfig, 12, 12, "PBINIT", kPhb45),
    scom_field(NR::PbcqHwConfig, 22, 22, "DIS_OOO_STORE", kPhb45),
    scom_field(NR::PbcqHwConfig, 33, 33, "CHANNEL_STREAMING", kPhb45),
    scom_field(NR::PbcqHwConfig, 34, 35, "CACHE_INJECT_MODE", kPhb45),
    scom_field(NR::PbcqHwConfig, 46, 48, "CACHE_INJECT_RATE", kPhb45),
    scom_field(NR::PbcqHwConfig, 50, 50, "DIS_NODAL", kPhb45),
    scom_field(NR::PbcqHwConfig, 52, 52, "DIS_RNNN", kPhb45),
    scom_field(NR::PbcqHwConfig, 60, 60, "DIS_TCE_ARBITRATION", kPhb45),
};

inline constexpr RegSpec kStack[] = {
    scom(SR::Nfir, 0x0, NS, "NFIR", kAllPhbs, RW, ppc_mask(0, 29), 0, A::Fir, I, "errors of the nest side"),
    scom(SR::NfirAnd, 0x1, NS, "NFIR_CLR", kAllPhbs, WO, 0, 0, A::FirAnd, F, "and-ed into NFIR"),
    scom(SR::NfirOr, 0x2, NS, "NFIR_SET", kAllPhbs, WO, 0, 0, A::FirOr, F, "or-ed into NFIR"),
    scom(SR::NfirMask, 0x3, NS, "NFIR_MASK", kAllPhbs, RW, kAllBits, 0, A::FirMask, F, "errors without effect"),
    scom(SR::NfirMaskAnd, 0x4, NS, "NFIR_MASK_CLR", kAllPhbs, WO, 0, 0, A::FirMaskAnd, F, "and-ed into NFIR_MASK"),
    scom(SR::NfirMaskOr, 0x5, NS, "NFIR_MASK_SET", kAllPhbs, WO, 0, 0, A::FirMaskOr, F, "or-ed into NFIR_MASK"),
    scom(SR::NfirAction0, 0x6, NS, "NFIR_ACTION0", kAllPhbs, RW, kAllBits, 0, A::FirAction, F,
         "with NFIR_ACTION1: 11 fences [I]"),
    scom(SR::NfirAction1, 0x7, NS, "NFIR_ACTION1", kAllPhbs, RW, kAllBits, 0, A::FirAction, F, "see NFIR_ACTION0"),
    scom(SR::NfirWof, 0x8, NS, "NFIR_WOF", kAllPhbs, WxC, 0, 0, A::None, F, "the first errors [MA when]"),
    scom(SR::ErrReport0, 0xA, NS, "ERR_REPORT0", kPhb45, W1C, kAllBits, 0, A::None, I, "details of NFIR"),
    scom(SR::ErrReport1, 0xB, NS, "ERR_REPORT1", kPhb45, W1C, kAllBits, 0, A::None, I, "details of NFIR"),
    scom(SR::PbcqStat, 0xC, NS, "PBCQ_STAT", kPhb45, RO, 0, 0, A::PbcqStat, F, "transactions are pending"),
    scom(SR::PbcqMode, 0xD, NS, "PBCQ_MODE", kPhb45, RW, kAllBits, 0, A::None, F, "peer to peer in bit 0"),
    scom(SR::MmioBar0, 0xE, NS, "MMIO_BAR0", kPhb45, RW, ppc_mask(0, 39), 0, A::Bar, F, "address << 8"),
    scom(SR::MmioBar0Mask, 0xF, NS, "MMIO_BAR0_MASK", kPhb45, RW, ppc_mask(0, 39), 0, A::Bar, F, "mask << 8"),
    scom(SR::PbcqStat, 0xF, NS, "PBCQ_STAT", kPhb3, RO, 0, 0, A::PbcqStat, F, "transactions are pending"),
    scom(SR::MmioBar1, 0x10, NS, "MMIO_BAR1", kPhb45, RW, ppc_mask(0, 39), 0, A::Bar, F, "address << 8"),
    scom(SR::MmioBar1Mask, 0x11, NS, "MMIO_BAR1_MASK", kPhb45, RW, ppc_mask(0, 39), 0, A::Bar, F, "mask << 8"),
    scom(SR::PhbRegBar, 0x12, NS, "PHB_REG_BAR", kPhb45, RW, ppc_mask(0, 41), 0, A::Bar, F, "address << 8"),
    scom(SR::IntBar, 0x13, NS, "INT_BAR", kPhb45, RW, ppc_mask(0, 27), 0, A::Bar, F, "address << 8"),
    scom(SR::BarEnable, 0x14, NS, "BAR_EN", kPhb45, RW, ppc_mask(0, 3), 0, A::Bar, F, "BARs that answer"),
    scom(SR::DataFreeze, 0x15, NS, "DATA_FREEZE_TYPE", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(SR::TunnelBar, 0x16, NS, "TUNNEL_BAR", kPhb4, RW, kAllBits, 0, A::None, F, "storage"),
    scom(SR::SparsePage, 0x16, NS, "SPARSE_PAGE", kPhb5, RW, ppc_mask(3, 5), 0, A::None, F, "storage"),
    scom(SR::CacheInject, 0x17, NS, "CACHE_INJECT", kPhb5, RW, ppc_mask(0, 7), 0, A::None, F, "storage"),
    scom(SR::ErrReport0, 0x1C, NS, "ERR_REPORT0", kPhb3, W1C, kAllBits, 0, A::None, I, "details of NFIR"),
    scom(SR::ErrReport1, 0x1D, NS, "ERR_REPORT1", kPhb3, W1C, kAllBits, 0, A::None, I, "details of NFIR"),
    scom(SR::P8ErrReport2, 0x1E, NS, "ERR_REPORT2", kPhb3, W1C, kAllBits, 0, A::None, I, "details of NFIR"),
    scom(SR::MmioBar0, 0x40, NS, "MMIO_BAR0", kPhb3, RW, ppc_mask(0, 33), 0, A::Bar, I, "address << 14"),
    scom(SR::MmioBar1, 0x41, NS, "MMIO_BAR1", kPhb3, RW, ppc_mask(0, 33), 0, A::Bar, I, "address << 14"),
    scom(SR::PhbRegBar, 0x42, NS, "PHB_REG_BAR", kPhb3, RW, ppc_mask(0, 37), 0, A::Bar, I, "address << 14"),
    scom(SR::MmioBar0Mask, 0x43, NS, "MMIO_BAR0_MASK", kPhb3, RW, ppc_mask(0, 33), 0, A::Bar, I, "mask << 14"),
    scom(SR::MmioBar1Mask, 0x44, NS, "MMIO_BAR1_MASK", kPhb3, RW, ppc_mask(0, 33), 0, A::Bar, I, "mask << 14"),
    scom(SR::BarEnable, 0x45, NS, "BAR_EN", kPhb3, RW, ppc_mask(0, 4), 0, A::Bar, F, "BARs that answer"),
};
inline constexpr RegField kStackFields[] = {
    scom_field(SR::Nfir, 0, 0, "BAR_PARITY", kPhb45),
    scom_field(SR::Nfir, 1, 1, "NON_BAR_PARITY", kPhb45),
    scom_field(SR::Nfir, 2, 2, "PB_DATA_CE", kPhb45),
    scom_field(SR::Nfir, 3, 3, "PB_DATA_UE", kPhb45),
    scom_field(SR::Nfir, 4, 4, "PB_DATA_SUE", kPhb45),
    scom_field(SR::Nfir, 5, 7, "ARRAY", kPhb45),
    scom_field(SR::Nfir, 8, 8, "REGFILE", kPhb45),
    scom_field(SR::Nfir, 9, 9, "PB_INTERFACE", kPhb45),
    scom_field(SR::Nfir, 10, 11, "PB_HANG", kPhb45),
    scom_field(SR::Nfir, 12, 12, "READ_ARE", kPhb45),
    scom_field(SR::Nfir, 13, 13, "NON_READ_ARE", kPhb45),
    scom_field(SR::Nfir, 14, 14, "PCI_HANG", kPhb45),
    scom_field(SR::Nfir, 15, 15, "PCI_CLOCK", kPhb45),
    scom_field(SR::Nfir, 16, 16, "PFIR_FREEZE", kPhb45),
    scom_field(SR::Nfir, 17, 17, "HW", kPhb45),
    scom_field(SR::Nfir, 18, 20, "UNEXPECTED", kPhb45),
    scom_field(SR::Nfir, 21, 21, "UNSUPPORTED_SIZE", kPhb45),
    scom_field(SR::Nfir, 24, 24, "CAPP", kPhb45),
    scom_field(SR::Nfir, 26, 26, "FORCE_FENCE"),
    scom_field(SR::PbcqStat, 0, 1, "PENDING"),
    scom_field(SR::PbcqMode, 0, 0, "P2P"),
    scom_field(SR::BarEnable, 0, 0, "MMIO0"),
    scom_field(SR::BarEnable, 1, 1, "MMIO1"),
    scom_field(SR::BarEnable, 2, 2, "PHB"),
    scom_field(SR::BarEnable, 3, 3, "INT", kPhb45),
    scom_field(SR::BarEnable, 3, 3, "IRSN_RX", kPhb3),
    scom_field(SR::BarEnable, 4, 4, "IRSN_TX", kPhb3),
};

inline constexpr RegSpec kPci[] = {
    scom(PR::PbaibHwConfig, 0x0, P, "PBAIB_HW_CONFIG", kPhb45, RW, kAllBits, 0, A::None, F, "of the PHB side"),
    scom(PR::CappSecBar, 0x1, P, "CAPP_SEC_BAR", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
    scom(PR::ReadStackOverride, 0x2, P, "READ_STACK_OVERRIDE", kPhb45, RW, kAllBits, 0, A::None, F,
         "read engines of the stacks"),
};
inline constexpr RegField kPciFields[] = {
    scom_field(PR::PbaibHwConfig, 30, 30, "TRACE", kPhb45),
    scom_field(PR::PbaibHwConfig, 40, 42, "CREDIT_WAIT", kPhb45),
};

inline constexpr RegSpec kPciStack[] = {
    scom(QR::Pfir, 0x0, PS, "PFIR", kPhb45, RW, ppc_mask(0, 5), 0, A::Fir, F, "errors of the PCI side"),
    scom(QR::PfirAnd, 0x1, PS, "PFIR_CLR", kPhb45, WO, 0, 0, A::FirAnd, F, "and-ed into PFIR"),
    scom(QR::PfirOr, 0x2, PS, "PFIR_SET", kPhb45, WO, 0, 0, A::FirOr, F, "or-ed into PFIR"),
    scom(QR::PfirMask, 0x3, PS, "PFIR_MASK", kPhb45, RW, kAllBits, 0, A::FirMask, F, "errors without effect"),
    scom(QR::PfirMaskAnd, 0x4, PS, "PFIR_MASK_CLR", kPhb45, WO, 0, 0, A::FirMaskAnd, F, "and-ed into PFIR_MASK"),
    scom(QR::PfirMaskOr, 0x5, PS, "PFIR_MASK_SET", kPhb45, WO, 0, 0, A::FirMaskOr, F, "or-ed into PFIR_MASK"),
    scom(QR::PfirAction0, 0x6, PS, "PFIR_ACTION0", kPhb45, RW, kAllBits, 0, A::FirAction, F,
         "with PFIR_ACTION1: 11 sets NFIR bit 16 [I]"),
    scom(QR::PfirAction1, 0x7, PS, "PFIR_ACTION1", kPhb45, RW, kAllBits, 0, A::FirAction, F, "see PFIR_ACTION0"),
    scom(QR::PfirWof, 0x8, PS, "PFIR_WOF", kPhb45, WxC, 0, 0, A::None, F, "the first errors [MA when]"),
    scom(QR::EtuReset, 0xA, PS, "ETU_RESET", kAllPhbs, RW, kEtuReset, kEtuReset, A::EtuReset, MA,
         "bit 0: the PHB is in reset"),
    scom(QR::ErrReport, 0xB, PS, "PBAIB_ERR_REPORT", kPhb45, W1C, kAllBits, 0, A::None, I, "details of PFIR"),
    scom(QR::P8Bar2, 0xB, PS, "BAR2", kPhb3, RW, ppc_mask(0, 37), 0, A::Bar, F, "must equal PHB_REG_BAR"),
    scom(QR::TxCmdCredits, 0xD, PS, "PBAIB_TX_CMD_CREDITS", kAllPhbs, RW, kAllBits, 0, A::None, F, "storage"),
    scom(QR::TxDataCredits, 0xE, PS, "PBAIB_TX_DATA_CREDITS", kPhb45, RW, kAllBits, 0, A::None, F, "storage"),
};
inline constexpr RegField kPciStackFields[] = {
    scom_field(QR::Pfir, 0, 0, "REGISTER_PARITY", kPhb45),
    scom_field(QR::Pfir, 1, 1, "HW", kPhb45),
    scom_field(QR::Pfir, 2, 2, "AIB", kPhb45),
    scom_field(QR::Pfir, 3, 3, "ETU_RESET_ACCESS", kPhb45),
    scom_field(QR::Pfir, 4, 4, "SCOM", kPhb45),
    scom_field(QR::EtuReset, 0, 0, "RESET"),
};

inline constexpr RegSpec kEtu[] = {
    scom(ER::HvAddr, 0x0, E, "HV_IND_ADDRESS", kPhb45, RW, kHvValid | kHv4Bytes | kHvAutoIncrement | HvOffset::kMask, 0,
         A::None, F, "register that HV_IND_DATA reaches"),
    scom(ER::P8AsbAddr, 0x0, E, "ASB_ADDRESS", kPhb3, RW, ppc_mask(52, 63), 0, A::None, I,
         "register that ASB_DATA reaches"),
    scom(ER::HvData, 0x1, E, "HV_IND_DATA", kPhb45, RW, 0, 0, A::HvData, F, "that register, also while fenced"),
    scom(ER::P8AsbStatus, 0x1, E, "ASB_STATUS", kPhb3, RO, 0, 0, A::None, MA, "reads 0"),
    scom(ER::P8AsbData, 0x2, E, "ASB_DATA", kPhb3, RW, 0, 0, A::AsbData, F, "that register, also while fenced"),
    scom(ER::P8CappEnable, 0x3, E, "AIB_CAPP_ENABLE", kPhb3, RW, kAllBits, 0, A::None, I, "storage"),
    scom(ER::LemFir, 0x8, E, "LEM_FIR", kPhb45, RW, 0, 0, A::EtuWord, F, "the PHB's 0xC00"),
    scom(ER::LemFirAnd, 0x9, E, "LEM_FIR_CLR", kPhb45, WO, 0, 0, A::EtuWord, F, "the PHB's 0xC08"),
    scom(ER::LemFirOr, 0xA, E, "LEM_FIR_SET", kPhb45, WO, 0, 0, A::EtuWord, F, "the PHB's 0xC10"),
    scom(ER::LemMask, 0xB, E, "LEM_MASK", kPhb45, RW, 0, 0, A::EtuWord, F, "the PHB's 0xC18"),
    scom(ER::LemMaskAnd, 0xC, E, "LEM_MASK_CLR", kPhb45, WO, 0, 0, A::EtuWord, F, "the PHB's 0xC20"),
    scom(ER::LemMaskOr, 0xD, E, "LEM_MASK_SET", kPhb45, WO, 0, 0, A::EtuWord, F, "the PHB's 0xC28"),
    scom(ER::LemAction0, 0xE, E, "LEM_ACTION0", kPhb45, RW, 0, 0, A::EtuWord, F, "the PHB's 0xC30"),
    scom(ER::LemAction1, 0xF, E, "LEM_ACTION1", kPhb45, RW, 0, 0, A::EtuWord, F, "the PHB's 0xC38"),
    scom(ER::LemWof, 0x10, E, "LEM_WOF", kPhb45, WxC, 0, 0, A::EtuWord, F, "the PHB's 0xC40"),
    scom(ER::PerfmonConfig, 0x17, E, "PMON_CONFIG", kPhb45, RW, 0, 0, A::EtuWord, I, "the PHB's 0xF88"),
    scom(ER::PerfmonCtr0, 0x18, E, "PMON_CTR0", kPhb45, RW, 0, 0, A::EtuWord, I, "the PHB's 0xF90"),
    scom(ER::PerfmonCtr1, 0x19, E, "PMON_CTR1", kPhb45, RW, 0, 0, A::EtuWord, I, "the PHB's 0xF98"),
    scom(ER::PerfmonCtr2, 0x1A, E, "PMON_CTR2", kPhb45, RW, 0, 0, A::EtuWord, I, "the PHB's 0xFA0"),
    scom(ER::PerfmonCtr3, 0x1B, E, "PMON_CTR3", kPhb45, RW, 0, 0, A::EtuWord, I, "the PHB's 0xFA8"),
};
inline constexpr RegField kEtuFields[] = {
    scom_field(ER::HvAddr, 0, 0, "VALID", kPhb45),
    scom_field(ER::HvAddr, 1, 1, "4B", kPhb45),
    scom_field(ER::HvAddr, 2, 2, "AUTOINC", kPhb45),
    scom_field(ER::HvAddr, 51, 63, "OFFSET", kPhb45),
    scom_field(ER::P8CappEnable, 0, 0, "ENABLE", kPhb3),
};

inline constexpr RegSpec kChiplet[] = {
    scom(PecChipletReg::Conf1, 0x0, C, "CONF1", kPhb45, RO, 0, 0, A::None, F, "lanes of the stacks; strapped"),
};
inline constexpr RegField kChipletFields[] = {
    scom_field(PecChipletReg::Conf1, 4, 6, "IOVALID", kPhb4),
    scom_field(PecChipletReg::Conf1, 10, 11, "LANE_CFG", kPhb4),
    scom_field(PecChipletReg::Conf1, 0, 1, "LANE_CFG", kPhb5),
};
// clang-format on
}  // namespace pec
}  // namespace rows

inline constexpr RegTable kPecNestTable = rows::scom_table<PecNestReg>(rows::pec::kNest, rows::pec::kNestFields);
inline constexpr RegTable kPecStackTable = rows::scom_table<PecStackReg>(rows::pec::kStack, rows::pec::kStackFields);
inline constexpr RegTable kPecPciTable = rows::scom_table<PecPciReg>(rows::pec::kPci, rows::pec::kPciFields);
inline constexpr RegTable kPecPciStackTable =
    rows::scom_table<PecPciStackReg>(rows::pec::kPciStack, rows::pec::kPciStackFields);
inline constexpr RegTable kEtuScomTable = rows::scom_table<EtuScomReg>(rows::pec::kEtu, rows::pec::kEtuFields);
inline constexpr RegTable kPecChipletTable =
    rows::scom_table<PecChipletReg>(rows::pec::kChiplet, rows::pec::kChipletFields);
static_assert(is_sound(kPecNestTable) && is_sound(kPecStackTable) && is_sound(kPecPciTable) &&
              is_sound(kPecPciStackTable) && is_sound(kEtuScomTable) && is_sound(kPecChipletTable));

}  // namespace phbsim::arch
