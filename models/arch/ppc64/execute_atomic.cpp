// SPDX-License-Identifier: Apache-2.0
/// Load and reserve, store conditional (Power ISA Book II 4.6.2), and the hypervisor's cache-inhibited accesses
/// (Book III 5.4.1). All of them demand alignment.
#include <algorithm>

#include "models/arch/ppc64/execute_memory.hpp"

namespace phbsim::arch::ppc64 {
namespace {

template <unsigned Bytes>
const Decoded* load_reserve(Machine& m, const Decoded* d) {
  const std::uint64_t ea = address<Address::X>(m, d);
  if (ea % Bytes != 0) return m.raise_alignment(d, ea);
  Reservation r;
  if (!m.load_bytes(d, ea, r.value.data(), Bytes, Access::Data)) return nullptr;
  r.held = true;
  r.bytes = Bytes;
  r.addr = m.real(ea & m.ea_mask);
  m.st.reservation = r;
  const unsigned char* p = r.value.data();
  if constexpr (Bytes == 1) m.gpr(d->rt) = *p;
  if constexpr (Bytes == 2) m.gpr(d->rt) = m.from_bytes<std::uint16_t>(p);
  if constexpr (Bytes == 4) m.gpr(d->rt) = m.from_bytes<std::uint32_t>(p);
  if constexpr (Bytes == 8) m.gpr(d->rt) = m.from_bytes<std::uint64_t>(p);
  if constexpr (Bytes == 16) {
    m.gpr(d->rt) = m.from_bytes<std::uint64_t>(p + (m.le ? 8 : 0));
    m.gpr(d->rt + 1u) = m.from_bytes<std::uint64_t>(p + (m.le ? 0 : 8));
  }
  return d + 1;
}
void check_pair_load(Decoded& d, unsigned) {
  if (d.rt % 2 != 0 || d.rt == d.ra || d.rt == d.rb || d.rt + 1 == d.ra || d.rt + 1 == d.rb)
    d.run = &Machine::unknown;
}

template <unsigned Bytes>
const Decoded* store_conditional(Machine& m, const Decoded* d) {
  const std::uint64_t ea = address<Address::X>(m, d);
  if (ea % Bytes != 0) return m.raise_alignment(d, ea);
  const Reservation r = m.st.reservation;
  m.st.reservation.held = false;
  bool stores = r.held && r.bytes == Bytes && r.addr == m.real(ea & m.ea_mask);
  if (stores) {
    unsigned char now[Bytes];
    if (!m.load_bytes(d, ea, now, Bytes, Access::Data)) return nullptr;
    stores = std::equal(now, now + Bytes, r.value.begin());
  }
  if (stores) {
    unsigned char bytes[Bytes];
    const std::uint64_t value = m.gpr(d->rt);
    if constexpr (Bytes == 1) bytes[0] = static_cast<unsigned char>(value);
    if constexpr (Bytes == 2) m.to_bytes(bytes, static_cast<std::uint16_t>(value));
    if constexpr (Bytes == 4) m.to_bytes(bytes, static_cast<std::uint32_t>(value));
    if constexpr (Bytes == 8) m.to_bytes(bytes, value);
    if constexpr (Bytes == 16) {
      m.to_bytes(bytes + (m.le ? 8 : 0), value);
      m.to_bytes(bytes + (m.le ? 0 : 8), m.gpr(d->rt + 1u));
    }
    if (!m.store_bytes(d, ea, bytes, Bytes, Access::Data)) return nullptr;
  }
  m.st.set_cr_field(0, (stores ? cr::kEq : 0) | m.st.xer.so);
  return d + 1;
}
void check_pair_store(Decoded& d, unsigned) {
  if (d.rt % 2 != 0) d.run = &Machine::unknown;
}

template <typename T>
const Decoded* load_inhibited(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Hypervisor)) return nullptr;
  const std::uint64_t ea = address<Address::X>(m, d);
  if (ea % sizeof(T) != 0) return m.raise_alignment(d, ea);
  unsigned char bytes[sizeof(T)];
  if (!m.load_bytes(d, ea, bytes, sizeof(T), Access::CacheInhibited)) return nullptr;
  m.gpr(d->rt) = m.from_bytes<T>(bytes);
  return d + 1;
}
template <typename T>
const Decoded* store_inhibited(Machine& m, const Decoded* d) {
  if (!m.allowed(d, Privilege::Hypervisor)) return nullptr;
  const std::uint64_t ea = address<Address::X>(m, d);
  if (ea % sizeof(T) != 0) return m.raise_alignment(d, ea);
  unsigned char bytes[sizeof(T)];
  m.to_bytes(bytes, static_cast<T>(m.gpr(d->rt)));
  return m.store_bytes(d, ea, bytes, sizeof(T), Access::CacheInhibited) ? d + 1 : nullptr;
}

constexpr Binding kHandlers[] = {
    {"lbarx", &load_reserve<1>},
    {"lharx", &load_reserve<2>},
    {"lwarx", &load_reserve<4>},
    {"ldarx", &load_reserve<8>},
    {"lqarx", &load_reserve<16>, nullptr, nullptr, nullptr, &check_pair_load},
    {"stbcx.", &store_conditional<1>},
    {"sthcx.", &store_conditional<2>},
    {"stwcx.", &store_conditional<4>},
    {"stdcx.", &store_conditional<8>},
    {"stqcx.", &store_conditional<16>, nullptr, nullptr, nullptr, &check_pair_store},
    {"lbzcix", &load_inhibited<std::uint8_t>},
    {"lhzcix", &load_inhibited<std::uint16_t>},
    {"lwzcix", &load_inhibited<std::uint32_t>},
    {"ldcix", &load_inhibited<std::uint64_t>},
    {"stbcix", &store_inhibited<std::uint8_t>},
    {"sthcix", &store_inhibited<std::uint16_t>},
    {"stwcix", &store_inhibited<std::uint32_t>},
    {"stdcix", &store_inhibited<std::uint64_t>},
};

}  // namespace

Bindings atomic_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
