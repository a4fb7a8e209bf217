// SPDX-License-Identifier: Apache-2.0
/// What firmware does for the operating system with one PHB's DMA windows, PEs and TCE cache: checks
/// as phb.md 7.6 lists them, then the effects of vectors G1 to G5. It decides on the architected
/// state and changes nothing itself. Each call answers with a code and appends to `effects` what has
/// to be done; nothing if the code is not SUCCESS.
///
/// Arguments are 64 bits wide throughout and checked as such: one beyond the range of the real
/// call's narrower parameter is out of range here, too [MA].
#pragma once

#include <cstdint>
#include <vector>

#include "models/arch/effect.hpp"
#include "models/arch/opal/calls.hpp"
#include "models/arch/phb_state.hpp"

namespace phbsim::arch::opal {

struct OpalOptions {
  /// Erratum HW560152: a page kill may be lost, so firmware kills the whole PE and looks neither at
  /// size, address nor count [F 4.2].
  bool page_kills_as_pe = true;
};

// What set_pe does and how much of the bus it compares [F]. Device and function: 0 any, 1 equal.
constexpr std::uint64_t kUnmapPe = 0;
constexpr std::uint64_t kMapPe = 1;
constexpr std::uint64_t kBusAny = 0;
constexpr std::uint64_t kBusAll = 7;  ///< n of 1..7 compares the top n + 1 bits

constexpr std::uint64_t kKillTypePages = 0;
constexpr std::uint64_t kKillTypePe = 1;
constexpr std::uint64_t kKillTypeAll = 2;
/// A longer run of page kills is RESOURCE: it would be a list without bound [MA]. Firmware takes any
/// 32-bit count.
constexpr std::uint64_t kMaxKillPages = 1 << 20;

constexpr std::uint64_t kOptionTve1Above4G = 1;
constexpr std::uint64_t kOptionMmioEehDisable = 2;

class OpalPhb {
 public:
  explicit OpalPhb(const PhbState& phb, const OpalOptions& options = {}) : phb_(phb), options_(options) {}

  /// Points the RTEs of all RIDs that compare equal to `bdfn` at `pe`, or at the reserved PE.
  Code set_pe(std::uint64_t pe, std::uint64_t bdfn, std::uint64_t bcmp, std::uint64_t dcmp, std::uint64_t fcmp,
              std::uint64_t action, Effects& effects) const;
  /// `table_size` is that of one table, 0 disables the window. No kill is part of it.
  Code map_pe_dma_window(std::uint64_t pe, std::uint64_t window_id, std::uint64_t levels, RealAddr table_addr,
                         std::uint64_t table_size, std::uint64_t page_size, Effects& effects) const;
  Code map_pe_dma_window_real(std::uint64_t pe, std::uint64_t window_id, BusAddr start, std::uint64_t size,
                              Effects& effects) const;
  Code tce_kill(std::uint64_t type, std::uint64_t pe, std::uint64_t tce_size, BusAddr addr, std::uint64_t npages,
                Effects& effects) const;
  Code phb_set_option(std::uint64_t option, std::uint64_t setting, Effects& effects) const;
  Code phb_get_option(std::uint64_t option, std::uint64_t& setting) const;

  /// The same by token. `args` come after the PHB's id; a wrong number of them is PARAMETER, an
  /// unknown token UNSUPPORTED. Results behind a pointer become stores to that real address.
  Code call(std::uint64_t token, const std::vector<std::uint64_t>& args, Effects& effects) const;

 private:
  bool owns_window(std::uint64_t pe, std::uint64_t window_id) const;

  const PhbState& phb_;
  OpalOptions options_;
};

}  // namespace phbsim::arch::opal
