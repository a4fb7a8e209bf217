// SPDX-License-Identifier: Apache-2.0
#include "platform/build/checking.hpp"

#include <algorithm>

namespace phbsim::build {

Checking::Checking(System& system, RealAddr memory_end) : system_(system), checker_(system.memory().store(), memory_end) {
  checker_.where = [this] {
    arch::checker::Where w;
    w.at = now();
    return w;
  };
  checker_.on_watch = [this](RealAddr at, std::uint64_t bytes, bool on) { system_.memory().watch(at, bytes, on); };
  for (PhbGroup& g : system.phbs()) {
    g.phb->set_watch(&checker_.add_phb(g.phb->state(), g.spec.name));
    is_phb_.resize(std::max<std::size_t>(is_phb_.size(), g.memory_port + 2), false);
    is_phb_[g.memory_port] = is_phb_[g.memory_port + 1] = true;
  }
  system.memory().on_store = [this](unsigned port, RealAddr addr, std::uint64_t bytes) {
    if (port >= is_phb_.size() || !is_phb_[port]) checker_.memory_stored(addr, bytes);
  };
}

Checking::~Checking() {
  system_.memory().on_store = nullptr;
  for (PhbGroup& g : system_.phbs()) g.phb->set_watch(nullptr);
}

Tick Checking::now() const {
  return std::max(system_.engine().now(), Tick{sc_core::sc_time_stamp().value()});
}

std::vector<std::string> Checking::report() const {
  std::vector<std::string> out;
  for (const arch::checker::Violation& v : checker_.violations())
    out.push_back(arch::checker::to_text(v, checker_.phb_name(v.phb)));
  return out;
}

}  // namespace phbsim::build
