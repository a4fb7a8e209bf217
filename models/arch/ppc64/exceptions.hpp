// SPDX-License-Identifier: Apache-2.0
/// Interrupt vectors (Power ISA 3.0 Book III 6.5).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/base/bits.hpp"

namespace phbsim::arch::ppc64 {

enum class Exception : std::uint8_t {
  SystemReset, MachineCheck, DataStorage, DataSegment, InstructionStorage, InstructionSegment, External, Alignment,
  Program, FpUnavailable, Decrementer, HypervisorDecrementer, Doorbell, SystemCall, Trace, HypervisorDataStorage,
  HypervisorInstructionStorage, HypervisorEmulation, HypervisorMaintenance, HypervisorDoorbell,
  HypervisorVirtualization, PerformanceMonitor, VectorUnavailable, VsxUnavailable, FacilityUnavailable,
  HypervisorFacilityUnavailable,
};
constexpr unsigned kExceptions = 26;

enum class SavePair : std::uint8_t { Srr, Hsrr };
enum class Target : std::uint8_t {
  Hypervisor,  ///< MSR[HV] becomes 1
  Same,        ///< MSR[HV] stays
  Lpes,        ///< Hypervisor and HSRR if LPCR[LPES] is 0
};
enum class Source : std::uint8_t {
  Instruction,  ///< the instruction that was executed
  Line,         ///< Core::set_line()
  Timer,        ///< the time base
  Host,         ///< Core::system_reset(), errors of the bus
  NotModelled,  ///< never taken here: translation, performance monitor, transactional memory
};

struct Vector {
  Exception exception;
  std::string_view name;
  std::uint32_t offset;
  SavePair pair;
  Target target;
  Source source;
  bool needs_ee;  ///< MSR[EE], or a state below the hypervisor
};

constexpr std::array<Vector, kExceptions> kVectors{{
    {Exception::SystemReset, "system reset", 0x100, SavePair::Srr, Target::Hypervisor, Source::Host, false},
    {Exception::MachineCheck, "machine check", 0x200, SavePair::Srr, Target::Hypervisor, Source::Host, false},
    {Exception::DataStorage, "data storage", 0x300, SavePair::Srr, Target::Same, Source::NotModelled, false},
    {Exception::DataSegment, "data segment", 0x380, SavePair::Srr, Target::Same, Source::NotModelled, false},
    {Exception::InstructionStorage, "instruction storage", 0x400, SavePair::Srr, Target::Same, Source::NotModelled,
     false},
    {Exception::InstructionSegment, "instruction segment", 0x480, SavePair::Srr, Target::Same, Source::NotModelled,
     false},
    {Exception::External, "external", 0x500, SavePair::Srr, Target::Lpes, Source::Line, true},
    {Exception::Alignment, "alignment", 0x600, SavePair::Srr, Target::Same, Source::Instruction, false},
    {Exception::Program, "program", 0x700, SavePair::Srr, Target::Same, Source::Instruction, false},
    {Exception::FpUnavailable, "floating-point unavailable", 0x800, SavePair::Srr, Target::Same, Source::Instruction,
     false},
    {Exception::Decrementer, "decrementer", 0x900, SavePair::Srr, Target::Same, Source::Timer, true},
    {Exception::HypervisorDecrementer, "hypervisor decrementer", 0x980, SavePair::Hsrr, Target::Hypervisor,
     Source::Timer, true},
    {Exception::Doorbell, "directed privileged doorbell", 0xA00, SavePair::Srr, Target::Same, Source::Line, true},
    {Exception::SystemCall, "system call", 0xC00, SavePair::Srr, Target::Same, Source::Instruction, false},
    {Exception::Trace, "trace", 0xD00, SavePair::Srr, Target::Same, Source::Instruction, false},
    {Exception::HypervisorDataStorage, "hypervisor data storage", 0xE00, SavePair::Hsrr, Target::Hypervisor,
     Source::NotModelled, false},
    {Exception::HypervisorInstructionStorage, "hypervisor instruction storage", 0xE20, SavePair::Hsrr,
     Target::Hypervisor, Source::NotModelled, false},
    {Exception::HypervisorEmulation, "hypervisor emulation assistance", 0xE40, SavePair::Hsrr, Target::Hypervisor,
     Source::Instruction, false},
    {Exception::HypervisorMaintenance, "hypervisor maintenance", 0xE60, SavePair::Hsrr, Target::Hypervisor,
     Source::Line, true},
    {Exception::HypervisorDoorbell, "directed hypervisor doorbell", 0xE80, SavePair::Hsrr, Target::Hypervisor,
     Source::Line, true},
    {Exception::HypervisorVirtualization, "hypervisor virtualization", 0xEA0, SavePair::Hsrr, Target::Hypervisor,
     Source::Line, true},
    {Exception::PerformanceMonitor, "performance monitor", 0xF00, SavePair::Srr, Target::Same, Source::NotModelled,
     true},
    {Exception::VectorUnavailable, "vector unavailable", 0xF20, SavePair::Srr, Target::Same, Source::Instruction,
     false},
    {Exception::VsxUnavailable, "VSX unavailable", 0xF40, SavePair::Srr, Target::Same, Source::Instruction, false},
    {Exception::FacilityUnavailable, "facility unavailable", 0xF60, SavePair::Srr, Target::Same, Source::NotModelled,
     false},
    {Exception::HypervisorFacilityUnavailable, "hypervisor facility unavailable", 0xF80, SavePair::Hsrr,
     Target::Hypervisor, Source::NotModelled, false},
}};

constexpr const Vector& vector(Exception e) { return kVectors[static_cast<unsigned>(e)]; }

/// Why a program interrupt came: SRR1 bits 43-46.
namespace program {
constexpr std::uint64_t kIllegal = ppc_bit(44), kPrivileged = ppc_bit(45), kTrap = ppc_bit(46);
}  // namespace program

/// LPCR: where interrupts go, what wakes a thread.
namespace lpcr {
constexpr std::uint64_t kIle = ppc_bit(38), kHeic = ppc_bit(59), kLpes0 = ppc_bit(60), kHvice = ppc_bit(62),
                        kHdice = ppc_bit(63);
/// POWER8: LPCR[49:51]; POWER9: [47:51].
constexpr std::uint64_t kPeceHvee = ppc_bit(17), kPeceDoorbell = ppc_bit(47), kPeceHDoorbell = ppc_bit(48),
                        kPeceExternal = ppc_bit(49), kPeceDecrementer = ppc_bit(50), kPeceMachineCheck = ppc_bit(51);
constexpr std::uint64_t kLd = ppc_bit(46);  ///< large decrementer
}  // namespace lpcr

}  // namespace phbsim::arch::ppc64
