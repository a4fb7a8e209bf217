// SPDX-License-Identifier: Apache-2.0
/// What a debugger may ask of a stopped processor, and the registers it knows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace phbsim::firmware {

/// A register as GDB sees it. Its number is its place in kDebugRegisters.
struct DebugRegister {
  enum class Kind : std::uint8_t {
    Gpr,
    Pc,
    Msr,
    Cr,
    Lr,
    Ctr,
    Xer,
    Spr,
    Absent,  ///< GDB wants to know of it, the processor has none: it is shown as unavailable
  };
  std::string_view name;
  Kind kind;
  unsigned number;  ///< of a GPR or SPR
  unsigned bytes;
  std::string_view type;  ///< of target descriptions
};

constexpr unsigned kCoreRegisters = 38;   ///< those of org.gnu.gdb.power.core
constexpr unsigned kFloatRegisters = 33;  ///< org.gnu.gdb.power.fpu; GDB 13 aborts in `finish` without them
constexpr unsigned kDebugRegisterCount = kCoreRegisters + kFloatRegisters + 15;
extern const std::array<DebugRegister, kDebugRegisterCount> kDebugRegisters;

/// Kinds of the Z packets, by their number.
enum class Point : std::uint8_t { Software, Hardware, Write, Read, Access };

class DebugTarget {
 public:
  virtual bool little_endian() const = 0;
  virtual std::uint64_t read_register(const DebugRegister& r) = 0;
  virtual void write_register(const DebugRegister& r, std::uint64_t value) = 0;
  /// All of it, or false.
  virtual bool read_memory(std::uint64_t addr, unsigned char* bytes, std::uint64_t count) = 0;
  virtual bool write_memory(std::uint64_t addr, const unsigned char* bytes, std::uint64_t count) = 0;
  /// False if there is no such point here.
  virtual bool insert(Point point, std::uint64_t addr, std::uint64_t bytes) = 0;
  virtual bool remove(Point point, std::uint64_t addr, std::uint64_t bytes) = 0;
  /// The debugger is gone: no point of it stays.
  virtual void remove_all() = 0;
  /// Text of a monitor command, lines ended.
  virtual std::string monitor(const std::string& command) = 0;

 protected:
  ~DebugTarget() = default;
};

/// Why a processor stands still, in GDB's numbers of signals.
struct DebugStop {
  static constexpr unsigned kInterrupt = 2, kIllegal = 4, kTrap = 5, kBus = 10, kSegment = 11;
  unsigned signal = kTrap;
  bool watchpoint = false;
  Point watch = Point::Write;
  std::uint64_t address = 0;  ///< of a watchpoint
  std::string text;           ///< printed on the debugger's console if not empty
};

enum class DebugResume : std::uint8_t { Continue, Step, Kill, Detach };

}  // namespace phbsim::firmware
