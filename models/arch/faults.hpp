// SPDX-License-Identifier: Apache-2.0
/// Every fault of the inbound path: its status bit, its PEST cause, and what the enables make of it.
/// Source: phb.md 5.3 (bit names), 6.1 (causes), 7.3 (firmware's enable values). The pairing of
/// status bits with PEST causes is an inference from the bit names [I].
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/arch/registers.hpp"
#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

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
  ErrCorrectable,     ///< ERR_COR message
  PeltvDisabled,      ///< PELT-V BAR off on a cascade
  InjectedInbound,    ///< armed injection of a DMA
  InjectedOutbound,   ///< armed injection of a load, store or configuration cycle
  OutboundAddress,    ///< load or store of an MMIO window that no BAR of the PHB takes
  ConfigWrite,        ///< UR or CA of a configuration write
  RegisterSize,       ///< register access that is not 8 aligned bytes
  IodaAccess,         ///< IODA access of a table that does not exist
};
constexpr unsigned kFaults = 34;

/// TTYPE field of PEST0.
/// The last two are Other with a bit of their own.
enum class TransactionType : std::uint8_t {
  DmaWrite = 0, Msi = 1, DmaRead = 2, DmaReadResponse = 3, MmioLoad = 4, MmioStore = 5, Other = 7,
  ConfigRead, ConfigWrite,
};

struct FaultSpec {
  Fault fault;
  std::string_view name;  ///< as printed in results
  ErrorBlock block;
  std::uint8_t bit;        ///< status bit, IBM numbering; 255: no status bit
  ErrorBlock phb3_block;   ///< PHB3's bits are not public: one that firmware's masks treat alike [MA]
  std::uint8_t phb3_bit;
  std::uint8_t pest_bit;   ///< cause bit of PEST0; 255: none
  std::string_view text;
  bool freezes = false;    ///< freezes the PE whatever the enables say: its status bit is not public [MA]
};

constexpr std::uint8_t kNoBit = 255;

