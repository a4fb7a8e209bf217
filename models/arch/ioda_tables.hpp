// SPDX-License-Identifier: Apache-2.0
/// The on-chip tables behind the IODA port (phb.md 4.4): what each holds, what a write keeps, and
/// which PEs are frozen.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "models/arch/generation.hpp"
#include "models/arch/registers.hpp"
#include "models/arch/tve.hpp"

namespace phbsim::arch {

struct IodaTableSpec {
  IodaTableId id;
  std::string_view name;
  std::string_view phb3_name;  ///< empty: PHB3 has no such table
  bool later;                  ///< PHB4 and PHB5 have it
  std::uint64_t writable;      ///< bits that writes keep
  std::string_view text;
};

constexpr std::array<IodaTableSpec, 14> kIodaTables{{
    {IodaTableId::List, "LIST", "LIST", true, ppc_bit(6) | ppc_bit(7) | ppc_bit(14), "state of the LSIs"},
    {IodaTableId::Mist, "MIST", "LXIVT", true, kAllBits,
     "PHB4 on: four MSI sources a word; PHB3: server, priority and node of the LSIs, other bits read 0"},
    {IodaTableId::Pct, "PCT", "IVC_CAM", true, kAllBits, "debug; storage"},
    {IodaTableId::Rba, "", "RBA", false, kAllBits, "reject bits; storage"},
    {IodaTableId::Rcam, "RCAM", "RCAM", true, 0, "RID cache, debug; reads 0"},
    {IodaTableId::Mrt, "MRT", "MRT", true, kAllBits, "page migration; storage"},
    {IodaTableId::PestA, "PESTA", "PESTA", true, ppc_bit(0), "MMIO frozen"},
    {IodaTableId::PestB, "PESTB", "PESTB", true, ppc_bit(0), "DMA stopped"},
    {IodaTableId::Tvt, "TVT", "TVT", true, kAllBits, "DMA windows"},
    {IodaTableId::Tcam, "TCR", "TCAM", true, 0, "TCE cache directory, debug; reads 0"},
    {IodaTableId::Tdr, "TDR", "TDR", true, 0, "TCE cache data, debug; reads 0"},
    {IodaTableId::Mbt, "MBT", "M64BT", true, kAllBits, "windows of processor addresses"},
    {IodaTableId::Mdt, "MDT", "M32DT", true, kAllBits, "PE of a window's segment"},
    {IodaTableId::Peev, "PEEV", "PEEV", true, 0, "PEs that are frozen; derived"},
}};

/// Entries of a table, a power of two; 0 if this PHB has no such table.
std::uint32_t ioda_entries(IodaTableId id, const GenerationFacts& facts);

// MIST: four 16-bit sources a word, the first in the topmost bits: P, Q, two reserved, PE.
constexpr std::uint16_t kMistP = 0x8000;
constexpr std::uint16_t kMistQ = 0x4000;
constexpr std::uint16_t kMistPe = 0x0FFF;
constexpr std::uint16_t kMistWritable = kMistP | kMistQ | kMistPe;

// PHB3's LXIVT: server, priority and node of an LSI; nothing else is kept.
constexpr std::uint64_t kLxivtWritable = ppc_mask(8, 31) | ppc_mask(56, 63);

// LIST.
constexpr std::uint64_t kListP = ppc_bit(6);
constexpr std::uint64_t kListQ = ppc_bit(7);
constexpr std::uint64_t kListState = ppc_bit(14);

class IodaTables {
 public:
  IodaTables(const GenerationFacts& facts, bool allow_any_page_size);

  /// `mist_mask`: bits 28:31 of the port's address, 8 selects a word's topmost source; 0 means all.
  /// Index in range.
  std::uint64_t read(IodaTableId id, std::uint32_t index) const;
  void write(IodaTableId id, std::uint32_t index, std::uint64_t value, unsigned mist_mask);
  void reset();

  std::uint64_t tve_word(std::uint32_t index) const { return tvt_words_[index]; }
  const Tve& tve(std::uint32_t index) const { return tvt_[index]; }
  void set_tve(std::uint32_t index, std::uint64_t word);

  /// P, Q and PE of an MSI source. On PHB3 this is the place of what its IVT in memory says, used
  /// while that table is off.
  std::uint16_t mist(std::uint32_t source) const { return mist_[source]; }
  void set_mist(std::uint32_t source, std::uint16_t entry) { mist_[source] = entry & kMistWritable; }
  std::uint64_t lsi(unsigned index) const { return list_[index]; }
  void set_lsi(unsigned index, std::uint64_t state) { list_[index] = state; }
  const std::vector<std::uint64_t>& mbt() const { return mbt_; }
  const std::vector<std::uint64_t>& mdt() const { return mdt_; }

  bool mmio_frozen(PeNumber pe) const { return flags_[pe] & kFrozen; }
  bool dma_stopped(PeNumber pe) const { return flags_[pe] & kStopped; }
  void set_frozen(PeNumber pe, bool mmio, bool dma) {
    flags_[pe] = static_cast<std::uint8_t>((mmio ? kFrozen : 0) | (dma ? kStopped : 0));
  }
  /// 64 PEs a word, IBM order; derived from both freeze bits, never stored.
  std::uint64_t peev(unsigned word) const;
  bool any_frozen() const;

 private:
  static constexpr std::uint8_t kFrozen = 1;   // PESTA bit 0
  static constexpr std::uint8_t kStopped = 2;  // PESTB bit 0

  const GenerationFacts* facts_;
  bool any_page_size_;
  std::vector<std::uint64_t> tvt_words_;
  std::vector<Tve> tvt_;
  std::vector<std::uint16_t> mist_;
  std::vector<std::uint8_t> flags_;
  std::array<std::uint64_t, 8> list_{};
  std::array<std::uint64_t, 8> lxivt_{};
  std::vector<std::uint64_t> pct_;
  std::array<std::uint64_t, 32> rba_{};
  std::vector<std::uint64_t> mrt_;
  std::vector<std::uint64_t> mbt_;
  std::vector<std::uint64_t> mdt_;
};

}  // namespace phbsim::arch
