// SPDX-License-Identifier: Apache-2.0
#include "models/arch/opal/opal_phb.hpp"

#include "models/arch/rtt.hpp"
#include "models/arch/tce_kill.hpp"

namespace phbsim::arch::opal {

namespace {

constexpr std::uint64_t kDeviceBits = 0xF8;
constexpr std::uint64_t kFunctionBits = 0x7;

/// log2 of a page size, 0 (which no check accepts) if it is no power of two.
unsigned page_shift_of(std::uint64_t size) { return is_power_of_two(size) ? log2_floor(size) : 0; }

void write_tve(Effects& effects, std::uint64_t window_id, std::uint64_t word) {
  write(effects, Reg::IodaAddr, IodaTable::make(static_cast<std::uint64_t>(IodaTableId::Tvt)) | window_id);
  write(effects, Reg::IodaData, word);
}

/// CTRLR bit of an option, 0 if there is no such option.
std::uint64_t option_bit(std::uint64_t option, const GenerationFacts& facts) {
  if (!facts.firmware_options) return 0;
  return option == kOptionTve1Above4G ? kCtrlrTve1Above4G : option == kOptionMmioEehDisable ? kCtrlrMmioEehDisable : 0;
}

}  // namespace

Code OpalPhb::set_pe(std::uint64_t pe, std::uint64_t bdfn, std::uint64_t bcmp, std::uint64_t dcmp, std::uint64_t fcmp,
                     std::uint64_t action, Effects& effects) const {
  // Without an RTT firmware for PHB3 refuses, that for PHB4 always has one; so refuse anywhere [MA].
  if (!phb_.rtt_enabled()) return Code::Hardware;
  if (action != kUnmapPe && action != kMapPe) return Code::Parameter;
  if (pe >= phb_.facts().max_pes || bdfn >= kRttEntries || bcmp > kBusAll || dcmp > 1 || fcmp > 1) {
    return Code::Parameter;
  }
  std::uint64_t mask = 0;
  if (bcmp != kBusAny) mask |= 0xFF00 & ~low_mask(static_cast<unsigned>(15 - bcmp));
  if (dcmp != 0) mask |= kDeviceBits;
  if (fcmp != 0) mask |= kFunctionBits;
  const std::uint64_t owner = action == kMapPe ? pe : phb_.facts().max_pes - 1;  // the last is reserved [F 0.1]
  for (std::uint64_t rid = 0; rid < kRttEntries; ++rid) {
    if (((rid ^ bdfn) & mask) == 0) {
      store2(effects, rte_address(phb_.rtt_base(), static_cast<Rid>(rid)), static_cast<std::uint16_t>(owner));
    }
  }
  write(effects, Reg::RtcInvalidate, kRtcAll);
  return Code::Success;
}

/// Firmware keeps to two windows a PE, whatever CTRLR could select [F].
bool OpalPhb::owns_window(std::uint64_t pe, std::uint64_t window_id) const {
  return pe < phb_.facts().max_pes && window_id >> 1 == pe;
}

Code OpalPhb::map_pe_dma_window(std::uint64_t pe, std::uint64_t window_id, std::uint64_t levels, RealAddr table_addr,
                                std::uint64_t table_size, std::uint64_t page_size, Effects& effects) const {
  if (!owns_window(pe, window_id)) return Code::Parameter;
  std::uint64_t word = 0;
  if (table_size != 0) {
    if (levels > kMaxLevels) return Code::Parameter;
    // The low 12 bits of the address find no place in the TVE and no check [F: none in 7.6].
    const WindowShape shape{static_cast<unsigned>(levels), table_addr & kTceRpnMask, table_size,
                            page_shift_of(page_size)};
    if (!check_shape(shape, phb_.facts()).empty()) return Code::Parameter;
    word = encode_translated(shape);
  }
  write_tve(effects, window_id, word);
  return Code::Success;
}

Code OpalPhb::map_pe_dma_window_real(std::uint64_t pe, std::uint64_t window_id, BusAddr start, std::uint64_t size,
                                     Effects& effects) const {
  if (!owns_window(pe, window_id)) return Code::Parameter;
  std::uint64_t word = 0;
  if (size != 0) {
    if (!check_bypass(start, size, static_cast<unsigned>(window_id & 1)).empty()) return Code::Parameter;
    word = encode_bypass(start, size, phb_.facts());
  }
  write_tve(effects, window_id, word);
  return Code::Success;
}

Code OpalPhb::tce_kill(std::uint64_t type, std::uint64_t pe, std::uint64_t tce_size, BusAddr addr,
                       std::uint64_t npages, Effects& effects) const {
  const GenerationFacts& facts = phb_.facts();
  if (!facts.firmware_kills) return Code::Unsupported;
  if (type > kKillTypeAll) return Code::Parameter;
  // Firmware sees the fence when its first wait for a slot reads all ones: before size and alignment.
  if (phb_.fenced()) return Code::Hardware;
  const auto number = static_cast<PeNumber>(pe & facts.kill_pe_mask);  // masked, not checked [F: no check in 7.6]
  std::vector<std::uint64_t> words;
  if (type == kKillTypeAll) {
    words.push_back(encode_kill_all());
  } else if (type == kKillTypePe || options_.page_kills_as_pe) {
    words.push_back(encode_kill_pe(number));
  } else {
    const unsigned shift = page_shift_of(tce_size);
    if (!supports_page_shift(facts, shift) || addr >= kDmaLimit || addr & low_mask(shift)) return Code::Parameter;
    if (npages > kMaxKillPages) return Code::Resource;
    // Firmware finds out on the way that a run leaves the address space; here nothing happens [MA].
    if (npages != 0 && (npages - 1) << shift >= kDmaLimit - addr) return Code::Parameter;
    for (std::uint64_t i = 0; i < npages; ++i) {
      words.push_back(encode_kill_one(number, addr + (i << shift), shift, facts));
    }
  }
  plan_kills(words, true, effects, facts.sync_has_writes);
  return Code::Success;
}

Code OpalPhb::phb_set_option(std::uint64_t option, std::uint64_t setting, Effects& effects) const {
  const std::uint64_t bit = option_bit(option, phb_.facts());
  if (bit == 0) return Code::Unsupported;
  if (setting > 1) return Code::Parameter;
  update(effects, Reg::Ctrlr, ~bit, setting != 0 ? bit : 0);
  return Code::Success;
}

Code OpalPhb::phb_get_option(std::uint64_t option, std::uint64_t& setting) const {
  const std::uint64_t bit = option_bit(option, phb_.facts());
  if (bit == 0) return Code::Unsupported;
  setting = (phb_.reg(Reg::Ctrlr) & bit) != 0 ? 1 : 0;
  return Code::Success;
}

Code OpalPhb::call(std::uint64_t token, const std::vector<std::uint64_t>& args, Effects& effects) const {
  const CallSpec* spec = find_call(token);
  if (spec == nullptr) return Code::Unsupported;
  if (args.size() != spec->args) return Code::Parameter;
  switch (spec->call) {
    case Call::SetPe:
      return set_pe(args[0], args[1], args[2], args[3], args[4], args[5], effects);
    case Call::MapPeDmaWindow:
      return map_pe_dma_window(args[0], args[1], args[2], args[3], args[4], args[5], effects);
    case Call::MapPeDmaWindowReal:
      return map_pe_dma_window_real(args[0], args[1], args[2], args[3], effects);
    case Call::TceKill:
      return tce_kill(args[0], args[1], args[2], args[3], args[4], effects);
    case Call::PhbSetOption:
      return phb_set_option(args[0], args[1], effects);
    case Call::PhbGetOption:
      break;
  }
  if (args[1] == 0) return Code::Parameter;  // a null pointer, found before anything else [F]
  std::uint64_t setting = 0;
  const Code code = phb_get_option(args[0], setting);
  if (code == Code::Success) store(effects, args[1], setting);
  return code;
}

}  // namespace phbsim::arch::opal
