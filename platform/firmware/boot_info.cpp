// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/boot_info.hpp"

#include "models/base/check.hpp"

namespace phbsim::firmware {

const std::vector<std::string> kBootJobs{"bring-up", "self-test", "eeh", "ddw", "all"};
const std::vector<std::string> kBootBugs{"none",         "stale-tce",     "kill-not-waited",   "tve-in-flight",
                                         "table-reused", "pe-left-frozen", "rtt-no-invalidate", "reserved-field"};

void store(const BootInfo& b, arch::MemoryView& memory, RealAddr at) {
  PHBSIM_ASSERT(b.phbs.size() <= kBootPhbs);
  const auto put = [&](std::uint64_t v) {
    memory.write_be64(at, v);
    at += 8;
  };
  for (const std::uint64_t v :
       {kBootMagic, kBootVersion, kBootBytes, kBootPhbBytes, b.chip, b.chip_level, b.memory_base, b.memory_bytes, b.uart,
        b.xscom, b.timebase_hz, b.job, b.bug, b.flags, b.platform_faults, b.settle_divisor,
        static_cast<std::uint64_t>(b.phbs.size())})
    put(v);
  for (const BootPhb& p : b.phbs)
    for (const std::uint64_t v :
         {p.generation, p.index, p.pec, p.stack, p.big, p.registers, p.mmio64_base, p.mmio64_bytes, p.mmio32_base,
          p.mmio32_bytes, p.esb_base, p.notify_address, p.notify_index, p.max_speed, p.devices})
      put(v);
}

}  // namespace phbsim::firmware
