// SPDX-License-Identifier: Apache-2.0
#include "models/tce/policy/set_hash.hpp"

namespace phbsim::tce {
namespace {
class ModuloHash final : public SetHash {
  std::uint64_t hash(PeNumber, std::uint64_t page) const override { return page; }
};
}  // namespace
std::unique_ptr<SetHash> make_modulo_hash() { return std::make_unique<ModuloHash>(); }
}  // namespace phbsim::tce
