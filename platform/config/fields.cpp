// SPDX-License-Identifier: Apache-2.0
#include "platform/config/fields.hpp"

#include <algorithm>
#include <limits>

#include "models/arch/ioat/identity.hpp"
#include "models/arch/iova/iova_allocator.hpp"
#include "models/base/bits.hpp"
#include "models/endpoints/policy/arrival.hpp"
#include "models/endpoints/policy/pattern.hpp"
#include "models/arch/papr/personality.hpp"
#include "models/hypervisor/kill_policy.hpp"
#include "models/tce/policy/prefetch.hpp"
#include "models/tce/policy/replacement.hpp"
#include "models/tce/policy/set_hash.hpp"
#include "models/tce/policy/walk_order.hpp"
#include "platform/config/presets.hpp"
#include "platform/config/read.hpp"
#include "platform/host/linux/iova_space.hpp"

namespace phbsim::config {

const std::vector<std::string> kNamed{"pec", "phb", "layout", "pe", "endpoint"};

namespace {

constexpr std::uint64_t kAny64 = std::numeric_limits<std::uint64_t>::max();
constexpr Tick kLongest = 1000 * kPsPerS;

Field field(std::string_view key, Kind kind, Target target, std::string_view meaning) {
  Field f;
  f.key = key;
  f.kind = kind;
  f.target = target;
  f.meaning = meaning;
  return f;
}

Field ranged(std::string_view key, Kind kind, Target target, std::uint64_t min, std::uint64_t max,
             std::string_view meaning) {
  Field f = field(key, kind, target, meaning);
  f.min = min;
  f.max = max;
  return f;
}

Field flag(std::string_view key, bool& v, std::string_view meaning) { return field(key, Kind::Bool, &v, meaning); }

Field integer(std::string_view key, unsigned& v, std::uint64_t min, std::uint64_t max, std::string_view meaning) {
  return ranged(key, Kind::Integer, &v, min, max, meaning);
}
Field integer(std::string_view key, std::uint64_t& v, std::uint64_t min, std::uint64_t max, std::string_view meaning) {
  return ranged(key, Kind::Integer, &v, min, max, meaning);
}

Field bytes(std::string_view key, unsigned& v, std::uint64_t min, std::uint64_t max, std::string_view meaning) {
  return ranged(key, Kind::Bytes, &v, min, max, meaning);
}
Field bytes(std::string_view key, std::uint64_t& v, std::uint64_t min, std::uint64_t max, std::string_view meaning) {
  return ranged(key, Kind::Bytes, &v, min, max, meaning);
}

Field time(std::string_view key, Tick& v, Tick min, Tick max, std::string_view meaning) {
  return ranged(key, Kind::Time, &v, min, max, meaning);
}

Field number(std::string_view key, double& v, double least, double most, std::string_view meaning) {
  Field f = field(key, Kind::Number, &v, meaning);
  f.least = least;
  f.most = most;
  return f;
}

Field text(std::string_view key, std::string& v, std::string_view meaning) {
  return field(key, Kind::Text, &v, meaning);
}

/// Name of an entry of [<table>.*].
Field name(std::string_view key, std::string& v, std::string_view table, std::string_view meaning) {
  Field f = field(key, Kind::Name, &v, meaning);
  f.choices = {std::string(table)};
  return f;
}

Field rid(std::string_view key, Rid& v, std::string_view meaning) {
  return ranged(key, Kind::RequesterId, &v, 0, 0xFFFF, meaning);
}

Field choice(std::string_view key, Target target, std::vector<std::string> choices, std::string_view meaning) {
  Field f = field(key, Kind::Choice, target, meaning);
  f.choices = std::move(choices);
  return f;
}

template <class Table>
Field policy(std::string_view key, std::string& v, const Table& table, std::string_view meaning) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.name);
  return choice(key, &v, std::move(names), meaning);
}

// -- one function per struct ------------------------------------------------------------------

std::vector<Field> fields(memory::MemoryParams& p) {
  return {
      bytes("size", p.size, 16 * kMiB, 64 * kTiB, "system memory from real address 0; a multiple of 16 MiB"),
      time("latency", p.latency, 1, kPsPerMs, "request to data as the PHB sees it, uncontended; plausible 150-500 ns")
          .assumption("8.4"),
      time("write_latency", p.write_latency, 1, kPsPerMs,
           "write to its acceptance in order, uncontended; plausible 20-100 ns")
          .assumption("8.4"),
      integer("channels", p.channels, 2, 1024, "memory channels").power2().assumption("8.4"),
      time("line_time", p.line_time, 0, kPsPerMs, "a channel's time for one 128-byte line").assumption("8.4"),
  };
}

