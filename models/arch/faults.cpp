// SPDX-License-Identifier: Apache-2.0
#include "models/arch/faults.hpp"

namespace phbsim::arch {

static_assert([] {
  for (unsigned i = 0; i < kFaults; ++i)
    if (static_cast<unsigned>(kFaultTable[i].fault) != i) return false;
  return true;
}(), "kFaultTable is indexed by Fault");

static_assert([] {
  for (const FaultSpec& s : kFaultTable) {
    const FaultEffect p3 = effect_of(s.fault, Generation::Phb3, firmware_enables(Generation::Phb3));
    const FaultEffect p4 = effect_of(s.fault, Generation::Phb4, firmware_enables(Generation::Phb4));
    if (p3.freeze != p4.freeze || p3.fence != p4.fence) return false;
  }
  return true;
}(), "PHB3's bits are chosen so that firmware's masks do the same to a fault");

PestEntry make_pest(Fault fault, TransactionType type, Rid rid, BusAddr addr, std::uint16_t msi_data) {
  const FaultSpec& s = spec_of(fault);
  const bool completion = fault == Fault::CompletionUr || fault == Fault::CompletionCa;
  const std::uint64_t lem = lem_bit_of(fault, s.block);
  PestEntry pest;
  const bool config = type == TransactionType::ConfigRead || type == TransactionType::ConfigWrite;
  pest.word0 = ppc_bit(0) | Field<5, 7>::make(static_cast<unsigned>(config ? TransactionType::Other : type)) |
               Field<26, 31>::make(lem) |
               Field<32, 47>::make(rid) | Field<48, 63>::make(msi_data);
  if (s.pest_bit != kNoBit) pest.word0 |= ppc_bit(s.pest_bit);
  if (completion || config) pest.word0 |= ppc_bit(2);  // MMIO cause
  if (config) pest.word0 |= ppc_bit(type == TransactionType::ConfigRead ? 3 : 4);
  pest.word1 = ppc_bit(0) | (addr & ppc_mask(3, 63));
  return pest;
}

}  // namespace phbsim::arch
