// SPDX-License-Identifier: Apache-2.0
/// The frame by which software hands the host agent what it has decided: a list of effects.
#pragma once

#include <cstdint>
#include <optional>

#include "models/arch/effect.hpp"
#include "models/base/endian.hpp"

namespace phbsim {

/// Four big-endian doublewords an effect: kind, address, value, bits to keep. A write of any number
/// of them is carried out in order and answered when the last one is done; with an error if the PHB
/// is fenced, and what followed is left undone.
struct EffectFrame {
  static constexpr unsigned kBytes = 32;  ///< an effect
  static constexpr std::uint64_t kMaxEffects = 1ull << 20;

  static void encode(const arch::Effect& e, unsigned char* p) {
    store_be64(p, static_cast<std::uint64_t>(e.kind));
    store_be64(p + 8, e.addr);
    store_be64(p + 16, e.value);
    store_be64(p + 24, e.keep);
  }
  /// Nothing for a kind that does not exist.
  static std::optional<arch::Effect> decode(const unsigned char* p) {
    const std::uint64_t kind = load_be64(p);
    if (kind > static_cast<std::uint64_t>(arch::Effect::Kind::ReadSet)) return std::nullopt;
    return arch::Effect{static_cast<arch::Effect::Kind>(kind), load_be64(p + 8), load_be64(p + 16), load_be64(p + 24)};
  }
};

}  // namespace phbsim
