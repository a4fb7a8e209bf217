// SPDX-License-Identifier: Apache-2.0
/// A debugger on a cpu::Cpu: it takes the processor's stop and poll hooks and serves GDB in its thread.
///
/// What a stop means without a debugger, or after it has gone, is decided by the handler that is given.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "models/arch/ppc64/elf.hpp"
#include "models/cpu/cpu.hpp"
#include "platform/firmware/gdb_server.hpp"

namespace phbsim::firmware {

struct CpuDebuggerOptions {
  std::string where = "0";                                       ///< see GdbServer
  bool wait = true;                                              ///< for a debugger, before the first instruction
  arch::ppc64::ImageOrder order = arch::ppc64::ImageOrder::Big;  ///< of what GDB takes the target for
};

class CpuDebugger final : private DebugTarget {
 public:
  using StopHandler = std::function<cpu::Cpu::Action(const cpu::Cpu::Stop&)>;

  CpuDebugger(cpu::Cpu& cpu, const CpuDebuggerOptions& options, StopHandler without);

  const std::string& address() const { return server_.address(); }
  /// A command of "monitor"; the text it prints, lines ended.
  void add_monitor(const std::string& name, const std::string& help, std::function<std::string()> command);
  /// Called when the debugger kills the program, whose processor then ends.
  void on_kill(std::function<void()> handler) { on_kill_ = std::move(handler); }
  /// The program is over.
  void exited(unsigned status) { server_.exited(status); }

 private:
  cpu::Cpu::Action stopped(const cpu::Cpu::Stop& stop);
  DebugStop reason(const cpu::Cpu::Stop& stop) const;
  std::string registers();

  // DebugTarget
  bool little_endian() const override { return options_.order == arch::ppc64::ImageOrder::Little; }
  std::uint64_t read_register(const DebugRegister& r) override;
  void write_register(const DebugRegister& r, std::uint64_t value) override;
  bool read_memory(std::uint64_t addr, unsigned char* bytes, std::uint64_t count) override;
  bool write_memory(std::uint64_t addr, const unsigned char* bytes, std::uint64_t count) override;
  bool insert(Point point, std::uint64_t addr, std::uint64_t bytes) override;
  bool remove(Point point, std::uint64_t addr, std::uint64_t bytes) override;
  void remove_all() override;
  std::string monitor(const std::string& command) override;

  struct PointKey {
    std::uint64_t addr;
    std::uint64_t bytes;
    Point point;
    bool operator<(const PointKey& o) const {
      return addr != o.addr ? addr < o.addr : bytes != o.bytes ? bytes < o.bytes : point < o.point;
    }
  };
  struct Monitor {
    std::string help;
    std::function<std::string()> command;
  };

  cpu::Cpu& cpu_;
  CpuDebuggerOptions options_;
  StopHandler without_;
  std::function<void()> on_kill_;
  std::map<PointKey, unsigned> points_;  ///< how often each was inserted
  std::map<std::string, Monitor> monitors_;
  bool asked_ = false;  ///< by the debugger, to stop
  GdbServer server_;
};

}  // namespace phbsim::firmware