std::vector<Field> pec_fields(unsigned& engines) {
  return {integer("engines", engines, 1, 4096,
                  "DMA read engines shared by the PHBs of this PEC; one fetches one 128-byte line")
              .inference("8.2")};
}

std::vector<Field> fields(PhbConfig& c, const Preset& preset) {
  phb::PhbParams& p = c.phb;
  return {
      integer("index", c.index, 0, preset.phbs - 1, "place on the chip; PHB 0 and 3 are big from PHB4 on").fact("0.1"),
      integer("pec", c.pec, 0, 5, "PEC whose read engines it shares; default: as on the chip").fact("0.1"),
      integer("stack_limit", c.stack_limit, 1, 4096,
              "read engines it may hold at once; default: all of its PEC (firmware splits P9's PEC 2 into 32, 16, 16)")
          .inference("8.2"),
      integer("clock_mhz", p.clock_mhz, 50, 10000, "PHB clock in MHz; plausible 250-2000").assumption("8.1"),
      integer("datapath_bytes", p.datapath_bytes, 8, 256, "bytes a clock through the inbound pipeline")
          .power2()
          .assumption("8.1"),
      integer("rid_cycles", p.rid_cycles, 0, 1000, "clocks for decoding and the RID cache").assumption("8.4"),
      integer("tve_cycles", p.tve_cycles, 0, 1000, "clocks to select and check the TVE; with rid_cycles plausible 6-30")
          .assumption("8.4"),
      integer("rid_cache_entries", p.rid_cache_entries, 1, 4096, "RID to PE cache entries; by size of the PHB")
          .inference("0.1"),
      integer("write_engines", p.write_engines, 1, 4096, "128-byte lines being written at once; plausible 8-64")
          .assumption("8.2"),
      integer("completion_cycles", p.completion_cycles, 0, 1000, "clocks from data to completion, before the link")
          .assumption("8.4"),
      time("register_latency", p.register_latency, 1, kPsPerMs, "CPU access to a PHB register, each way")
          .assumption("8.4"),
      time("config_latency", p.config_latency, 1, kPsPerMs, "configuration cycle to a device, all in all").assumption("8.4"),
      time("outbound_latency", p.outbound_latency, 2, kPsPerMs,
           "load of an MMIO window besides link and device; with a default link 700 ns")
          .assumption("8.4"),
      integer("kill_queue_depth", p.kill_queue_depth, 1, 4096, "TCE kills that may wait").assumption("4.2"),
      flag("drop_kills_when_full", p.drop_kills_when_full, "erratum HW560152: a page kill can be lost").fact("4.2"),
      flag("allow_any_page_size", p.options.allow_any_page_size, "accept page sizes that no firmware uses")
          .assumption("2.1"),
      flag("wrap_rte_pe", p.options.wrap_rte_pe, "mask a PE number that is too large instead of failing, as QEMU does")
          .assumption("1.2"),
      flag("check_indirect_direction", p.options.check_indirect_direction,
           "direction bits count on the TCEs of intermediate levels, too")
          .assumption("3.2"),
  };
}

