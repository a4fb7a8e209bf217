// SPDX-License-Identifier: Apache-2.0
/// Firmware's calls and return codes as the operating system sees them (phb.md 7.6).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace phbsim::arch::opal {

/// The value is the token.
enum class Call : std::uint64_t {
  SetPe = 31,
  MapPeDmaWindow = 44,
  MapPeDmaWindowReal = 45,
  TceKill = 126,
  PhbSetOption = 179,
  PhbGetOption = 180,
};

constexpr unsigned kMaxArgs = 6;

struct CallSpec {
  Call call;
  std::string_view name;
  unsigned args;                                  ///< without the PHB's id, which comes first
  std::array<std::string_view, kMaxArgs> labels;  ///< of the arguments
};

constexpr std::array<CallSpec, 6> kCalls{{
    {Call::SetPe, "set_pe", 6, {"pe", "bdfn", "bcmp", "dcmp", "fcmp", "action"}},
    {Call::MapPeDmaWindow, "map_pe_dma_window", 6,
     {"pe", "window_id", "levels", "table_addr", "table_size", "page_size"}},
    {Call::MapPeDmaWindowReal, "map_pe_dma_window_real", 4, {"pe", "window_id", "start", "size"}},
    {Call::TceKill, "tce_kill", 5, {"type", "pe", "tce_size", "addr", "npages"}},
    {Call::PhbSetOption, "phb_set_option", 2, {"option", "setting"}},
    {Call::PhbGetOption, "phb_get_option", 2, {"option", "setting_addr"}},
}};

enum class Code : std::int64_t {
  Success = 0,
  Parameter = -1,
  Busy = -2,
  Partial = -3,
  Closed = -5,
  Hardware = -6,
  Unsupported = -7,
  Resource = -10,
  BusyEvent = -12,
  WrongState = -14,
};

struct CodeSpec {
  Code code;
  std::string_view name;
};

constexpr std::array<CodeSpec, 10> kCodes{{
    {Code::Success, "SUCCESS"},
    {Code::Parameter, "PARAMETER"},
    {Code::Busy, "BUSY"},
    {Code::Partial, "PARTIAL"},
    {Code::Closed, "CLOSED"},
    {Code::Hardware, "HARDWARE"},
    {Code::Unsupported, "UNSUPPORTED"},
    {Code::Resource, "RESOURCE"},
    {Code::BusyEvent, "BUSY_EVENT"},
    {Code::WrongState, "WRONG_STATE"},
}};

constexpr const CallSpec* find_call(std::uint64_t token) {
  for (const auto& c : kCalls)
    if (static_cast<std::uint64_t>(c.call) == token) return &c;
  return nullptr;
}

/// Null for a number that is no code: some calls answer with positive ones, milliseconds to wait.
constexpr const CodeSpec* find_code(std::int64_t number) {
  for (const auto& c : kCodes)
    if (static_cast<std::int64_t>(c.code) == number) return &c;
  return nullptr;
}

}  // namespace phbsim::arch::opal
