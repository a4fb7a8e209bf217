// SPDX-License-Identifier: Apache-2.0
/// The C header of a register table: what firmware includes. Text only, no state of a model.
///
/// A name that means the same in all generations that have it is defined once. Where a register or
/// a field lies elsewhere in some, the plain name is the newest generation's, and the others get
/// their generations as a suffix: PHB_CONFIG_ADDRESS_PE and PHB_CONFIG_ADDRESS_PE_PHB3. A register
/// with several names has all of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/register_spec.hpp"

namespace phbsim::registers {

/// One #define.
struct Define {
  std::string name;
  std::string value;
  std::string comment;
  bool starts_group = false;  ///< an empty line comes first
};

/// Names and what they stand for in which generations.
class Names {
 public:
  /// `place` is kept: definitions can be sorted by it. A name has one value in a generation.
  void add(const std::string& name, arch::Generations g, const std::string& value, std::uint32_t place,
           const std::string& comment = {});
  struct Placed {
    Define define;
    std::uint32_t place = 0;
  };
  /// In the order in which the names came, with generations as suffix where that is needed.
  std::vector<Placed> resolve() const;

 private:
  struct Meaning {
    arch::Generations generations = 0;
    std::string value;
    std::string comment;
    std::uint32_t place = 0;
  };
  std::map<std::string, std::vector<Meaning>> meanings_;
  std::vector<std::string> order_;
};

/// Every register and field of a table, in order of offset.
std::vector<Define> register_defines(const arch::RegTable& table);

/// "PPC_BIT(0)" or "PPC_BITMASK(8, 46)".
std::string bits_text(unsigned first, unsigned last);
/// "PHB3", "PHB4, PHB5", or nothing for all.
std::string generations_text(arch::Generations g);
/// "PHB3: text".
std::string comment_of(arch::Generations g, std::string_view text);

/// firmware-stubs/include/phb_registers.h.
std::string phb_c_header();
/// firmware-stubs/include/pec_registers.h.
std::string pec_c_header();

/// Guards, the helper macros PPC_BIT .. GETFIELD (once, however many headers are included), `body`.
std::string c_header_frame(std::string_view guard, std::string_view about, const std::string& body);
std::string defines_text(const std::vector<Define>& defines);

}  // namespace phbsim::registers
