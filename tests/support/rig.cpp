// SPDX-License-Identifier: Apache-2.0
#include "tests/support/rig.hpp"

#include "models/base/endian.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::test {

// ---------------------------------------------------------------------------------------------
// Device

Device::Device(const sc_core::sc_module_name& name, EngineDriver& driver, Rid rid, unsigned& rank)
    : sc_module(name), link_out("link_out", driver, *this), driver_(driver), rid_(rid), rank_(rank) {}

const Dma& Device::read(Tick at, BusAddr addr, unsigned length) {
  Dma d;
  d.rid = rid_;
  d.addr = addr;
  d.data.assign(length, 0);
  return issue(at, d);
}

const Dma& Device::write(Tick at, BusAddr addr, unsigned length, unsigned char first) {
  std::vector<unsigned char> data(length);
  for (unsigned i = 0; i < length; ++i) data[i] = static_cast<unsigned char>(first + i);
  return write(at, addr, std::move(data));
}

const Dma& Device::write(Tick at, BusAddr addr, std::vector<unsigned char> data) {
  Dma d;
  d.rid = rid_;
  d.write = true;
  d.addr = addr;
  d.data = std::move(data);
  return issue(at, d);
}

const Dma& Device::msi(Tick at, std::uint32_t source) {
  const arch::MsiMessage m = arch::encode_msi(source, true);
  return write(at, m.addr, {static_cast<unsigned char>(m.data), 0, 0, 0});
}

const Dma& Device::add(Tick at, const Dma& dma) {
  requests_.push_back(dma);
  requests_.back().issued = at;
  payloads_.push_back(std::make_unique<DmaPayload>());
  return requests_.back();
}

const Dma& Device::issue(Tick at, const Dma& dma) {
  add(at, dma);
  driver_.schedule(at, this, 0, requests_.size() - 1);
  return requests_.back();
}

const Dma& Device::issue_now(const Dma& dma) {
  add(driver_.now(), dma);
  on_event(0, requests_.size() - 1);
  return requests_.back();
}

void Device::on_event(std::uint32_t, std::uint64_t arg) {
  Dma& d = requests_[arg];
  DmaPayload& p = *payloads_[arg];
  p.prepare(d.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, d.addr, static_cast<unsigned>(d.data.size()),
            d.data.data());
  p.ext.rid = d.rid;
  p.ext.relaxed_order = d.relaxed;
  p.ext.owner = arg;
  p.ext.clock.start(driver_.now());
  link_out.send(p);
}

void Device::on_response(InitiatorPort&, DmaPayload& p) {
  Dma& d = requests_[p.ext.owner];
  CHECK_FALSE(d.is_done());
  d.done = driver_.now();
  d.rank = ++rank_;
  d.ok = p.is_response_ok();
  d.fault = p.ext.fault;
  d.pe = p.ext.pe;
  d.real = p.ext.real;
  d.permissions = p.ext.permissions;
  d.page_shift = p.ext.page_shift;
  d.stages = p.ext.clock.times();
  // Every picosecond of every request belongs to exactly one stage.
  Tick sum = 0;
  for (const Tick t : d.stages) sum += t;
  CHECK(sum == d.latency());
  CHECK(d.ok == (d.fault == arch::Fault::None));
  if (on_done) on_done(d);
}

void Device::on_partial(InitiatorPort&, DmaPayload& p) {
  requests_[p.ext.owner].chunks.push_back({driver_.now(), p.ext.chunk_bytes});
}

void Device::on_release(InitiatorPort&, DmaPayload& p) {
  Dma& d = requests_[p.ext.owner];
  CHECK(d.released == kNever);
  d.released = driver_.now();
}

// ---------------------------------------------------------------------------------------------
// Cpu

Cpu::Cpu(const sc_core::sc_module_name& name, EngineDriver& driver)
    : sc_module(name), mmio_out("mmio_out", driver, *this), driver_(driver) {}

const Access& Cpu::read(Tick at, arch::Reg reg) { return load(at, arch::offset_of(reg), 8); }
const Access& Cpu::write(Tick at, arch::Reg reg, std::uint64_t value) {
  return store(at, arch::offset_of(reg), 8, value);
}
const Access& Cpu::load(Tick at, std::uint64_t addr, unsigned bytes) { return add(at, addr, bytes, false, 0); }
const Access& Cpu::store(Tick at, std::uint64_t addr, unsigned bytes, std::uint64_t value) {
  return add(at, addr, bytes, true, value);
}