std::vector<Field> fields(pcie::LinkParams& p, unsigned max_gen) {
  constexpr unsigned kCredits = 1u << 16;
  return {
      integer("gen", p.gen, 1, max_gen, "PCIe generation; at most the PHB's").fact("0.1"),
      integer("lanes", p.lanes, 1, 16, "link width").power2().fact("8.1"),
      bytes("mps", p.mps, 128, 4096, "largest payload of a write or completion").power2(),
      bytes("mrrs", p.mrrs, 128, 4096, "largest read request").power2(),
      bytes("rcb", p.rcb, 64, 128, "read completion boundary").power2().fact("8.1"),
      flag("ecrc", p.ecrc, "4 more bytes a TLP; firmware enables it").fact("8.1"),
      flag("dllp_overhead", p.dllp_overhead, "Ack, flow control and skip take their share of the wire").fact("8.1"),
      time("propagation", p.propagation, 0, kPsPerMs, "PHY and transaction layers, one way").assumption("8.4"),
      integer("tags", p.tags, 1, 1024, "reads in flight of a device").assumption("8.2"),
      integer("credit_p_headers", p.credit_p_headers, 0, kCredits, "PHB's buffers: posted headers; 0: no limit")
          .assumption("8.2"),
      integer("credit_p_data", p.credit_p_data, 0, kCredits, "PHB's buffers: posted data, 16-byte units; 0: no limit")
          .assumption("8.2"),
      integer("credit_np_headers", p.credit_np_headers, 0, kCredits, "PHB's buffers: read requests; plausible 32-256")
          .assumption("8.2"),
      integer("credit_np_data", p.credit_np_data, 0, kCredits, "PHB's buffers: non-posted data, 16-byte units")
          .assumption("8.2"),
      integer("credit_cpl_headers", p.credit_cpl_headers, 0, kCredits, "PHB's buffers: completion headers")
          .assumption("8.2"),
      integer("credit_cpl_data", p.credit_cpl_data, 0, kCredits, "PHB's buffers: completion data, 16-byte units")
          .assumption("8.2"),
      integer("device_p_headers", p.device_p_headers, 0, kCredits, "device's buffers: posted headers; 0: no limit")
          .assumption("8.2"),
      integer("device_p_data", p.device_p_data, 0, kCredits, "device's buffers: posted data, 16-byte units")
          .assumption("8.2"),
      integer("device_np_headers", p.device_np_headers, 0, kCredits, "device's buffers: read requests")
          .assumption("8.2"),
      integer("device_np_data", p.device_np_data, 0, kCredits, "device's buffers: non-posted data, 16-byte units")
          .assumption("8.2"),
      integer("device_cpl_headers", p.device_cpl_headers, 0, kCredits, "device's buffers: completion headers")
          .assumption("8.2"),
      integer("device_cpl_data", p.device_cpl_data, 0, kCredits, "device's buffers: completion data, 16-byte units")
          .assumption("8.2"),
      time("credit_return", p.credit_return, 0, kPsPerMs, "buffer free to credit usable at the sender")
          .assumption("8.2"),
  };
}

std::vector<Field> fields(tce::TceParams& p) {
  return {
      integer("clock_mhz", p.clock_mhz, 50, 10000, "clock of the TCE unit in MHz; default: the PHB's")
          .assumption("8.1"),
      integer("sets", p.sets, 1, 65536, "sets of the TCE cache; by generation and size of the PHB")
          .power2()
          .inference("4.1"),
      integer("ways", p.ways, 1, 64, "entries of a set; plausible 1-16").assumption("4.1"),
      policy("hash", p.hash, tce::kSetHashes, "which set a page belongs to").assumption("4.1"),
      policy("replacement", p.replacement, tce::kReplacements, "which entry of a full set gives way").assumption("4.1"),
      integer("lookup_cycles", p.lookup_cycles, 0, 1000, "clocks until a miss is known; plausible 1-4")
          .assumption("4.1"),
      integer("hit_cycles", p.hit_cycles, 0, 1000, "clocks until a hit's answer; plausible 1-8").assumption("8.4"),
      integer("lookup_interval", p.lookup_interval, 1, 1000, "clocks between two lookups").assumption("4.1"),
      integer("walk_slots", p.walk_slots, 1, 4096, "table walks in flight").inference("4.1"),
      policy("walk_order", p.walk_order, tce::kWalkOrders, "which waiting walk gets a free slot").assumption("4.1"),
      integer("walk_cache_entries", p.walk_cache_entries, 0, 65536,
              "entries that hold the table addresses of intermediate levels; 0: none")
          .assumption("4.1"),
      policy("prefetch", p.prefetch, tce::kPrefetches, "which page is walked for before it is asked for")
          .assumption("4.1"),
      flag("cache_invalid", p.cache_invalid, "keep TCEs without permission, too").assumption("4.1"),
      integer("kill_one_cycles", p.kill_one_cycles, 1, 1000,
              "clocks to kill one page (plausible 4-64); a PE or all take entries / 4")
          .assumption("8.4"),
  };
}

std::vector<Field> fields(hypervisor::AgentParams& p) {
  return {
      integer("cpus", p.cpus, 1, 1024, "map and unmap commands in progress at once"),
      policy("kill_policy", p.kill_policy, hypervisor::kKillPolicies, "which TCE kills follow a change of entries")
          .fact("4.2"),
      flag("kill_on_map", p.kill_on_map, "kill after maps, too, as Linux does").fact("3.3"),
      flag("dma_sync", p.dma_sync, "wait for DMA in flight after a kill").fact("4.2"),
      time("poll_interval", p.poll_interval, 1, kPsPerMs, "pause between two polls of a kill or a DMA sync")
          .assumption("4.2"),
      time("clear_entry", p.clear_entry, 0, kPsPerUs, "an entry or absent table looked at when a window is cleared")
          .inference(),
      flag("skip_absent", p.skip_absent, "clearing a window passes over tables that do not exist"),
  };
}

