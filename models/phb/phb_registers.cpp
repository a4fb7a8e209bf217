// SPDX-License-Identifier: Apache-2.0
// The processor's accesses of registers, and the TCE kill and DMA sync that they start.
#include "models/base/endian.hpp"
#include "models/phb/phb.hpp"

namespace phbsim::phb {

using arch::Fault;
using arch::Reg;
using stats::Stat;

namespace {

/// The big-endian number of 1 to 8 bytes.
std::uint64_t number_of(const unsigned char* p, unsigned bytes) {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < bytes; ++i) v = v << 8 | p[i];
  return v;
}
void store_number(unsigned char* p, unsigned bytes, std::uint64_t v) {
  for (unsigned i = bytes; i-- > 0; v >>= 8) p[i] = static_cast<unsigned char>(v);
}

}  // namespace

Tick Phb::on_access(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) {
  const unsigned bytes = payload.get_data_length();
  if (&port == window_in_.get()) {
    if (bytes > kWindowBytes || ext.no_data) {
      payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return params_.register_latency;
    }
    const std::uint32_t id = outbounds_.take();
    outbounds_[id].origin = &payload;
    outbounds_[id].ext = &ext;
    engine_.schedule(engine_.now() + params_.outbound_latency / 2, this, kWindow, id);
    return 0;
  }
  const bool one_access = (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) && payload.get_address() % bytes == 0;
  if (!one_access || ext.no_data) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return params_.register_latency;
  }
  const std::uint32_t id = accesses_.take();
  accesses_[id] = {&payload, &ext};
  const bool esb = &port == esb_in_.get();
  const bool far = !esb && is_device_config(static_cast<std::uint32_t>(payload.get_address()), bytes);
  engine_.schedule(engine_.now() + (far ? params_.config_latency : params_.register_latency), this,
                   esb ? kEsb : kRegister, id);
  return 0;
}

/// A configuration cycle that goes down the link, as far as can be said before it is made.
bool Phb::is_device_config(std::uint32_t offset, unsigned bytes) const {
  return bytes <= 4 && offset >= arch::kConfigDataOffset && offset < arch::kConfigDataOffset + 4 &&
         arch::ConfigAddressRid::get(state_.reg(Reg::ConfigAddress)) >> 8 != 0;
}

void Phb::access_register(std::uint32_t id) {
  const RegisterAccess access = accesses_[id];
  accesses_.put(id);
  tlm::tlm_generic_payload& payload = *access.payload;
  const auto offset = static_cast<std::uint32_t>(payload.get_address());
  const unsigned bytes = payload.get_data_length();
  catch_up();
  if (payload.is_write()) {
    processor_writes(offset, bytes, number_of(payload.get_data_ptr(), bytes), arch::Path::Mmio);
  } else {
    store_number(payload.get_data_ptr(), bytes, processor_reads(offset, bytes, arch::Path::Mmio));
  }
  settle();
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  mmio_in.respond(payload, *access.ext);
}

std::uint64_t Phb::scom_read(std::uint32_t offset, unsigned bytes) {
  catch_up();
  const std::uint64_t value = processor_reads(offset, bytes, arch::Path::Scom);
  settle();
  return value;
}

void Phb::scom_write(std::uint32_t offset, unsigned bytes, std::uint64_t value) {
  catch_up();
  processor_writes(offset, bytes, value, arch::Path::Scom);
  settle();
}

std::uint64_t Phb::processor_reads(std::uint32_t offset, unsigned bytes, arch::Path path) {
  const std::uint64_t value = read_register(offset, bytes, path);
  if (watch_ != nullptr) watch_->was_read(offset, bytes, value);
  return value;
}

void Phb::processor_writes(std::uint32_t offset, unsigned bytes, std::uint64_t value, arch::Path path) {
  if (watch_ != nullptr && !shut(path)) watch_->writing(offset, bytes, value);
  write_register(offset, bytes, value, path);
}

