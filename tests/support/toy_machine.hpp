// SPDX-License-Identifier: Apache-2.0
/// The smallest machine for a processor: memory, a device, and a router between, plain TLM-2.0 but for the memory.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "models/base/endian.hpp"
#include "models/cpu/cpu.hpp"
#include "models/memory/memory.hpp"

namespace phbsim::test {

constexpr std::uint64_t kToyRam = 64 * kMiB;  ///< from address 0
constexpr std::uint64_t kToyDevice = 0x1'0000'0000;

/// Registers of 8 bytes, big endian, at these offsets; any length at any place is taken.
struct ToyDevice final : sc_core::sc_module {
  static constexpr unsigned kBytes = 0x1000;
  static constexpr unsigned kConsole = 0;   ///< write of a byte: a character
  static constexpr unsigned kExit = 8;      ///< write of 8 bytes: status, the end
  static constexpr unsigned kTime = 0x10;   ///< read: nanoseconds of the kernel
  static constexpr unsigned kRaise = 0x18;  ///< write: external interrupt in so many nanoseconds
  static constexpr unsigned kLower = 0x20;  ///< write: takes it back
  static constexpr unsigned kError = 0x28;  ///< read and write: an error response
  static constexpr unsigned kEcho = 0x40;   ///< 16 bytes that hold what was written

  struct Access {
    bool write;
    unsigned offset;
    std::vector<unsigned char> bytes;
    Tick at;
  };

  SC_HAS_PROCESS(ToyDevice);
  explicit ToyDevice(const sc_core::sc_module_name& name) : sc_module(name), in("in"), interrupt_out("interrupt_out") {
    in.register_b_transport(this, &ToyDevice::serve);
    in.register_transport_dbg(this, &ToyDevice::debug);
    SC_METHOD(raise);
    sensitive << raise_ev_;
    dont_initialize();
  }

  tlm_utils::simple_target_socket<ToyDevice, 64> in;
  sc_core::sc_port<cpu::InterruptIf> interrupt_out;
  sc_core::sc_time latency{100, sc_core::SC_NS};
  bool annotate = false;  ///< returns its latency as a delay in place of waiting
  std::vector<Access> accesses;
  std::string console;
  std::function<void(std::uint64_t)> on_exit;
  std::function<void()> on_access;

 private:
  void serve(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    const auto offset = static_cast<unsigned>(p.get_address());
    const unsigned n = p.get_data_length();
    unsigned char* bytes = p.get_data_ptr();
    accesses.push_back({p.is_write(),
                        offset,
                        {bytes, bytes + (p.is_write() ? n : 0)},
                        sc_core::sc_time_stamp().value() + delay.value()});
    if (annotate) {
      delay += latency;
    } else {
      wait(delay + latency);
      delay = sc_core::SC_ZERO_TIME;
    }
    if (on_access) on_access();
    p.set_response_status(offset == kError ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
    if (p.is_read()) {
      std::fill(bytes, bytes + n, 0);
      if (offset == kTime && n == 8) store_be64(bytes, sc_core::sc_time_stamp().value() / kPsPerNs);
      if (offset >= kEcho && offset + n <= kEcho + sizeof echo_)
        std::copy(echo_ + offset - kEcho, echo_ + offset - kEcho + n, bytes);
      return;
    }
    if (offset >= kEcho && offset + n <= kEcho + sizeof echo_) std::copy(bytes, bytes + n, echo_ + offset - kEcho);
    if (offset == kConsole) console += static_cast<char>(bytes[n - 1]);
    if (n != 8) return;
    const std::uint64_t v = load_be64(bytes);
    if (offset == kExit && on_exit) on_exit(v);
    if (offset == kRaise) raise_ev_.notify(sc_core::sc_time(static_cast<double>(v), sc_core::SC_NS));
    if (offset == kLower) interrupt_out->set_interrupt(arch::ppc64::Line::External, false);
  }
  unsigned debug(tlm::tlm_generic_payload& p) {
    const auto offset = static_cast<unsigned>(p.get_address());
    if (offset < kEcho || offset + p.get_data_length() > kEcho + sizeof echo_) return 0;
    if (p.is_write()) {
      std::copy(p.get_data_ptr(), p.get_data_ptr() + p.get_data_length(), echo_ + offset - kEcho);
    } else {
      std::copy(echo_ + offset - kEcho, echo_ + offset - kEcho + p.get_data_length(), p.get_data_ptr());
    }
    return p.get_data_length();
  }
  void raise() { interrupt_out->set_interrupt(arch::ppc64::Line::External, true); }

  sc_core::sc_event raise_ev_;
  unsigned char echo_[16] = {};
};

/// Addresses below kToyRam to one side, those of the device, from 0, to the other.
struct ToyRouter final : sc_core::sc_module {
  tlm_utils::simple_target_socket<ToyRouter, 64> in;
  tlm_utils::simple_initiator_socket<ToyRouter, 64> ram_out, device_out;
  bool direct = true;  ///< passes requests for direct memory on

  explicit ToyRouter(const sc_core::sc_module_name& name)
      : sc_module(name), in("in"), ram_out("ram_out"), device_out("device_out") {
    in.register_b_transport(this, &ToyRouter::serve);
    in.register_transport_dbg(this, &ToyRouter::debug);
    in.register_get_direct_mem_ptr(this, &ToyRouter::get_direct);
    ram_out.register_invalidate_direct_mem_ptr(this, &ToyRouter::revoke);
  }

 private:
  static bool to_ram(const tlm::tlm_generic_payload& p) {
    return p.get_address() < kToyRam && p.get_data_length() <= kToyRam - p.get_address();
  }
  static bool to_device(const tlm::tlm_generic_payload& p) {
    return p.get_address() - kToyDevice < ToyDevice::kBytes &&
           p.get_data_length() <= ToyDevice::kBytes - (p.get_address() - kToyDevice);
  }
  void serve(tlm::tlm_generic_payload& p, sc_core::sc_time& delay) {
    if (to_ram(p)) return ram_out->b_transport(p, delay);
    if (!to_device(p)) return p.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    p.set_address(p.get_address() - kToyDevice);
    device_out->b_transport(p, delay);
  }
  unsigned debug(tlm::tlm_generic_payload& p) {
    if (to_ram(p)) return ram_out->transport_dbg(p);
    if (!to_device(p)) return 0;
    p.set_address(p.get_address() - kToyDevice);
    return device_out->transport_dbg(p);
  }
  bool get_direct(tlm::tlm_generic_payload& p, tlm::tlm_dmi& region) {
    return direct && p.get_address() < kToyRam && ram_out->get_direct_mem_ptr(p, region);
  }
  void revoke(sc_dt::uint64 first, sc_dt::uint64 last) { in->invalidate_direct_mem_ptr(first, last); }
};

struct ToyMachine {
  EngineDriver driver{"driver"};
  stats::Registry registry;
  memory::Memory memory;
  ToyRouter router{"router"};
  ToyDevice device{"device"};
  cpu::Cpu cpu;

  explicit ToyMachine(const cpu::CpuParams& params = {}, const arch::ppc64::CoreOptions& options = {})
      : memory("memory", driver, {}, 1, registry), cpu("cpu", params, options) {
    cpu.fabric_out.bind(router.in);
    router.ram_out.bind(memory.port_in(0));
    router.device_out.bind(device.in);
    device.interrupt_out.bind(cpu.interrupt_in);
  }
};

}  // namespace phbsim::test
