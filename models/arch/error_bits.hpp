// SPDX-License-Identifier: Apache-2.0
/// What the status bits of the error trap blocks stand for on PHB4 and PHB5 (phb.md 5.3) [F]. Bits
/// that are not listed have no public name; PHB3's have none at all.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/arch/registers.hpp"

namespace phbsim::arch {

/// Bits first..last of a block's status, IBM numbering.
struct ErrorBit {
  ErrorBlock block;
  std::uint8_t first;
  std::uint8_t last;
  std::string_view text;
};

// clang-format off
constexpr ErrorBit kErrorBits[] = {
    {ErrorBlock::PhbErr, 2, 2, "access of a wrong size or alignment [I]"},
    {ErrorBlock::PhbErr, 4, 4, "access of no IODA table [I]"},
    {ErrorBlock::PhbErr, 24, 24, "REGB or PBL: informative"},
    {ErrorBlock::PhbErr, 25, 25, "REGB or PBL: an endpoint recovers"},
    {ErrorBlock::PhbErr, 26, 26, "REGB or PBL: fatal"},
    {ErrorBlock::Txe, 2, 2, "AIB address decode"},
    {ErrorBlock::Txe, 12, 12, "AIB, corrected"},
    {ErrorBlock::Txe, 13, 13, "TCE response with an error"},
    {ErrorBlock::Txe, 17, 17, "configuration write answered with UR or CA"},
    {ErrorBlock::Txe, 19, 19, "MMIO read pending"},
    {ErrorBlock::Txe, 28, 28, "injected outbound error"},
    {ErrorBlock::Txe, 29, 29, "configuration write timed out"},
    {ErrorBlock::Txe, 30, 30, "injected outbound error"},
    {ErrorBlock::Txe, 36, 36, "corrected"},
    {ErrorBlock::Txe, 42, 42, "corrected"},
    {ErrorBlock::RxeArb, 0, 0, "CA completion"},
    {ErrorBlock::RxeArb, 1, 1, "UR completion"},
    {ErrorBlock::RxeArb, 2, 2, "size of an MSI"},
    {ErrorBlock::RxeArb, 3, 3, "alignment of an MSI"},
    {ErrorBlock::RxeArb, 5, 5, "header, corrected"},
    {ErrorBlock::RxeArb, 6, 6, "header, uncorrectable"},
    {ErrorBlock::RxeArb, 7, 7, "stage valid"},
    {ErrorBlock::RxeArb, 8, 8, "TCE tag released unused"},
    {ErrorBlock::RxeArb, 9, 9, "TCE tag not free"},
    {ErrorBlock::RxeArb, 10, 10, "MMIO buffer overflow"},
    {ErrorBlock::RxeArb, 11, 11, "MMIO buffer underflow"},
    {ErrorBlock::RxeArb, 12, 12, "MMIO buffer parity"},
    {ErrorBlock::RxeArb, 13, 13, "DMA buffer overflow"},
    {ErrorBlock::RxeArb, 14, 14, "DMA buffer underflow"},
    {ErrorBlock::RxeArb, 15, 15, "DMA buffer parity"},
    {ErrorBlock::RxeArb, 16, 17, "control parity"},
    {ErrorBlock::RxeArb, 18, 18, "unsupported request"},
    {ErrorBlock::RxeArb, 19, 19, "completion timeout"},
    {ErrorBlock::RxeArb, 20, 20, "SEID, corrected"},
    {ErrorBlock::RxeArb, 21, 21, "SEID, uncorrectable"},
    {ErrorBlock::RxeArb, 22, 22, "size of an NBW"},
    {ErrorBlock::RxeArb, 23, 23, "IODA table, fatal"},
    {ErrorBlock::RxeArb, 24, 24, "poisoned TLP"},
    {ErrorBlock::RxeArb, 25, 25, "MIST, corrected"},
    {ErrorBlock::RxeArb, 26, 26, "TVT entry invalid"},
    {ErrorBlock::RxeArb, 27, 27, "MSI source of another PE"},
    {ErrorBlock::RxeArb, 28, 28, "address outside of the TVT entry"},
    {ErrorBlock::RxeArb, 29, 29, "TVT, corrected"},
    {ErrorBlock::RxeArb, 30, 30, "TVT, uncorrectable"},
    {ErrorBlock::RxeArb, 31, 31, "MIST, uncorrectable"},
    {ErrorBlock::RxeArb, 32, 32, "PELT-V BAR off"},
    {ErrorBlock::RxeArb, 33, 33, "IODA parity"},
    {ErrorBlock::RxeArb, 34, 34, "PCT timeout"},
    {ErrorBlock::RxeArb, 35, 35, "PCT unexpected"},
    {ErrorBlock::RxeArb, 36, 36, "PCT parity"},
    {ErrorBlock::RxeArb, 37, 37, "decode stage valid"},
    {ErrorBlock::RxeArb, 38, 38, "stage parity"},
    {ErrorBlock::RxeArb, 39, 39, "injected inbound error"},
    {ErrorBlock::RxeArb, 40, 40, "RTE names no PE"},
    {ErrorBlock::RxeArb, 41, 41, "RTT BAR off"},
    {ErrorBlock::RxeArb, 42, 42, "RTC parity"},
    {ErrorBlock::RxeArb, 43, 43, "RTC overflow"},
    {ErrorBlock::RxeArb, 44, 44, "RTC underflow"},
    {ErrorBlock::RxeArb, 45, 45, "RTC valid"},
    {ErrorBlock::RxeArb, 46, 46, "RTC bad state"},
    {ErrorBlock::RxeArb, 47, 47, "RTC multiple hits"},
    {ErrorBlock::RxeArb, 48, 48, "RRB parity"},
    {ErrorBlock::RxeArb, 49, 49, "RRB size"},
    {ErrorBlock::RxeArb, 50, 51, "bad address or alignment"},
    {ErrorBlock::RxeArb, 54, 54, "discontiguous write"},
    {ErrorBlock::RxeArb, 55, 55, "LIST parity"},
    {ErrorBlock::RxeArb, 56, 56, "PEST queue"},
    {ErrorBlock::RxeArb, 57, 57, "ERR_FATAL message"},
    {ErrorBlock::RxeArb, 58, 58, "ERR_NONFATAL message"},
    {ErrorBlock::RxeArb, 59, 59, "ERR_COR message"},
    {ErrorBlock::RxeMrg, 8, 16, "TMB and queues"},
    {ErrorBlock::RxeMrg, 17, 18, "MRT fault"},
    {ErrorBlock::RxeMrg, 23, 23, "size"},
    {ErrorBlock::RxeMrg, 40, 40, "corrected"},
    {ErrorBlock::RxeMrg, 51, 51, "PEST BAR off"},
    {ErrorBlock::RxeMrg, 56, 56, "corrected"},
    {ErrorBlock::RxeMrg, 58, 58, "corrected"},
    {ErrorBlock::RxeMrg, 60, 60, "corrected"},
    {ErrorBlock::RxeTce, 0, 0, "parity"},
    {ErrorBlock::RxeTce, 1, 1, "page access, found on a cached TCE [I]"},
    {ErrorBlock::RxeTce, 2, 2, "page access, found on a fetched TCE [I]"},
    {ErrorBlock::RxeTce, 3, 3, "compare queue overflow"},
    {ErrorBlock::RxeTce, 4, 4, "compare queue underflow"},
    {ErrorBlock::RxeTce, 5, 5, "secure address"},
    {ErrorBlock::RxeTce, 6, 6, "cache bad state"},
    {ErrorBlock::RxeTce, 7, 7, "cache multiple hits"},
    {ErrorBlock::RxeTce, 8, 8, "request timeout"},
    {ErrorBlock::RxeTce, 9, 9, "TCR, corrected"},
    {ErrorBlock::RxeTce, 10, 10, "TCR, uncorrectable"},
    {ErrorBlock::RxeTce, 11, 11, "TDR, corrected"},
    {ErrorBlock::RxeTce, 12, 12, "TDR, uncorrectable"},
    {ErrorBlock::RxeTce, 13, 13, "unexpected response"},
    {ErrorBlock::RxeTce, 14, 14, "RRB parity"},
    {ErrorBlock::RxeTce, 15, 15, "RRB size"},
    {ErrorBlock::RxeTce, 17, 21, "bad address, alignment, result queue or parity"},
    {ErrorBlock::RxeTce, 22, 22, "TCLB CAM bad state"},
    {ErrorBlock::RxeTce, 23, 23, "TCLB CAM multiple hits"},
    {ErrorBlock::RxeTce, 24, 24, "kill parity"},
    {ErrorBlock::RxeTce, 25, 25, "THASH, corrected"},
    {ErrorBlock::RxeTce, 26, 26, "THASH, uncorrectable"},
    {ErrorBlock::RxeTce, 27, 27, "TDAT, corrected"},
    {ErrorBlock::RxeTce, 28, 28, "TDAT, uncorrectable"},
    {ErrorBlock::RxeTce, 29, 29, "kill state machine"},
    {ErrorBlock::RxeTce, 30, 30, "kill queue overflow"},
    {ErrorBlock::RxeTce, 31, 31, "kill queue underflow"},
    {ErrorBlock::RxeTce, 32, 33, "secure address register"},
    {ErrorBlock::Regb, 8, 8, "link down"},
    {ErrorBlock::Regb, 9, 9, "link up"},
    {ErrorBlock::Regb, 10, 11, "link bandwidth"},
    {ErrorBlock::Regb, 32, 37, "DLLP, TLP or replay"},
    {ErrorBlock::Regb, 50, 53, "a counter is saturated"},
};
// clang-format on

constexpr std::string_view error_bit_text(ErrorBlock block, unsigned bit) {
  for (const ErrorBit& e : kErrorBits)
    if (e.block == block && bit >= e.first && bit <= e.last) return e.text;
  return {};
}

}  // namespace phbsim::arch
