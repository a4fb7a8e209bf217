// SPDX-License-Identifier: Apache-2.0
/// PCIe link parameters and the arithmetic of bytes and time on the wire (performance.md 3.1).
#pragma once

#include <array>
#include <cstdint>

#include "models/base/types.hpp"

namespace phbsim::pcie {

struct LinkParams {
  unsigned gen = 4;      ///< 1..5
  unsigned lanes = 16;   ///< 1, 2, 4, 8, 16
  unsigned mps = 256;    ///< max payload of a write or completion TLP, bytes
  unsigned mrrs = 512;   ///< max read request, bytes
  unsigned rcb = 128;    ///< read completion boundary, bytes
  bool ecrc = true;      ///< 4 bytes per TLP; firmware enables it (phb.md 8.1)
  bool dllp_overhead = true;            ///< Ack, flow control and skip share of the wire
  Tick propagation = 65 * kPsPerNs;     ///< PHY and transaction layers, one way [MA]
  unsigned tags = 256;                  ///< reads in flight per device [MA]
  // Receive buffers of the PHB: headers, and data in 16-byte units; 0 = infinite [MA].
  unsigned credit_p_headers = 64;
  unsigned credit_p_data = 1024;
  unsigned credit_np_headers = 64;
  unsigned credit_np_data = 0;
  unsigned credit_cpl_headers = 0;
  unsigned credit_cpl_data = 0;
  // Receive buffers of the device; endpoints advertise infinite completion credits.
  unsigned device_p_headers = 32;
  unsigned device_p_data = 256;
  unsigned device_np_headers = 32;
  unsigned device_np_data = 0;
  unsigned device_cpl_headers = 0;
  unsigned device_cpl_data = 0;
  Tick credit_return = 80 * kPsPerNs;   ///< buffer free to credit usable at the sender [MA]
};

/// Limit between Acks (and flow-control updates) in symbol times, base specification tables.
constexpr unsigned ack_limit(unsigned gen, unsigned lanes, unsigned mps) {
  // Gen1 values; Gen2 adds 51, Gen3 and later add 96 symbols of internal delay.
  constexpr std::array<std::array<unsigned, 3>, 5> kGen1{{
      {237, 416, 559}, {128, 217, 289}, {73, 118, 154}, {67, 107, 86}, {48, 72, 86}}};
  const unsigned row = lanes >= 16 ? 4 : lanes >= 8 ? 3 : lanes >= 4 ? 2 : lanes >= 2 ? 1 : 0;
  const unsigned column = mps <= 128 ? 0 : mps <= 256 ? 1 : 2;
  return kGen1[row][column] + (gen == 1 ? 0 : gen == 2 ? 51 : 96);
}

/// Time on the wire as an exact rational: picoseconds = bytes * num / den.
struct WireRate {
  std::uint64_t num;
  std::uint64_t den;
};

constexpr WireRate wire_rate(const LinkParams& p) {
  // Transfers per 10 us and lane; a byte takes 8 bits at the encoding's efficiency.
  constexpr std::uint64_t kTenthGt[6] = {0, 25, 50, 80, 160, 320};
  const std::uint64_t gt10 = kTenthGt[p.gen];
  // raw: ps per byte = 8 bits * 1000 ps/ns * 10 / gt10 * encoding / lanes
  WireRate r{80000, gt10 * p.lanes};
  if (p.gen <= 2) {
    r.num *= 10;
    r.den *= 8;
  } else {
    r.num *= 130;
    r.den *= 128;
  }
  if (p.dllp_overhead) {
    // share for TLPs: 1 - 8/limit (Ack) - 8/limit (UpdateFC) - 4/1538 (skip ordered sets)
    const std::uint64_t limit = ack_limit(p.gen, p.lanes, p.mps);
    r.num *= limit * 1538;
    r.den *= limit * 1538 - 16 * 1538 - 4 * limit;
  }
  return r;
}

/// Framing, sequence number, header, LCRC and ECRC of one TLP, bytes.
constexpr unsigned request_overhead(const LinkParams& p, bool address64) {
  return 8 + (address64 ? 16 : 12) + (p.ecrc ? 4 : 0);
}
constexpr unsigned completion_overhead(const LinkParams& p) { return 8 + 12 + (p.ecrc ? 4 : 0); }

/// A request may use the short header if its address fits 32 bits.
constexpr bool needs_address64(BusAddr addr) { return (addr >> 32) != 0; }

}  // namespace phbsim::pcie
