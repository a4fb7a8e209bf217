// SPDX-License-Identifier: Apache-2.0
/// Loads (Power ISA Book I 3.3.2, 3.3.4-3.3.7).
#include "models/arch/ppc64/execute_memory.hpp"

namespace phbsim::arch::ppc64 {
namespace {

/// T as it lies in memory; a signed T is extended.
template <typename T, Address A>
const Decoded* load(Machine& m, const Decoded* d) {
  const std::uint64_t ea = address<A>(m, d);
  std::make_unsigned_t<T> value;
  if (!m.load(d, ea, value)) return nullptr;
  m.gpr(d->rt) = static_cast<std::uint64_t>(static_cast<T>(value));
  if constexpr (updates(A)) m.gpr(d->ra) = ea;
  return d + 1;
}

template <typename T>
const Decoded* load_reversed(Machine& m, const Decoded* d) {
  T value;
  if (!m.load(d, address<Address::X>(m, d), value)) return nullptr;
  m.gpr(d->rt) = swapped(value);
  return d + 1;
}

const Decoded* lmw(Machine& m, const Decoded* d) {
  std::uint64_t ea = address<Address::D>(m, d);
  if (m.le) return m.raise_alignment(d, ea);
  for (unsigned r = d->rt; r < 32; ++r, ea += 4) {
    std::uint32_t value;
    if (!m.load(d, ea, value)) return nullptr;
    m.gpr(r) = value;
  }
  return d + 1;
}

const Decoded* load_string(Machine& m, const Decoded* d, std::uint64_t ea, unsigned bytes) {
  if (m.le) return m.raise_alignment(d, ea);
  for (unsigned r = d->rt; bytes != 0; r = (r + 1) & 31) {
    std::uint32_t value = 0;
    if (bytes >= 4) {
      if (!m.load(d, ea, value)) return nullptr;
      ea += 4;
      bytes -= 4;
    } else {
      for (unsigned shift = 24; bytes != 0; shift -= 8, ++ea, --bytes) {
        std::uint8_t byte;
        if (!m.load(d, ea, byte)) return nullptr;
        value |= std::uint32_t{byte} << shift;
      }
    }
    m.gpr(r) = value;
  }
  return d + 1;
}
unsigned count_of(const Decoded& d) { return d.rb == 0 ? 32 : d.rb; }
const Decoded* lswi(Machine& m, const Decoded* d) { return load_string(m, d, m.base(d->ra), count_of(*d)); }
void prepare_lswi(Decoded& d, unsigned) {
  if (in_string(d.rt, count_of(d), d.ra)) d.run = &Machine::unknown;
}
const Decoded* lswx(Machine& m, const Decoded* d) {
  const unsigned bytes = m.st.xer.count;
  if (bytes != 0 && ((d->ra != 0 && in_string(d->rt, bytes, d->ra)) || in_string(d->rt, bytes, d->rb)))
    return m.illegal(d);
  return load_string(m, d, address<Address::X>(m, d), bytes);
}

const Decoded* lq(Machine& m, const Decoded* d) {
  const std::uint64_t ea = address<Address::D>(m, d);
  if ((ea & 15) != 0) return m.raise_alignment(d, ea);
  unsigned char bytes[16];
  if (!m.load_bytes(d, ea, bytes, 16, Access::Data)) return nullptr;
  m.gpr(d->rt) = m.from_bytes<std::uint64_t>(bytes + (m.le ? 8 : 0));
  m.gpr(d->rt + 1u) = m.from_bytes<std::uint64_t>(bytes + (m.le ? 0 : 8));
  return d + 1;
}
void prepare_lq(Decoded& d, unsigned) {
  if (d.rt % 2 != 0 || d.rt == d.ra) d.run = &Machine::unknown;
}

template <typename T>
constexpr Binding load_binding(std::string_view mnemonic) {
  return {mnemonic, &load<T, Address::D>};
}
template <typename T>
constexpr Binding indexed(std::string_view mnemonic) {
  return {mnemonic, &load<T, Address::X>};
}
template <typename T, Address A>
constexpr Binding updating(std::string_view mnemonic) {
  return {mnemonic, &load<T, A>, nullptr, nullptr, nullptr, &check_update<true>};
}
constexpr auto kD = Address::DUpdate, kX = Address::XUpdate;

constexpr Binding kHandlers[] = {
    load_binding<std::uint8_t>("lbz"), updating<std::uint8_t, kD>("lbzu"),
    indexed<std::uint8_t>("lbzx"), updating<std::uint8_t, kX>("lbzux"),
    load_binding<std::uint16_t>("lhz"), updating<std::uint16_t, kD>("lhzu"),
    indexed<std::uint16_t>("lhzx"), updating<std::uint16_t, kX>("lhzux"),
    load_binding<std::int16_t>("lha"), updating<std::int16_t, kD>("lhau"),
    indexed<std::int16_t>("lhax"), updating<std::int16_t, kX>("lhaux"),
    load_binding<std::uint32_t>("lwz"), updating<std::uint32_t, kD>("lwzu"),
    indexed<std::uint32_t>("lwzx"), updating<std::uint32_t, kX>("lwzux"),
    load_binding<std::int32_t>("lwa"),
    indexed<std::int32_t>("lwax"), updating<std::int32_t, kX>("lwaux"),
    load_binding<std::uint64_t>("ld"), updating<std::uint64_t, kD>("ldu"),
    indexed<std::uint64_t>("ldx"), updating<std::uint64_t, kX>("ldux"),
    {"lhbrx", &load_reversed<std::uint16_t>},
    {"lwbrx", &load_reversed<std::uint32_t>},
    {"ldbrx", &load_reversed<std::uint64_t>},
    {"lmw", &lmw},
    {"lswi", &lswi, nullptr, nullptr, nullptr, &prepare_lswi},
    {"lswx", &lswx},
    {"lq", &lq, nullptr, nullptr, nullptr, &prepare_lq},
};

}  // namespace

Bindings load_bindings() { return {kHandlers, std::size(kHandlers)}; }

}  // namespace phbsim::arch::ppc64