std::vector<Field> fields(LayoutConfig& l) {
  return {
      text("description", l.description, "one line for lists"),
      field("windows", Kind::Windows, &l.windows,
            "at most one window at offset 0 and one at 4 GiB or 2^59")
          .must()
          .fact("1.4"),
  };
}

std::vector<Field> fields(PeConfig& p) {
  return {
      name("phb", p.phb, "phb", "default: the only PHB"),
      integer("number", p.number, 0, 511, "PE number, unique in its PHB; firmware reserves the last").fact("0.1"),
      name("layout", p.layout, "layout", "windows of this PE: a [layout.<name>] or a built-in one").must(),
  };
}

std::vector<std::string> ioat_models() {
  std::vector<std::string> names;
  for (const auto& m : arch::ioat::kModels) names.emplace_back(m.name);
  return names;
}

std::vector<Field> fields(EndpointConfig& e) {
  return {
      name("pe", e.pe, "pe", "default: the only PE"),
      integer("window", e.window, 0, 1, "which window of the PE's layout it uses, counted from 0"),
      rid("rid", e.rid, "requester ID \"bus:device.function\" or a number, unique in its PHB"),
      choice("workload", &e.workload, {"generator", "trace", "populate", "program"},
             "where its requests come from; populate only maps memory; program: a real program drives the device (phbsim "
             "exec)"),
      choice("device", &e.device, ioat_models(), "of workload \"program\": which I/OAT function the program finds"),
      choice("mapping", &e.mapping, {"streaming", "pooled", "static"},
             "in a per-I/O window, unless host.stack is \"bare\": each buffer for its use, kept in a pool, or kept for "
             "good"),
      integer("pool_buffers", e.pool_buffers, 1, 1ull << 32, "buffers that mapping \"pooled\" keeps"),
  };
}

std::vector<Field> fields(endpoints::GeneratorParams& p) {
  constexpr std::uint64_t kMost = 16 * kMiB;
  const bool one = p.sizes.size() == 1 && p.sizes.front().weight == 1;
  Field rate = number("rate", p.rate, 0, 1e12, "requests a second of the open-loop arrivals");
  rate.open = true;
  return {
      bytes("footprint", p.footprint, 1, 1ull << 59, "range of addresses it visits"),
      policy("pattern", p.pattern, endpoints::kPatterns, "order in which it visits them"),
      bytes("stride", p.stride, 1, 1ull << 59, "step of pattern \"strided\""),
      number("zipf_exponent", p.zipf_exponent, 0, 4, "of pattern \"zipf\""),
      bytes("size", p.sizes.front().bytes, 1, kMost, "size of every request").instead_of("sizes").show_if(one),
      field("sizes", Kind::Sizes, &p.sizes, "sizes of requests and how often each is drawn").show_if(!one),
      bytes("alignment", p.alignment, 0, kMost, "of addresses; 0: the largest size, rounded up to a power of two")
          .power2(),
      integer("read_percent", p.read_percent, 0, 100, "share of reads; the rest are writes"),
      policy("arrival", p.arrival, endpoints::kArrivals, "when requests come into being"),
      integer("queue_depth", p.queue_depth, 1, 4096, "requests in flight at most"),
      rate,
      integer("backlog", p.backlog, 0, 1ull << 32, "open-loop arrivals that may wait for the queue; more are dropped"),
      integer("count", p.count, 0, kAny64, "requests to issue; 0: until the run ends"),
      time("start", p.start, 0, kLongest, "time of the first request"),
      flag("data", p.data, "move real bytes, not only their time"),
      flag("relaxed_order", p.relaxed_order, "requests carry the relaxed-ordering attribute"),
  };
}

std::vector<Field> fields(endpoints::PopulateParams& p) {
  return {
      bytes("size", p.size, 4096, 1ull << 50, "memory mapped"),
      bytes("chunk", p.chunk, 4096, kGiB, "memory of one mapping call").power2(),
      integer("concurrency", p.concurrency, 1, 256, "mapping calls under way at once"),
      choice("teardown", &p.teardown, {"none", "buffers", "window"},
             "what follows: nothing, an unmap for each map, or the clearing of the whole window"),
  };
}

