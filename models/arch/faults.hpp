// SPDX-License-Identifier: Apache-2.0
/// Every fault of the inbound path: its status bit, its PEST cause, and what the enables make of it.
/// Source: phb.md 5.3 (bit names), 6.1 (causes), 7.3 (firmware's enable values). The pairing of
/// status bits with PEST causes is an inference from the bit names [I].
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

/// The error trap blocks of phb.md 5.3, in the order of their use for LEM numbers [MA].
enum class ErrorBlock : std::uint8_t { PhbErr, Txe, RxeArb, RxeMrg, RxeTce };
constexpr unsigned kErrorBlocks = 5;

enum class Fault : std::uint8_t {
  None,
  RttDisabled,        ///< RTT BAR off on an inbound request
  RtePeOutOfRange,    ///< RTE names a PE the PHB does not have
  PeStopped,          ///< PE is frozen for DMA; nothing new is recorded
  TveInvalid,         ///< all-zero, illegal levels, size or page size
  TvtAddress,         ///< beyond the span, outside the bypass range, illegal upper bits
  TcePageFault,       ///< freshly fetched TCE without permission
  TcePageFaultHit,    ///< the same found on a cached TCE
  TceAccessFault,     ///< freshly fetched TCE, wrong direction
  TceAccessFaultHit,  ///< the same found on a cached TCE
  TceFetchError,      ///< memory answered a TCE fetch with an error
  TceFetchTimeout,    ///< memory did not answer a TCE fetch
  RttFetchError,      ///< memory answered an RTT fetch with an error
  DmaReadError,       ///< memory answered DMA data with an error or not at all
  MsiPeMismatch,      ///< the source belongs to another PE
  MsiSize,            ///< not a 4-byte write
  MsiAlignment,       ///< not 4-byte aligned
  MsiRead,            ///< read of MSI space
  MsiSource,          ///< source number beyond the PHB's interrupts
  PoisonedTlp,
  CompletionUr,       ///< unsupported-request completion of an outbound load
  CompletionCa,       ///< completer-abort completion of an outbound load
  ErrNonfatal,        ///< ERR_NONFATAL message
  ErrFatal,           ///< ERR_FATAL message
  KillQueueOverflow,
  LinkDown,
};
constexpr unsigned kFaults = 26;

/// TTYPE field of PEST0.
enum class TransactionType : std::uint8_t { DmaWrite = 0, Msi = 1, DmaRead = 2, DmaReadResponse = 3, MmioLoad = 4, MmioStore = 5, Other = 7 };

struct FaultSpec {
  Fault fault;
  std::string_view name;  ///< as printed in results
  ErrorBlock block;
  std::uint8_t bit;        ///< status bit, IBM numbering; 255: no status bit
  std::uint8_t pest_bit;   ///< cause bit of PEST0; 255: none
  std::string_view text;
  bool freezes = false;    ///< freezes the PE whatever the enables say: its status bit is not public [MA]
};

constexpr std::uint8_t kNoBit = 255;

