// SPDX-License-Identifier: Apache-2.0
/// Caches and order (Power ISA Book II 4.3-4.6). There are no caches: dcbz and icbi act, others do nothing. The core
/// is in order, so barriers only reach Bus::barrier().
#include "models/arch/ppc64/execute_memory.hpp"

namespace phbsim::arch::ppc64 {
namespace {

const Decoded* dcbz(Machine& m, const Decoded* d) {
  const std::uint64_t line = address<Address::X>(m, d) & ~std::uint64_t{kLineBytes - 1};
  for (unsigned offset = 0; offset < kLineBytes; offset += 8)
    if (!m.store(d, line + offset, std::uint64_t{0})) return nullptr;
  return d + 1;
}

const Decoded* icbi(Machine& m, const Decoded* d) {
  const std::uint64_t ea = address<Address::X>(m, d) & m.ea_mask;
  const RealAddr line = m.real(ea) & ~RealAddr{kLineBytes - 1};
  m.reset_code(line, kLineBytes);
  m.bus.code_changed(line);
  return d + 1;
}

const Decoded* sync(Machine& m, const Decoded* d) {
  constexpr Hint kByL[] = {Hint::HeavySync, Hint::LightSync, Hint::Ptesync, Hint::Other};
  m.bus.barrier(kByL[d->x & 3]);
  return d + 1;
}
template <Hint H>
const Decoded* barrier(Machine& m, const Decoded* d) {
  m.bus.barrier(H);
  return d + 1;
}

constexpr Binding kHandlers[] = {
    {"dcbz", &dcbz},
    {"dcbst", &no_operation},
    {"dcbf", &no_operation},
    {"dcbt", &no_operation},
    {"dcbtst", &no_operation},
    {"icbi", &icbi},
    {"icbt", &no_operation},
    {"sync", &sync},
    {"eieio", &barrier<Hint::Eieio>},
    {"isync", &barrier<Hint::Isync>},
};

}  // namespace

Bindings cache_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
