// SPDX-License-Identifier: Apache-2.0
/// The C header of a register table: what firmware includes. Text only, no state of a model.
///
/// A name that means the same in all generations that have it is defined once. Where a register or
/// a field lies elsewhere in some, the plain name is the newest generation's, and the others get
/// their generations as a suffix: PHB_CONFIG_ADDRESS_PE and PHB_CONFIG_ADDRESS_PE_PHB3. A register
/// with several names has all of them.
#pragma once

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

/// Guards, the helper macros PPC_BIT .. GETFIELD (once, however many headers are included), `body`.
std::string c_header_frame(std::string_view guard, std::string_view about, const std::string& body);
std::string defines_text(const std::vector<Define>& defines);

}  // namespace phbsim::registers
