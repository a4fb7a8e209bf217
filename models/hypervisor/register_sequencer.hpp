// SPDX-License-Identifier: Apache-2.0
/// The CPU side of one PHB's registers: carries out lists of writes and polls, one list at a time,
/// as firmware does under the PHB's lock (phb.md 4.2, 7.6).
#pragma once

#include <array>
#include <cstdint>

#include "models/arch/effect.hpp"
#include "models/base/ring_queue.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::hypervisor {

class RegisterSequencer final : private InitiatorPort::Client, private EventHandler {
 public:
  class Client {
   public:
    /// All of list `id` is done; or, `ok` false, the PHB is fenced (reads give all ones) and firmware
    /// gave up. A list with none is told from its place in the queue all the same.
    virtual void sequence_done(std::uint64_t id, bool ok) = 0;

   protected:
    ~Client() = default;
  };
  /// Counters to keep: writes of the kill register, register reads.
  struct Counters {
    stats::Block* block;
    stats::Stat kills;
    stats::Stat polls;
  };

  RegisterSequencer(const char* port_name, EngineDriver& driver, Tick poll_interval, Counters counters, Client& client)
      : port(port_name, driver, static_cast<InitiatorPort::Client&>(*this)),
        engine_(driver.engine()),
        poll_interval_(poll_interval),
        counters_(counters),
        client_(client) {}

  /// mmio_out of the module that owns this.
  InitiatorPort port;

  /// Queues register effects; `effects` stays the caller's, unchanged, until sequence_done.
  void run(const arch::Effects& effects, std::uint64_t id) {
    waiting_.push_back({&effects, id});
    if (!busy_) begin();
  }

 private:
  struct List {
    const arch::Effects* effects = nullptr;
    std::uint64_t id = 0;
  };

  void begin() {
    busy_ = true;
    next_ = 0;
    step();
  }
  void step() {
    const List& list = waiting_.front();
    if (next_ == list.effects->size()) {
      end(true);
      return;
    }
    const arch::Effect& e = (*list.effects)[next_];
    PHBSIM_ASSERT(e.kind != arch::Effect::Kind::Store8 && e.kind != arch::Effect::Kind::Store2);
    const bool write = e.kind == arch::Effect::Kind::Write || updating_;
    if (!write) {
      ++(*counters_.block)[counters_.polls];
    } else if (e.addr == arch::offset_of(arch::Reg::TceKill)) {
      ++(*counters_.block)[counters_.kills];
    }
    store_be64(bytes_.data(), write ? e.value | (updating_ ? read_ & e.keep : 0) : 0);
    payload_.prepare(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, e.addr, 8, bytes_.data());
    port.send(payload_);
  }
  void on_response(InitiatorPort&, DmaPayload&) override {
    const arch::Effect& e = (*waiting_.front().effects)[next_];
    if (e.kind != arch::Effect::Kind::Write && !updating_) {
      const std::uint64_t value = load_be64(bytes_.data());
      if (value == ~0ull) {
        end(false);
        return;
      }
      if (e.kind == arch::Effect::Kind::Update) {
        read_ = value;
        updating_ = true;
        step();
        return;
      }
      const bool there = e.kind == arch::Effect::Kind::ReadClear ? (value & e.value) == 0 : (value & e.value) == e.value;
      if (!there) {
        engine_.schedule(engine_.now() + poll_interval_, this, 0, 0);
        return;
      }
    }
    updating_ = false;
    ++next_;
    step();
  }
  void on_event(std::uint32_t, std::uint64_t) override { step(); }
  void end(bool ok) {
    const std::uint64_t id = waiting_.front().id;
    waiting_.pop_front();
    busy_ = false;
    client_.sequence_done(id, ok);  // may queue another and begin it
    if (!busy_ && !waiting_.empty()) begin();
  }

  Engine& engine_;
  Tick poll_interval_;
  Counters counters_;
  Client& client_;
  RingQueue<List> waiting_;  ///< the front is under way
  bool busy_ = false;
  bool updating_ = false;    ///< the write of an Update is under way
  std::uint64_t read_ = 0;
  std::size_t next_ = 0;
  DmaPayload payload_;
  std::array<unsigned char, 8> bytes_{};
};

}  // namespace phbsim::hypervisor
