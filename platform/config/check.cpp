// SPDX-License-Identifier: Apache-2.0
#include "platform/config/check.hpp"

#include <algorithm>
#include <filesystem>

#include "models/arch/iova/iova_allocator.hpp"
#include "models/arch/tce_table.hpp"
#include "models/arch/tve.hpp"
#include "models/base/bits.hpp"
#include "platform/config/read.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::config {

namespace {

constexpr BusAddr k4G = 4 * kGiB;
constexpr BusAddr kHigh = 1ull << 59;

template <class T>
std::vector<std::string> names_of(const std::vector<T>& all) {
  std::vector<std::string> out;
  for (const T& t : all) out.push_back(t.name);
  return out;
}

class Checker {
 public:
  explicit Checker(const Config& config) : c_(config) {}

  std::vector<Problem> run() {
    check_memory();
    for (const PhbConfig& p : c_.phbs) check_phb(p);
    for (const LayoutConfig& l : c_.layouts) check_layout(l);
    for (const PeConfig& p : c_.pes) check_pe(p);
    for (const PhbConfig& p : c_.phbs) check_split(p);
    for (const EndpointConfig& e : c_.endpoints) check_endpoint(e);
    check_host();
    check_run();
    return std::move(problems_);
  }

 private:
  void problem(const std::string& key, const std::string& message) { problems_.push_back({key, message}); }

  void not_found(const std::string& key, const std::string& kind, const std::string& name,
                 const std::vector<std::string>& known) {
    if (name.empty()) {
      problem(key, "missing; allowed: " + (known.empty() ? "name of a [" + kind + ".<name>]" : list(known)));
      return;
    }
    const std::string hint = did_you_mean(name, known);
    problem(key, quote(name) + " is no " + kind + (hint.empty() ? "; allowed: " + list(known) : hint));
  }

  static std::vector<std::string> allocators() {
    std::vector<std::string> names;
    for (const auto& a : arch::kIovaAllocators) names.emplace_back(a.name);
    return names;
  }

  static std::string list(const std::vector<std::string>& names) {
    if (names.empty()) return "none is there";
    std::vector<std::string> quoted;
    for (const std::string& n : names) quoted.push_back(quote(n));
    return join(quoted, ", ");
  }

  void check_memory() {
    if (c_.memory.size % arch::kBypassGranule != 0) {
      problem("memory.size", bytes_text(c_.memory.size) + " is not allowed; allowed: a multiple of 16M");
    }
  }

  void check_phb(const PhbConfig& p) {
    const std::string key = "phb." + p.name + ".";
    for (const PhbConfig& other : c_.phbs) {
      if (&other == &p) break;
      if (other.index == p.index) {
        problem(key + "index",
                std::to_string(p.index) + " is taken by phb." + other.name + "; allowed: one PHB per index");
        break;
      }
    }
    // One payload of the largest size must fit the receiver's buffers, or the link stands still.
    const unsigned units = p.link.mps / 16;
    const std::pair<const char*, unsigned> credits[] = {{"credit_p_data", p.link.credit_p_data},
                                                        {"credit_cpl_data", p.link.credit_cpl_data},
                                                        {"device_p_data", p.link.device_p_data},
                                                        {"device_cpl_data", p.link.device_cpl_data}};
    for (const auto& [name, value] : credits) {
      if (value != 0 && value < units) {
        problem(key + "link." + name, std::to_string(value) +
                                          " does not hold one payload of link.mps = " + std::to_string(p.link.mps) +
                                          "; allowed: 0 or at least " + std::to_string(units));
      }
    }
    if (p.tce.replacement == "plru" && (!is_power_of_two(p.tce.ways) || p.tce.ways > 32)) {
      problem(key + "tce.ways",
              std::to_string(p.tce.ways) + " is not allowed with replacement \"plru\"; allowed: 1..32, a power of two");
    }
  }

  const PhbConfig* phb_of(const PeConfig& pe) const { return c_.find_phb(pe.phb); }

  /// A page size may be odd only if every PHB that has the layout takes it.
  bool any_page_size(const LayoutConfig& l) const {
    bool used = false;
    for (const PeConfig& pe : c_.pes) {
      const PhbConfig* phb = phb_of(pe);
      if (pe.layout != l.name || phb == nullptr) continue;
      used = true;
      if (!phb->phb.options.allow_any_page_size) return false;
    }
    return used;
  }

