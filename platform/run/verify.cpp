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
using traces::Machine;

constexpr std::size_t kKept = 10;

/// Takes the trace's actions one after the other to memory, registers and links, as CPU and devices
/// would, and waits for each.
class Verifier final : public sc_core::sc_module, private InitiatorPort::Client, private EventHandler {
 public:
  Verifier(const sc_core::sc_module_name& name, build::System& system, const traces::Survey& survey,
           traces::TraceFile& file, Verification& result, bool has_partition,
           const std::function<void(double)>& progress)
      : sc_module(name),
        mem_out("mem_out", system.driver(), *this, 0),
        system_(system),
        driver_(system.driver()),
        machine_(survey, reference_memory_),
        file_(file),
        result_(result),
        progress_(progress) {
    for (unsigned i = 0; i < survey.phbs.size(); ++i) {
      link_out_.push_back(std::make_unique<InitiatorPort>(("link_out_" + std::to_string(i)).c_str(), driver_,
                                                          static_cast<InitiatorPort::Client&>(*this), 1));
      link_out_.back()->bind(system.phbs()[i].link->device_in(0));
      mmio_out_.emplace_back();
      if (system.phbs()[i].spec.hypervised) continue;
      mmio_out_.back() = std::make_unique<InitiatorPort>(("mmio_out_" + std::to_string(i)).c_str(), driver_,
                                                         static_cast<InitiatorPort::Client&>(*this), 2);
      mmio_out_.back()->bind(system.phbs()[i].phb->mmio_in);
    }
    mem_out.bind(system.extra_memory_port(0));
    if (has_partition) {
      hcall_out_ = std::make_unique<InitiatorPort>("hcall_out", driver_, static_cast<InitiatorPort::Client&>(*this), 3);
      hcall_out_->bind(system.hypervisor().guest_in(0));
    }
  }

  InitiatorPort mem_out;
  bool finished() const { return finished_; }
  std::exception_ptr error;

 private:
  enum class Step : std::uint8_t { Store, Register, KillPoll, Token, Dma, ReadBack, Arguments, Call, Result, Returns };

