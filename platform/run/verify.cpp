// SPDX-License-Identifier: Apache-2.0
#include "platform/run/verify.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <memory>

#include "models/base/text.hpp"
#include "platform/build/system.hpp"
#include "platform/traces/machine.hpp"
#include "platform/traces/trace_file.hpp"

namespace phbsim::run {

namespace {

using arch::Reg;
using traces::Action;

constexpr std::size_t kKept = 10;

/// Takes the trace's actions one after the other to memory, registers and links, as CPU and devices
/// would, and waits for each.
class Verifier final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  Verifier(const sc_core::sc_module_name& name, build::System& system, const traces::Survey& survey,
           traces::TraceFile& file, Verification& result, const std::function<void(double)>& progress)
      : sc_module(name),
        mem_out("mem_out", system.driver(), *this, 0),
        driver_(system.driver()),
        machine_(survey, reference_memory_),
        file_(file),
        result_(result),
        progress_(progress) {
    for (unsigned i = 0; i < survey.phbs.size(); ++i) {
      link_out_.push_back(std::make_unique<InitiatorPort>(("link_out_" + std::to_string(i)).c_str(), driver_,
                                                          static_cast<InitiatorPort::Client&>(*this), 1));
      mmio_out_.push_back(std::make_unique<InitiatorPort>(("mmio_out_" + std::to_string(i)).c_str(), driver_,
                                                          static_cast<InitiatorPort::Client&>(*this), 2));
      link_out_.back()->bind(system.phbs()[i].link->device_in(0));
      mmio_out_.back()->bind(system.phbs()[i].phb->mmio_in);
    }
    mem_out.bind(system.extra_memory_port(0));
  }

  InitiatorPort mem_out;
  bool finished() const { return finished_; }
  std::exception_ptr error;

 private:
  enum class Step : std::uint8_t { Store, Register, KillPoll, Token, Dma, ReadBack };

  void start_of_simulation() override {
    machine_.begin(actions_);
    driver_.schedule(0, this, 0, 0);
  }
  void on_event(std::uint32_t, std::uint64_t) override { guarded(); }
  void on_response(InitiatorPort&, DmaPayload&) override {
    finish_step();
    guarded();
  }

  // An error in the trace ends the run and is thrown where it was started.
  void guarded() {
    try {
      advance();
    } catch (...) {
      error = std::current_exception();
      driver_.stop();
    }
  }

  void advance() {
    if (more_) {
      more_ = false;
      continue_action();
      return;
    }
    while (next_ == actions_.size()) {
      actions_.clear();
      next_ = 0;
      const auto event = file_.next();
      if (!event) {
        finished_ = true;
        driver_.stop();
        return;
      }
      machine_.apply(*event, file_.path() + ":" + std::to_string(file_.line()), actions_);
      if (progress_ && file_.line() % 4096 == 0) progress_(file_.progress());
    }
    begin_action(actions_[next_++]);
  }

  void begin_action(const Action& a) {
    action_ = a;
    switch (a.kind) {
      case Action::Kind::Store:
        ++result_.stores;
        if (a.half) {
          store_be16(bytes_.data(), static_cast<std::uint16_t>(a.value));
        } else {
          store_be64(bytes_.data(), a.value);
        }
        memory_access(Step::Store, true, a.addr, a.half ? 2 : 8);
        break;
      case Action::Kind::RegisterWrite:
        ++result_.register_writes;
        register_access(Step::Register, true, static_cast<std::uint32_t>(a.addr), a.value);
        break;
      case Action::Kind::RegisterRead:
        register_access(Step::Register, false, static_cast<std::uint32_t>(a.addr), 0);
        break;
      case Action::Kind::Translate:
        ++result_.translations;
        wrong_ = false;
        check_reference(a);
        // Eight bytes that nothing else has written prove where the access went.
        store_be64(token_.data(), 0xA5A5000000000000ull ^ result_.translations * 0x9E3779B97F4A7C15ull);
        std::copy(token_.begin(), token_.end(), bytes_.begin());
        if (a.access == arch::Access::Read) {
          memory_access(Step::Token, true, real_of(a), a.length);
        } else {
          dma(Step::Dma);
        }
        break;
    }
  }

  // The present action needs a further step.
  void continue_action() {
    switch (step_) {
      case Step::KillPoll:
        register_access(Step::KillPoll, false, arch::offset_of(Reg::QDmaR), 0);
        break;
      case Step::Dma:
        bytes_.fill(0);
        dma(Step::Dma);
        break;
      case Step::ReadBack:
        bytes_.fill(0);
        memory_access(Step::ReadBack, false, real_of(action_), action_.length);
        break;
      default:
        break;
    }
  }

  void finish_step() {
    switch (step_) {
      case Step::Register:
        if (action_.kind == Action::Kind::RegisterWrite && action_.addr == arch::offset_of(Reg::TceKill)) {
          step_ = Step::KillPoll;
          more_ = true;
        }
        break;
      case Step::KillPoll:
        more_ = (load_be64(bytes_.data()) & arch::kQDmaKillPending) != 0;
        break;
      case Step::Token:
        step_ = Step::Dma;
        more_ = true;
        break;
      case Step::Dma:
        check_timed();
        if (action_.access == arch::Access::Write && payload_.is_response_ok()) {
          step_ = Step::ReadBack;
          more_ = true;
          break;
        }
        if (action_.access == arch::Access::Read && payload_.is_response_ok()) check_bytes();
        end_translation();
        break;
      case Step::ReadBack:
        check_bytes();
        end_translation();
        break;
      case Step::Store:
        break;
    }
  }

