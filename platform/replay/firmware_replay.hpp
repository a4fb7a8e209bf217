// SPDX-License-Identifier: Apache-2.0
/// Applies the register accesses that a trace recorded of a POWER9's PCI host bridges and their
/// controllers (PEC) to the architected models, and compares what every read gave.
///
/// The machine is that of the trace: a chip's PECs and PHB4s. Devices answer configuration cycles
/// with what the trace says they answered; that the cycle reaches them, with which register, size
/// and byte order, is the model's. The recorders have no link that trains: the model's is held up.
/// Not replayed: loads and stores of devices' windows, DMA (verify-trace), interrupts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/types.hpp"

namespace phbsim::replay {

/// Why a read may give another value than the emulator's that recorded the trace. A row is for one
/// register and one pair of values; there are no wildcards.
struct Explanation {
  std::string_view id;       ///< short name in the output
  std::string_view reg;      ///< register's name
  std::uint64_t recorded;    ///< value in the trace
  std::uint64_t model;       ///< value here
  std::string_view reason;
  std::string_view source;   ///< reference's section and what it names
};
const std::vector<Explanation>& explanations();

struct Difference {
  std::uint64_t line = 0;
  std::string region;
  std::string reg;           ///< name and offset
  unsigned bytes = 8;
  std::uint64_t recorded = 0;
  std::uint64_t model = 0;
};

struct RegionCount {
  std::uint64_t writes = 0;
  std::uint64_t reads = 0;   ///< all are compared
  std::uint64_t equal = 0;
  std::uint64_t explained = 0;
  std::uint64_t unexplained = 0;
};

struct FirmwareReplay {
  std::map<std::string, RegionCount> regions;
  std::uint64_t config_reads = 0;           ///< configuration cycles that reached a recorded device
  std::uint64_t config_writes = 0;
  std::uint64_t config_wrong = 0;           ///< cycles that reached another register than recorded, or none
  std::map<std::string_view, std::uint64_t> explained;  ///< by id of the explanation
  std::vector<Difference> unexplained;      ///< all of them
  RegionCount total() const;
  bool good() const { return unexplained.empty() && config_wrong == 0; }
};

/// Throws UserError for a file that is no trace, or has no register accesses, or names a region or a
/// size that this machine does not have.
FirmwareReplay replay_firmware(const std::string& path, const std::function<void(double)>& progress = {});

}  // namespace phbsim::replay
