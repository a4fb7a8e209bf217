// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "models/arch/ppc64/core.hpp"
#include "models/arch/ppc64/spr.hpp"
#include "models/base/endian.hpp"
#include "models/base/text.hpp"
#include "tests/arch/ppc64/qemu/vectors.hpp"

namespace phbsim::arch::ppc64 {
namespace {

class TwoAreas final : public Bus {
 public:
  BusResult load(RealAddr, unsigned char*, unsigned, Access) override { return BusResult::Error; }
  BusResult store(RealAddr, const unsigned char*, unsigned, Access) override { return BusResult::Error; }
  DirectPage direct(RealAddr page) override {
    if (page >= VECTOR_SLOTS && page < VECTOR_SLOTS + code.size()) return {code.data() + (page - VECTOR_SLOTS), true};
    if (page >= VECTOR_DATA && page < VECTOR_DATA + data.size()) return {data.data() + (page - VECTOR_DATA), true};
    return {};
  }
  std::uint64_t timebase() override { return 0; }

  std::vector<unsigned char> code = std::vector<unsigned char>(0x1'0000);
  std::vector<unsigned char> data = std::vector<unsigned char>(0x1'0000);
};

std::uint64_t landing(const Core& core, const Stop& stop) {
  constexpr std::uint64_t kIll = VECTOR_SIGNAL + 4;
  const std::uint64_t nip = core.state().nip;
  if (stop.reason == StopReason::Unknown) return kIll;
  if (nip == VECTOR_CODE + 8) return VECTOR_FALL_THROUGH;
  if (nip == vector(Exception::Program).offset) {
    return (core.read_spr(spr::kSrr1) & program::kTrap) != 0 ? VECTOR_SIGTRAP : kIll;
  }
  if (nip == vector(Exception::Alignment).offset) return VECTOR_SIGBUS;
  if (nip >= VECTOR_SLOTS && nip % VECTOR_SLOT_BYTES == 0) return (nip - VECTOR_SLOTS) / VECTOR_SLOT_BYTES;
  return nip;
}

}  // namespace

std::vector<vector_state> run_vectors(const std::vector<TestVector>& vectors, bool little) {
  TwoAreas bus;
  CoreOptions options;
  options.translation = Translation::Identity;
  Core core(options, bus);
  CpuState& s = core.state();
  const std::uint64_t user = msr::kSf | msr::kPr | msr::kEe | msr::kMe | msr::kIr | msr::kDr | (little ? msr::kLe : 0);
  std::vector<vector_state> results;
  for (const TestVector& v : vectors) {
    const vector_state& in = v.input.state;
    unsigned char* code = bus.code.data() + (VECTOR_CODE - VECTOR_SLOTS);
    for (const std::uint32_t w : {v.input.prepare, v.input.word}) {
      if (little) store_le32(code, w);
      else store_be32(code, w);
      code += 4;
    }
    core.invalidate_decoded(VECTOR_CODE, 8);
    std::copy_n(in.data, VECTOR_DATA_BYTES, bus.data.begin());
    core.set_msr(user);
    std::copy_n(in.gpr, 32, s.gpr.begin());
    s.cr = static_cast<std::uint32_t>(in.cr);
    s.xer.set(in.xer);
    s.lr = in.lr;
    s.ctr = in.ctr;
    s.reservation = {};
    s.nip = VECTOR_CODE;
    const Stop stop = core.run(2);

    vector_state out{};
    std::copy_n(s.gpr.begin(), 32, out.gpr);
    out.cr = s.cr;
    out.xer = s.xer.get();
    out.lr = s.lr;
    out.ctr = s.ctr;
    out.landing = landing(core, stop);
    std::copy_n(bus.data.begin(), VECTOR_DATA_BYTES, out.data);
    results.push_back(out);
  }
  return results;
}

std::string differences(const TestVector& vector, const vector_state& here, const vector_state& there) {
  std::string out;
  const vector_state& in = vector.input.state;
  const auto compare = [&out](const std::string& what, std::uint64_t before, std::uint64_t mine, std::uint64_t other) {
    if (mine != other)
      out += "  " + what + ": " + text::hex(before) + " -> " + text::hex(mine) + ", QEMU " + text::hex(other) + "\n";
  };
  for (unsigned i = 0; i < 32; ++i) compare("r" + std::to_string(i), in.gpr[i], here.gpr[i], there.gpr[i]);
  compare("cr", in.cr, here.cr, there.cr);
  compare("xer", in.xer, here.xer, there.xer);
  compare("lr", in.lr, here.lr, there.lr);
  compare("ctr", in.ctr, here.ctr, there.ctr);
  compare("landing", 0, here.landing, there.landing);
  for (unsigned i = 0; i < VECTOR_DATA_BYTES; ++i)
    compare("byte " + std::to_string(i), in.data[i], here.data[i], there.data[i]);
  if (out.empty()) return out;
  std::string operands_in;
  for (unsigned i = 0; i < 32; ++i) operands_in += " r" + std::to_string(i) + "=" + text::hex(in.gpr[i]);
  return text::hex(vector.input.word) + " " + disassemble(vector.input.word, VECTOR_CODE + 4) + ", xer " +
         text::hex(in.xer) + ", cr " + text::hex(in.cr) + "," + operands_in + "\n" + out;
}

}  // namespace phbsim::arch::ppc64
