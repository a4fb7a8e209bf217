// SPDX-License-Identifier: Apache-2.0
/// What a POWER9 chip answers beside its PHBs and PECs, as far as skiboot asks: each address once, with what it
/// answers and why. All of it is storage with exceptions; none of it does anything [MA].
#pragma once

#include <cstdint>
#include <string_view>

#include "models/base/bits.hpp"
#include "models/base/types.hpp"

namespace phbsim::firmware::powernv {

// -- SCOM registers ----------------------------------------------------------------------------------------------
enum class ScomKind : std::uint8_t {
  Constant,  ///< reads `value`, drops writes
  Storage,   ///< `value` until written
};

struct ScomRow {
  std::uint32_t first;
  std::uint32_t count;
  ScomKind kind;
  std::uint64_t value;
  std::string_view why;
};

inline constexpr ScomRow kScomRows[] = {
    {0x000f000f, 1, ScomKind::Constant, 0x202d'1049'8000'0000ull, "chip id: P9 Nimbus (d1) DD2.2"},
    {0x000f0033, 1, ScomKind::Storage, 0, "mask of the chip's attentions (IPOLL)"},
    {0x00018002, 1, ScomKind::Constant, 0, "ECID of the part: none"},
    {0x00090012, 2, ScomKind::Storage, 0, "ADU error registers that a failed XSCOM access is cleared with"},
    {0x00090018, 1, ScomKind::Storage, 0, "the same, of the sender"},
    {0x10011010, 1, ScomKind::Storage, 0, "NCU BAR of the core's interrupt special stores"},
    {0x20010ab3, 1, ScomKind::Constant, 0, "core thread state: not LPAR per core"},
    {0x05012b00, 8, ScomKind::Constant, 0, "PBA: no HOMER, no OCC common area are set up"},
    {0x05012900, 0x100, ScomKind::Storage, 0, "PSI host bridge"},
    {0x05013000, 0x400, ScomKind::Storage, 0, "XIVE, until its MMIO BAR is set"},
};

constexpr const ScomRow* find_scom(std::uint64_t scom) {
  for (const ScomRow& row : kScomRows)
    if (scom >= row.first && scom - row.first < row.count) return &row;
  return nullptr;
}

// -- memory-mapped areas -----------------------------------------------------------------------------------------
enum class AreaKind : std::uint8_t {
  Storage,  ///< bytes hold what was written, 0 at first; kWordRows says where not
  Zero,     ///< reads 0, drops writes
};

struct Area {
  std::string_view name;
  RealAddr first;
  std::uint64_t bytes;
  AreaKind kind;
  std::string_view why;
};

/// Where firmware maps the units of chip 0; their BARs are written to it and not followed [MA].
constexpr RealAddr kXiveIc = 0x0006'0302'0310'0000ull, kXiveTm = 0x0006'0302'0318'0000ull;

inline constexpr Area kAreas[] = {
    {"PSI ESB", 0x0006'0302'031c'0000ull, 0x1'0000, AreaKind::Zero, "sources of the PSI: never pending"},
    {"PSI", 0x0006'0302'0300'0000ull, 0x10'0000, AreaKind::Storage, "host bridge registers"},
    {"XIVE IC", kXiveIc, 0x8'0000, AreaKind::Storage, "interrupt controller: registers, no routing"},
    {"XIVE TM", kXiveTm, 0x4'0000, AreaKind::Storage, "thread contexts"},
    {"XIVE PC", 0x0006'0180'0000'0000ull, 0x10'0000'0000ull, AreaKind::Zero, "notifications of threads"},
    {"XIVE VC", 0x0006'0100'0000'0000ull, 0x80'0000'0000ull, AreaKind::Zero, "ESBs of IPIs and queues"},
};

constexpr const Area* find_area(RealAddr addr) {
  for (const Area& area : kAreas)
    if (addr >= area.first && addr - area.first < area.bytes) return &area;
  return nullptr;
}

/// 8-byte registers of the XIVE's interrupt controller that are more than storage.
enum class WordRule : std::uint8_t {
  ReadClears,  ///< bits of `value` read as 0: the operation is done
  ReadSets,    ///< bits of `value` read as 1
  SetsTarget,  ///< a write sets its ones in the register at `value`
  ClearsTarget,
};
struct WordRow {
  std::uint32_t offset;
  WordRule rule;
  std::uint64_t value;
  std::string_view why;
};
inline constexpr WordRow kXiveRows[] = {
    {0x448, WordRule::SetsTarget, 0x440, "thread enable 0"},
    {0x450, WordRule::ClearsTarget, 0x440, "thread enable 0"},
    {0x468, WordRule::SetsTarget, 0x460, "thread enable 1"},
    {0x470, WordRule::ClearsTarget, 0x460, "thread enable 1"},
    {0x710, WordRule::ReadClears, ppc_bit(0), "scrub of the VP cache"},
    {0x738, WordRule::ReadClears, ppc_bit(0), "watch of the VP cache: no conflict"},
    {0x910, WordRule::ReadClears, ppc_bit(0), "scrub of the EQ cache"},
    {0x920, WordRule::ReadSets, ppc_mask(32, 36), "syncs are done"},
    {0x928, WordRule::ReadClears, ppc_bit(0), "watch of the EQ cache: no conflict"},
    {0x990, WordRule::ReadClears, ppc_bit(0), "scrub of the IVE cache"},
    {0xa10, WordRule::ReadClears, ppc_bit(0), "scrub of the SB cache"},
};

// -- LPC bus -----------------------------------------------------------------------------------------------------
constexpr RealAddr kLpc = 0x0006'0300'0000'0000ull;
constexpr std::uint64_t kLpcBytes = 0x1'0000'0000ull;
/// Within it: ISA I/O space, and the UART in that. Host controller and OPB master are storage, other I/O ports have
/// nobody: all ones. Firmware space and memory space read all ones: no flash.
constexpr std::uint64_t kLpcIo = 0xd001'0000, kLpcIoBytes = 0x1'0000, kUart = 0x3f8, kUartBytes = 8;
constexpr std::uint64_t kOpb = 0xc001'0000, kOpbBytes = 0x3000;

/// Where skiboot.lid is loaded and entered, our device tree, and where skiboot expects a kernel.
constexpr RealAddr kImage = 0, kImageEntry = 0x10, kDeviceTree = 0x100'0000, kPayload = 0x2000'0000;

}  // namespace phbsim::firmware::powernv
