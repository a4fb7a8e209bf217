// SPDX-License-Identifier: Apache-2.0
/// The TCE kill register, 0x210 (phb.md 4.2).
#pragma once

#include <cstdint>
#include <vector>

#include "models/arch/effect.hpp"
#include "models/arch/generation.hpp"
#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::arch {

constexpr std::uint64_t kKillAll = ppc_bit(0);
constexpr std::uint64_t kKillPe = ppc_bit(1);
constexpr std::uint64_t kKillOne = ppc_bit(2);
constexpr std::uint64_t kKillPageSelect = ppc_bit(3);
constexpr std::uint64_t kKillCommands = kKillAll | kKillPe | kKillOne;
using KillAddress = Field<4, 51>;  ///< DMA address bits 59:12, in place

/// One command taken from the register.
struct TceKill {
  enum class Kind : std::uint8_t { None, One, Pe, All };
  Kind kind = Kind::None;
  PeNumber pe = 0;
  BusAddr addr = 0;         ///< of the page, bit 59 included
  unsigned page_shift = 0;  ///< 0: of whatever size the entry has (PHB3)
};

constexpr std::uint64_t encode_kill_all() { return kKillAll; }
constexpr std::uint64_t encode_kill_pe(PeNumber pe) { return kKillPe | pe; }
constexpr std::uint64_t encode_kill_one(PeNumber pe, BusAddr addr, unsigned page_shift, const GenerationFacts& facts) {
  std::uint64_t word = kKillOne | (addr & KillAddress::kMask) | (pe & facts.kill_pe_mask);
  if (facts.kill_has_page_size) {
    const std::uint64_t select = page_shift == 16 ? 1 : page_shift == 21 ? 2 : page_shift == 30 ? 3 : 0;
    word = (word & ~0x3000ull) | kKillPageSelect | select << 12;
    if (page_shift <= 12) word = kKillOne | (addr & KillAddress::kMask) | (pe & facts.kill_pe_mask);
  }
  return word;
}

/// If several command bits are set, the widest wins [MA].
constexpr TceKill decode_kill(std::uint64_t word, const GenerationFacts& facts) {
  TceKill kill;
  kill.pe = static_cast<PeNumber>(word & facts.kill_pe_mask);
  if (word & kKillAll) {
    kill.kind = TceKill::Kind::All;
  } else if (word & kKillPe) {
    kill.kind = TceKill::Kind::Pe;
  } else if (word & kKillOne) {
    kill.kind = TceKill::Kind::One;
    kill.addr = word & KillAddress::kMask;
    if (facts.kill_has_page_size) {
      kill.page_shift = 12;
      if (word & kKillPageSelect) {
        constexpr unsigned kShifts[4] = {12, 16, 21, 30};
        kill.page_shift = kShifts[(word >> 12) & 3];
      }
      kill.addr &= ~low_mask(kill.page_shift);
    }
  }
  return kill;
}

/// The firmware's sequence for kill words (phb.md 4.2, vector G4): each word once its slot is free,
/// then optionally the start of a DMA sync, the wait for the kills, the wait for the sync.
/// `keep_completes` (GenerationFacts::sync_has_writes): PHB5's complete bits are read and written
/// back. No value known when the list is made can stand for them, so the start is an Update then.
inline void plan_kills(const std::vector<std::uint64_t>& words, bool dma_sync, Effects& effects,
                       bool keep_completes = false) {
  if (words.empty()) return;
  for (const std::uint64_t word : words) {
    wait_clear(effects, Reg::TceKill, kKillCommands);
    write(effects, Reg::TceKill, word);
  }
  if (dma_sync && keep_completes) {
    update(effects, Reg::DmaSync, kSyncCompletes, kSyncReadStart);
  } else if (dma_sync) {
    write(effects, Reg::DmaSync, kSyncReadStart);
  }
  wait_clear(effects, Reg::QDmaR, kQDmaKillPending);
  if (dma_sync) wait_set(effects, Reg::DmaSync, kSyncReadComplete);
}

}  // namespace phbsim::arch