constexpr std::array<FaultSpec, kFaults> kFaultTable{{
    {Fault::None, "none", ErrorBlock::PhbErr, kNoBit, ErrorBlock::PhbErr, kNoBit, kNoBit, "no fault"},
    {Fault::RttDisabled, "rtt_disabled", ErrorBlock::RxeArb, 41, ErrorBlock::RxeArb, 15, kNoBit, "RTT BAR disabled"},
    {Fault::RtePeOutOfRange, "rte_pe_out_of_range", ErrorBlock::RxeArb, 40, ErrorBlock::RxeArb, 40, kNoBit, "RTE names a PE beyond the PHB's"},
    {Fault::PeStopped, "pe_stopped", ErrorBlock::RxeArb, kNoBit, ErrorBlock::RxeArb, kNoBit, kNoBit, "PE is DMA-stopped"},
    {Fault::TveInvalid, "tve_invalid", ErrorBlock::RxeArb, 26, ErrorBlock::RxeArb, 26, 16, "TVT entry invalid"},
    {Fault::TvtAddress, "tvt_address", ErrorBlock::RxeArb, 28, ErrorBlock::RxeArb, 28, 16, "address outside the window"},
    {Fault::TcePageFault, "tce_page_fault", ErrorBlock::RxeTce, 2, ErrorBlock::RxeArb, 49, 18, "TCE without permission"},
    {Fault::TcePageFaultHit, "tce_page_fault_hit", ErrorBlock::RxeTce, 1, ErrorBlock::RxeArb, 49, 18, "cached TCE without permission"},
    {Fault::TceAccessFault, "tce_access_fault", ErrorBlock::RxeTce, 2, ErrorBlock::RxeArb, 50, 19, "TCE forbids the direction"},
    {Fault::TceAccessFaultHit, "tce_access_fault_hit", ErrorBlock::RxeTce, 1, ErrorBlock::RxeArb, 50, 19, "cached TCE forbids the direction"},
    {Fault::TceFetchError, "tce_fetch_error", ErrorBlock::RxeTce, 13, ErrorBlock::RxeArb, 17, 13, "TCE fetch answered with an error"},
    {Fault::TceFetchTimeout, "tce_fetch_timeout", ErrorBlock::RxeTce, 8, ErrorBlock::RxeArb, 19, 13, "TCE fetch timed out"},
    {Fault::RttFetchError, "rtt_fetch_error", ErrorBlock::RxeArb, 42, ErrorBlock::RxeArb, 14, kNoBit, "RTT fetch answered with an error"},
    {Fault::DmaReadError, "dma_read_error", ErrorBlock::RxeArb, kNoBit, ErrorBlock::RxeArb, kNoBit, 20, "DMA data answered with an error or timed out", true},
    {Fault::MsiPeMismatch, "msi_pe_mismatch", ErrorBlock::RxeArb, 27, ErrorBlock::RxeArb, 23, 16, "MSI source belongs to another PE"},
    {Fault::MsiSize, "msi_size", ErrorBlock::RxeArb, 2, ErrorBlock::RxeArb, 2, kNoBit, "MSI is not a 4-byte write"},
    {Fault::MsiAlignment, "msi_alignment", ErrorBlock::RxeArb, 3, ErrorBlock::RxeArb, 3, kNoBit, "MSI is not aligned"},
    {Fault::MsiRead, "msi_read", ErrorBlock::RxeArb, 18, ErrorBlock::RxeArb, 18, kNoBit, "read of MSI space"},
    {Fault::MsiSource, "msi_source", ErrorBlock::RxeArb, 27, ErrorBlock::RxeArb, 23, 16, "MSI source beyond the PHB's"},
    {Fault::PoisonedTlp, "poisoned_tlp", ErrorBlock::RxeArb, 24, ErrorBlock::RxeArb, 24, 10, "poisoned TLP"},
    {Fault::CompletionUr, "completion_ur", ErrorBlock::RxeArb, 1, ErrorBlock::RxeArb, 1, 9, "UR completion of an outbound load"},
    {Fault::CompletionCa, "completion_ca", ErrorBlock::RxeArb, 0, ErrorBlock::RxeArb, 0, 8, "CA completion of an outbound load"},
    {Fault::ErrNonfatal, "err_nonfatal", ErrorBlock::RxeArb, 58, ErrorBlock::RxeMrg, 58, 10, "ERR_NONFATAL message"},
    {Fault::ErrFatal, "err_fatal", ErrorBlock::RxeArb, 57, ErrorBlock::RxeMrg, 57, 11, "ERR_FATAL message"},
    {Fault::KillQueueOverflow, "kill_queue_overflow", ErrorBlock::RxeTce, 30, ErrorBlock::RxeArb, 21, kNoBit, "TCE kill written while the slot was full"},
    {Fault::LinkDown, "link_down", ErrorBlock::Regb, 8, ErrorBlock::PhbErr, 40, kNoBit, "link down"},
    {Fault::ErrCorrectable, "err_correctable", ErrorBlock::RxeArb, 59, ErrorBlock::RxeArb, 46, 14, "ERR_COR message"},
    {Fault::PeltvDisabled, "peltv_disabled", ErrorBlock::RxeArb, 32, ErrorBlock::RxeArb, 32, kNoBit, "PELT-V BAR disabled"},
    {Fault::InjectedInbound, "injected_inbound", ErrorBlock::RxeArb, 39, ErrorBlock::RxeArb, 39, kNoBit, "injected error of a DMA"},
    {Fault::InjectedOutbound, "injected_outbound", ErrorBlock::Txe, 28, ErrorBlock::Txe, 28, kNoBit, "injected error of an outbound access"},
    {Fault::OutboundAddress, "outbound_address", ErrorBlock::Txe, 2, ErrorBlock::Txe, 2, kNoBit, "no window takes the outbound address"},
    {Fault::ConfigWrite, "config_write", ErrorBlock::Txe, 17, ErrorBlock::Txe, 12, 9, "UR or CA of a configuration write"},
    {Fault::RegisterSize, "register_size", ErrorBlock::PhbErr, 2, ErrorBlock::PhbErr, 2, kNoBit, "register access that is not 8 aligned bytes"},
    {Fault::IodaAccess, "ioda_table", ErrorBlock::PhbErr, 4, ErrorBlock::PhbErr, 26, kNoBit, "IODA access of a table that does not exist"},
}};

constexpr const FaultSpec& spec_of(Fault fault) { return kFaultTable[static_cast<unsigned>(fault)]; }

/// The status bit of a fault, which differs on PHB3.
struct FaultPlace {
  ErrorBlock block;
  std::uint8_t bit;
};
constexpr FaultPlace place_of(Fault fault, Generation generation) {
  const FaultSpec& s = spec_of(fault);
  return generation == Generation::Phb3 ? FaultPlace{s.phb3_block, s.phb3_bit} : FaultPlace{s.block, s.bit};
}

/// The enables of one block, as the registers +0x20, +0x28, +0x30 hold them. Of PBL and REGB they
/// are INF, ERC and FAT: outputs to PHB_ERR bits 24, 25, 26.
struct ErrorEnables {
  std::uint64_t interrupt = 0;
  std::uint64_t freeze = 0;
  std::uint64_t fence = 0;
};
using AllEnables = std::array<ErrorEnables, kErrorBlocks>;
constexpr std::uint8_t kFirstOutput = 24;  ///< bit of PHB_ERR for INF; ERC and FAT follow

