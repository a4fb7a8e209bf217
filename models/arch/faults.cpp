// SPDX-License-Identifier: Apache-2.0
#include "models/arch/faults.hpp"

namespace phbsim::arch {

static_assert([] {
  for (unsigned i = 0; i < kFaults; ++i)
    if (static_cast<unsigned>(kFaultTable[i].fault) != i) return false;
  return true;
}(), "kFaultTable is indexed by Fault");

PestEntry make_pest(Fault fault, TransactionType type, Rid rid, BusAddr addr, std::uint16_t msi_data) {
  const FaultSpec& s = spec_of(fault);
  // LEM numbers are not public: 0x2A is seen for UR and CA, else 0x20 + block [MA].
  const bool completion = fault == Fault::CompletionUr || fault == Fault::CompletionCa;
  const std::uint64_t lem = completion ? 0x2A : 0x20 + static_cast<unsigned>(s.block);
  PestEntry pest;
  pest.word0 = ppc_bit(0) | Field<5, 7>::make(static_cast<unsigned>(type)) | Field<26, 31>::make(lem) |
               Field<32, 47>::make(rid) | Field<48, 63>::make(msi_data);
  if (s.pest_bit != kNoBit) pest.word0 |= ppc_bit(s.pest_bit);
  if (completion) pest.word0 |= ppc_bit(2);  // MMIO cause
  pest.word1 = ppc_bit(0) | (addr & ppc_mask(3, 63));
  return pest;
}

}  // namespace phbsim::arch
