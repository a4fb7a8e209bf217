// SPDX-License-Identifier: Apache-2.0
/// Registers of a DMA engine of Intel's I/OAT family (CBDMA, version 3), in its 16 KiB of memory space (BAR 0):
/// those of the device, of its one channel, and MSI-X. Offsets, widths and bits [F] are what the drivers of Linux
/// and DPDK use; reset values that no driver depends on are [MA].
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace phbsim::arch::ioat {

enum class Reg : std::uint8_t {
  ChanCnt, XferCap, GenCtrl, IntrCtrl, AttnStatus, CbVer, PerPortOffset, IntrDelay, CsStatus, DmaCapability,
  ChanCtrl, DmaComp, ChanCmd, DmaCount, ChanSts, ChainAddr, ChanCmp, Cdar, ChanErr, ChanErrMask,
};
constexpr unsigned kRegs = 20;

enum class RegAccess : std::uint8_t {
  ReadOnly,
  ReadWrite,
  WriteOneClears,
  SideEffect,  ///< Function and Channel say what a read or write does
};

struct RegSpec {
  Reg reg;
  std::uint32_t offset;
  unsigned bytes;
  std::string_view name;
  RegAccess access;
  std::uint64_t writable;  ///< bits that keep what is written, or that a one clears
  std::uint64_t reset;
};

constexpr std::uint32_t kChannelBase = 0x80;  ///< of channel 0; each takes 0x80
constexpr unsigned kXferCapLog2 = 20;         ///< a descriptor moves at most 1 MiB [I]

constexpr std::array<RegSpec, kRegs> kRegisters{{
    {Reg::ChanCnt, 0x00, 1, "CHANCNT", RegAccess::ReadOnly, 0, 1},
    {Reg::XferCap, 0x01, 1, "XFERCAP", RegAccess::ReadOnly, 0, kXferCapLog2},
    {Reg::GenCtrl, 0x02, 1, "GENCTRL", RegAccess::ReadWrite, 0x01, 0},
    {Reg::IntrCtrl, 0x03, 1, "INTRCTRL", RegAccess::SideEffect, 0x09, 0},
    {Reg::AttnStatus, 0x04, 4, "ATTNSTATUS", RegAccess::SideEffect, 0, 0},
    {Reg::CbVer, 0x08, 1, "CBVER", RegAccess::ReadOnly, 0, 0},  // of the model, see identity.hpp
    {Reg::PerPortOffset, 0x0A, 2, "PERPORTOFFSET", RegAccess::ReadOnly, 0, 0},
    {Reg::IntrDelay, 0x0C, 2, "INTRDELAY", RegAccess::ReadOnly, 0, 0},  // no coalescing [MA]
    {Reg::CsStatus, 0x0E, 2, "CS_STATUS", RegAccess::ReadOnly, 0, 0},
    {Reg::DmaCapability, 0x10, 4, "DMACAPABILITY", RegAccess::ReadOnly, 0, 0x40},  // block fill
    {Reg::ChanCtrl, 0x80, 2, "CHANCTRL", RegAccess::SideEffect, 0xF33C, 0},
    {Reg::DmaComp, 0x82, 2, "DMACOMP", RegAccess::ReadOnly, 0, 0x2},
    {Reg::ChanCmd, 0x84, 1, "CHANCMD", RegAccess::SideEffect, 0, 0},
    {Reg::DmaCount, 0x86, 2, "DMACOUNT", RegAccess::SideEffect, 0xFFFF, 0},
    {Reg::ChanSts, 0x88, 8, "CHANSTS", RegAccess::SideEffect, 0, 0},
    {Reg::ChainAddr, 0x90, 8, "CHAINADDR", RegAccess::SideEffect, ~0ull, 0},
    {Reg::ChanCmp, 0x98, 8, "CHANCMP", RegAccess::ReadWrite, ~0x7ull, 0},  // on 8 bytes
    {Reg::Cdar, 0xA0, 8, "CDAR", RegAccess::SideEffect, 0, 0},
    {Reg::ChanErr, 0xA8, 4, "CHANERR", RegAccess::WriteOneClears, 0x7FFFF, 0},
    {Reg::ChanErrMask, 0xAC, 4, "CHANERRMASK", RegAccess::ReadWrite, 0x7FFFF, 0},
}};

constexpr const RegSpec& spec_of(Reg reg) { return kRegisters[static_cast<unsigned>(reg)]; }
constexpr bool of_channel(Reg reg) { return spec_of(reg).offset >= kChannelBase; }

constexpr bool registers_are_sound() {
  std::uint32_t end = 0;
  for (unsigned i = 0; i < kRegs; ++i) {
    const RegSpec& r = kRegisters[i];
    if (static_cast<unsigned>(r.reg) != i || r.offset % r.bytes != 0 || r.offset < end) return false;
    end = r.offset + r.bytes;
  }
  return true;
}
static_assert(registers_are_sound(), "kRegisters is indexed by Reg, its registers are aligned and apart");

// INTRCTRL
constexpr std::uint64_t kIntrMaster = 0x01;  ///< a read clears it
constexpr std::uint64_t kIntrStatus = 0x02;  ///< ATTNSTATUS is not zero
constexpr std::uint64_t kIntrActive = 0x04;  ///< both
constexpr std::uint64_t kIntrMsix = 0x08;    ///< interrupts are MSI-X messages, whatever kIntrMaster says

// CHANCTRL
constexpr std::uint64_t kCtrlInterrupted = 0x0001;  ///< an interrupt was raised, none follows; a one clears it
constexpr std::uint64_t kCtrlErrorCompletion = 0x0004;
constexpr std::uint64_t kCtrlErrorInterrupt = 0x0010;

// CHANCMD
constexpr std::uint64_t kCmdSuspend = 0x04;
constexpr std::uint64_t kCmdResume = 0x10;
constexpr std::uint64_t kCmdReset = 0x20;  ///< reads as one until the reset is done

/// CHANSTS bits 2:0, and of what a completion writes to memory.
enum class Status : std::uint8_t { Active = 0, Idle = 1, Suspended = 2, Halted = 3, Armed = 4 };
constexpr std::uint64_t kCompletedMask = ~0x3Full;  ///< address of the last descriptor completed

/// CHANERR.
enum class Error : std::uint32_t {
  None = 0,
  NextAlign = 1u << 3,    ///< a descriptor's next one does not lie on 64 bytes
  ChainAddress = 1u << 4, ///< CHAINADDR does not
  ReadData = 1u << 8,     ///< of a descriptor [I: DPDK's name] or of a source
  WriteData = 1u << 9,
  Control = 1u << 10,     ///< an operation it does not have
  Length = 1u << 11,      ///< zero, or beyond XFERCAP
  CompletionAddress = 1u << 12,
  Interrupt = 1u << 13,
};

}  // namespace phbsim::arch::ioat