/// Values that firmware writes (phb.md 7.3, 7.5), by generation.
constexpr std::array<AllEnables, 3> kFirmwareEnables{{
    {{
        {0x0000002280B80000ull, 0x0000000080800000ull, 0xFFFFFFDD0C00FFC0ull},  // PHB_ERR
        {0x600C42FC042080F0ull, 0x0000420800000000ull, 0x9CF3BC00F89C700Full},  // OUT
        {0xC000A3A901826020ull, 0xC00003A901006000ull, 0x3FFF5452FE019FDEull},  // INA
        {0x0000600000800070ull, 0x0000600000000060ull, 0xFCFF80FBFF7FF08Cull},  // INB
        {}, {}, {},
    }},
    {{
        {0xCA8880CC00000000ull, 0x0000004000000000ull, 0x35777033FF000000ull},  // PHB_ERR
        {0x2008400E08200000ull, 0x0000000A00000000ull, 0xDFF7BD05F7DDFFF0ull},  // TXE
        {0xC40038FC01804070ull, 0xC00018B801000060ull, 0x3BFFD703FA7FBF8Full},  // RXE_ARB
        {0x00006100008000A8ull, 0x0000600000000000ull, 0xFFFFFEFFFF7FFF57ull},  // RXE_MRG
        {0x60510050C0000000ull, 0x60000000C0000000ull, 0x9FAEFFAF3FFFFFFFull},  // RXE_TCE
        {0x000000004D1780F8ull, 0, 0xFFFFFFFFB2F87F07ull},                      // PBL
        {0x2130006EFCA8BC00ull, 0x0080000000000000ull, 0xDE1FFF91035743FFull},  // REGB
    }},
    {{
        {0xCA8880CC00000000ull, 0x0000004000000000ull, 0x35777033FF000000ull},  // PHB_ERR
        {0x200850BE08200020ull, 0x0000500A00000000ull, 0xDFF7AF41F7DDFFDFull},  // TXE
        {0xC40038FC01804070ull, 0xC00018B801000060ull, 0x3BFFD703FA7FBF8Full},  // RXE_ARB
        {0x00006100008000A8ull, 0x0000600000000000ull, 0xFFFFFEFFFF7FFF57ull},  // RXE_MRG
        {0x60510050C0000000ull, 0x60000000C0000000ull, 0x9FAEFFAF3FFFFFFFull},  // RXE_TCE
        {0x000000004D1780F8ull, 0, 0xFFFFFFFFB2F87F07ull},                      // PBL
        {0x2130006EFCA8BC00ull, 0x0080000000000000ull, 0xDE1FFF91035743FFull},  // REGB
    }},
}};
constexpr const AllEnables& firmware_enables(Generation g) { return kFirmwareEnables[static_cast<unsigned>(g)]; }

/// What a fault does, derived from the enables.
struct FaultEffect {
  bool freeze = false;
  bool fence = false;
  bool interrupt = false;
};

/// Outputs of one status bit. Those of PBL and REGB pass through PHB_ERR.
constexpr FaultEffect effect_of(FaultPlace place, const AllEnables& enables) {
  const ErrorEnables& e = enables[static_cast<unsigned>(place.block)];
  const std::uint64_t bit = ppc_bit(place.bit);
  const FaultEffect own{(e.freeze & bit) != 0, (e.fence & bit) != 0, (e.interrupt & bit) != 0};
  if (place.block != ErrorBlock::Pbl && place.block != ErrorBlock::Regb) return own;
  FaultEffect all;
  const bool outputs[3] = {own.interrupt, own.freeze, own.fence};
  for (std::uint8_t i = 0; i < 3; ++i) {
    if (!outputs[i]) continue;
    const FaultEffect o = effect_of({ErrorBlock::PhbErr, static_cast<std::uint8_t>(kFirstOutput + i)}, enables);
    all.freeze |= o.freeze;
    all.fence |= o.fence;
    all.interrupt |= o.interrupt;
  }
  return all;
}

constexpr FaultEffect effect_of(Fault fault, Generation generation, const AllEnables& enables) {
  const FaultPlace place = place_of(fault, generation);
  if (place.bit == kNoBit) return FaultEffect{spec_of(fault).freezes, false, false};
  return effect_of(place, enables);
}

/// The two doublewords that a PE's first fault leaves in the PEST (phb.md 6.2).
struct PestEntry {
  std::uint64_t word0 = 0;
  std::uint64_t word1 = 0;
};

/// LEM bit numbers are not public: 0x2A is seen for UR and CA, else 0x20 + block [MA].
constexpr unsigned lem_bit_of(Fault fault, ErrorBlock block) {
  return fault == Fault::CompletionUr || fault == Fault::CompletionCa ? 0x2A : 0x20 + static_cast<unsigned>(block);
}

PestEntry make_pest(Fault fault, TransactionType type, Rid rid, BusAddr addr, std::uint16_t msi_data = 0);

}  // namespace phbsim::arch