std::uint64_t Phb::read_register(std::uint32_t offset, unsigned bytes, arch::Path path) {
  const arch::RegSpec* spec = bytes == 8 ? state_.find_register(offset) : nullptr;
  if (spec == nullptr || shut(path)) return state_.read(offset, bytes, path);
  switch (static_cast<Reg>(spec->id)) {
    case Reg::TceKill:
      return kill_slot_ != 0 ? kill_slot_ : state_.read(offset, bytes, path);
    case Reg::QDmaR:
      return state_.read(offset, bytes, path) | (kills_pending_ > 0 || kill_slot_ != 0 ? arch::kQDmaKillPending : 0);
    case Reg::DmaSync:
      return sync_kept_ | (sync_started_ && sync_after_ == 0 && oldest_epoch_ >= sync_epoch_ ? sync_wanted_ : 0);
    default:
      return state_.read(offset, bytes, path);
  }
}

void Phb::write_register(std::uint32_t offset, unsigned bytes, std::uint64_t value, arch::Path path) {
  const arch::RegSpec* spec = bytes == 8 ? state_.find_register(offset) : nullptr;
  if (spec == nullptr || shut(path)) {
    state_.write(offset, bytes, value, path);
    return;
  }
  switch (static_cast<Reg>(spec->id)) {
    case Reg::TceKill:
      state_.write(offset, bytes, value, path);  // what it reads as once the command is queued
      write_kill(value);
      break;
    case Reg::RtcInvalidate:
      ++rtc_epoch_;
      if (value & arch::kRtcAll) {
        rid_cache_.invalidate_all();
      } else {
        rid_cache_.invalidate(static_cast<Rid>(arch::RtcRid::get(value)));
      }
      break;
    case Reg::DmaSync:
      write_sync(value);
      break;
    default:
      state_.write(offset, bytes, value, path);
  }
}

void Phb::write_sync(std::uint64_t value) {
  const std::uint64_t starts =
      value & (state_.facts().sync_has_writes ? arch::kSyncReadStart | arch::kSyncWriteStart : arch::kSyncReadStart);
  if (starts == 0) return;
  // What a start asks for is not complete any more; the other bit stays if software wrote it back.
  const std::uint64_t was = read_register(arch::offset_of(Reg::DmaSync), 8, arch::Path::Scom);
  sync_wanted_ = starts >> 1;
  sync_kept_ = value & was & arch::kSyncCompletes & ~sync_wanted_;
  sync_started_ = true;
  // Reads use an old TCE until its kill is done: what the sync waits for is known then.
  sync_after_ = kills_sent_ + (kill_slot_ != 0 ? 1 : 0);
  if (kills_done_ >= sync_after_) begin_sync();
}

void Phb::begin_sync() {
  sync_after_ = 0;
  sync_epoch_ = ++epoch_;
  epoch_jobs_.push_back(0);
  while (epoch_jobs_.size() > 1 && epoch_jobs_.front() == 0) {
    epoch_jobs_.pop_front();
    ++oldest_epoch_;
  }
}

void Phb::write_kill(std::uint64_t value) {
  if ((value & arch::kKillCommands) == 0) return;
  const auto tell = [&] {
    if (watch_ != nullptr) watch_->kill_taken(arch::decode_kill(value, state_.facts()));
  };
  if (kills_pending_ < params_.kill_queue_depth && kill_slot_ == 0) {
    tell();
    send_kill(value);
  } else if (params_.drop_kills_when_full && (value & arch::kKillCommands) == arch::kKillOne) {
    ++stats_[Stat::PhbKillsDropped];
  } else if (kill_slot_ == 0) {
    tell();
    kill_slot_ = value;
  } else {
    raise(Fault::KillQueueOverflow, kNoPe, 0, 0, arch::TransactionType::Other);
  }
}

void Phb::send_kill(std::uint64_t value) {
  ++kills_pending_;
  ++kills_sent_;
  ++stats_[Stat::PhbKills];
  const std::uint32_t id = kills_.take();
  Kill& kill = kills_[id];
  store_be64(kill.bytes.data(), value);
  kill.payload.prepare(tlm::TLM_WRITE_COMMAND, arch::offset_of(Reg::TceKill), 8, kill.bytes.data());
  kill.payload.ext.owner = id;
  kill_out.send(kill.payload);
}

}  // namespace phbsim::phb
