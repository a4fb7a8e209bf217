// SPDX-License-Identifier: Apache-2.0
#include "models/tlm/engine_driver.hpp"

#include <algorithm>
#include <utility>

namespace phbsim {

using sc_core::sc_time;

EngineDriver::EngineDriver(const sc_core::sc_module_name& name, bool run_ahead)
    : sc_module(name), run_ahead_(run_ahead) {
  if (sc_core::sc_get_time_resolution() != sc_time(1, sc_core::SC_PS)) {
    throw UserError("the SystemC time resolution must be 1 ps, it is " +
                    sc_core::sc_get_time_resolution().to_string());
  }
  SC_METHOD(run_method);
  sensitive << wake_ev_;
  dont_initialize();
}

void EngineDriver::arm() {
  const Tick kernel = sc_core::sc_time_stamp().value();
  Tick next = engine_.next_time();
  if (!external_.empty()) next = std::min(next, external_.front().at);
  if (next == kNever) return;
  next = std::max(next, kernel);
  if (next >= armed_) return;
  armed_ = next;
  wake_ev_.notify(to_sc_time(next - kernel));
}

void EngineDriver::at_kernel_time(EventHandler* handler, std::uint32_t kind, std::uint64_t arg) {
  PHBSIM_ASSERT(engine_.running());
  external_.push_back({engine_.now(), handler, kind, arg});
  engine_.limit_horizon(engine_.now());
}

void EngineDriver::foreign_called() {
  if (!engine_.running()) return;
  engine_.limit_horizon(sc_core::sc_pending_activity_at_current_time() ? engine_.now() : horizon());
}

Tick EngineDriver::horizon() const {
  if (!run_ahead_ || !end_known_) return kernel_now_ + 1;
  Tick limit = kNever;
  if (sc_core::sc_pending_activity_at_future_time()) {
    limit = kernel_now_ + sc_core::sc_time_to_pending_activity().value();
  }
  if (end_ != kNever) limit = std::min(limit, end_ + 1);
  return std::max(limit, kernel_now_ + 1);
}

void EngineDriver::run_method() {
  try {
    run_once();
  } catch (...) {
    if (!end_known_) throw;
    // The kernel would wrap it into a report of its own; start() throws it as it is.
    error_ = std::current_exception();
    stop();
  }
}

void EngineDriver::run_once() {
  ++kernel_events_;
  armed_ = kNever;
  kernel_now_ = sc_core::sc_time_stamp().value();
  if (stopped_) return;
  if (sc_core::sc_pending_activity_at_current_time()) {
    armed_ = kernel_now_;
    wake_ev_.notify(sc_core::SC_ZERO_TIME);
    return;
  }
  if (!external_.empty() && external_.front().at == kernel_now_) {
    engine_.advance_to(kernel_now_);
    while (!external_.empty() && external_.front().at == kernel_now_) {
      const External e = external_.front();
      external_.pop_front();
      e.handler->on_event(e.kind, e.arg);
    }
    armed_ = kernel_now_;
    wake_ev_.notify(sc_core::SC_ZERO_TIME);  // what was woken acts before the engine goes on
    return;
  }
  engine_.run(horizon());
  if (stopped_) return;
  arm();
}

void EngineDriver::start(Tick duration) {
  const Tick kernel = sc_core::sc_time_stamp().value();
  stopped_ = false;
  end_ = duration == kNever ? kNever : kernel + duration;
  end_known_ = true;
  arm();
  if (duration == kNever) {
    sc_core::sc_start();
  } else {
    sc_core::sc_start(to_sc_time(duration), sc_core::SC_RUN_TO_TIME);
    // The kernel leaves the processes of the last instant for its next run; they belong to this one.
    while (!stopped_ && sc_core::sc_pending_activity_at_current_time()) sc_core::sc_start(sc_core::SC_ZERO_TIME);
    if (!stopped_) engine_.advance_to(end_);
  }
  end_known_ = false;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void EngineDriver::stop() {
  stopped_ = true;
  engine_.limit_horizon(engine_.now());
  sc_core::sc_stop();
}

void EngineDriver::pause() {
  stopped_ = true;
  engine_.limit_horizon(engine_.now());
  sc_core::sc_pause();
}

}  // namespace phbsim