constexpr std::array<FaultSpec, kFaults> kFaultTable{{
    {Fault::None, "none", ErrorBlock::PhbErr, kNoBit, kNoBit, "no fault"},
    {Fault::RttDisabled, "rtt_disabled", ErrorBlock::RxeArb, 41, kNoBit, "RTT BAR disabled"},
    {Fault::RtePeOutOfRange, "rte_pe_out_of_range", ErrorBlock::RxeArb, 40, kNoBit, "RTE names a PE beyond the PHB's"},
    {Fault::PeStopped, "pe_stopped", ErrorBlock::RxeArb, kNoBit, kNoBit, "PE is DMA-stopped"},
    {Fault::TveInvalid, "tve_invalid", ErrorBlock::RxeArb, 26, 16, "TVT entry invalid"},
    {Fault::TvtAddress, "tvt_address", ErrorBlock::RxeArb, 28, 16, "address outside the window"},
    {Fault::TcePageFault, "tce_page_fault", ErrorBlock::RxeTce, 2, 18, "TCE without permission"},
    {Fault::TcePageFaultHit, "tce_page_fault_hit", ErrorBlock::RxeTce, 1, 18, "cached TCE without permission"},
    {Fault::TceAccessFault, "tce_access_fault", ErrorBlock::RxeTce, 2, 19, "TCE forbids the direction"},
    {Fault::TceAccessFaultHit, "tce_access_fault_hit", ErrorBlock::RxeTce, 1, 19, "cached TCE forbids the direction"},
    {Fault::TceFetchError, "tce_fetch_error", ErrorBlock::RxeTce, 13, 13, "TCE fetch answered with an error"},
    {Fault::TceFetchTimeout, "tce_fetch_timeout", ErrorBlock::RxeTce, 8, 13, "TCE fetch timed out"},
    {Fault::RttFetchError, "rtt_fetch_error", ErrorBlock::RxeArb, 42, kNoBit, "RTT fetch answered with an error"},
    {Fault::DmaReadError, "dma_read_error", ErrorBlock::RxeArb, kNoBit, 20, "DMA data answered with an error or timed out", true},
    {Fault::MsiPeMismatch, "msi_pe_mismatch", ErrorBlock::RxeArb, 27, 16, "MSI source belongs to another PE"},
    {Fault::MsiSize, "msi_size", ErrorBlock::RxeArb, 2, kNoBit, "MSI is not a 4-byte write"},
    {Fault::MsiAlignment, "msi_alignment", ErrorBlock::RxeArb, 3, kNoBit, "MSI is not aligned"},
    {Fault::MsiRead, "msi_read", ErrorBlock::RxeArb, 18, kNoBit, "read of MSI space"},
    {Fault::MsiSource, "msi_source", ErrorBlock::RxeArb, 27, 16, "MSI source beyond the PHB's"},
    {Fault::PoisonedTlp, "poisoned_tlp", ErrorBlock::RxeArb, 24, 10, "poisoned TLP"},
    {Fault::CompletionUr, "completion_ur", ErrorBlock::RxeArb, 1, 9, "UR completion of an outbound load"},
    {Fault::CompletionCa, "completion_ca", ErrorBlock::RxeArb, 0, 8, "CA completion of an outbound load"},
    {Fault::ErrNonfatal, "err_nonfatal", ErrorBlock::RxeArb, 58, 10, "ERR_NONFATAL message"},
    {Fault::ErrFatal, "err_fatal", ErrorBlock::RxeArb, 57, 11, "ERR_FATAL message"},
    {Fault::KillQueueOverflow, "kill_queue_overflow", ErrorBlock::RxeTce, 30, kNoBit, "TCE kill written while the slot was full"},
    {Fault::LinkDown, "link_down", ErrorBlock::PhbErr, 25, kNoBit, "link down"},
}};

constexpr const FaultSpec& spec_of(Fault fault) { return kFaultTable[static_cast<unsigned>(fault)]; }

/// The enables of one block, as the registers +0x20, +0x28, +0x30 hold them.
struct ErrorEnables {
  std::uint64_t interrupt = 0;
  std::uint64_t freeze = 0;
  std::uint64_t fence = 0;
};

/// Values that firmware writes on PHB4 (phb.md 7.3). PHB3's bits are not public; the same
/// classification is used there [MA].
constexpr std::array<ErrorEnables, kErrorBlocks> kFirmwareEnables{{
    {0xCA8880CC00000000ull, 0x0000004000000000ull, 0x35777033FF000000ull},  // PHB_ERR
    {0x2008400E08200000ull, 0x0000000A00000000ull, 0xDFF7BD05F7DDFFF0ull},  // TXE
    {0xC40038FC01804070ull, 0xC00018B801000060ull, 0x3BFFD703FA7FBF8Full},  // RXE_ARB
    {0x00006100008000A8ull, 0x0000600000000000ull, 0xFFFFFEFFFF7FFF57ull},  // RXE_MRG
    {0x60510050C0000000ull, 0x60000000C0000000ull, 0x9FAEFFAF3FFFFFFFull},  // RXE_TCE
}};

/// What a fault does, derived from the enables.
struct FaultEffect {
  bool freeze = false;
  bool fence = false;
  bool interrupt = false;
};

constexpr FaultEffect effect_of(Fault fault, const std::array<ErrorEnables, kErrorBlocks>& enables) {
  const FaultSpec& s = spec_of(fault);
  if (s.bit == kNoBit) return FaultEffect{s.freezes, false, false};
  const ErrorEnables& e = enables[static_cast<unsigned>(s.block)];
  const std::uint64_t bit = ppc_bit(s.bit);
  return FaultEffect{(e.freeze & bit) != 0, (e.fence & bit) != 0, (e.interrupt & bit) != 0};
}

/// The two doublewords that a PE's first fault leaves in the PEST (phb.md 6.2).
struct PestEntry {
  std::uint64_t word0 = 0;
  std::uint64_t word1 = 0;
};

PestEntry make_pest(Fault fault, TransactionType type, Rid rid, BusAddr addr, std::uint16_t msi_data = 0);

}  // namespace phbsim::arch
