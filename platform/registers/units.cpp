// SPDX-License-Identifier: Apache-2.0
#include "platform/registers/units.hpp"

#include "models/base/check.hpp"

namespace phbsim::registers {

using namespace arch;

const std::vector<ActionText>& phb_actions() {
  using A = RegAction;
  static const std::vector<ActionText> kActions = {
      {A::None, "None", ""},
      {A::ChannelStatus, "ChannelStatus", "Read: what the inbound trap blocks hold."},
      {A::LoadStoreStatus, "LoadStoreStatus", "Read: what the outbound trap blocks hold."},
      {A::ErrorSummary, "ErrorSummary", "Read: which trap blocks hold an error."},
      {A::ConfigData, "ConfigData", "Access: a configuration cycle to the function that CONFIG_ADDRESS names."},
      {A::IodaData, "IodaData", "Access: the entry that IODA_ADDR selects; the index may advance."},
      {A::FfiLock, "FfiLock", "Read: takes the lock."},
      {A::DmaSync, "DmaSync", "Write of a start bit: its complete bit falls, and rises when DMA has drained."},
      {A::RtcInvalidate, "RtcInvalidate", "Write: drops cached RIDs."},
      {A::TceKill, "TceKill", "Write of a command bit: the TCE cache drops a page, a PE or everything."},
      {A::QuiesceDma, "QuiesceDma", "Read: responses and kills that are pending. Write: stops DMA."},
      {A::FfiRequest, "FfiRequest", "Write: fires an MSI."},
      {A::IvcInvalidate, "IvcInvalidate", "Write: drops cached IVEs."},
      {A::IvcUpdate, "IvcUpdate", "Write: changes an IVE."},
      {A::Control, "Control", "Write: TVE selection, EEH and interrupts follow at once."},
      {A::LemFirAnd, "LemFirAnd", "Write: FIR &= value."},
      {A::LemFirOr, "LemFirOr", "Write: FIR |= value."},
      {A::LemMaskAnd, "LemMaskAnd", "Write: error mask &= value."},
      {A::LemMaskOr, "LemMaskOr", "Write: error mask |= value."},
      {A::Status, "Status", "Write: the block's outputs follow."},
      {A::Inject, "Inject", "Write: sets status bits, as an error would."},
      {A::CoreReset, "CoreReset", "Write: resets parts of the core, or the link by PERST."},
      {A::Presence, "Presence", "Read: whether a card is there."},
      {A::TrainControl, "TrainControl", "Read: where link training is. Write: holds or lets go detection."},
      {A::LinkManagement, "LinkManagement", "Read: whether the link is active. Write: trains it again."},
      {A::LinkSpeed, "LinkSpeed", "Write: the link trains no faster."},
      {A::LinkErrors, "LinkErrors", "Read: errors of the link as well. Write: clears them."},
  };
  return kActions;
}

const std::vector<PecActionText>& pec_actions() {
  using A = PecAction;
  static const std::vector<PecActionText> kActions = {
      {A::None, ""},
      {A::Fir, "Write: the PHB is fenced if the errors, masks and actions say so."},
      {A::FirAnd, "Write: FIR &= value."},
      {A::FirOr, "Write: FIR |= value, with what follows from its errors."},
      {A::FirMask, "Write: what the FIR does follows."},
      {A::FirMaskAnd, "Write: mask &= value."},
      {A::FirMaskOr, "Write: mask |= value."},
      {A::FirAction, "Write: what the FIR does follows."},
      {A::Bar, "Write: where the PHB answers moves."},
      {A::PbcqStat, "Read: transactions that are under way."},
      {A::EtuReset, "Write: holds the PHB in reset, or lets it go."},
      {A::HvData, "Access: the PHB's register that HV_IND_ADDRESS names."},
      {A::AsbData, "Access: the PHB's register that ASB_ADDRESS names."},
      {A::EtuWord, "Access: a register of the PHB."},
  };
  return kActions;
}

namespace {

std::string_view phb_action_text(std::uint8_t action) {
  for (const ActionText& a : phb_actions())
    if (static_cast<std::uint8_t>(a.action) == action) return a.text;
  throw ModelError("a side effect without words");
}

std::string_view pec_action_text(std::uint8_t action) {
  for (const PecActionText& a : pec_actions())
    if (static_cast<std::uint8_t>(a.action) == action) return a.text;
  throw ModelError("a side effect without words");
}

}  // namespace

const std::vector<Unit>& units() {
  static const std::vector<Unit> kUnits = {
      {"PHB", &phb_registers(), phb_action_text, false},
      {"PEC: nest side", &kPecNestTable, pec_action_text, true},
      {"PEC: nest side of a stack", &kPecStackTable, pec_action_text, true},
      {"PEC: PCI side", &kPecPciTable, pec_action_text, true},
      {"PEC: PCI side of a stack", &kPecPciStackTable, pec_action_text, true},
      {"PHB by SCOM", &kEtuScomTable, pec_action_text, true},
      {"PCI chiplet", &kPecChipletTable, pec_action_text, true},
  };
  return kUnits;
}

const std::vector<Area>& phb_areas() {
  static const std::vector<Area> kAreas = {
      {0x000, 0x400, "Tables, DMA, interrupts"},
      {0x400, 0x600, "UTL"},
      {0x600, 0x800, "Link"},
      {0x800, 0xC00, "Control"},
      {0xC00, 0xC80, "Local error macro"},
      {0xC80, 0xF80, "Error trap blocks"},
      {0xF80, 0x1000, "Trace, counters, hot plug"},
      {0x1800, 0x1900, "PBL"},
      {0x1900, 0x1A00, "PBL: error trap block"},
      {0x1A00, 0x1C00, "PCI Express stack"},
      {0x1C00, 0x2000, "REGB: error trap block"},
  };
  return kAreas;
}

}  // namespace phbsim::registers
