// SPDX-License-Identifier: Apache-2.0
// Registers whose rows are strict; of the tables TVT, MIST and MBT.
#include "models/arch/checker/rule.hpp"
#include "models/arch/outbound.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

namespace {

constexpr std::uint64_t kTveUndefined = ppc_mask(57, 58);
constexpr std::uint64_t kM64Undefined = ppc_mask(32, 33);

class ReservedField final : public Rule {
 public:
  explicit ReservedField(const RuleView& view) : Rule(view, RuleId::ReservedField) {}

  void register_written(const RegisterAccess& a) override {
    if (a.spec == nullptr) return;
    if (a.entry) {
      table_written(a);
    } else if (a.spec->strict) {
      // A set bit that is written back as it is asks for nothing.
      found(a, {a.offset, 0}, state().file().reserved_bits(*a.spec, a.value) & a.value, register_name(*a.spec));
    }
  }

 private:
  void table_written(const RegisterAccess& a) {
    const Key key{static_cast<std::uint64_t>(a.table) << 32 | 1, a.index};
    switch (a.table) {
      case IodaTableId::Tvt: {
        const std::string name = "TVE " + std::to_string(a.index);
        const std::uint64_t bits = a.value & kTveUndefined;
        const Tve tve = decode_tve(a.value, facts(), state().options().allow_any_page_size);
        if (bits == 0 && a.value != 0 && tve.kind == Tve::Kind::Invalid) {
          report(key, a.index / state().tves_per_pe(), text::hex(a.value) + " was written to " + name + ": no kind of TVE that is defined",
                 {{"tve", a.index}, {"value", a.value}});
          break;
        }
        found(a, key, bits, name);
        break;
      }
      case IodaTableId::Mist: {
        if (facts().generation == Generation::Phb3) break;  // LXIVT
        std::uint64_t reserved = 0;
        for (unsigned quarter = 0; quarter < 4; ++quarter) {
          if (a.mist_mask == 0 || (a.mist_mask & 8u >> quarter) != 0)
            reserved |= std::uint64_t{static_cast<std::uint16_t>(~kMistWritable)} << (48 - 16 * quarter);
        }
        found(a, key, a.value & reserved, "MIST entry " + std::to_string(a.index));
        break;
      }
      case IodaTableId::Mbt:
        found(a, key,
              a.value & (facts().generation == Generation::Phb3 ? kM64Undefined
                         : a.index % 2 == 0                     ? ~kMbtWord0
                                                                : ~kMbtWord1),
              "MBT word " + std::to_string(a.index));
        break;
      default:
        break;
    }
  }

  void found(const RegisterAccess& a, const Key& key, std::uint64_t bits, const std::string& name) {
    if (bits == 0) {
      forget(key);
      return;
    }
    report(key, kNoPe, text::hex(a.value) + " was written to " + name + ": bits " + text::hex(bits) + " are not defined",
           {{"offset", a.offset}, {"value", a.value}, {"reserved", bits}, {"index", a.entry ? a.index : 0}});
  }
};

}  // namespace

std::unique_ptr<Rule> make_reserved_field(const RuleView& view) { return std::make_unique<ReservedField>(view); }

}  // namespace phbsim::arch::checker
