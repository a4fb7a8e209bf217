// SPDX-License-Identifier: Apache-2.0
#include "platform/config/topics.hpp"

#include "models/arch/faults.hpp"
#include "models/arch/generation.hpp"
#include "models/arch/iova/iova_allocator.hpp"
#include "models/arch/papr/personality.hpp"
#include "models/arch/registers.hpp"
#include "models/base/text.hpp"
#include "models/endpoints/policy/arrival.hpp"
#include "models/endpoints/policy/pattern.hpp"
#include "models/hypervisor/kill_policy.hpp"
#include "models/stats/catalogue.hpp"
#include "models/stats/stages.hpp"
#include "models/tce/policy/prefetch.hpp"
#include "models/tce/policy/replacement.hpp"
#include "models/tce/policy/set_hash.hpp"
#include "models/tce/policy/walk_order.hpp"
#include "models/trace/event.hpp"
#include "platform/config/read.hpp"
#include "platform/host/linux/iova_space.hpp"

namespace phbsim::config {

namespace {

template <class Table>
void add_policies(Topic& topic, const std::string& key, const Table& table) {
  for (const auto& p : table) topic.rows.push_back({key, std::string(p.name), std::string(p.description)});
}

Topic policies() {
  Topic t{"policies", "what can be chosen by name, and the key that chooses it", {"key", "name", "meaning"}, {}};
  add_policies(t, "phb.<name>.tce.replacement", tce::kReplacements);
  add_policies(t, "phb.<name>.tce.hash", tce::kSetHashes);
  add_policies(t, "phb.<name>.tce.walk_order", tce::kWalkOrders);
  add_policies(t, "phb.<name>.tce.prefetch", tce::kPrefetches);
  add_policies(t, "phb.<name>.host.kill_policy", hypervisor::kKillPolicies);
  add_policies(t, "endpoint.<name>.generator.pattern", endpoints::kPatterns);
  add_policies(t, "endpoint.<name>.generator.arrival", endpoints::kArrivals);
  add_policies(t, "endpoint.<name>.trace.iova", arch::kIovaAllocators);
  add_policies(t, "linux.iova", host::kIovaSpaces);
  add_policies(t, "hypervisor.personality", arch::papr::kPersonalityTable);
  add_policies(t, "hypervisor.kill_policy", hypervisor::kKillPolicies);
  return t;
}

Topic statistics() {
  Topic t{"stats", "every counter: unit, meaning, counting rule", {"statistic", "unit", "meaning", "counted"}, {}};
  for (const auto& s : stats::kCatalogue) {
    t.rows.push_back({std::string(s.group) + "." + std::string(s.name), std::string(stats::to_string(s.unit)),
                      std::string(s.description), std::string(s.rule)});
  }
  // What results derive from the counters and from the requests themselves.
  const std::vector<std::vector<std::string>> derived = {
      {"endpoint.throughput", "byte/s", "payload read and written", "bytes of completed requests over the time from the start of measurement to the last completion (or the end)"},
      {"endpoint.latency", "ps", "issue to completion; an open loop's arrival to completion", "one record per completed request, errors included; quantiles within 0.4 %"},
      {"endpoint.attribution", "ps", "the same time by stage (phbsim list stages)", "sums over the same requests; the stages of a request add up to its latency exactly"},
      {"pe.throughput", "byte/s", "payload through the windows of a PE", "bytes of TLP parts without fault over the measured time"},
      {"window.throughput", "byte/s", "payload through one TVE", "as pe.throughput"},
      {"link.utilisation", "ppm", "share of the measured time in which a direction's wire was busy", "busy time / measured time"},
      {"phb.engine_utilisation", "ppm", "share of the read engines that were busy", "engine_busy / (measured time x engines the PHB may hold)"},
      {"memory.utilisation", "ppm", "share of the channels that were busy", "busy / (measured time x channels)"},
      {"host.cpu_time", "ps", "CPU-time of mapping", "linux.busy under host.stack \"linux-dma\", vfio.busy under \"iommufd\" and \"vfio-spapr\", else host.busy; per request in tables"},
      {"host.table_bytes", "byte", "memory of TCE tables", "tables that exist at the end, all levels"},
  };
  for (const auto& row : derived) t.rows.push_back(row);
  return t;
}

}  // namespace

std::vector<Topic> topics() {
  std::vector<Topic> all;
  Topic preset{"presets", "platforms for [platform] preset", {"name", "meaning"}, {}};
  for (const auto& p : presets()) preset.rows.push_back({p.name, p.description});
  all.push_back(preset);

  Topic layouts{"layouts", "window layouts that a PE can name", {"name", "generations", "meaning"}, {}};
  const std::pair<arch::Generation, const char*> generations[] = {
      {arch::Generation::Phb3, "PHB3"}, {arch::Generation::Phb4, "PHB4"}, {arch::Generation::Phb5, "PHB5"}};
  for (const auto& [generation, label] : generations) {
    for (const auto& l : builtin_layouts(generation)) {
      bool known = false;
      for (auto& row : layouts.rows) {
        if (row[0] != l.name) continue;
        row[1] += std::string(" ") + label;
        known = true;
      }
      if (!known) layouts.rows.push_back({l.name, label, l.description});
    }
  }
  all.push_back(layouts);
  all.push_back(policies());

  Topic workloads{"workloads", "what an endpoint can do", {"workload", "meaning"}, {}};
  workloads.rows = {{"generator", "DMA by rule: pattern, sizes, read share, closed or open loop"},
                    {"trace", "DMA and mappings of one device of a trace, as recorded or under the PE's layout"},
                    {"populate", "no DMA: memory mapped piece by piece, as for a guest, and taken down again"},
                    {"program", "what a real program tells an I/OAT device to do (phbsim exec)"}};
  all.push_back(workloads);
  all.push_back(statistics());

  Topic stages{"stages", "parts of a request's latency; they add up to it", {"stage", "meaning"}, {}};
  for (const auto& s : stats::kStageTable) stages.rows.push_back({std::string(s.name), std::string(s.description)});
  all.push_back(stages);

  Topic faults{"faults", "faults, their status bit, PEST cause and effect with firmware's enables (PHB4)",
               {"fault", "status bit", "PEST0 bit", "effect", "meaning"}, {}};
  constexpr const char* kBlocks[] = {"PHB_ERR", "TXE", "RXE_ARB", "RXE_MRG", "RXE_TCE", "PBL", "REGB"};
  for (const auto& f : arch::kFaultTable) {
    if (f.fault == arch::Fault::None) continue;
    const arch::FaultEffect e = arch::effect_of(f.fault, arch::Generation::Phb4, arch::firmware_enables(arch::Generation::Phb4));
    std::string effect;
    if (e.freeze) effect += "freeze ";
    if (e.fence) effect += "fence ";
    if (e.interrupt) effect += "interrupt ";
    if (!effect.empty()) effect.pop_back();
    faults.rows.push_back({std::string(f.name),
                           f.bit == arch::kNoBit ? "-" : kBlocks[static_cast<unsigned>(f.block)] + std::string(" ") + std::to_string(f.bit),
                           f.pest_bit == arch::kNoBit ? "-" : std::to_string(f.pest_bit), effect.empty() ? "-" : effect,
                           std::string(f.text)});
  }
  all.push_back(faults);

  Topic registers{"registers", "registers of PHB4; those of all with fields and rules: docs/registers.md", {"offset", "name", "reference"}, {}};
  for (const arch::RegSpec& r : arch::phb_registers()) {
    if (!r.exists_in(arch::Generation::Phb4)) continue;
    registers.rows.push_back({text::hex(r.offset), arch::register_name(r), "phb.md " + std::string(r.section)});
  }
  all.push_back(registers);

  Topic generations_topic{"generations", "what the PHB generations hold",
                          {"name", "processor", "PEs", "TVEs", "interrupts", "TCE cache", "RID cache", "page sizes"}, {}};
  for (const auto& g : arch::kGenerations) {
    std::string sizes;
    for (const auto s : g.page_shifts) sizes += (sizes.empty() ? "" : ", ") + text::bytes(1ull << s);
    generations_topic.rows.push_back({std::string(g.name), std::string(g.processor), std::to_string(g.max_pes),
                                      std::to_string(g.tves), std::to_string(g.interrupts),
                                      std::to_string(g.tce_entries), std::to_string(g.rid_entries), sizes});
  }
  all.push_back(generations_topic);

  Topic lines{"trace-lines", "lines of the trace format", {"code", "fields"}, {}};
  for (const auto& k : trace::kKindTable) lines.rows.push_back({std::string(k.code), std::string(k.names)});
  all.push_back(lines);

  Topic keys{"keys", "every key of a configuration", {"key", "type", "default", "allowed", "mark", "meaning"}, {}};
  for (const auto& k : all_keys()) keys.rows.push_back({k.key, k.type, k.standard, k.allowed, k.mark, k.meaning});
  all.push_back(keys);
  return all;
}

}  // namespace phbsim::config