  void check_layout(const LayoutConfig& l) {
    const arch::GenerationFacts& facts = arch::facts_of(c_.generation, arch::PhbSize::Big);
    const std::string windows = "layout." + l.name + ".windows";
    const WindowConfig* upper = nullptr;
    for (std::size_t i = 0; i < l.windows.size(); ++i) {
      const WindowConfig& w = l.windows[i];
      const std::string key = windows + "[" + std::to_string(i) + "].";
      const auto same = [&w](const WindowConfig& other) { return other.offset == w.offset; };
      const auto first = std::find_if(l.windows.begin(), l.windows.end(), same);
      if (first != l.windows.begin() + static_cast<std::ptrdiff_t>(i)) {
        problem(key + "offset", quote(bytes_text(w.offset)) + " is taken by windows[" +
                                    std::to_string(first - l.windows.begin()) + "]; allowed: one window per offset");
      } else if (w.offset != 0) {
        if (upper != nullptr) {
          problem(key + "offset", quote(bytes_text(w.offset)) + " cannot stand beside " +
                                      quote(bytes_text(upper->offset)) +
                                      "; allowed: one window above 0, at 4G or at 512P");
        }
        upper = &w;
      }
      if (w.offset == k4G && !facts.tve_select_register) {
        problem(key + "offset", "\"4G\" is not allowed on " + std::string(facts.processor) +
                                    ", whose second TVE starts at 2^59; allowed: 0, \"512P\"");
      }
      if (!w.bypass) check_window(w, key, facts, any_page_size(l));
    }
  }

  void check_window(const WindowConfig& w, const std::string& key, const arch::GenerationFacts& facts, bool any_page) {
    const unsigned shift = log2_floor(w.page_size);
    if (!any_page && !arch::supports_page_shift(facts, shift)) {
      std::vector<std::string> sizes;
      for (const auto s : facts.page_shifts) sizes.push_back(quote(bytes_text(1ull << s)));
      problem(key + "page_size", quote(bytes_text(w.page_size)) + " is not allowed on " + std::string(facts.processor) +
                                     "; allowed: " + join(sizes, ", ") + " (or set allow_any_page_size of its PHBs)");
      return;
    }
    const std::uint64_t size = window_size(w, c_.memory);
    if (size < w.page_size) {
      problem(key + "size", bytes_text(size) + " is less than one page of " + bytes_text(w.page_size));
      return;
    }
    if (w.mapping == Mapping::Direct && size < c_.memory.size) {
      problem(key + "size", quote(bytes_text(w.size)) +
                                " cannot map all of memory.size = " + bytes_text(c_.memory.size) +
                                " directly; allowed: 0 or at least " + bytes_text(c_.memory.size));
    }
    // From 4 GiB on nothing is subtracted: the table starts at address 0 (phb.md 1.4).
    const std::uint64_t span = w.offset == k4G ? k4G + size : size;
    arch::WindowShape shape;
    shape.levels = w.levels;
    shape.page_shift = shift;
    shape.table_bytes = arch::table_bytes_for(span, shift, w.levels);
    const std::string wrong = arch::check_shape(shape, facts, any_page);
    if (!wrong.empty()) problem(key + "levels", wrong);
  }

  void check_pe(const PeConfig& pe) {
    const std::string key = "pe." + pe.name + ".";
    if (c_.find_layout(pe.layout) == nullptr) {
      if (pe.layout.empty()) {
        problem(key + "layout", "missing; allowed: the name of a [layout.<name>] or of a built-in layout");
      } else {
        not_found(key + "layout", "layout", pe.layout, names_of(c_.layouts));
      }
    }
    if (pe.layout == kLinuxLayout && !c_.linux_stack()) {
      problem(key + "layout", "\"linux\" is not allowed with host.stack " + quote(c_.host.stack) +
                              "; allowed: with \"linux-dma\"");
    }
    check_user_windows(pe, key);
    const PhbConfig* phb = phb_of(pe);
    if (phb == nullptr) {
      not_found(key + "phb", "phb", pe.phb, names_of(c_.phbs));
      return;
    }
    const arch::GenerationFacts& facts = arch::facts_of(phb->phb.generation, phb->phb.size);
    if (pe.number + 2 > facts.max_pes) {
      problem(key + "number", std::to_string(pe.number) + " is not allowed on phb." + phb->name + " (" +
                                  std::string(facts.name) + "); allowed: 0.." + std::to_string(facts.max_pes - 2) +
                                  ", firmware reserves " + std::to_string(facts.max_pes - 1));
    }
    for (const PeConfig& other : c_.pes) {
      if (&other == &pe) break;
      if (other.phb == pe.phb && other.number == pe.number) {
        problem(key + "number", std::to_string(pe.number) + " is taken by pe." + other.name + " on phb." + phb->name);
        break;
      }
    }
  }