const Access& Cpu::write_ioda(Tick at, std::uint64_t address, std::uint64_t value) {
  write(at, arch::Reg::IodaAddr, address);
  return write(at, arch::Reg::IodaData, value);
}

const Access& Cpu::add(Tick at, std::uint64_t addr, unsigned bytes, bool write, std::uint64_t value) {
  Access a;
  a.write = write;
  a.addr = addr;
  a.bytes = bytes;
  a.value = value;
  a.issued = at;
  accesses_.push_back(a);
  slots_.push_back(std::make_unique<Slot>());
  driver_.schedule(at, this, 0, accesses_.size() - 1);
  return accesses_.back();
}

void Cpu::on_event(std::uint32_t, std::uint64_t arg) {
  const Access& a = accesses_[arg];
  Slot& s = *slots_[arg];
  store_be64(s.bytes.data(), a.value << (64 - 8 * a.bytes));
  s.payload.prepare(a.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, a.addr, a.bytes, s.bytes.data());
  s.payload.ext.owner = arg;
  mmio_out.send(s.payload);
}

void Cpu::on_response(InitiatorPort&, DmaPayload& p) {
  Access& a = accesses_[p.ext.owner];
  a.done = driver_.now();
  a.status = p.get_response_status();
  if (!a.write) a.value = load_be64(slots_[p.ext.owner]->bytes.data()) >> (64 - 8 * a.bytes);
}

// ---------------------------------------------------------------------------------------------
// Rig

build::SystemSpec rig_spec() {
  build::SystemSpec spec;
  spec.memory.line_time = 0;
  spec.memory.latency = kMem;
  spec.memory.write_latency = kWrite;
  build::PhbSpec phb;
  phb.with_link = false;
  phb.with_host = false;
  phb.phb.clock_mhz = 1000;
  phb.phb.datapath_bytes = 32;
  phb.phb.rid_cycles = 8;
  phb.phb.tve_cycles = 4;
  phb.phb.completion_cycles = 0;
  phb.phb.register_latency = kMmio;
  phb.tce.clock_mhz = 1000;
  phb.tce.lookup_cycles = 2;
  phb.tce.hit_cycles = 3;
  phb.tce.lookup_interval = 1;
  spec.phbs.push_back(phb);
  return spec;
}

build::SystemSpec link_spec(unsigned devices) {
  build::SystemSpec spec = rig_spec();
  spec.phbs.front().with_link = true;
  spec.phbs.front().devices = devices;
  return spec;
}

Rig::Rig(const build::SystemSpec& spec) : system(spec) {
  for (unsigned i = 0; i < system.phbs().size(); ++i) {
    build::PhbGroup& g = system.phbs()[i];
    build::install_rtt(system, g);
    Ends ends;
    for (unsigned n = 0; n < (g.link ? g.spec.devices : 1); ++n) {
      const auto rid = static_cast<Rid>(kRid + n);
      build::assign_rid(system, g, rid, kPe + n);
      ends.devices.push_back(nullptr);
      if (n < g.spec.mmio_devices) continue;  // the test's own
      ends.devices.back() = std::make_unique<Device>(("device" + std::to_string(i) + "_" + std::to_string(n)).c_str(),
                                                     system.driver(), rid, rank_);
      if (g.link) {
        ends.devices.back()->link_out.bind(g.link->device_in(n));
      } else {
        ends.devices.back()->link_out.bind(g.phb->link_in);
      }
    }
    ends.cpu = std::make_unique<Cpu>(("cpu" + std::to_string(i)).c_str(), system.driver());
    ends.cpu->mmio_out.bind(g.phb->mmio_in);
    if (g.spec.phb.outbound) {
      ends.window = std::make_unique<Cpu>(("window" + std::to_string(i)).c_str(), system.driver());
      ends.window->mmio_out.bind(g.phb->window_in());
      ends.esb = std::make_unique<Cpu>(("esb" + std::to_string(i)).c_str(), system.driver());
      ends.esb->mmio_out.bind(g.phb->esb_in());
    }
    ends_.push_back(std::move(ends));
    g.phb->on_msi = [this](std::uint32_t source, Tick at) {
      msis.push_back({source, at});
      if (on_msi) on_msi(msis.back());
    };
  }
}

