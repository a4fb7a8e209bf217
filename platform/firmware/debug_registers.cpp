// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ppc64/spr.hpp"
#include "platform/firmware/debug_target.hpp"
#include "platform/firmware/gdb_protocol.hpp"

namespace phbsim::firmware {

using Kind = DebugRegister::Kind;
namespace spr = arch::ppc64::spr;

// In the order and with the sizes of GDB's power64-core and power-fpu features; then a feature of our own.
const std::array<DebugRegister, kDebugRegisterCount> kDebugRegisters{{
    {"r0", Kind::Gpr, 0, 8, "uint64"},
    {"r1", Kind::Gpr, 1, 8, "uint64"},
    {"r2", Kind::Gpr, 2, 8, "uint64"},
    {"r3", Kind::Gpr, 3, 8, "uint64"},
    {"r4", Kind::Gpr, 4, 8, "uint64"},
    {"r5", Kind::Gpr, 5, 8, "uint64"},
    {"r6", Kind::Gpr, 6, 8, "uint64"},
    {"r7", Kind::Gpr, 7, 8, "uint64"},
    {"r8", Kind::Gpr, 8, 8, "uint64"},
    {"r9", Kind::Gpr, 9, 8, "uint64"},
    {"r10", Kind::Gpr, 10, 8, "uint64"},
    {"r11", Kind::Gpr, 11, 8, "uint64"},
    {"r12", Kind::Gpr, 12, 8, "uint64"},
    {"r13", Kind::Gpr, 13, 8, "uint64"},
    {"r14", Kind::Gpr, 14, 8, "uint64"},
    {"r15", Kind::Gpr, 15, 8, "uint64"},
    {"r16", Kind::Gpr, 16, 8, "uint64"},
    {"r17", Kind::Gpr, 17, 8, "uint64"},
    {"r18", Kind::Gpr, 18, 8, "uint64"},
    {"r19", Kind::Gpr, 19, 8, "uint64"},
    {"r20", Kind::Gpr, 20, 8, "uint64"},
    {"r21", Kind::Gpr, 21, 8, "uint64"},
    {"r22", Kind::Gpr, 22, 8, "uint64"},
    {"r23", Kind::Gpr, 23, 8, "uint64"},
    {"r24", Kind::Gpr, 24, 8, "uint64"},
    {"r25", Kind::Gpr, 25, 8, "uint64"},
    {"r26", Kind::Gpr, 26, 8, "uint64"},
    {"r27", Kind::Gpr, 27, 8, "uint64"},
    {"r28", Kind::Gpr, 28, 8, "uint64"},
    {"r29", Kind::Gpr, 29, 8, "uint64"},
    {"r30", Kind::Gpr, 30, 8, "uint64"},
    {"r31", Kind::Gpr, 31, 8, "uint64"},
    {"pc", Kind::Pc, 0, 8, "code_ptr"},
    {"msr", Kind::Msr, 0, 8, "uint64"},
    {"cr", Kind::Cr, 0, 4, "uint32"},
    {"lr", Kind::Lr, 0, 8, "code_ptr"},
    {"ctr", Kind::Ctr, 0, 8, "uint64"},
    {"xer", Kind::Xer, 0, 4, "uint32"},
    {"f0", Kind::Absent, 0, 8, "ieee_double"},
    {"f1", Kind::Absent, 1, 8, "ieee_double"},
    {"f2", Kind::Absent, 2, 8, "ieee_double"},
    {"f3", Kind::Absent, 3, 8, "ieee_double"},
    {"f4", Kind::Absent, 4, 8, "ieee_double"},
    {"f5", Kind::Absent, 5, 8, "ieee_double"},
    {"f6", Kind::Absent, 6, 8, "ieee_double"},
    {"f7", Kind::Absent, 7, 8, "ieee_double"},
    {"f8", Kind::Absent, 8, 8, "ieee_double"},
    {"f9", Kind::Absent, 9, 8, "ieee_double"},
    {"f10", Kind::Absent, 10, 8, "ieee_double"},
    {"f11", Kind::Absent, 11, 8, "ieee_double"},
    {"f12", Kind::Absent, 12, 8, "ieee_double"},
    {"f13", Kind::Absent, 13, 8, "ieee_double"},
    {"f14", Kind::Absent, 14, 8, "ieee_double"},
    {"f15", Kind::Absent, 15, 8, "ieee_double"},
    {"f16", Kind::Absent, 16, 8, "ieee_double"},
    {"f17", Kind::Absent, 17, 8, "ieee_double"},
    {"f18", Kind::Absent, 18, 8, "ieee_double"},
    {"f19", Kind::Absent, 19, 8, "ieee_double"},
    {"f20", Kind::Absent, 20, 8, "ieee_double"},
    {"f21", Kind::Absent, 21, 8, "ieee_double"},
    {"f22", Kind::Absent, 22, 8, "ieee_double"},
    {"f23", Kind::Absent, 23, 8, "ieee_double"},
    {"f24", Kind::Absent, 24, 8, "ieee_double"},
    {"f25", Kind::Absent, 25, 8, "ieee_double"},
    {"f26", Kind::Absent, 26, 8, "ieee_double"},
    {"f27", Kind::Absent, 27, 8, "ieee_double"},
    {"f28", Kind::Absent, 28, 8, "ieee_double"},
    {"f29", Kind::Absent, 29, 8, "ieee_double"},
    {"f30", Kind::Absent, 30, 8, "ieee_double"},
    {"f31", Kind::Absent, 31, 8, "ieee_double"},
    {"fpscr", Kind::Absent, 32, 8, "uint64"},
    {"srr0", Kind::Spr, spr::kSrr0, 8, "code_ptr"},
    {"srr1", Kind::Spr, spr::kSrr1, 8, "uint64"},
    {"hsrr0", Kind::Spr, spr::kHsrr0, 8, "code_ptr"},
    {"hsrr1", Kind::Spr, spr::kHsrr1, 8, "uint64"},
    {"dar", Kind::Spr, spr::kDar, 8, "data_ptr"},
    {"dsisr", Kind::Spr, spr::kDsisr, 4, "uint32"},
    {"sprg0", Kind::Spr, spr::kSprg0, 8, "uint64"},
    {"sprg1", Kind::Spr, spr::kSprg0 + 1, 8, "uint64"},
    {"sprg2", Kind::Spr, spr::kSprg0 + 2, 8, "uint64"},
    {"sprg3", Kind::Spr, spr::kSprg3, 8, "uint64"},
    {"lpcr", Kind::Spr, spr::kLpcr, 8, "uint64"},
    {"hid0", Kind::Spr, spr::kHid0, 8, "uint64"},
    {"dec", Kind::Spr, spr::kDec, 8, "uint64"},
    {"tb", Kind::Spr, spr::kTb, 8, "uint64"},
    {"pvr", Kind::Spr, spr::kPvr, 4, "uint32"},
}};

std::string target_description() {
  constexpr std::size_t kSprs = kCoreRegisters + kFloatRegisters;
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
      "<architecture>powerpc:common64</architecture>\n<feature name=\"org.gnu.gdb.power.core\">\n";
  for (std::size_t i = 0; i < kDebugRegisters.size(); ++i) {
    const DebugRegister& r = kDebugRegisters[i];
    if (i == kCoreRegisters) xml += "</feature>\n<feature name=\"org.gnu.gdb.power.fpu\">\n";
    if (i == kSprs) xml += "</feature>\n<feature name=\"phbsim.power.spr\">\n";
    xml += "<reg name=\"" + std::string(r.name) + "\" bitsize=\"" + std::to_string(8 * r.bytes) + "\" type=\"" +
           std::string(r.type) + "\"" + (i >= kSprs ? " group=\"system\"" : "") + "/>\n";
  }
  return xml + "</feature>\n</target>\n";
}

}  // namespace phbsim::firmware