std::vector<Field> fields(TraceConfig& t, endpoints::PlayerParams& p) {
  return {
      text("file", t.file, "trace to play; a relative path starts at the configuration's folder"),
      text("device", t.device, "device of the trace, as the trace names it"),
      flag("transpose", t.transpose, "under the PE's layout; false: at the recorded addresses"),
      policy("iova", t.iova, arch::kIovaAllocators, "how a per-I/O window's addresses are handed out"),
      integer("queue_depth", p.queue_depth, 1, 4096, "DMA requests in flight at most"),
      integer("lookahead", p.lookahead, 1, 256, "operations (maps, unmaps, accesses) looked at ahead"),
      integer("count", p.count, 0, kAny64, "DMA requests to make; 0: all of the trace"),
      flag("repeat", p.repeat, "begin again at the trace's end"),
      time("start", p.start, 0, kLongest, "time of the first operation"),
  };
}

std::vector<Field> fields(HostConfig& h) {
  return {
      choice("stack", &h.stack, {"bare", "linux-dma", "iommufd", "vfio-spapr"},
             "software that maps buffers: TCE stores and kills without a kernel, Linux's DMA mapping on its CPUs, or "
             "user-space drivers that call iommufd or VFIO's sPAPR container"),
      choice("firmware", &h.firmware, {"opal", "papr"},
             "what Linux runs on: bare metal (powernv), or a partition that makes hypercalls (pseries)"),
  };
}

std::vector<Field> fields(host::VfioParams& p) {
  constexpr Tick kMost = 100 * kPsPerUs;
  std::vector<std::string> iova = {"kernel"};
  for (const auto& a : arch::kIovaAllocators) iova.emplace_back(a.name);
  return {
      integer("cpus", p.cpus, 1, 2048, "CPUs that the drivers' system calls run on"),
      integer("cpus_per_device", p.cpus_per_device, 1, 2048, "CPUs that take a device's calls in turn").assumption(),
      bytes("page_size", p.page_size, 4096, 65536, "page of the kernel: what is pinned and charged").values({4096, 65536}),
      choice("iova", &p.iova, iova,
             "who chooses bus addresses: the kernel (iommufd only), or the driver by one of the allocators"),
      flag("large_io_pages", p.large_io_pages,
           "iommufd: allow windows whose I/O page is larger than the kernel's, which Linux refuses"),
      time("ioctl", p.ioctl, 0, kMost, "a system call besides what follows").assumption(),
      time("area", p.area, 0, kMost, "an area entered in or taken out of the address space, under its lock").assumption(),
      time("pin_page", p.pin_page, 0, kMost, "a page pinned and charged, or given back").assumption(),
      time("tce", p.tce, 0, kMost, "a TCE computed and stored, besides memory").assumption(),
      time("firmware_call", p.firmware_call, 0, kMost, "into OPAL and back, for a kill").assumption(),
      time("lock_handover", p.lock_handover, 0, kMost, "a contended lock from CPU to CPU").assumption(),
  };
}

