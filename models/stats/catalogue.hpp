// SPDX-License-Identifier: Apache-2.0
/// Every counter of the simulator: name, unit, what it means, and the rule by which it counts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace phbsim::stats {

enum class Stat : std::uint16_t {
  // endpoint
  EpRequests, EpBytesRead, EpBytesWritten, EpErrors, EpMaps, EpUnmaps, EpBacklogDrops,
  // link
  LinkUpTlps, LinkUpBytes, LinkUpBusy, LinkDownTlps, LinkDownBytes, LinkDownBusy, LinkCreditStalls, LinkTagStalls,
  // phb
  PhbReads, PhbWrites, PhbMsis, PhbRidHits, PhbRidMisses, PhbTranslated, PhbBypassed, PhbFaults, PhbDropped,
  PhbReadLines, PhbWriteLines, PhbEngineBusy, PhbEngineStalls, PhbOrderStalls, PhbKills, PhbKillsDropped,
  // tce
  TceLookups, TceHits, TceMisses, TceMerges, TceWalks, TceSlotStalls, TceReads1, TceReads2, TceReads3, TceReads4,
  TceReads5, TceWalkCacheHits, TcePrefetches, TcePrefetchHits, TceFills, TceEvictions, TceFaults, TceKilledEntries,
  TceKilledWalks,
  // memory
  MemReads, MemWrites, MemBytesRead, MemBytesWritten, MemBusy, MemWait,
  // host
  HostMapCalls, HostUnmapCalls, HostTceStores, HostStoreLines, HostKills, HostPolls, HostBusy,
  // hypervisor
  HvCalls, HvRtasCalls, HvErrors, HvUserspace, HvTces, HvReadLines, HvStoreLines, HvKills, HvPolls, HvLockWait, HvBusy,
  // linux
  LinuxMaps, LinuxUnmaps, LinuxFailures, LinuxLogged, LinuxHypercalls, LinuxTces, LinuxProbes, LinuxLockWait,
  LinuxFlushes, LinuxCacheHits, LinuxFreePages, LinuxLargestRun, LinuxMapTime, LinuxUnmapTime, LinuxBusy,
  // vfio
  VfioMaps, VfioUnmaps, VfioFailures, VfioIoctls, VfioPages, VfioTces, VfioLockWait, VfioMapTime, VfioUnmapTime, VfioBusy,
  kEnd
};
constexpr unsigned kStats = static_cast<unsigned>(Stat::kEnd);

enum class Unit : std::uint8_t { Count, Bytes, Picoseconds };
constexpr std::string_view to_string(Unit u) {
  return u == Unit::Count ? "1" : u == Unit::Bytes ? "byte" : "ps";
}

struct StatSpec {
  Stat stat;
  std::string_view group;
  std::string_view name;
  Unit unit;
  std::string_view description;
  std::string_view rule;
};

