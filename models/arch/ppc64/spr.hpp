// SPDX-License-Identifier: Apache-2.0
/// Special purpose registers (Power ISA 3.0 Book III 4.4.5, POWER8 and POWER9 user's manuals), described once.
///
/// "Kept" registers hold what is written and do nothing else: facilities that are not modelled.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/bits.hpp"

namespace phbsim::arch::ppc64 {

/// Lowest state that may read or write; None: no register in this direction.
enum class SprAccess : std::uint8_t { None, User, Supervisor, Hypervisor };

enum class SprKind : std::uint8_t {
  Kept,
  Special,   ///< behaviour in the core: time, LR, CTR, XER, LPCR ...
  AndWrite,  ///< a write clears the bits that are 0 in it: HMER
  Alias,     ///< another view of `target`
};

struct Spr {
  std::uint16_t number;
  std::string_view name;
  SprAccess read;
  SprAccess write;
  SprKind kind = SprKind::Kept;
  std::uint64_t mask = ~0ull;  ///< bits that exist
  std::uint64_t reset = 0;
  std::uint16_t target = 0;
};

namespace spr {
constexpr unsigned kXer = 1, kDscrUser = 3, kLr = 8, kCtr = 9, kAmrUser = 13, kDscr = 17, kDsisr = 18, kDar = 19,
                   kDec = 22, kSrr0 = 26, kSrr1 = 27, kCfar = 28, kAmr = 29, kCtrlRead = 136, kCtrl = 152, kFscr = 153,
                   kRpr = 186,
                   kHfscr = 190, kSprg3User = 259, kTb = 268, kTbu = 269, kSprg0 = 272, kSprg3 = 275, kTblWrite = 284,
                   kTbuWrite = 285, kTbu40 = 286, kPvr = 287, kHsprg0 = 304, kHsprg1 = 305, kHdsisr = 306, kHdar = 307,
                   kSpurr = 308, kPurr = 309, kHdec = 310, kHrmor = 313, kHsrr0 = 314, kHsrr1 = 315, kLpcr = 318,
                   kHmer = 336, kHmeer = 337, kHeir = 339, kTir = 446, kTar = 815, kPsscrUser = 823, kIc = 848,
                   kVtb = 849,
                   kPsscr = 855, kPpr = 896, kPpr32 = 898, kHid0 = 1008, kPir = 1023;

constexpr auto kNone = SprAccess::None, kUser = SprAccess::User, kSup = SprAccess::Supervisor,
               kHyp = SprAccess::Hypervisor;
constexpr auto kKept = SprKind::Kept, kSpecial = SprKind::Special, kAlias = SprKind::Alias;
constexpr std::uint64_t kWord = 0xffff'ffff;

inline constexpr Spr kTable[] = {
    {1, "XER", kUser, kUser, kSpecial},
    {3, "DSCR", kUser, kUser, kAlias, ppc_mask(39, 63), 0, 17},
    {8, "LR", kUser, kUser, kSpecial},
    {9, "CTR", kUser, kUser, kSpecial},
    {13, "AMR", kUser, kUser, kAlias, ~0ull, 0, 29},
    {17, "DSCR", kSup, kSup, kKept, ppc_mask(39, 63)},
    {18, "DSISR", kSup, kSup, kKept, kWord},
    {19, "DAR", kSup, kSup},
    {22, "DEC", kSup, kSup, kSpecial},
    {25, "SDR1", kHyp, kHyp},
    {26, "SRR0", kSup, kSup, kKept, ~3ull},
    {27, "SRR1", kSup, kSup},
    {28, "CFAR", kSup, kSup},
    {29, "AMR", kSup, kSup},
    {48, "PIDR", kSup, kSup, kKept, kWord},
    {61, "IAMR", kSup, kSup},
    {128, "TFHAR", kUser, kUser},
    {129, "TFIAR", kUser, kUser},
    {130, "TEXASR", kUser, kUser},
    {131, "TEXASRU", kUser, kUser, kKept, kWord},
    {136, "CTRL", kUser, kNone, kAlias, kWord, 0, 152},
    {144, "TIDR", kSup, kSup},
    {152, "CTRL", kNone, kSup, kKept, 1, 1},
    {153, "FSCR", kSup, kSup},
    {157, "UAMOR", kSup, kSup},
    {158, "GSR", kNone, kSup},
    {159, "PSPB", kSup, kSup, kKept, kWord},
    {176, "DPDES", kSup, kHyp},
    {180, "DAWR0", kHyp, kHyp},
    {186, "RPR", kHyp, kHyp, kKept, ~0ull, 0x0000'0103'070F'1F3Full},
    {187, "CIABR", kHyp, kHyp},
    {188, "DAWRX0", kHyp, kHyp, kKept, kWord},
    {190, "HFSCR", kHyp, kHyp},
    {256, "VRSAVE", kUser, kUser, kKept, kWord},
    {259, "SPRG3", kUser, kNone, kAlias, ~0ull, 0, 275},
    {268, "TB", kUser, kNone, kSpecial},
    {269, "TBU", kUser, kNone, kSpecial},
    {272, "SPRG0", kSup, kSup},
    {273, "SPRG1", kSup, kSup},
    {274, "SPRG2", kSup, kSup},
    {275, "SPRG3", kSup, kSup},
    {276, "SPRC", kHyp, kHyp},
    {277, "SPRD", kHyp, kHyp},
    {284, "TBL", kNone, kHyp, kSpecial},
    {285, "TBU", kNone, kHyp, kSpecial},
    {286, "TBU40", kNone, kHyp, kSpecial},
    {287, "PVR", kSup, kNone, kSpecial},
    {304, "HSPRG0", kHyp, kHyp},
    {305, "HSPRG1", kHyp, kHyp},
    {306, "HDSISR", kHyp, kHyp, kKept, kWord},
    {307, "HDAR", kHyp, kHyp},
    {308, "SPURR", kSup, kHyp, kSpecial},
    {309, "PURR", kSup, kHyp, kSpecial},
    {310, "HDEC", kHyp, kHyp, kSpecial},
    {312, "RMOR", kHyp, kHyp},
    {313, "HRMOR", kHyp, kHyp, kSpecial, ppc_mask(4, 51)},
    {314, "HSRR0", kHyp, kHyp, kKept, ~3ull},
    {315, "HSRR1", kHyp, kHyp},
    {317, "TFMR", kHyp, kHyp},
    {318, "LPCR", kHyp, kHyp, kSpecial},
    {319, "LPIDR", kHyp, kHyp, kKept, kWord},
    {336, "HMER", kHyp, kHyp, SprKind::AndWrite},
    {337, "HMEER", kHyp, kHyp},
    {338, "PCR", kHyp, kHyp},
    {339, "HEIR", kHyp, kHyp, kKept, kWord},
    {349, "AMOR", kHyp, kHyp},
    {446, "TIR", kSup, kNone, kSpecial},
    {464, "PTCR", kHyp, kHyp},
    {506, "USRR0", kHyp, kHyp},
    {507, "USRR1", kHyp, kHyp},
    {511, "SMFCTRL", kHyp, kHyp},
    {768, "SIER", kUser, kNone, kAlias, ~0ull, 0, 784},
    {769, "MMCR2", kUser, kUser, kAlias, ~0ull, 0, 785},
    {770, "MMCRA", kUser, kUser, kAlias, ~0ull, 0, 786},
    {771, "PMC1", kUser, kUser, kAlias, kWord, 0, 787},
    {772, "PMC2", kUser, kUser, kAlias, kWord, 0, 788},
    {773, "PMC3", kUser, kUser, kAlias, kWord, 0, 789},
    {774, "PMC4", kUser, kUser, kAlias, kWord, 0, 790},
    {775, "PMC5", kUser, kUser, kAlias, kWord, 0, 791},
    {776, "PMC6", kUser, kUser, kAlias, kWord, 0, 792},
    {779, "MMCR0", kUser, kUser, kAlias, kWord, 0, 795},
    {780, "SIAR", kUser, kNone, kAlias, ~0ull, 0, 796},
    {781, "SDAR", kUser, kNone, kAlias, ~0ull, 0, 797},
    {782, "MMCR1", kUser, kNone, kAlias, ~0ull, 0, 798},
    {784, "SIER", kSup, kSup},
    {785, "MMCR2", kSup, kSup},
    {786, "MMCRA", kSup, kSup},
    {787, "PMC1", kSup, kSup, kKept, kWord},
    {788, "PMC2", kSup, kSup, kKept, kWord},
    {789, "PMC3", kSup, kSup, kKept, kWord},
    {790, "PMC4", kSup, kSup, kKept, kWord},
    {791, "PMC5", kSup, kSup, kKept, kWord},
    {792, "PMC6", kSup, kSup, kKept, kWord},
    {795, "MMCR0", kSup, kSup, kKept, kWord, 0x8000'0000},
    {796, "SIAR", kSup, kSup},
    {797, "SDAR", kSup, kSup},
    {798, "MMCR1", kSup, kSup},
    {815, "TAR", kUser, kUser},
    {816, "ASDR", kHyp, kHyp},
    {823, "PSSCR", kSup, kSup, kAlias, ~0ull, 0, 855},
    {848, "IC", kSup, kHyp, kSpecial},
    {849, "VTB", kSup, kHyp, kSpecial},
    {850, "LDBAR", kHyp, kHyp},
    {851, "MMCRC", kHyp, kHyp},
    {853, "PMSR", kSup, kNone},
    {855, "PSSCR", kHyp, kHyp},
    {861, "L2QOSR", kNone, kHyp},
    {880, "TRIG0", kNone, kHyp},
    {881, "TRIG1", kNone, kHyp},
    {882, "TRIG2", kNone, kHyp},
    {884, "PMCR", kSup, kHyp},
    {885, "RWMR", kHyp, kHyp},
    {895, "WORT", kSup, kSup},
    {896, "PPR", kUser, kUser, kKept, ppc_mask(11, 13), ppc_bit(11)},
    {898, "PPR32", kUser, kUser, kSpecial},
    {921, "TSCR", kHyp, kHyp},
    {922, "TTR", kHyp, kHyp},
    {1006, "TRACE", kUser, kHyp},
    {1008, "HID0", kHyp, kHyp, kSpecial},
    {1009, "HID1", kHyp, kHyp},
    {1012, "HID4", kHyp, kHyp},
    {1014, "HID5", kHyp, kHyp},
    {1017, "HID6", kHyp, kHyp},
    {1023, "PIR", kSup, kNone, kSpecial},
};
}  // namespace spr

/// The row of a number, or null.
constexpr const Spr* find_spr(unsigned number) {
  for (const Spr& row : spr::kTable)
    if (row.number == number) return &row;
  return nullptr;
}

}  // namespace phbsim::arch::ppc64