std::vector<Field> fields(host::LinuxParams& p) {
  constexpr Tick kMost = 100 * kPsPerUs;
  return {
      integer("cpus", p.cpus, 1, 2048, "CPUs that mapping calls run on"),
      integer("cpus_per_device", p.cpus_per_device, 1, 2048, "CPUs that take a device's calls in turn").assumption(),
      policy("iova", p.iova, host::kIovaSpaces, "who hands out bus pages, and when an unmap invalidates"),
      integer("dma_bits", p.dma_bits, 32, 64, "layout \"linux\": bits of the devices' DMA mask"),
      flag("bypass", p.bypass, "layout \"linux\" on bare metal: bypass for devices that reach it (else iommu=nobypass)"),
      flag("disable_ddw", p.disable_ddw, "layout \"linux\" in a partition: the kernel parameter"),
      choice("page_order", &p.page_order, {"largest", "smallest"},
             "layout \"linux\" in a partition: which of the offered pages a dynamic window gets; Linux takes the largest"),
      bytes("hotplug_max", p.hotplug_max, 0, 1ull << 50,
            "layout \"linux\" in a partition: memory that may be plugged in; at least memory.size"),
      flag("pmem", p.pmem, "layout \"linux\" in a partition: there is persistent memory"),
      flag("multi_tce", p.multi_tce, "hypercalls for up to 512 TCEs at once; false: one call each"),
      bytes("page_size", p.page_size, 4096, 65536, "page of the kernel").values({4096, 65536}),
      integer("pools", p.table.pools, 1, 4, "pools of an iommu_table of 1 GiB or more").power2(),
      integer("queue_entries", p.generic.queue_entries, 2, 65536, "lazy: unmaps that a CPU's flush queue holds").assumption(),
      time("queue_timeout", p.generic.queue_timeout, kPsPerUs, kPsPerS, "lazy: first queued unmap to its flush")
          .assumption(),
      time("map_entry", p.map_entry, 0, kMost, "a map besides pages and TCEs; plausible 20-300 ns").assumption(),
      time("unmap_entry", p.unmap_entry, 0, kMost, "an unmap likewise; plausible 20-300 ns").assumption(),
      time("lock_hold", p.lock_hold, 0, kMost, "a locked step of the allocator besides its search; plausible 10-100 ns")
          .assumption(),
      time("probe_word", p.probe_word, 0, kMost, "64 bits of a bitmap looked at; plausible 0.5-10 ns").assumption(),
      time("probe_node", p.probe_node, 0, kMost, "a tree node visited; plausible 2-80 ns").assumption(),
      time("cache_step", p.cache_step, 0, kMost, "a page out of or into a CPU's own magazine; plausible 5-30 ns")
          .assumption(),
      time("lock_handover", p.lock_handover, 0, kMost,
           "a contended lock and its data from CPU to CPU; plausible 40-400 ns")
          .assumption(),
      time("list_entry", p.list_entry, 0, kMost, "a TCE written to a hypercall's list; plausible 0.3-3 ns").assumption(),
      time("tce_store", p.tce_store, 0, kMost, "bare metal: a TCE computed and stored; plausible 1-10 ns").assumption(),
      time("lock_waiter", p.lock_waiter, 0, kMost, "added to a handover for each waiting CPU; plausible 0 (queued locks) to 100 ns")
          .assumption(),
      time("request_work", p.request_work, 0, kPsPerMs,
           "CPU time before each map, of the stack and driver that want it; plausible 0-30 us")
          .assumption(),
      time("pin_page", p.pin_page, 0, kMost, "per page of a map: pinning and accounting; plausible 0 (kernel drivers) to 6 us (VFIO)")
          .assumption(),
      time("firmware_call", p.firmware_call, 0, kMost, "bare metal: into OPAL and back for a kill; plausible 100 ns-2 us")
          .assumption(),
  };
}

std::vector<Field> fields(hypervisor::HypervisorParams& p) {
  constexpr Tick kMost = 10 * kPsPerMs;
  return {
      policy("personality", p.personality, arch::papr::kPersonalityTable, "whose answers it gives"),
      integer("page_mask", p.page_mask, 1, 0x1FF,
              "I/O page sizes offered: 1 4K, 2 64K, 4 16M, 8 32M, 16 64M, 32 128M, 64 256M, 128 16G, 256 2M; what the PHB "
              "lacks is left out"),
      integer("windows", p.windows, 1, 2, "windows of a PE at once; 1 as for an SR-IOV function"),
      integer("pe_tces", p.pe_tces, 1, 1ull << 37, "TCEs that a PE may have"),
      bytes("default_window", p.default_window, 64 * kMiB, 4 * kGiB, "size of the default window").power2(),
      time("call_entry", p.call_entry, 0, kMost, "guest to hypervisor; plausible 50 ns-2 us").assumption(),
      time("call_exit", p.call_exit, 0, kMost, "and back; plausible 50 ns-2 us").assumption(),
      time("tce_work", p.tce_work, 0, kMost, "one TCE checked, translated and stored; plausible 3-100 ns").assumption(),
      time("userspace_exit", p.userspace_exit, 0, kMost, "KVM: to QEMU and back; plausible 2-30 us").assumption(),
      time("rtas_work", p.rtas_work, 0, kMost, "an RTAS call besides memory and registers; plausible 5 us-1 ms")
          .assumption(),
      time("lock_handover", p.lock_handover, 0, kMost, "a table's lock from CPU to CPU; plausible 20-400 ns")
          .assumption(),
      policy("kill_policy", p.kill_policy, hypervisor::kKillPolicies, "which TCE kills follow a change of entries")
          .fact("4.2"),
      flag("kill_on_map", p.kill_on_map, "kill after maps, too"),
      flag("dma_sync", p.dma_sync, "wait for DMA in flight after a kill").fact("4.2"),
      time("poll_interval", p.poll_interval, 1, kPsPerMs, "pause between two polls of a kill or a DMA sync")
          .assumption("4.2"),
  };
}

