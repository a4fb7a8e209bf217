// SPDX-License-Identifier: Apache-2.0
/// What the CPU side of a PHB stores and which registers it touches, written down.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "models/arch/registers.hpp"
#include "models/tlm/ports.hpp"
#include "tests/support/plain_memory.hpp"

namespace phbsim::test {

/// Memory that writes down every store, and registers that write down every access.
struct Recorder final : sc_core::sc_module, private TargetPort::Client, private EventHandler {
  struct Store {
    Tick at;
    RealAddr addr;
    std::vector<unsigned char> bytes;
  };
  struct Register {
    Tick at;
    bool write;
    std::uint32_t offset;
    std::uint64_t value;
  };

  Recorder(const sc_core::sc_module_name& name, EngineDriver& d)
      : sc_module(name),
        memory("memory", d, static_cast<TargetPort::Client&>(*this), TargetPort::Release::OnArrival, 0),
        registers("registers", d, static_cast<TargetPort::Client&>(*this), TargetPort::Release::OnArrival, 1),
        driver(d) {}

  TargetPort memory;
  TargetPort registers;
  EngineDriver& driver;
  test::PlainMemory bytes;
  std::vector<Store> stores;
  std::vector<Register> accesses;
  Tick memory_time = 40'000;
  Tick spread = 0;  ///< how much later each store is answered than the one before
  Tick register_time = 100'000;
  /// Value of a register read; by default nothing is pending and the sync is complete.
  std::function<std::uint64_t(std::uint32_t)> value = [](std::uint32_t offset) {
    return offset == arch::offset_of(arch::Reg::DmaSync) ? arch::kSyncReadComplete : 0;
  };

  std::vector<std::uint64_t> kill_words() const {
    std::vector<std::uint64_t> words;
    for (const Register& r : accesses)
      if (r.write && r.offset == arch::offset_of(arch::Reg::TceKill)) words.push_back(r.value);
    return words;
  }
  /// "R210 W210 ..." in the reference's way.
  std::string sequence() const {
    std::string s;
    for (const Register& r : accesses) {
      char text[32];
      std::snprintf(text, sizeof text, "%s%s%x", s.empty() ? "" : " ", r.write ? "W" : "R", r.offset);
      s += text;
    }
    return s;
  }

 private:
  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& p, DmaExtension&) override {
    p.set_response_status(tlm::TLM_OK_RESPONSE);
    if (&port == &memory) {
      stores.push_back({driver.now(), p.get_address(), {p.get_data_ptr(), p.get_data_ptr() + p.get_data_length()}});
      bytes.write(p.get_address(), p.get_data_ptr(), p.get_data_length());
      return memory_time + spread * stores.size();
    }
    const auto offset = static_cast<std::uint32_t>(p.get_address());
    if (p.is_write()) {
      accesses.push_back({driver.now(), true, offset, load_be64(p.get_data_ptr())});
    } else {
      accesses.push_back({driver.now(), false, offset, value(offset)});
      store_be64(p.get_data_ptr(), accesses.back().value);
    }
    return register_time;
  }
  void on_event(std::uint32_t, std::uint64_t) override {}
};

}  // namespace phbsim::test