  void start_of_simulation() override {
    machine_.begin(actions_);
    // A partition's PHBs are the hypervisor's; where their RTTs lie was settled before.
    const auto settled = [this](const Action& a) {
      if (a.kind != Action::Kind::RegisterWrite || mmio_out_[a.phb] != nullptr) return false;
      system_.phbs()[a.phb].phb->state().write_register(static_cast<std::uint32_t>(a.addr), a.value);
      return true;
    };
    actions_.erase(std::remove_if(actions_.begin(), actions_.end(), settled), actions_.end());
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
      case Action::Kind::Hypercall:
        ++result_.hypercalls;
        wrong_ = false;
        begin_call(*machine_.call());
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
      case Step::Arguments:
        write_arguments();
        break;
      case Step::Call:
        make_call();
        break;
      case Step::Result:
        step_ = Step::Result;
        payload_.prepare(tlm::TLM_READ_COMMAND, HcallFrame::kResultAddress, HcallFrame::kResultBytes, line_.data());
        hcall_out_->send(payload_);
        break;
      case Step::Returns:
        step_ = Step::Returns;
        payload_.prepare(tlm::TLM_READ_COMMAND, kArguments, kLine, line_.data());
        mem_out.send(payload_);
        break;
      default:
        break;
    }
  }

  // A call of the partition: its list or argument buffer goes to memory, the frame to the
  // hypervisor; registers, and for RTAS the buffer, tell the answer.
  void begin_call(const traces::Call& call) {
    if (!call.agrees()) mismatch("reference", call.text());
    arguments_.clear();
    written_ = 0;
    if (call.rtas) {
      std::vector<std::uint32_t> cells{arch::papr::spec_of(call.rtas_call).token,
                                       static_cast<std::uint32_t>(call.args.size()), call.nret};
      cells.insert(cells.end(), call.args.begin(), call.args.end());
      arguments_.resize(4 * cells.size());
      for (std::size_t i = 0; i < cells.size(); ++i) store_be32(arguments_.data() + 4 * i, cells[i]);
      arguments_at_ = kArguments;
    } else {
      arguments_.resize(8 * call.list.size());
      for (std::size_t i = 0; i < call.list.size(); ++i) store_be64(arguments_.data() + 8 * i, call.list[i]);
      arguments_at_ = Machine::kCallPage;
    }
    if (arguments_.empty()) {
      make_call();
    } else {
      write_arguments();
    }
  }
  void write_arguments() {
    const auto n = static_cast<unsigned>(std::min<std::size_t>(kLine, arguments_.size() - written_));
    step_ = Step::Arguments;
    payload_.prepare(tlm::TLM_WRITE_COMMAND, arguments_at_ + written_, n, arguments_.data() + written_);
    written_ += n;
    mem_out.send(payload_);
  }
  void make_call() {
    const traces::Call& call = *machine_.call();
    if (call.rtas && call.rtas_call == arch::papr::RtasCall::Create && call.expected_rets.size() > 1)
      system_.partition().choose_liobn(call.expected_rets[1]);
    HcallFrame frame;
    frame.token = arch::papr::spec_of(call.rtas ? arch::papr::Hcall::Rtas : call.hcall.call).token;
    if (call.rtas) {
      frame.args[0] = kArguments;
    } else {
      std::copy(call.hcall.a.begin(), call.hcall.a.end(), frame.args.begin());
    }
    frame.encode(line_.data());
    step_ = Step::Call;
    payload_.prepare(tlm::TLM_WRITE_COMMAND, HcallFrame::kCallAddress, HcallFrame::kCallBytes, line_.data());
    hcall_out_->send(payload_);
  }
  void end_call() {
    traces::Call call = *machine_.call();
    const HcallResult result = hcall_result_;
    if (call.rtas) {
      call.rets.assign(call.nret, 0);
      for (unsigned i = 0; i < call.nret; ++i)
        call.rets[i] = load_be32(line_.data() + 4 * (3 + call.args.size() + i));
      if (result.status != arch::papr::kSuccess) call.rets = {static_cast<std::uint32_t>(result.status)};
      // Of a call that failed only the status is written.
      if (call.rets[0] != 0) call.rets.resize(1);
    } else {
      call.status = result.status;
    }
    if (!call.agrees()) mismatch("timed", call.text());
    if (wrong_) ++result_.hypercall_mismatches;
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
      case Step::Arguments:
        step_ = written_ < arguments_.size() ? Step::Arguments : Step::Call;
        more_ = true;
        break;
      case Step::Call:
        step_ = Step::Result;
        more_ = true;
        break;
      case Step::Result:
        hcall_result_ = HcallResult::decode(line_.data());
        if (machine_.call()->rtas) {
          step_ = Step::Returns;
          more_ = true;
        } else {
          end_call();
        }
        break;
      case Step::Returns:
        end_call();
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

  static constexpr unsigned kLine = 128;
  static constexpr RealAddr kArguments = Machine::kCallPage + 4096;

  build::System& system_;
  EngineDriver& driver_;
  memory::SparseStore reference_memory_;
  Machine machine_;
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
  // Hypercalls.
  std::unique_ptr<InitiatorPort> hcall_out_;
  std::vector<unsigned char> arguments_;
  RealAddr arguments_at_ = 0;
  std::size_t written_ = 0;
  std::array<unsigned char, kLine> line_{};
  HcallResult hcall_result_;
};

}  // namespace

Verification verify_trace(const std::string& path, const std::function<void(double)>& progress) {
  traces::TraceFile file(path);
  const traces::Survey survey = traces::survey(file);
  file.rewind();
  build::SystemSpec spec;
  bool has_partition = false;
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
    p.hypervised = s.pseries;
    has_partition = has_partition || s.pseries;
    spec.phbs.push_back(p);
  }
  if (has_partition) {
    spec.partition.emplace();
    spec.partition->memory = arch::papr::GuestMemory::identity();
    spec.partition->params.kill_policy = "page";
  }
  build::System system(spec);
  // As after reset: the trace itself, or what begin() makes of it, sets the registers.
  for (build::PhbGroup& g : system.phbs()) g.phb->state().set_reg(Reg::PhbConfig, 0);
  Verification result;
  for (unsigned i = 0; i < survey.phbs.size(); ++i) {
    build::PhbGroup& g = system.phbs()[i];
    if (survey.phbs[i].pseries) system.add_pe(g, Machine::pe_spec(survey.phbs[i], i, g.phb->state()));
  }
  Verifier verifier("verifier", system, survey, file, result, has_partition, progress);
  system.driver().start(kNever);
  if (verifier.error) std::rethrow_exception(verifier.error);
  if (!verifier.finished()) throw ModelError("the replay of " + path + " stopped before its end");
  return result;
}

}  // namespace phbsim::run
