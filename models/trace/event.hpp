// SPDX-License-Identifier: Apache-2.0
/// The compact trace format (docs/trace-format.md): kinds of lines and their fields.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace phbsim::trace {

enum class Kind : std::uint8_t {
  MmioWrite, MmioRead, ConfigWrite, ConfigRead, WindowQuery, WindowCreate, WindowRemove, WindowReset, TableCreated,
  PutTce, PutIndirect, StuffTce, Translate, PnvTranslate, DmaNvme, DmaReceive, DmaTransmit, Descriptor, Doorbell,
  Command, TceBuild, TceFree, Marker,
};
constexpr unsigned kKinds = 23;

/// Field types: 's' text, 'h' hexadecimal, 'd' decimal, 'r' a signed return value.
struct KindSpec {
  Kind kind;
  std::string_view code;
  std::string_view fields;
  std::string_view names;
};

constexpr std::array<KindSpec, kKinds> kKindTable{{
    {Kind::MmioWrite, "mw", "shdh", "REGION OFF SIZE VALUE"},
    {Kind::MmioRead, "mr", "shdh", "REGION OFF SIZE VALUE"},
    {Kind::ConfigWrite, "cw", "sshh", "DEV BDF OFF VALUE"},
    {Kind::ConfigRead, "cr", "sshh", "DEV BDF OFF VALUE"},
    {Kind::WindowQuery, "wq", "hhdhh", "BUID CFG NWIN MAXSIZE PGMASK"},
    {Kind::WindowCreate, "wc", "hhhhhh", "BUID CFG PGSIZE SIZE START LIOBN"},
    {Kind::WindowRemove, "wr", "h", "LIOBN"},
    {Kind::WindowReset, "wz", "hh", "BUID CFG"},
    {Kind::TableCreated, "lt", "h", "LIOBN"},
    {Kind::PutTce, "tp", "hhhr", "LIOBN IOBA TCE RET"},
    {Kind::PutIndirect, "ti", "hhdhhr", "LIOBN IOBA N TCE0 STRIDE RET"},
    {Kind::StuffTce, "ts", "hhdhr", "LIOBN IOBA N TCE RET"},
    {Kind::Translate, "xl", "hhhdd", "LIOBN OFF PA PERM SHIFT"},
    {Kind::PnvTranslate, "px", "dhhhdhdd", "PHB PE RID IOVA FLAG PA PERM SHIFT"},
    {Kind::DmaNvme, "da", "shd", "DEV IOVA LEN"},
    {Kind::DmaReceive, "dr", "shd", "DEV IOVA LEN"},
    {Kind::DmaTransmit, "dt", "shd", "DEV IOVA LEN"},
    {Kind::Descriptor, "dd", "sh", "DEV IOVA"},
    {Kind::Doorbell, "nq", "sdd", "DIR QID VALUE"},
    {Kind::Command, "nc", "sddh", "KIND CID NSID/QID OPC"},
    {Kind::TceBuild, "kt", "ddhdhd", "PHB WIN IDX N PA DIR"},
    {Kind::TceFree, "kf", "dhd", "PHB IDX N"},
    {Kind::Marker, "mk", "d", "N"},
}};

/// One line. Texts point into the line and live as long as it does.
struct Event {
  Kind kind = Kind::Marker;
  std::uint64_t microseconds = 0;  ///< since the previous line
  std::array<std::string_view, 2> text{};
  std::array<std::uint64_t, 8> n{};  ///< numeric fields in order, text fields not counted
};

/// Reads one line. Nothing for comments and empty lines; throws UserError naming `where` (file and
/// line), the field, what it is and what is expected.
std::optional<Event> parse_line(std::string_view line, const std::string& where);

}  // namespace phbsim::trace
