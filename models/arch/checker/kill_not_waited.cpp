// SPDX-License-Identifier: Apache-2.0
// The handshake of the TCE kill register. PHB3 has none: Linux writes it and goes on.
#include "models/arch/checker/rule.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::checker {

namespace {

class KillNotWaited final : public Rule {
 public:
  explicit KillNotWaited(const RuleView& view) : Rule(view, RuleId::KillNotWaited) {}

  void register_written(const RegisterAccess& a) override {
    if (facts().generation == Generation::Phb3) return;
    if (is(a, Reg::TceKill)) {
      if ((a.value & kKillCommands) == 0) return;
      if (waiting_ && !slot_free_) went_on("another kill was written, " + text::hex(a.value));
      waiting_ = true;
      slot_free_ = false;
      kill_ = a.value;
      return;
    }
    // The start of a DMA sync comes before the wait; the index is how the tables are read.
    if (is(a, Reg::DmaSync) || is(a, Reg::IodaAddr)) return;
    if (waiting_) went_on("register " + text::hex(a.offset) + " was written");
  }

  void register_read(const RegisterAccess& a) override {
    const bool kill = is(a, Reg::TceKill);
    if (!kill && !is(a, Reg::QDmaR)) return;
    if (a.value == kAllBits) {  // fenced: there is nothing to wait for
      waiting_ = false;
    } else if (kill) {
      slot_free_ = (a.value & kKillCommands) == 0;
    } else if ((a.value & kQDmaKillPending) == 0) {
      waiting_ = false;
    }
  }

  void memory_stored(RealAddr addr, std::uint64_t bytes) override {
    if (!waiting_) return;
    const TableMap::Table* t = view().tables.find(addr, bytes);
    if (t != nullptr && t->owner.first == view().phb)
      went_on("the TCE at " + text::hex(addr & ~7ull) + " of TVE " + std::to_string(t->owner.second) + " was stored");
  }

  void run_ended() override {
    if (waiting_) went_on("the run ended");
  }
  void reset() override { waiting_ = false; }

 private:
  static bool is(const RegisterAccess& a, Reg r) { return a.spec != nullptr && a.spec->id == static_cast<unsigned>(r); }

  void went_on(const std::string& how) {
    waiting_ = false;
    // Each kill is a cause of its own.
    const TceKill k = decode_kill(kill_, facts());
    report({++kills_, 0}, k.kind == TceKill::Kind::All ? kNoPe : k.pe,
           "after kill " + text::hex(kill_) + " " + how + " before Q_DMA_R bit 7 was read as 0", {{"kill", kill_}});
  }

  bool waiting_ = false;
  bool slot_free_ = false;
  std::uint64_t kill_ = 0;
  std::uint64_t kills_ = 0;
};

}  // namespace

std::unique_ptr<Rule> make_kill_not_waited(const RuleView& view) { return std::make_unique<KillNotWaited>(view); }

}  // namespace phbsim::arch::checker