std::vector<Field> fields(FirmwareConfig& f) {
  return {
      integer("cpu_mhz", f.cpu_mhz, 1, 100000, "clock of the processor; an instruction is one cycle").assumption(),
      integer("timebase_mhz", f.timebase_mhz, 1, 10000, "the processor's time base").fact("8.1"),
      time("xscom_latency", f.xscom_latency, 1, kPsPerMs, "an access of the service bus; plausible 100 ns-2 us")
          .assumption("5.6"),
      choice("job", &f.job, {"bring-up", "self-test", "eeh", "ddw", "all"}, "what the firmware of firmware-stubs does"),
      choice("bug", &f.bug,
             {"none", "stale-tce", "kill-not-waited", "tve-in-flight", "table-reused", "pe-left-frozen",
              "rtt-no-invalidate", "reserved-field"},
             "a mistake that it is to make, for checkers"),
      flag("hostboot", f.hostboot, "it does Hostboot's part, too; else the controllers start as Hostboot leaves them")
          .fact("7.1"),
      flag("quiet", f.quiet, "it prints results only"),
      flag("page_kills", f.page_kills, "it kills single pages in place of PEs").fact("4.2"),
      integer("settle_divisor", f.settle_divisor, 1, 1000000, "its waits for nothing in particular are this much shorter"),
      choice("interrupts", &f.interrupts, {"memory", "queue"},
             "where PHBs store notifications: memory of its choice, or the machine's interrupt queue"),
      text("faults", f.faults,
           "what the machine does by itself: \"PHB KIND at TIME\" or \"PHB KIND after [N] 'WORDS'\" (of a console line), "
           "separated by semicolons"),
  };
}

std::vector<Field> fields(RunConfig& r) {
  return {
      time("duration", r.duration, 0, kLongest, "simulated time; 0: until every endpoint is done"),
      time("warmup", r.warmup, 0, kLongest, "statistics start here"),
      integer("seed", r.seed, 0, kAny64, "of all random choices; equal seeds give equal results"),
      flag("run_ahead", r.run_ahead, "let the engine run ahead of the kernel; changes speed, never results"),
  };
}

std::vector<Field> fields(ExploreConfig& e) {
  return {
      choice("rank_by", &e.rank_by, {"throughput", "latency_p50", "latency_p99", "latency_mean", "cpu_time", "duration"},
             "order of the table of points"),
      integer("jobs", e.jobs, 0, 1024, "processes at once; 0: one per CPU"),
      field("axes", Kind::Axes, &e.axes, "key paths (* for every name) and the values to try"),
  };
}

template <class Integer>
bool fits(std::uint64_t v) {
  return v <= std::numeric_limits<Integer>::max();
}

}  // namespace

// -- lists --------------------------------------------------------------------------------------

std::vector<Field> fields(WindowConfig& w) {
  const bool translated = !w.bypass;
  return {
      flag("bypass", w.bypass, "no translation; nothing but offset is given beside it").fact("2.2").show_if(w.bypass),
      bytes("offset", w.offset, 0, kAny64, "bus address at which it starts; 4 GiB from PHB4 on")
          .values({0, 4 * kGiB, 1ull << 59})
          .fact("1.4"),
      bytes("page_size", w.page_size, 4 * kKiB, 4 * kTiB, "one of the generation's page sizes")
          .power2()
          .fact("0.1")
          .instead_of("bypass")
          .show_if(translated),
      bytes("size", w.size, 0, 1ull << 59, "0: as large as memory, rounded up to a power of two")
          .power2()
          .instead_of("bypass")
          .show_if(translated),
      integer("levels", w.levels, 1, 5, "levels of the TCE table").fact("2.1").instead_of("bypass").show_if(translated),
      choice("population", &w.population, {"on_demand", "full"},
             "tables below the root of a per-I/O window: with the first entry in them, or all at once")
          .instead_of("bypass")
          .show_if(translated),
      choice("mapping", &w.mapping, {"direct", "per_io"},
             "all of memory once before the run, or each buffer before and after its use")
          .instead_of("bypass")
          .show_if(translated),
  };
}

std::vector<Field> fields(endpoints::SizeShare& s) {
  return {
      bytes("bytes", s.bytes, 1, 16 * kMiB, "size of a request"),
      integer("weight", s.weight, 1, 1000000, "how often, relative to the others"),
  };
}