constexpr std::array<StatSpec, kStats> kCatalogue{{
    {Stat::EpRequests, "endpoint", "requests", Unit::Count, "DMA requests completed", "once per request, when its last byte arrived or was performed; errors included"},
    {Stat::EpBytesRead, "endpoint", "bytes_read", Unit::Bytes, "payload read by the device", "length of a read when it completes without error"},
    {Stat::EpBytesWritten, "endpoint", "bytes_written", Unit::Bytes, "payload written by the device", "length of a write when it is performed in memory without error"},
    {Stat::EpErrors, "endpoint", "errors", Unit::Count, "requests answered with an error", "once per request with any response but OK"},
    {Stat::EpMaps, "endpoint", "maps", Unit::Count, "mapping calls made for this device", "once per call when it returns"},
    {Stat::EpUnmaps, "endpoint", "unmaps", Unit::Count, "unmapping calls made for this device", "once per call when it returns"},
    {Stat::EpBacklogDrops, "endpoint", "backlog_drops", Unit::Count, "arrivals of an open loop beyond the backlog limit", "once per arrival that found the backlog full; it is not issued"},
    {Stat::LinkUpTlps, "link", "up_tlps", Unit::Count, "TLPs sent towards the PHB", "when serialisation starts"},
    {Stat::LinkUpBytes, "link", "up_bytes", Unit::Bytes, "bytes of those TLPs with header, framing, LCRC and ECRC", "when serialisation starts"},
    {Stat::LinkUpBusy, "link", "up_busy", Unit::Picoseconds, "time in which the wire towards the PHB carried TLPs (DLLP share included)", "serialisation time, when it starts"},
    {Stat::LinkDownTlps, "link", "down_tlps", Unit::Count, "TLPs sent towards the device", "when serialisation starts"},
    {Stat::LinkDownBytes, "link", "down_bytes", Unit::Bytes, "bytes of those TLPs with overhead", "when serialisation starts"},
    {Stat::LinkDownBusy, "link", "down_busy", Unit::Picoseconds, "time in which the wire towards the device carried TLPs", "serialisation time, when it starts"},
    {Stat::LinkCreditStalls, "link", "credit_stalls", Unit::Count, "times that the free wire had a TLP to send but no credit for it", "once per attempt that ended so"},
    {Stat::LinkTagStalls, "link", "tag_stalls", Unit::Count, "times that a device's next read had no tag", "once per read request part that had to wait"},
    {Stat::PhbReads, "phb", "reads", Unit::Count, "read TLPs received", "on arrival"},
    {Stat::PhbWrites, "phb", "writes", Unit::Count, "write TLPs received, MSIs included", "on arrival"},
    {Stat::PhbMsis, "phb", "msis", Unit::Count, "MSIs delivered", "when delivered, in order behind the writes"},
    {Stat::PhbRidHits, "phb", "rid_hits", Unit::Count, "RID cache hits", "once per TLP"},
    {Stat::PhbRidMisses, "phb", "rid_misses", Unit::Count, "RID cache misses, each an RTT fetch", "once per TLP"},
    {Stat::PhbTranslated, "phb", "translated", Unit::Count, "TLPs sent to the TCE unit", "after TVE selection"},
    {Stat::PhbBypassed, "phb", "bypassed", Unit::Count, "TLPs through a non-translating TVE", "after TVE selection"},
    {Stat::PhbFaults, "phb", "faults", Unit::Count, "faults recorded", "once per faulting TLP that was not dropped for an earlier one"},
    {Stat::PhbDropped, "phb", "dropped", Unit::Count, "TLPs dropped or answered UR because of an earlier freeze or fence", "once per TLP"},
    {Stat::PhbReadLines, "phb", "read_lines", Unit::Count, "128-byte lines read for DMA", "when the read engine sends the request"},
    {Stat::PhbWriteLines, "phb", "write_lines", Unit::Count, "128-byte lines (or parts) written for DMA", "when the write engine sends the request"},
    {Stat::PhbEngineBusy, "phb", "engine_busy", Unit::Picoseconds, "engine-time of read engines: sum over engines of their busy time", "when a line's data arrives"},
    {Stat::PhbEngineStalls, "phb", "engine_stalls", Unit::Count, "read TLPs that found no free read engine", "once per TLP that waited"},
    {Stat::PhbOrderStalls, "phb", "order_stalls", Unit::Count, "TLPs translated but held for an earlier write of their requester", "once per TLP that waited"},
    {Stat::PhbKills, "phb", "kills", Unit::Count, "TCE kills queued", "when the register's command bits clear"},
    {Stat::PhbKillsDropped, "phb", "kills_dropped", Unit::Count, "page kills lost by the erratum mode", "when lost"},
    {Stat::TceLookups, "tce", "lookups", Unit::Count, "TCE cache lookups for device requests", "once per request; never again after its miss"},
    {Stat::TceHits, "tce", "hits", Unit::Count, "lookups that found a valid entry", "entry permissions do not matter"},
    {Stat::TceMisses, "tce", "misses", Unit::Count, "lookups that found none", "lookups = hits + misses"},
    {Stat::TceMerges, "tce", "merges", Unit::Count, "misses that joined a walk already waiting or under way", "part of misses"},
    {Stat::TceWalks, "tce", "walks", Unit::Count, "walks started, prefetches included", "when a slot is taken"},
    {Stat::TceSlotStalls, "tce", "slot_stalls", Unit::Count, "walks that had to wait for a slot", "once per walk"},
    {Stat::TceReads1, "tce", "reads_level_1", Unit::Count, "TCE fetches from root tables", "when sent to memory"},
    {Stat::TceReads2, "tce", "reads_level_2", Unit::Count, "TCE fetches one level below the root", "when sent to memory"},
    {Stat::TceReads3, "tce", "reads_level_3", Unit::Count, "TCE fetches two levels below the root", "when sent to memory"},
    {Stat::TceReads4, "tce", "reads_level_4", Unit::Count, "TCE fetches three levels below the root", "when sent to memory"},
    {Stat::TceReads5, "tce", "reads_level_5", Unit::Count, "TCE fetches four levels below the root", "when sent to memory"},
    {Stat::TceWalkCacheHits, "tce", "walk_cache_hits", Unit::Count, "walks that began below the root thanks to the walk cache", "when the walk starts"},
    {Stat::TcePrefetches, "tce", "prefetches", Unit::Count, "walks started by the prefetcher", "when a slot is taken"},
    {Stat::TcePrefetchHits, "tce", "prefetch_hits", Unit::Count, "prefetched entries used at least once", "on the first hit"},
    {Stat::TceFills, "tce", "fills", Unit::Count, "entries installed", "when a walk ends without fault and was not killed"},
    {Stat::TceEvictions, "tce", "evictions", Unit::Count, "valid entries replaced by a fill", "on the fill"},
    {Stat::TceFaults, "tce", "faults", Unit::Count, "requests that ended in a page or access fault", "once per request"},
    {Stat::TceKilledEntries, "tce", "killed_entries", Unit::Count, "entries removed by kills", "when the directory pass ends"},
    {Stat::TceKilledWalks, "tce", "killed_walks", Unit::Count, "walks in flight that a kill kept from being installed", "when the directory pass ends"},
    {Stat::MemReads, "memory", "reads", Unit::Count, "read accesses", "per 128-byte line touched, on arrival"},
    {Stat::MemWrites, "memory", "writes", Unit::Count, "write accesses", "per 128-byte line touched, on arrival"},
    {Stat::MemBytesRead, "memory", "bytes_read", Unit::Bytes, "bytes asked for by reads", "on arrival"},
    {Stat::MemBytesWritten, "memory", "bytes_written", Unit::Bytes, "bytes written", "on arrival"},
    {Stat::MemBusy, "memory", "busy", Unit::Picoseconds, "channel-time: sum over channels of their busy time", "occupancy of each line, on arrival"},
    {Stat::MemWait, "memory", "wait", Unit::Picoseconds, "sum of the times accesses waited for a channel", "on arrival"},
    {Stat::HostMapCalls, "host", "map_calls", Unit::Count, "mapping commands done", "when answered"},
    {Stat::HostUnmapCalls, "host", "unmap_calls", Unit::Count, "unmapping commands done", "when answered"},
    {Stat::HostTceStores, "host", "tce_stores", Unit::Count, "doublewords stored into TCE tables, links included", "when planned"},
    {Stat::HostStoreLines, "host", "store_lines", Unit::Count, "line writes those stores took", "when sent"},
    {Stat::HostKills, "host", "kills", Unit::Count, "writes of the TCE kill register", "when sent"},
    {Stat::HostPolls, "host", "polls", Unit::Count, "register reads while waiting for kill slot, kill or DMA sync", "when sent"},
    {Stat::HostBusy, "host", "busy", Unit::Picoseconds, "CPU-time in commands: sum over CPUs", "when a command is answered"},
    {Stat::HvCalls, "hypervisor", "calls", Unit::Count, "hypercalls made, RTAS included", "on arrival"},
    {Stat::HvRtasCalls, "hypervisor", "rtas_calls", Unit::Count, "of them RTAS calls", "on entry"},
    {Stat::HvErrors, "hypervisor", "errors", Unit::Count, "calls with a status other than success", "when a call returns"},
    {Stat::HvUserspace, "hypervisor", "userspace", Unit::Count, "calls that the kernel left to userspace", "when decided"},
    {Stat::HvTces, "hypervisor", "tces", Unit::Count, "TCEs set or cleared", "when decided"},
    {Stat::HvReadLines, "hypervisor", "read_lines", Unit::Count, "line reads for lists and old entries", "when sent"},
    {Stat::HvStoreLines, "hypervisor", "store_lines", Unit::Count, "line writes of TCEs", "when sent"},
    {Stat::HvKills, "hypervisor", "kills", Unit::Count, "writes of the TCE kill register", "when sent"},
    {Stat::HvPolls, "hypervisor", "polls", Unit::Count, "register reads while waiting for kill slot, kill or DMA sync", "when sent"},
    {Stat::HvLockWait, "hypervisor", "lock_wait", Unit::Picoseconds, "sum of the times calls waited for a table's lock", "when it is granted"},
    {Stat::HvBusy, "hypervisor", "busy", Unit::Picoseconds, "CPU-time in calls, entry to exit: sum over CPUs", "when a call returns"},
    {Stat::LinuxMaps, "linux", "maps", Unit::Count, "buffers mapped for DMA", "when the call returns"},
    {Stat::LinuxUnmaps, "linux", "unmaps", Unit::Count, "buffers unmapped", "when the call returns"},
    {Stat::LinuxFailures, "linux", "failures", Unit::Count, "maps that found no bus pages or no resources; made again later", "when it fails"},
    {Stat::LinuxLogged, "linux", "logged", Unit::Count, "answers of the hypervisor that Linux logs and passes over", "when it answers"},
    {Stat::LinuxHypercalls, "linux", "hypercalls", Unit::Count, "hypercalls made for maps and unmaps", "when made"},
    {Stat::LinuxTces, "linux", "tces", Unit::Count, "TCEs set or cleared for maps and unmaps", "when its call is made"},
    {Stat::LinuxProbes, "linux", "probes", Unit::Count, "bits of bitmaps or nodes of trees that the allocators looked at", "per step of an allocation or release"},
    {Stat::LinuxLockWait, "linux", "lock_wait", Unit::Picoseconds, "sum of the times CPUs waited for an allocator's lock", "when it is granted"},
    {Stat::LinuxFlushes, "linux", "flushes", Unit::Count, "flushes of a lazy domain", "when begun"},
    {Stat::LinuxCacheHits, "linux", "cache_hits", Unit::Count, "allocations served by a CPU's own magazines, warm-up included", "at the end of the run"},
    {Stat::LinuxFreePages, "linux", "free_pages", Unit::Count, "bus pages free in all domains", "at the end of the run"},
    {Stat::LinuxLargestRun, "linux", "largest_free_run", Unit::Count, "pages of the longest run of free pages, summed over domains; against free_pages it tells the fragmentation", "at the end of the run"},
    {Stat::LinuxMapTime, "linux", "map_time", Unit::Picoseconds, "CPU-time of maps, entry to return", "when the call returns"},
    {Stat::LinuxUnmapTime, "linux", "unmap_time", Unit::Picoseconds, "CPU-time of unmaps, entry to return", "when the call returns"},
    {Stat::LinuxBusy, "linux", "busy", Unit::Picoseconds, "CPU-time in mapping calls and flushes: sum over CPUs", "when a call returns or fails"},
    {Stat::VfioMaps, "vfio", "maps", Unit::Count, "buffers mapped by user-space drivers", "when the call returns"},
    {Stat::VfioUnmaps, "vfio", "unmaps", Unit::Count, "buffers unmapped by user-space drivers", "when the call returns"},
    {Stat::VfioFailures, "vfio", "failures", Unit::Count, "maps that found no bus addresses; made again later", "when it fails"},
    {Stat::VfioIoctls, "vfio", "ioctls", Unit::Count, "system calls made for maps and unmaps", "when made"},
    {Stat::VfioPages, "vfio", "pages", Unit::Count, "host pages pinned and given back", "when its call is made"},
    {Stat::VfioTces, "vfio", "tces", Unit::Count, "doublewords of TCE tables set or cleared, links included", "when its call is made"},
    {Stat::VfioLockWait, "vfio", "lock_wait", Unit::Picoseconds, "sum of the times CPUs waited for an address space's lock", "when it is granted"},
    {Stat::VfioMapTime, "vfio", "map_time", Unit::Picoseconds, "CPU-time of maps, entry to return", "when the call returns"},
    {Stat::VfioUnmapTime, "vfio", "unmap_time", Unit::Picoseconds, "CPU-time of unmaps, entry to return", "when the call returns"},
    {Stat::VfioBusy, "vfio", "busy", Unit::Picoseconds, "CPU-time in mapping calls: sum over CPUs", "when a call returns or fails"},
}};

constexpr bool catalogue_is_sound() {
  for (unsigned i = 0; i < kStats; ++i)
    if (static_cast<unsigned>(kCatalogue[i].stat) != i || kCatalogue[i].name.empty()) return false;
  return true;
}
static_assert(catalogue_is_sound(), "kCatalogue is indexed by Stat");

constexpr const StatSpec& spec_of(Stat s) { return kCatalogue[static_cast<unsigned>(s)]; }

}  // namespace phbsim::stats
