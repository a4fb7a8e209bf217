// SPDX-License-Identifier: Apache-2.0
#include "platform/replay/firmware_replay.hpp"

#include <deque>
#include <memory>
#include <optional>

#include "models/arch/pec/pec_state.hpp"
#include "models/arch/phb_state.hpp"
#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/traces/trace_file.hpp"

namespace phbsim::replay {

namespace {

using arch::ConfigReply;
using arch::ConfigStatus;
using trace::Kind;

constexpr unsigned kPhbs = 6;
constexpr std::string_view kRootPort = "pnv-phb-root-port";

/// Phase marker N was made by reading a byte of a device's configuration space at this register + N,
/// which gave 0; the trace has the marker in place of the device's line.
constexpr unsigned kMarkerRegister = 0xF0;
constexpr Rid kMarkerRid = 0x0100;

/// A configuration cycle as a device saw it.
struct DeviceCycle {
  std::uint64_t line = 0;
  Rid rid = 0;
  unsigned offset = 0;
  std::uint32_t value = 0;
};

/// Devices of all PHBs: they answer with what the trace has next.
class RecordedDevices final : public arch::ConfigBus {
 public:
  std::deque<DeviceCycle> reads;                 ///< announced by the trace, not yet asked for
  std::optional<DeviceCycle> written;            ///< by the model, not yet compared
  std::uint64_t wrong = 0;

  ConfigReply read_config(Rid rid, unsigned offset, unsigned) override {
    // Nobody answers a cycle that no device of the recording saw.
    if (reads.empty()) return {};
    const DeviceCycle c = reads.front();
    reads.pop_front();
    if (c.rid != rid || c.offset != offset) ++wrong;
    return {ConfigStatus::Good, c.value};
  }
  ConfigReply write_config(Rid rid, unsigned offset, unsigned, std::uint32_t value) override {
    written = DeviceCycle{0, rid, offset, value};
    return {ConfigStatus::Good, 0};
  }
};

class NoMemory final : public arch::MemoryView {
 public:
  void read(RealAddr, unsigned char* out, std::size_t n) const override {
    for (std::size_t i = 0; i < n; ++i) out[i] = 0;
  }
  void write(RealAddr, const unsigned char*, std::size_t) override {}
};

class Etu final : public arch::EtuPort {
 public:
  explicit Etu(arch::PhbState& phb) : phb_(phb) {}
  std::uint64_t read(std::uint32_t offset, unsigned bytes) override {
    return phb_.read(offset, bytes, arch::Path::Scom);
  }
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value) override {
    phb_.write(offset, bytes, value, arch::Path::Scom);
  }
  void set_reset(bool asserted) override { phb_.hold_reset(asserted); }
  void fence() override { phb_.fence(); }
  bool transactions_pending() const override { return false; }

 private:
  arch::PhbState& phb_;
};

Rid rid_of(std::string_view bdf, const std::string& where) {
  // "01:00.0"
  const auto hex = [&](std::string_view s) {
    unsigned v = 0;
    for (const char c : s) {
      const int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
      if (d < 0) throw UserError(where + ": BDF is \"" + std::string(bdf) + "\", must look like 01:00.0");
      v = v * 16 + static_cast<unsigned>(d);
    }
    return v;
  };
  const auto colon = bdf.find(':');
  const auto dot = bdf.find('.');
  if (colon == std::string_view::npos || dot == std::string_view::npos || dot < colon)
    throw UserError(where + ": BDF is \"" + std::string(bdf) + "\", must look like 01:00.0");
  return static_cast<Rid>(hex(bdf.substr(0, colon)) << 8 | hex(bdf.substr(colon + 1, dot - colon - 1)) << 3 |
                          hex(bdf.substr(dot + 1)));
}

/// The chip of a trace.
class Chip {
 public:
  Chip() {
    std::vector<arch::EtuPort*> ports;
    for (unsigned i = 0; i < kPhbs; ++i) {
      phbs_.push_back(std::make_unique<arch::PhbState>(arch::Generation::Phb4,
                                                       arch::size_of_index(arch::Generation::Phb4, i)));
      phbs_[i]->set_config_bus(&devices);
      phbs_[i]->set_memory(&memory_);
      phbs_[i]->link().hold_up();
      phbs_[i]->link_changed();
      etus_.push_back(std::make_unique<Etu>(*phbs_[i]));
      ports.push_back(etus_.back().get());
    }
    arch::PecOptions options;
    options.lanes[2] = arch::LaneConfig::X8X4X4;
    scom_ = std::make_unique<arch::Scom>(arch::Generation::Phb4, ports, options);
  }

  arch::PhbState& phb(unsigned i) { return *phbs_[i]; }
  arch::Scom& scom() { return *scom_; }

  RecordedDevices devices;

 private:
  NoMemory memory_;
  std::vector<std::unique_ptr<arch::PhbState>> phbs_;
  std::vector<std::unique_ptr<Etu>> etus_;
  std::unique_ptr<arch::Scom> scom_;
};

/// Where an access goes: a PHB, or the SCOM space.
struct Region {
  std::optional<unsigned> phb;  ///< nothing: SCOM
};

std::optional<Region> region_of(std::string_view name) {
  if (name.size() == 6 && name.substr(0, 5) == "phb0." && name[5] >= '0' && name[5] < '0' + static_cast<int>(kPhbs))
    return Region{static_cast<unsigned>(name[5] - '0')};
  if (name.substr(0, 5) == "pec0.") return Region{};
  return std::nullopt;
}

class Run {
 public:
  explicit Run(const std::string& path) : file_(path) {}

