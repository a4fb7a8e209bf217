// SPDX-License-Identifier: Apache-2.0
#include "models/memory/memory.hpp"

#include <algorithm>

namespace phbsim::memory {

using stats::Stat;

Memory::Memory(const sc_core::sc_module_name& name, EngineDriver& driver, const MemoryParams& params, unsigned ports,
               stats::Registry& registry)
    : sc_module(name),
      driver_(driver),
      engine_(driver.engine()),
      params_(params),
      channel_shift_(64 - log2_floor(params.channels)),
      channel_free_(params.channels, 0),
      stats_(registry, this->name(), Stat::MemReads, Stat::MemWait) {
  PHBSIM_ASSERT(is_power_of_two(params.channels) && params.channels >= 2);
  for (unsigned i = 0; i < ports; ++i) {
    ports_.push_back(std::make_unique<TargetPort>(("port_in_" + std::to_string(i)).c_str(), driver,
                                                  static_cast<TargetPort::Client&>(*this),
                                                  TargetPort::Release::OnArrival, i));
  }
}

bool Memory::is_poisoned(RealAddr addr, std::uint64_t length) const {
  for (const auto& [base, bytes] : poisoned_)
    if (addr < base + bytes && base < addr + length) return true;
  return false;
}

void Memory::poison(RealAddr addr, std::uint64_t bytes) {
  if (bytes == 0) return;
  poisoned_.emplace_back(addr, bytes);
  revoke_direct(addr, bytes);
}

void Memory::watch(RealAddr base, std::uint64_t bytes, bool on) {
  if (bytes == 0) return;
  if (on) {
    watched_[base] = bytes;
  } else {
    watched_.erase(base);
  }
  // Also of what is no longer watched: it is granted anew, for stores, too.
  revoke_direct(base, bytes);
}

bool Memory::is_watched(RealAddr addr, std::uint64_t length) const {
  const auto next = watched_.upper_bound(addr);
  if (next != watched_.end() && next->first - addr < length) return true;
  if (next == watched_.begin()) return false;
  const auto& [base, bytes] = *std::prev(next);
  return addr - base < bytes;
}

void Memory::revoke_direct(RealAddr addr, std::uint64_t bytes) {
  constexpr RealAddr kOffset = SparseStore::kPageBytes - 1;
  for (const unsigned i : direct_ports_) ports_[i]->revoke_direct(addr & ~kOffset, (addr + bytes - 1) | kOffset);
}

bool Memory::on_direct(TargetPort& port, std::uint64_t addr, tlm::tlm_dmi& region) {
  const RealAddr page = addr & ~(SparseStore::kPageBytes - 1);
  region.set_start_address(page);
  region.set_end_address(page + SparseStore::kPageBytes - 1);
  if (is_poisoned(page, SparseStore::kPageBytes)) return false;
  unsigned char* bytes = store_.direct_page(page);
  if (bytes == nullptr) return false;
  region.set_dmi_ptr(bytes);
  region.set_read_latency(to_sc_time(params_.latency));
  region.set_write_latency(to_sc_time(params_.write_latency));
  if (!watched_.empty() && is_watched(page, SparseStore::kPageBytes)) {
    region.allow_read();
  } else {
    region.allow_read_write();
  }
  if (std::find(direct_ports_.begin(), direct_ports_.end(), port.index()) == direct_ports_.end())
    direct_ports_.push_back(port.index());
  return true;
}

Tick Memory::on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const RealAddr addr = payload.get_address();
  const std::uint64_t length = payload.get_data_length();
  const Tick now = engine_.now();
  const bool write = payload.is_write();
  const Tick latency = write ? params_.write_latency : params_.latency;
  Tick done = now;
  Tick waited = 0;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (!SparseStore::contains(addr, length)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    done = now + latency;
  } else {
    if (!poisoned_.empty() && is_poisoned(addr, length)) payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    const RealAddr last = (addr + length - 1) & ~static_cast<RealAddr>(kLineBytes - 1);
    RealAddr line = addr & ~static_cast<RealAddr>(kLineBytes - 1);
    stats_[write ? Stat::MemWrites : Stat::MemReads] += (last - line) / kLineBytes + 1;
    do {
      Tick& free = channel_free_[channel_of(line)];
      const Tick start = std::max(now, free);
      free = start + params_.line_time;
      done = std::max(done, start + latency);
      waited = std::max(waited, start - now);
      stats_[Stat::MemWait] += start - now;
      stats_[Stat::MemBusy] += params_.line_time;
      line += kLineBytes;
    } while (line <= last);
    stats_[write ? Stat::MemBytesWritten : Stat::MemBytesRead] += length;
    if (!ext.no_data && payload.is_response_ok()) {
      if (write) {
        store_.write(addr, payload.get_data_ptr(), length);
        if (!watched_.empty() && on_store && is_watched(addr, length)) on_store(port.index(), addr, length);
      } else {
        store_.read(addr, payload.get_data_ptr(), length);
      }
    }
  }
  ext.waited = waited;
  // A hint for initiators that are not ours, as the standard has it.
  if (!ext.early && payload.is_response_ok()) payload.set_dmi_allowed(!store_.is_foreign(addr));
  engine_.schedule(done, this, port.index(), reinterpret_cast<std::uint64_t>(&ext));
  return 0;
}

unsigned Memory::on_debug(TargetPort&, tlm::tlm_generic_payload& payload) {
  const RealAddr addr = payload.get_address();
  const unsigned length = payload.get_data_length();
  if (!SparseStore::contains(addr, length)) return 0;
  if (payload.is_write()) {
    store_.write(addr, payload.get_data_ptr(), length);
  } else {
    store_.read(addr, payload.get_data_ptr(), length);
  }
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  return length;
}

void Memory::on_event(std::uint32_t kind, std::uint64_t arg) {
  auto& ext = *reinterpret_cast<DmaExtension*>(arg);
  ports_[kind]->respond(*ext.payload, ext);
}

}  // namespace phbsim::memory
