// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/cpu_debugger.hpp"

#include <fmt/format.h>

#include <utility>

#include "models/arch/ppc64/spr.hpp"

namespace phbsim::firmware {

using arch::ppc64::StopReason;
using arch::ppc64::Watch;
using cpu::Cpu;
using Kind = DebugRegister::Kind;

CpuDebugger::CpuDebugger(Cpu& cpu, const CpuDebuggerOptions& options, StopHandler without)
    : cpu_(cpu), options_(options), without_(std::move(without)), server_(options.where, *this) {
  add_monitor("registers", "all registers", [this] { return registers(); });
  add_monitor("time", "simulated time, time base and instructions", [this] {
    const Tick now = cpu_.local_time();
    return fmt::format("time {}.{:06} us, time base {}, {} instructions, {} bus accesses\n", now / kPsPerUs,
                       now % kPsPerUs, cpu_.timebase_at(now), cpu_.core().executed(), cpu_.counters().accesses);
  });
  cpu_.on_stop([this](const Cpu::Stop& stop) { return stopped(stop); });
  cpu_.on_poll([this] { return asked_ = server_.poll(); });
  if (options.wait) cpu_.stop_at_start();
}

void CpuDebugger::add_monitor(const std::string& name, const std::string& help, std::function<std::string()> command) {
  monitors_[name] = {help, std::move(command)};
}

Cpu::Action CpuDebugger::stopped(const Cpu::Stop& stop) {
  if (options_.wait) server_.wait_for_debugger();
  options_.wait = false;
  if (!server_.connected()) return without_(stop);
  const DebugResume how = server_.stopped(reason(stop));
  asked_ = false;
  switch (how) {
    case DebugResume::Continue:
      return Cpu::Action::Continue;
    case DebugResume::Step:
      return Cpu::Action::Step;
    case DebugResume::Kill:
      if (on_kill_) on_kill_();
      return Cpu::Action::End;
    case DebugResume::Detach:
      break;
  }
  // Alone again: what was the debugger's is over, what the program did is for the other handler.
  const bool debuggers = stop.reason == StopReason::Count || stop.reason == StopReason::Breakpoint ||
                         stop.reason == StopReason::Watchpoint;
  return debuggers ? Cpu::Action::Continue : without_(stop);
}

DebugStop CpuDebugger::reason(const Cpu::Stop& stop) const {
  DebugStop d;
  switch (stop.reason) {
    case StopReason::Count:
      if (asked_) d.signal = DebugStop::kInterrupt;
      return d;
    case StopReason::Watchpoint:
      d.watchpoint = true;
      d.address = stop.address;
      for (const auto& [key, count] : points_)
        if (key.point >= Point::Write && stop.address - key.addr < key.bytes) d.watch = key.point;
      return d;
    case StopReason::Unknown:
      d.signal = DebugStop::kIllegal;
      break;
    case StopReason::Translation:
      d.signal = DebugStop::kSegment;
      break;
    case StopReason::Checkstop:
      d.signal = DebugStop::kBus;
      break;
    default:
      return d;
  }
  d.text = cpu_.describe(stop);
  return d;
}

std::uint64_t CpuDebugger::read_register(const DebugRegister& r) {
  const auto& s = std::as_const(cpu_).core().state();
  switch (r.kind) {
    case Kind::Gpr:
      return s.gpr[r.number];
    case Kind::Pc:
      return s.nip;
    case Kind::Msr:
      return s.msr;
    case Kind::Cr:
      return s.cr;
    case Kind::Lr:
      return s.lr;
    case Kind::Ctr:
      return s.ctr;
    case Kind::Xer:
      return s.xer.get();
    case Kind::Absent:
      return 0;
    case Kind::Spr:
      break;
  }
  return cpu_.core().read_spr(r.number);
}

void CpuDebugger::write_register(const DebugRegister& r, std::uint64_t value) {
  auto& s = cpu_.core().state();
  switch (r.kind) {
    case Kind::Gpr:
      s.gpr[r.number] = value;
      break;
    case Kind::Pc:
      s.nip = value & ~std::uint64_t{3};
      break;
    case Kind::Msr:
      cpu_.core().set_msr(value);
      break;
    case Kind::Cr:
      s.cr = static_cast<std::uint32_t>(value);
      break;
    case Kind::Lr:
      s.lr = value;
      break;
    case Kind::Ctr:
      s.ctr = value;
      break;
    case Kind::Xer:
      s.xer.set(value);
      break;
    case Kind::Spr:
      cpu_.core().write_spr(r.number, value);
      break;
    case Kind::Absent:
      break;
  }
}

bool CpuDebugger::read_memory(std::uint64_t addr, unsigned char* bytes, std::uint64_t count) {
  return cpu_.read_memory(addr, bytes, count);
}

bool CpuDebugger::write_memory(std::uint64_t addr, const unsigned char* bytes, std::uint64_t count) {
  return cpu_.write_memory(addr, bytes, count);
}

bool CpuDebugger::insert(Point point, std::uint64_t addr, std::uint64_t bytes) {
  const bool code = point <= Point::Hardware;
  if (code ? addr % 4 != 0 : bytes == 0) return false;
  if (points_[{addr, bytes, point}]++ != 0) return true;
  if (code) {
    cpu_.core().add_breakpoint(addr);
  } else {
    cpu_.core().add_watchpoint(addr, bytes,
                               point == Point::Write  ? Watch::Write
                               : point == Point::Read ? Watch::Read
                                                      : Watch::Access);
  }
  return true;
}

bool CpuDebugger::remove(Point point, std::uint64_t addr, std::uint64_t bytes) {
  const auto it = points_.find({addr, bytes, point});
  if (it == points_.end()) return false;
  if (--it->second != 0) return true;
  points_.erase(it);
  if (point >= Point::Write) {
    cpu_.core().remove_watchpoint(addr, bytes,
                                  point == Point::Write  ? Watch::Write
                                  : point == Point::Read ? Watch::Read
                                                         : Watch::Access);
    return true;
  }
  // The core has one breakpoint at an address, whatever kind the debugger calls it.
  for (const auto& [key, count] : points_)
    if (key.addr == addr && key.point <= Point::Hardware) return true;
  cpu_.core().remove_breakpoint(addr);
  return true;
}

void CpuDebugger::remove_all() {
  for (auto& [key, count] : points_) count = 1;
  while (!points_.empty()) {
    const PointKey key = points_.begin()->first;
    remove(key.point, key.addr, key.bytes);
  }
}

std::string CpuDebugger::registers() {
  std::string text;
  unsigned column = 0;
  for (const DebugRegister& r : kDebugRegisters) {
    if (r.kind == Kind::Absent) continue;
    if (column != 0) text += column % 4 == 0 ? "\n" : "  ";
    text += fmt::format("{:>6} {:0{}x}", r.name, read_register(r), 2 * r.bytes);
    ++column;
  }
  return text + "\n";
}

std::string CpuDebugger::monitor(const std::string& command) {
  const auto it = monitors_.find(command);
  if (it != monitors_.end()) return it->second.command();
  std::string text = command == "help" ? "" : "unknown command \"" + command + "\"\n";
  for (const auto& [name, m] : monitors_) text += fmt::format("{:<12} {}\n", name, m.help);
  return text;
}

}  // namespace phbsim::firmware