  static RealAddr real_of(const Action& a) {
    return a.expected | (a.addr & low_mask(std::min(63u, a.page_shift)));
  }

  void memory_access(Step step, bool write, RealAddr addr, unsigned length) {
    step_ = step;
    payload_.prepare(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, addr, length, bytes_.data());
    mem_out.send(payload_);
  }
  void register_access(Step step, bool write, std::uint32_t offset, std::uint64_t value) {
    step_ = step;
    store_be64(bytes_.data(), value);
    payload_.prepare(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, offset, 8, bytes_.data());
    mmio_out_[action_.phb]->send(payload_);
  }
  void dma(Step step) {
    step_ = step;
    payload_.prepare(action_.access == arch::Access::Write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND,
                     action_.addr, action_.length, bytes_.data());
    payload_.ext.rid = action_.rid;
    payload_.ext.clock.start(driver_.now());
    link_out_[action_.phb]->send(payload_);
  }

  void mismatch(const char* model, const std::string& text) {
    wrong_ = true;
    if (result_.first.size() < kKept) result_.first.push_back({file_.line(), model, text});
  }
  void compare(const char* model, std::uint64_t& count, arch::Fault fault, PeNumber pe, RealAddr real,
               std::uint64_t permissions, unsigned page_shift) {
    std::string text;
    const auto differ = [&](const char* what, std::uint64_t got, std::uint64_t want) {
      if (got != want) text += std::string(text.empty() ? "" : ", ") + what + " " + text::hex(got) + " expected " + text::hex(want);
    };
    if (fault != arch::Fault::None) {
      text = std::string("fault ") + std::string(arch::spec_of(fault).name);
    } else {
      differ("page", real & ~low_mask(std::min(63u, action_.page_shift)), action_.expected);
      differ("permissions", permissions, action_.permissions);
      differ("page shift", page_shift, action_.page_shift);
      differ("pe", pe, action_.pe);
    }
    if (text.empty()) return;
    ++count;
    mismatch(model, "address " + text::hex(action_.addr) + ": " + text);
  }
  void check_reference(const Action& a) {
    const arch::Translation t = machine_.translate(a);
    compare("reference", result_.reference_mismatches, t.fault, t.pe, t.real, t.permissions, t.page_shift);
  }
  void check_timed() {
    const DmaExtension& e = payload_.ext;
    timed_wrong_ = result_.timed_mismatches;
    compare("timed", result_.timed_mismatches, payload_.is_response_ok() ? arch::Fault::None : e.fault, e.pe, e.real,
            e.permissions, e.page_shift);
  }
  void check_bytes() {
    if (std::equal(token_.begin(), token_.begin() + action_.length, bytes_.begin())) return;
    if (result_.timed_mismatches == timed_wrong_) ++result_.timed_mismatches;
    mismatch("timed", "address " + text::hex(action_.addr) + ": the bytes at " + text::hex(real_of(action_)) +
                          " are not those of the DMA");
  }
  void end_translation() {
    if (wrong_) ++result_.mismatches;
  }

  EngineDriver& driver_;
  memory::SparseStore reference_memory_;
  traces::Machine machine_;
  traces::TraceFile& file_;
  Verification& result_;
  std::function<void(double)> progress_;
  std::vector<std::unique_ptr<InitiatorPort>> link_out_;
  std::vector<std::unique_ptr<InitiatorPort>> mmio_out_;
  std::vector<Action> actions_;
  std::size_t next_ = 0;
  Action action_;
  Step step_ = Step::Store;
  bool more_ = false;
  bool wrong_ = false;
  std::uint64_t timed_wrong_ = 0;
  bool finished_ = false;
  DmaPayload payload_;
  std::array<unsigned char, 8> bytes_{};
  std::array<unsigned char, 8> token_{};
};

}  // namespace

Verification verify_trace(const std::string& path, const std::function<void(double)>& progress) {
  traces::TraceFile file(path);
  const traces::Survey survey = traces::survey(file);
  file.rewind();
  build::SystemSpec spec;
  spec.extra_memory_ports = 1;
  for (unsigned i = 0; i < survey.phbs.size(); ++i) {
    const traces::Survey::Phb& s = survey.phbs[i];
    build::PhbSpec p;
    p.name = "phb" + std::to_string(i);
    p.pec = i;
    p.phb.generation = s.generation;
    p.phb.size = s.size;
    p.phb.options.allow_any_page_size = s.pseries;
    const arch::GenerationFacts& facts = arch::facts_of(s.generation, s.size);
    p.phb.rid_cache_entries = facts.rid_entries;
    p.tce.sets = facts.tce_entries / p.tce.ways;
    p.with_host = false;
    spec.phbs.push_back(p);
  }
  build::System system(spec);
  // As after reset: the trace itself, or what begin() makes of it, sets the registers.
  for (build::PhbGroup& g : system.phbs()) g.phb->state().set_reg(Reg::PhbConfig, 0);
  Verification result;
  Verifier verifier("verifier", system, survey, file, result, progress);
  system.driver().start(kNever);
  if (verifier.error) std::rethrow_exception(verifier.error);
  if (!verifier.finished()) throw ModelError("the replay of " + path + " stopped before its end");
  return result;
}

}  // namespace phbsim::run