  /// Where the second TVE starts is one bit for all PEs of a PHB.
  void check_split(const PhbConfig& phb) {
    const PeConfig* at_4g = nullptr;
    const auto each = [&](auto&& visit) {
      for (const PeConfig& pe : c_.pes) {
        const LayoutConfig* l = c_.find_layout(pe.layout);
        if (pe.phb != phb.name || l == nullptr) continue;
        for (const WindowConfig& w : l->windows) visit(pe, w);
      }
    };
    each([&](const PeConfig& pe, const WindowConfig& w) {
      if (w.offset == k4G && at_4g == nullptr) at_4g = &pe;
    });
    if (at_4g == nullptr) return;
    const std::string why = "pe." + at_4g->name + " has one at 4G, and all PEs of phb." + phb.name +
                            " split their addresses at the same place";
    each([&](const PeConfig& pe, const WindowConfig& w) {
      const std::string key = "pe." + pe.name + ".layout";
      if (w.offset == kHigh && pe.layout != at_4g->layout) {
        problem(key, quote(pe.layout) + " has a window at 512P, but " + why);
      } else if (w.offset == 0 && window_size(w, c_.memory) > k4G) {
        problem(key, quote(pe.layout) + " has a window of " + bytes_text(window_size(w, c_.memory)) + " at 0, but " +
                         why + "; allowed: up to 4G");
      }
    });
  }

  void check_endpoint(const EndpointConfig& e) {
    const std::string key = "endpoint." + e.name + ".";
    const PeConfig* pe = c_.find_pe(e.pe);
    const LayoutConfig* layout = pe == nullptr ? nullptr : c_.find_layout(pe->layout);
    if (pe == nullptr) {
      not_found(key + "pe", "pe", e.pe, names_of(c_.pes));
    } else {
      for (const EndpointConfig& other : c_.endpoints) {
        if (&other == &e) break;
        const PeConfig* other_pe = c_.find_pe(other.pe);
        if (other_pe != nullptr && other_pe->phb == pe->phb && other.rid == e.rid) {
          problem(key + "rid", quote(rid_text(e.rid)) + " is taken by endpoint." + other.name + " on phb." + pe->phb);
          break;
        }
      }
    }
    const WindowConfig* window = nullptr;
    if (layout != nullptr && !layout->windows.empty()) {
      if (e.window < layout->windows.size()) {
        window = &layout->windows[e.window];
      } else {
        const std::size_t last = layout->windows.size() - 1;
        problem(key + "window", std::to_string(e.window) + " is not allowed: layout " + quote(layout->name) + " has " +
                                    std::to_string(last + 1) + (last == 0 ? " window" : " windows") +
                                    "; allowed: " + (last == 0 ? "0" : "0.." + std::to_string(last)));
      }
    }
    if (layout != nullptr && (e.workload == "program") != (layout->name == kProgramLayout)) {
      problem(key + "workload", quote(e.workload) + " is not allowed with layout " + quote(layout->name) +
                                    "; allowed: \"program\" and layout \"program\" together");
    }
    if (e.workload == "program") return;
    if (e.workload == "trace") {
      check_trace(e, key + "trace.");
    } else if (e.workload == "populate") {
      check_populate(e, key, window);
    } else {
      check_generator(e.generator, key + "generator.", window);
      const bool mapped = window != nullptr && !window->bypass && window->mapping == Mapping::PerIo;
      if (mapped && c_.kernel_maps() && e.generator.arrival != "closed") {
        problem(key + "generator.arrival", quote(e.generator.arrival) + " is not allowed in a per-I/O window under host.stack " +
                                               quote(c_.host.stack) + "; allowed: \"closed\"");
      }
    }
  }

  /// Windows that user space gets by HWPT_ALLOC or SPAPR_TCE_CREATE.
  void check_user_windows(const PeConfig& pe, const std::string& key) {
    const LayoutConfig* layout = c_.find_layout(pe.layout);
    if (!c_.vfio_stack() || layout == nullptr) return;
    const std::string where = "layout " + quote(pe.layout) + " is not allowed with host.stack " + quote(c_.host.stack) + ": ";
    for (const WindowConfig& w : layout->windows) {
      if (w.bypass) {
        problem(key + "layout", where + "user space gets no bypass; allowed: windows that translate");
      } else if (c_.host.stack == "iommufd" && w.page_size > c_.vfio.page_size && !c_.vfio.large_io_pages) {
        problem(key + "layout", where + "its I/O page of " + bytes_text(w.page_size) + " is larger than vfio.page_size = " +
                                    bytes_text(c_.vfio.page_size) + ", which iommufd refuses; allowed: up to that, or "
                                    "vfio.large_io_pages = true");
      } else if (c_.host.stack == "vfio-spapr" && w.offset == k4G) {
        problem(key + "layout", where + "VFIO's second window lies at 512P; allowed: offset 0 or \"512P\"");
      }
    }
    if (c_.vfio.iova != "kernel") return;
    const EndpointConfig* first = nullptr;
    for (const EndpointConfig& e : c_.endpoints) {
      if (e.pe != pe.name) continue;
      if (first == nullptr) first = &e;
      if (e.window != first->window) {
        problem("endpoint." + e.name + ".window", std::to_string(e.window) + " is not allowed beside window " +
                    std::to_string(first->window) + " of endpoint." + first->name + " with vfio.iova \"kernel\", which "
                    "allows one window of a PE; allowed: the same one, or another vfio.iova");
      }
    }
  }