std::uint64_t Rig::count(stats::Stat stat, unsigned i) {
  const std::string_view group = stats::spec_of(stat).group;
  if (group == "phb") return phb(i).stats()[stat];
  if (group == "tce") return tce(i).stats()[stat];
  if (group == "link") return link(i).stats()[stat];
  REQUIRE(group == "memory");
  return system.memory().stats()[stat];
}

void Rig::assign(Rid rid, PeNumber pe, unsigned i) { build::assign_rid(system, system.phbs()[i], rid, pe); }

Window Rig::translated(PeNumber pe, unsigned levels, bool upper, unsigned page_shift, std::uint64_t table_bytes,
                       unsigned i) {
  arch::WindowShape shape;
  shape.levels = levels;
  shape.page_shift = page_shift;
  shape.table_bytes = table_bytes;
  Window w;
  w.table = std::make_unique<arch::TceTable>(shape, system.region());
  w.pe = pe;
  w.base = upper ? kUpper : 0;
  state(i).set_tve(pe * 2 + (upper ? 1 : 0), arch::encode_translated(w.table->shape()));
  return w;
}

BusAddr Rig::map(Window& w, std::uint64_t index, RealAddr real, std::uint64_t permissions) {
  w.table->put(store(), index, real | permissions);
  return w.page(index);
}

std::uint64_t Rig::bypass_word(bool upper, unsigned i) {
  return arch::encode_bypass(upper ? kUpper : 0, kTiB, state(i).facts());
}

void Rig::bypass(PeNumber pe, bool upper, unsigned i) {
  state(i).set_tve(pe * 2 + (upper ? 1 : 0), bypass_word(upper, i));
}

void Rig::fill(RealAddr addr, unsigned bytes) {
  std::vector<unsigned char> data(bytes);
  for (unsigned i = 0; i < bytes; ++i) data[i] = pattern(addr + i);
  store().write(addr, data.data(), bytes);
}

std::vector<unsigned char> Rig::bytes(RealAddr addr, unsigned n) {
  std::vector<unsigned char> data(n);
  store().read(addr, data.data(), n);
  return data;
}

void Rig::run_to(Tick t) {
  if (t > now()) system.driver().start(t - now());
}

void Rig::at(Tick t, std::function<void()> action) {
  actions_.push_back(std::move(action));
  system.driver().schedule(t, this, 0, actions_.size() - 1);
}

void Rig::on_event(std::uint32_t, std::uint64_t arg) { actions_[arg](); }

Tick Rig::warm(unsigned i) {
  for (auto& d : ends_[i].devices) {
    if (d == nullptr) continue;
    const PeNumber pe = store().read_be16(arch::rte_address(state(i).rtt_base(), d->rid()));
    const std::uint64_t before = state(i).tve_word(pe * 2 + 1);
    bypass(pe, true, i);
    const Dma& r = d->read(now(), kUpper, 1);
    while (!r.is_done()) run_for(100 * kPsPerNs);
    state(i).set_tve(pe * 2 + 1, before);
  }
  run_to((now() / kPsPerUs + 2) * kPsPerUs);
  system.registry().reset();
  rank_ = 0;
  return now();
}

bool Rig::turns_true_at(Tick t, const std::function<bool()>& condition) {
  run_to(t - 1);
  if (now() != t - 1) {
    UNSCOPED_INFO("the rig is at " << now() << " ps already, wanted to look at " << t - 1);
    return false;
  }
  if (condition()) {
    UNSCOPED_INFO("true at " << t - 1 << " ps already");
    return false;
  }
  run_to(t);
  if (condition()) return true;
  UNSCOPED_INFO("false at " << t << " ps");
  return false;
}

bool Rig::done_exactly(const Dma& r, Tick t) {
  if (turns_true_at(t, [&] { return r.is_done(); })) return true;
  if (!r.is_done()) run_for(100 * kPsPerUs);
  UNSCOPED_INFO("done at " << r.done << " ps, expected " << t << " ps: " << static_cast<std::int64_t>(r.done - t)
                           << " ps away");
  return false;
}

bool Rig::done_exactly(const Access& a, Tick t) {
  if (turns_true_at(t, [&] { return a.is_done(); })) return true;
  if (!a.is_done()) run_for(100 * kPsPerUs);
  UNSCOPED_INFO("done at " << a.done << " ps, expected " << t << " ps");
  return false;
}

}  // namespace phbsim::test
