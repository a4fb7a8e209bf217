// SPDX-License-Identifier: Apache-2.0
/// Stores (Power ISA Book I 3.3.3-3.3.7).
#include "models/arch/ppc64/execute_memory.hpp"

namespace phbsim::arch::ppc64 {
namespace {

template <typename T, Address A>
const Decoded* store(Machine& m, const Decoded* d) {
  const std::uint64_t ea = address<A>(m, d);
  if (!m.store(d, ea, static_cast<T>(m.gpr(d->rt)))) return nullptr;
  if constexpr (updates(A)) m.gpr(d->ra) = ea;
  return d + 1;
}

template <typename T>
const Decoded* store_reversed(Machine& m, const Decoded* d) {
  if (!m.store(d, address<Address::X>(m, d), swapped(static_cast<T>(m.gpr(d->rt))))) return nullptr;
  return d + 1;
}

const Decoded* stmw(Machine& m, const Decoded* d) {
  std::uint64_t ea = address<Address::D>(m, d);
  if (m.le) return m.raise_alignment(d, ea);
  for (unsigned r = d->rt; r < 32; ++r, ea += 4)
    if (!m.store(d, ea, static_cast<std::uint32_t>(m.gpr(r)))) return nullptr;
  return d + 1;
}

const Decoded* store_string(Machine& m, const Decoded* d, std::uint64_t ea, unsigned bytes) {
  if (m.le) return m.raise_alignment(d, ea);
  for (unsigned r = d->rt; bytes != 0; r = (r + 1) & 31) {
    const auto value = static_cast<std::uint32_t>(m.gpr(r));
    if (bytes >= 4) {
      if (!m.store(d, ea, value)) return nullptr;
      ea += 4;
      bytes -= 4;
      continue;
    }
    for (unsigned shift = 24; bytes != 0; shift -= 8, ++ea, --bytes)
      if (!m.store(d, ea, static_cast<std::uint8_t>(value >> shift))) return nullptr;
  }
  return d + 1;
}
const Decoded* stswi(Machine& m, const Decoded* d) {
  return store_string(m, d, m.base(d->ra), d->rb == 0 ? 32 : d->rb);
}
const Decoded* stswx(Machine& m, const Decoded* d) {
  return store_string(m, d, address<Address::X>(m, d), m.st.xer.count);
}

const Decoded* stq(Machine& m, const Decoded* d) {
  const std::uint64_t ea = address<Address::D>(m, d);
  if ((ea & 15) != 0) return m.raise_alignment(d, ea);
  unsigned char bytes[16];
  m.to_bytes(bytes + (m.le ? 8 : 0), m.gpr(d->rt));
  m.to_bytes(bytes + (m.le ? 0 : 8), m.gpr(d->rt + 1u));
  return m.store_bytes(d, ea, bytes, 16, Access::Data) ? d + 1 : nullptr;
}
void prepare_stq(Decoded& d, unsigned) {
  if (d.rt % 2 != 0) d.run = &Machine::unknown;
}

template <typename T>
constexpr Binding store_binding(std::string_view mnemonic) {
  return {mnemonic, &store<T, Address::D>};
}
template <typename T>
constexpr Binding indexed(std::string_view mnemonic) {
  return {mnemonic, &store<T, Address::X>};
}
template <typename T, Address A>
constexpr Binding updating(std::string_view mnemonic) {
  return {mnemonic, &store<T, A>, nullptr, nullptr, nullptr, &check_update<false>};
}
constexpr auto kD = Address::DUpdate, kX = Address::XUpdate;

constexpr Binding kHandlers[] = {
    store_binding<std::uint8_t>("stb"), updating<std::uint8_t, kD>("stbu"),
    indexed<std::uint8_t>("stbx"), updating<std::uint8_t, kX>("stbux"),
    store_binding<std::uint16_t>("sth"), updating<std::uint16_t, kD>("sthu"),
    indexed<std::uint16_t>("sthx"), updating<std::uint16_t, kX>("sthux"),
    store_binding<std::uint32_t>("stw"), updating<std::uint32_t, kD>("stwu"),
    indexed<std::uint32_t>("stwx"), updating<std::uint32_t, kX>("stwux"),
    store_binding<std::uint64_t>("std"), updating<std::uint64_t, kD>("stdu"),
    indexed<std::uint64_t>("stdx"), updating<std::uint64_t, kX>("stdux"),
    {"sthbrx", &store_reversed<std::uint16_t>},
    {"stwbrx", &store_reversed<std::uint32_t>},
    {"stdbrx", &store_reversed<std::uint64_t>},
    {"stmw", &stmw},
    {"stswi", &stswi},
    {"stswx", &stswx},
    {"stq", &stq, nullptr, nullptr, nullptr, &prepare_stq},
};

}  // namespace

Bindings store_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