// -- the whole file -------------------------------------------------------------------------------

std::vector<Section> sections(Config& c) {
  const Preset& preset = preset_of(c.generation);
  std::vector<std::string> preset_names;
  for (const Preset& p : kPresets) preset_names.emplace_back(p.name);
  std::vector<std::string> builtin;
  for (const LayoutConfig& l : builtin_layouts(c.generation)) builtin.push_back(l.name);

  std::vector<Section> all;
  all.push_back({"", {text("title", c.title, "one line for tables and reports")}});
  all.push_back({"platform",
                 {choice("preset", &c.preset, preset_names, "generation, and with it every default below")}});
  all.push_back({"memory", fields(c.memory)});
  for (auto& [number, engines] : c.pec_engines)
    all.push_back({under("pec", std::to_string(number)), pec_fields(engines)});
  for (PhbConfig& p : c.phbs) {
    const std::string path = under("phb", p.name);
    all.push_back({path, fields(p, preset)});
    all.push_back({under(path, "link"), fields(p.link, max_link_gen(c.generation, p.index))});
    all.push_back({under(path, "tce"), fields(p.tce)});
    all.push_back({under(path, "host"), fields(p.host)});
  }
  for (LayoutConfig& l : c.layouts) {
    if (std::find(builtin.begin(), builtin.end(), l.name) != builtin.end()) continue;
    all.push_back({under("layout", l.name), fields(l)});
  }
  for (PeConfig& p : c.pes) all.push_back({under("pe", p.name), fields(p)});
  for (EndpointConfig& e : c.endpoints) {
    const std::string path = under("endpoint", e.name);
    all.push_back({path, fields(e)});
    all.push_back({under(path, "generator"), fields(e.generator)});
    all.push_back({under(path, "trace"), fields(e.trace, e.player)});
    all.push_back({under(path, "populate"), fields(e.populate)});
  }
  all.push_back({"host", fields(c.host)});
  all.push_back({"linux", fields(c.linux_dma)});
  all.push_back({"vfio", fields(c.vfio)});
  all.push_back({"hypervisor", fields(c.hypervisor)});
  all.push_back({"firmware", fields(c.firmware)});
  all.push_back({"run", fields(c.run)});
  all.push_back({"explore", fields(c.explore)});
  return all;
}

std::string under(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

std::vector<std::string> children(const std::vector<Section>& all, const std::string& path) {
  std::vector<std::string> out;
  const std::string prefix = path.empty() ? "" : path + ".";
  const auto add = [&out](const std::string& key) {
    if (std::find(out.begin(), out.end(), key) == out.end()) out.push_back(key);
  };
  for (const Section& s : all) {
    if (s.path == path) {
      for (const Field& f : s.fields) add(f.key);
    } else if (s.path.compare(0, prefix.size(), prefix) == 0) {
      const std::string rest = s.path.substr(prefix.size());
      add(rest.substr(0, rest.find('.')));
    }
  }
  if (path.empty())
    for (const std::string& n : kNamed) add(n);
  return out;
}

// -- one field ------------------------------------------------------------------------------------

Field& Field::marked(Mark m, std::string_view where) {
  mark = m;
  source = where;
  return *this;
}

std::string mark_name(Mark mark) {
  switch (mark) {
    case Mark::Fact:
      return "fact";
    case Mark::Inference:
      return "inference";
    case Mark::Assumption:
      return "assumption";
    case Mark::Choice:
      break;
  }
  return "choice";
}

std::string full_meaning(const Field& f) {
  return f.source.empty() ? f.meaning : f.meaning + " (phb.md " + f.source + ")";
}

bool store(const Field& f, std::uint64_t v) {
  if (v < f.min || v > f.max) return false;
  if (f.power_of_two && v != 0 && !is_power_of_two(v)) return false;
  if (!f.only.empty() && std::find(f.only.begin(), f.only.end(), v) == f.only.end()) return false;
  if (auto* const* p = std::get_if<unsigned*>(&f.target)) {
    if (!fits<unsigned>(v)) return false;
    **p = static_cast<unsigned>(v);
  } else if (auto* const* q = std::get_if<Rid*>(&f.target)) {
    if (!fits<Rid>(v)) return false;
    **q = static_cast<Rid>(v);
  } else {
    *std::get<std::uint64_t*>(f.target) = v;
  }
  return true;
}

}  // namespace phbsim::config