  FirmwareReplay replay(const std::function<void(double)>& progress) {
    while (const auto e = file_.next()) {
      const std::string where = file_.path() + ":" + std::to_string(file_.line());
      switch (e->kind) {
        case Kind::MmioRead:
        case Kind::MmioWrite:
          access(*e, where);
          break;
        case Kind::ConfigRead:
          if (e->text[0] != kRootPort)
            chip_.devices.reads.push_back({file_.line(), rid_of(e->text[1], where), static_cast<unsigned>(e->n[0]),
                                           static_cast<std::uint32_t>(e->n[1])});
          break;
        case Kind::Marker:
          chip_.devices.reads.push_back(
              {file_.line(), kMarkerRid, kMarkerRegister + static_cast<unsigned>(e->n[0]), 0});
          break;
        case Kind::ConfigWrite:
          if (e->text[0] != kRootPort) compare_config_write(*e, where);
          break;
        default:
          break;
      }
      if (progress && file_.line() % 4096 == 0) progress(file_.progress());
    }
    // The end of a recording may cut off the access that its last line announces.
    auto& reads = chip_.devices.reads;
    if (reads.size() == 1 && reads.front().line == file_.line()) reads.clear();
    result_.config_wrong += chip_.devices.wrong + chip_.devices.reads.size() + (chip_.devices.written ? 1 : 0);
    if (result_.regions.empty())
      throw UserError(file_.path() + ": no register accesses (mr, mw) of a PHB (phb0.0 to phb0.5) or PEC (pec0.P-...)");
    return std::move(result_);
  }

 private:
  void access(const trace::Event& e, const std::string& where) {
    const auto region = region_of(e.text[0]);
    if (!region)
      throw UserError(where + ": region is \"" + std::string(e.text[0]) +
                      "\", must be phb0.0 to phb0.5, or pec0.0 to pec0.2 with -nest or -pci");
    const auto bytes = static_cast<unsigned>(e.n[1]);
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8)
      throw UserError(where + ": size is " + std::to_string(bytes) + ", must be 1, 2, 4 or 8");
    RegionCount& count = result_.regions[std::string(e.text[0])];
    const bool write = e.kind == Kind::MmioWrite;
    if (chip_.devices.written) {
      ++result_.config_wrong;  // the model wrote a device that the recorded machine did not
      chip_.devices.written.reset();
    }
    std::uint64_t value = 0;
    std::string name;
    if (region->phb) {
      arch::PhbState& phb = chip_.phb(*region->phb);
      const auto offset = static_cast<std::uint32_t>(e.n[0]);
      name = register_of(phb, offset);
      const std::size_t before = chip_.devices.reads.size();
      if (write) {
        phb.write(offset, bytes, e.n[2]);
      } else {
        value = phb.read(offset, bytes);
      }
      result_.config_reads += before - chip_.devices.reads.size();
    } else {
      if (bytes != 8) throw UserError(where + ": size of a SCOM access is " + std::to_string(bytes) + ", must be 8");
      const std::uint64_t scom = e.n[0] >> 3;
      name = chip_.scom().name(scom);
      if (name.empty()) throw UserError(where + ": no register at SCOM address " + text::hex(scom));
      value = write ? chip_.scom().write(scom, e.n[2]).value : chip_.scom().read(scom).value;
    }
    if (write) {
      ++count.writes;
      return;
    }
    ++count.reads;
    if (value == e.n[2]) {
      ++count.equal;
      return;
    }
    for (const Explanation& x : explanations()) {
      if (x.reg != name || x.recorded != e.n[2] || x.model != value) continue;
      ++count.explained;
      ++result_.explained[x.id];
      return;
    }
    ++count.unexplained;
    result_.unexplained.push_back({file_.line(), std::string(e.text[0]), name, bytes, e.n[2], value});
  }

  static std::string register_of(const arch::PhbState& phb, std::uint32_t offset) {
    if (const arch::RegSpec* spec = phb.find_register(offset & ~7u))
      return arch::register_name(*spec) + (offset % 8 != 0 ? "+" + std::to_string(offset % 8) : "");
    if (offset >= arch::kRcConfigOffset && offset < arch::kRcConfigOffset + arch::kRcConfigBytes)
      return "root port " + text::hex(offset - arch::kRcConfigOffset);
    return text::hex(offset);
  }

  void compare_config_write(const trace::Event& e, const std::string& where) {
    const auto& w = chip_.devices.written;
    if (w && w->rid == rid_of(e.text[1], where) && w->offset == e.n[0] && w->value == e.n[1]) {
      ++result_.config_writes;
    } else {
      ++result_.config_wrong;
    }
    chip_.devices.written.reset();
  }

  traces::TraceFile file_;
  Chip chip_;
  FirmwareReplay result_;
};

}  // namespace

RegionCount FirmwareReplay::total() const {
  RegionCount t;
  for (const auto& [name, c] : regions) {
    t.writes += c.writes;
    t.reads += c.reads;
    t.equal += c.equal;
    t.explained += c.explained;
    t.unexplained += c.unexplained;
  }
  return t;
}

FirmwareReplay replay_firmware(const std::string& path, const std::function<void(double)>& progress) {
  return Run(path).replay(progress);
}

}  // namespace phbsim::replay
