// SPDX-License-Identifier: Apache-2.0
/// Words that are no registers, bit by bit: entries of the tables behind the IODA port and of the
/// tables in memory (phb.md 2, 3.1, 4.4, 5.8, 5.9, 6.2). Documents and the firmware's C header derive
/// from it.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/arch/config_bus.hpp"
#include "models/arch/faults.hpp"
#include "models/arch/interrupts.hpp"
#include "models/arch/ioda_tables.hpp"
#include "models/arch/link_training.hpp"
#include "models/arch/outbound.hpp"
#include "models/arch/register_spec.hpp"
#include "models/arch/tce.hpp"
#include "models/arch/tve.hpp"

namespace phbsim::arch {

/// A part of a 64-bit word. IBM bits, both inclusive.
struct NamedField {
  std::string_view word;  ///< "TVE"
  std::string_view name;
  std::uint8_t first = 0;
  std::uint8_t last = 0;
  std::string_view text;
  Generations generations = kAllPhbs;

  constexpr std::uint64_t mask() const { return ppc_mask(first, last); }
};

namespace fields_detail {
template <typename F>
constexpr NamedField part(std::string_view word, std::string_view name, std::string_view text,
                          Generations g = kAllPhbs) {
  return {word, name, 64 - F::kShift - F::kWidth, 63 - F::kShift, text, g};
}
constexpr NamedField mask(std::string_view word, std::string_view name, std::uint64_t value, std::string_view text,
                          Generations g = kAllPhbs) {
  const unsigned low = [](std::uint64_t v) {
    unsigned n = 0;
    for (; (v & 1) == 0; v >>= 1) ++n;
    return n;
  }(value);
  return {word, name, static_cast<std::uint8_t>(63 - log2_floor(value)), static_cast<std::uint8_t>(63 - low), text, g};
}
/// A mask in the n-th 16 bits of the word.
constexpr NamedField quarter(std::string_view word, std::string_view name, std::uint16_t value, unsigned n,
                             std::string_view text) {
  return mask(word, name, static_cast<std::uint64_t>(value) << (48 - 16 * n), text, kPhb45);
}
}  // namespace fields_detail

// clang-format off
constexpr NamedField kWordFields[] = {
    fields_detail::part<TveTable>("TVE", "TTA", "root table's address >> 12"),
    fields_detail::part<TveLevels>("TVE", "LEVELS", "levels - 1"),
    fields_detail::part<TveTableSize>("TVE", "TTS", "bytes of one table: 2^(n + 11); 0: invalid"),
    fields_detail::part<TvePageSize>("TVE", "PSIZE", "I/O page of 2^(n + 11) bytes; 0: no translation"),
    fields_detail::mask("TVE", "NXLATE", kTveNonTranslate, "with PSIZE 0: untranslated"),
    fields_detail::mask("TVE", "NXLATE_50BIT", kTve50Bit, "untranslated, with a range", kPhb45),
    fields_detail::part<TveBypassStartHigh>("TVE", "NXLATE_START_HI", "bits 49:48 of the first address"),
    fields_detail::part<TveBypassStartLow>("TVE", "NXLATE_START_LO", "bits 47:24 of the first address"),
    fields_detail::part<TveBypassEndHigh>("TVE", "NXLATE_END_HI", "bits 49:48 of the end"),
    fields_detail::part<TveBypassEndLow>("TVE", "NXLATE_END_LO", "bits 47:24 of the end, exclusive"),
    fields_detail::mask("TCE", "RPN", kTceRpnMask, "real page, or next table, in place"),
    fields_detail::mask("TCE", "WRITE", kTceWrite, "the device may write"),
    fields_detail::mask("TCE", "READ", kTceRead, "the device may read"),
    {"TCE_KILL", "PSIZE", 50, 51, "with PSEL: page size", kPhb45},
    fields_detail::quarter("MIST", "P0", kMistP, 0, "source 4n: pending"),
    fields_detail::quarter("MIST", "Q0", kMistQ, 0, "source 4n: queued"),
    fields_detail::quarter("MIST", "PE0", kMistPe, 0, "source 4n: PE"),
    fields_detail::quarter("MIST", "P1", kMistP, 1, "source 4n + 1: pending"),
    fields_detail::quarter("MIST", "Q1", kMistQ, 1, "source 4n + 1: queued"),
    fields_detail::quarter("MIST", "PE1", kMistPe, 1, "source 4n + 1: PE"),
    fields_detail::quarter("MIST", "P2", kMistP, 2, "source 4n + 2: pending"),
    fields_detail::quarter("MIST", "Q2", kMistQ, 2, "source 4n + 2: queued"),
    fields_detail::quarter("MIST", "PE2", kMistPe, 2, "source 4n + 2: PE"),
    fields_detail::quarter("MIST", "P3", kMistP, 3, "source 4n + 3: pending"),
    fields_detail::quarter("MIST", "Q3", kMistQ, 3, "source 4n + 3: queued"),
    fields_detail::quarter("MIST", "PE3", kMistPe, 3, "source 4n + 3: PE"),
    fields_detail::mask("LIST", "P", kListP, "LSI pending"),
    fields_detail::mask("LIST", "Q", kListQ, "LSI queued"),
    fields_detail::mask("LIST", "STATE", kListState, "level of the LSI"),
    {"LXIVT", "SERVER", 8, 23, "of the LSI", kPhb3},
    {"LXIVT", "PRIORITY", 24, 31, "of the LSI", kPhb3},
    {"LXIVT", "NODE", 56, 63, "of the LSI", kPhb3},
    fields_detail::part<IveServer>("IVE", "SERVER", "interrupt vector entry in memory", kPhb3),
    fields_detail::part<IvePriority>("IVE", "PRIORITY", "", kPhb3),
    fields_detail::mask("IVE", "P", kIveP, "pending", kPhb3),
    fields_detail::mask("IVE", "Q", kIveQ, "queued", kPhb3),
    fields_detail::part<IvePe>("IVE", "PE", "that may send it", kPhb3),
    {"PESTA", "MMIO_FROZEN", 0, 0, "the only bit on chip"},
    {"PESTA", "MMIO_CAUSE", 2, 2, "an outbound access was the cause"},
    {"PESTA", "CFG_READ", 3, 3, "cause: configuration read"},
    {"PESTA", "CFG_WRITE", 4, 4, "cause: configuration write"},
    {"PESTA", "TTYPE", 5, 7, "transaction: see PHB_TTYPE"},
    {"PESTA", "CA_RETURN", 8, 8, "completer abort or timeout"},
    {"PESTA", "UR_RETURN", 9, 9, "unsupported request"},
    {"PESTA", "PCIE_NONFATAL", 10, 10, ""},
    {"PESTA", "PCIE_FATAL", 11, 11, ""},
    {"PESTA", "PARITY_UE", 13, 13, ""},
    {"PESTA", "PCIE_CORR", 14, 14, ""},
    {"PESTA", "PCIE_INTERRUPT", 15, 15, ""},
    {"PESTA", "IODA_ERROR", 16, 16, "translation validation, MSI or MMIO lookup"},
    {"PESTA", "TCE_PAGE_FAULT", 18, 18, ""},
    {"PESTA", "TCE_ACCESS_FAULT", 19, 19, ""},
    {"PESTA", "DMA_RESP_TIMEOUT", 20, 20, ""},
    {"PESTA", "AIB_SIZE_INVALID", 21, 21, ""},
    {"PESTA", "LEM_BIT", 26, 31, "bit of the LEM FIR"},
    {"PESTA", "RID", 32, 47, "of the request"},
    {"PESTA", "MSI_DATA", 48, 63, ""},
    {"PESTB", "DMA_STOPPED", 0, 0, "the only bit on chip"},
    {"PESTB", "FAIL_ADDR", 3, 63, "failing address, in place"},
    fields_detail::mask("MBT0", "ENABLE", kMbtValid, "one bit for both words", kPhb45),
    fields_detail::mask("MBT0", "TYPE_M32", kMbtM32, "1: M32", kPhb45),
    fields_detail::part<MbtMode>("MBT0", "MODE", "0 PE = segment, 1 via MDT, 2 single PE", kPhb45),
    fields_detail::part<MbtDivisor>("MBT0", "SEG_DIVISOR", "0 as many as PEs, 1: 128, 2: 64, 3: 8", kPhb45),
    fields_detail::part<MbtColumn>("MBT0", "MDT_COLUMN", "MODE 1: column of the MDT", kPhb45),
    fields_detail::mask("MBT0", "BASE", kMbtAddress, "address bits 55:12, in place", kPhb45),
    fields_detail::mask("MBT1", "ENABLE", kMbtValid, "one bit for both words", kPhb45),
    fields_detail::mask("MBT1", "MASK", kMbtAddress, "", kPhb45),
    fields_detail::part<MbtPe>("MBT1", "SEG_BASE", "PE of the first segment", kPhb45),
    fields_detail::part<MbtPe>("MBT1", "SINGLE_PE", "MODE 2: the PE", kPhb45),
    {"MDT", "PE_A", 0, 15, "column A", kPhb45},
    {"MDT", "PE_B", 16, 31, "column B", kPhb45},
    {"MDT", "PE_C", 32, 47, "column C", kPhb45},
    {"MDT", "PE_D", 48, 63, "column D", kPhb45},
    fields_detail::mask("M64BT", "ENABLE", kM64Valid, "", kPhb3),
    fields_detail::mask("M64BT", "SINGLE_PE", kM64SinglePe, "", kPhb3),
    fields_detail::part<M64Base>("M64BT", "BASE", "address >> 20", kPhb3),
    fields_detail::part<M64Mask>("M64BT", "MASK", "", kPhb3),
    fields_detail::part<M64SingleBase>("M64BT", "SINGLE_BASE", "address >> 25", kPhb3),
    fields_detail::part<M64PeHigh>("M64BT", "PE_HI", "single PE", kPhb3),
    fields_detail::part<M64SingleMask>("M64BT", "SINGLE_MASK", "", kPhb3),
    fields_detail::part<M64PeLow>("M64BT", "PE_LO", "single PE", kPhb3),
    fields_detail::part<M32dtPe>("M32DT", "PE", "of the segment", kPhb3),
};
// clang-format on

/// What the values of a field mean.
struct NamedValue {
  std::string_view field;  ///< "LTSSM"
  std::string_view name;
  std::uint64_t value = 0;
  std::string_view text;
};

template <typename E>
constexpr std::uint64_t value_of(E e) {
  return static_cast<std::uint64_t>(e);
}

// clang-format off
constexpr NamedValue kFieldValues[] = {
    {"CONFIG_ADDRESS_STATUS", "GOOD", value_of(ConfigStatus::Good), "how a configuration cycle ended"},
    {"CONFIG_ADDRESS_STATUS", "UR", value_of(ConfigStatus::UnsupportedRequest), ""},
    {"CONFIG_ADDRESS_STATUS", "CRS", value_of(ConfigStatus::RetryStatus), "try again"},
    {"CONFIG_ADDRESS_STATUS", "CA", value_of(ConfigStatus::CompleterAbort), ""},
    {"TTYPE", "DMA_WRITE", value_of(TransactionType::DmaWrite), "in PESTA_TTYPE"},
    {"TTYPE", "MSI", value_of(TransactionType::Msi), ""},
    {"TTYPE", "DMA_READ", value_of(TransactionType::DmaRead), ""},
    {"TTYPE", "DMA_READ_RESPONSE", value_of(TransactionType::DmaReadResponse), ""},
    {"TTYPE", "MMIO_LOAD", value_of(TransactionType::MmioLoad), ""},
    {"TTYPE", "MMIO_STORE", value_of(TransactionType::MmioStore), ""},
    {"TTYPE", "OTHER", value_of(TransactionType::Other), "configuration cycles among them"},
    {"TCE_KILL_PSIZE", "4K", 0, "in TCE_KILL_PSIZE, with TCE_KILL_PSEL"},
    {"TCE_KILL_PSIZE", "64K", 1, ""},
    {"TCE_KILL_PSIZE", "2M", 2, ""},
    {"TCE_KILL_PSIZE", "1G", 3, ""},
    {"MBT_MODE", "SEGMENT", value_of(MbtModes::SegmentIsPe), "in MBT0_MODE: PE = segment"},
    {"MBT_MODE", "MDT", value_of(MbtModes::Mdt), "PE from a column of the MDT"},
    {"MBT_MODE", "SINGLE_PE", value_of(MbtModes::SinglePe), "one PE"},
    {"LTSSM", "RESET", value_of(LinkState::Reset), "in PCIE_DLP_TRAIN_CTL_LTSSM"},
    {"LTSSM", "DETECT", value_of(LinkState::Detect), ""},
    {"LTSSM", "POLLING", value_of(LinkState::Polling), ""},
    {"LTSSM", "CONFIG", value_of(LinkState::Config), ""},
    {"LTSSM", "L0", value_of(LinkState::L0), ""},
    {"LTSSM", "RECOVERY", value_of(LinkState::Recovery), ""},
    {"LTSSM", "L1", value_of(LinkState::L1), ""},
    {"LTSSM", "L2", value_of(LinkState::L2), ""},
    {"LTSSM", "HOT_RESET", value_of(LinkState::HotReset), ""},
    {"LTSSM", "DISABLED", value_of(LinkState::Disabled), ""},
    {"LTSSM", "LOOPBACK", value_of(LinkState::Loopback), ""},
    {"LSI", "INTA", 0, "numbers of the LSIs"},
    {"LSI", "INTB", 1, ""},
    {"LSI", "INTC", 2, ""},
    {"LSI", "INTD", 3, ""},
    {"LSI", "INF", kLsiInformative, "errors that only inform"},
    {"LSI", "ER", kLsiError, "freeze or fence"},
};
// clang-format on

}  // namespace phbsim::arch
