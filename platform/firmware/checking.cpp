// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/checking.hpp"

#include "models/base/text.hpp"

namespace phbsim::firmware {

namespace {

arch::checker::Where where(Machine& machine, const arch::ppc64::Image& image) {
  const arch::ppc64::CpuState& s = machine.cpu().core().state();
  arch::checker::Where w;
  w.at = machine.now();
  w.place = "pc " + text::hex(s.nip);
  if (const std::string symbol = image.symbols.lookup(s.nip); !symbol.empty()) w.place += " " + symbol;
  if (const std::string symbol = image.symbols.lookup(s.lr); !symbol.empty()) w.place += ", lr in " + symbol;
  for (unsigned i = 0; i < 32; ++i) w.registers.emplace_back("r" + std::to_string(i), s.gpr[i]);
  w.registers.emplace_back("lr", s.lr);
  w.registers.emplace_back("ctr", s.ctr);
  w.registers.emplace_back("cr", s.cr);
  w.registers.emplace_back("msr", s.msr);
  return w;
}

}  // namespace

std::unique_ptr<build::Checking> check(Machine& machine, const arch::ppc64::Image& image) {
  auto checking = std::make_unique<build::Checking>(machine.system(), machine.memory_end());
  checking->checker().where = [&machine, &image] { return where(machine, image); };
  return checking;
}

}  // namespace phbsim::firmware