  /// A hypervisor's windows are made by it: one that a driver maps in has no other way to be filled.
  void check_host() {
    if (c_.host.stack == "vfio-spapr" && c_.vfio.iova == "kernel") {
      problem("vfio.iova", "\"kernel\" is not allowed with host.stack \"vfio-spapr\", whose caller chooses bus addresses; "
                           "allowed: " + list(allocators()));
    }
    if (!c_.partitioned() || c_.linux_stack()) return;
    problem("host.firmware", "\"papr\" is not allowed with host.stack " + quote(c_.host.stack) +
                             ", which makes no hypercalls; allowed: \"opal\", or host.stack \"linux-dma\"");
  }

  void check_populate(const EndpointConfig& e, const std::string& key, const WindowConfig* window) {
    if (!c_.kernel_maps()) {
      problem(key + "workload", "\"populate\" needs software that maps; allowed: with host.stack \"linux-dma\", "
                                "\"iommufd\" or \"vfio-spapr\"");
    }
    if (window == nullptr) return;
    if (window->bypass || window->mapping == Mapping::Direct) {
      problem(key + "window", "\"populate\" needs a window with mapping \"per_io\"");
    } else if (e.populate.size > window_size(*window, c_.memory)) {
      problem(key + "populate.size", bytes_text(e.populate.size) + " does not fit the window of " +
                                         bytes_text(window_size(*window, c_.memory)));
    }
    if (e.populate.teardown == "window" && c_.partitioned()) {
      problem(key + "populate.teardown", "\"window\" is not allowed with host.firmware \"papr\", where a window is "
                                         "cleared by calls; allowed: \"none\", \"buffers\"");
    }
  }

  void check_trace(const EndpointConfig& e, const std::string& key) {
    if (!e.trace.transpose && c_.kernel_maps()) {
      problem(key + "transpose", "false is not allowed with host.stack " + quote(c_.host.stack) +
                                 ": what was recorded has its bus addresses; allowed: true, or host.stack \"bare\"");
    }
    if (e.trace.file.empty()) {
      problem(key + "file", "missing; the workload \"trace\" needs a file");
    } else if (std::error_code error; !std::filesystem::is_regular_file(e.trace.file, error)) {
      problem(key + "file", "there is no file " + quote(e.trace.file));
    }
    if (e.trace.device.empty()) problem(key + "device", "missing; the workload \"trace\" needs a device of the trace");
  }

  void check_generator(const endpoints::GeneratorParams& g, const std::string& key, const WindowConfig* window) {
    unsigned largest = 0;
    for (const endpoints::SizeShare& s : g.sizes) largest = std::max(largest, s.bytes);
    if (largest > g.footprint) {
      problem(key + "footprint",
              bytes_text(g.footprint) + " does not hold the largest request of " + bytes_text(largest));
    }
    if (window == nullptr) return;
    const bool all_memory = window->bypass || window->mapping == Mapping::Direct;
    const std::uint64_t room = all_memory ? c_.memory.size : window_size(*window, c_.memory);
    if (g.footprint > room) {
      problem(key + "footprint", bytes_text(g.footprint) + " does not fit " +
                                     (all_memory ? "memory.size = " : "the window of ") + bytes_text(room));
    }
  }

  void check_run() {
    if (c_.phbs.empty()) problem("phb", "a run needs at least one [phb.<name>]");
    if (c_.pes.empty()) problem("pe", "a run needs at least one [pe.<name>]");
    if (c_.endpoints.empty()) problem("endpoint", "a run needs at least one [endpoint.<name>]");
    const RunConfig& r = c_.run;
    if (r.duration != 0) {
      if (r.warmup >= r.duration) {
        problem("run.warmup", quote(time_text(r.warmup)) +
                                  " is not allowed; allowed: less than run.duration = " + time_text(r.duration));
      }
      return;
    }
    std::vector<std::string> endless;
    for (const EndpointConfig& e : c_.endpoints) {
      const bool ends = e.workload == "populate" || e.workload == "program" ? true : e.workload == "trace" ? !e.player.repeat || e.player.count > 0 : e.generator.count > 0;
      if (!ends) endless.push_back("endpoint." + e.name);
    }
    if (!endless.empty()) {
      problem("run.duration", "0 is not allowed: " + join(endless, ", ") + " never ends; set a duration or a count");
    }
  }

  const Config& c_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check(const Config& config) { return Checker(config).run(); }

}  // namespace phbsim::config
