// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ioat/channel.hpp"

#include <algorithm>

#include "models/base/check.hpp"

namespace phbsim::arch::ioat {

Channel::Channel(const ChannelOptions& options)
    : options_(options),
      jobs_(options.depth),
      slots_(options.slots),
      data_(std::size_t{options.slots} * options.chunk),
      reports_((options.depth + 1) * kReportsOfOne) {
  PHBSIM_ASSERT(options.slots >= 1 && options.depth >= 1);
  PHBSIM_ASSERT(options.chunk >= 8 && (options.chunk & (options.chunk - 1)) == 0);
  for (unsigned i = options.slots; i-- > 0;) free_slots_.push_back(i);
  for (unsigned i = static_cast<unsigned>(reports_.size()); i-- > 0;) free_reports_.push_back(i);
  reset();
}

// ---------------------------------------------------------------------------------------------
// Registers

std::uint64_t Channel::read(Reg r) const {
  switch (r) {
    case Reg::ChanCtrl:
      return reg(r) | (interrupted_ ? kCtrlInterrupted : 0);
    case Reg::ChanCmd:
      return resetting_ ? kCmdReset : 0;
    case Reg::ChanSts:
      return completed_addr_ | static_cast<std::uint64_t>(status_);
    case Reg::Cdar:
      return head_ != tail_ ? jobs_[head_ % jobs_.size()].addr : first_ ? reg(Reg::ChainAddr) : next_addr_;
    default:
      return reg(r);
  }
}

void Channel::write(Reg r, std::uint64_t mask, std::uint64_t value) {
  const RegSpec& spec = spec_of(r);
  const std::uint64_t keep = spec.writable & mask;
  if (r == Reg::ChanErr) {
    reg(r) &= ~(value & spec.writable);
    return;
  }
  if (r == Reg::ChanCmd) {
    command(value);
    return;
  }
  reg(r) = (reg(r) & ~keep) | (value & keep);
  if (r == Reg::ChanCtrl && (value & kCtrlInterrupted) != 0) interrupted_ = false;
  if (r == Reg::ChainAddr) chain_written();
  if (r == Reg::DmaCount) settle();
}

void Channel::command(std::uint64_t value) {
  if ((value & kCmdReset) != 0) {
    reset();
  } else if ((value & kCmdSuspend) != 0) {
    if (status_ == Status::Active || status_ == Status::Idle) suspending_ = true;
    settle();
  } else if ((value & kCmdResume) != 0) {
    if (status_ == Status::Suspended) status_ = Status::Idle;
    suspending_ = false;
    settle();
  }
}

void Channel::chain_written() {
  if (status_ == Status::Active || reg(Reg::ChanErr) != 0) return;
  drop_jobs();
  reg(Reg::DmaCount) = 0;
  taken_ = executed_ = 0;
  first_ = true;
  suspending_ = false;
  completed_addr_ = 0;
  status_ = Status::Armed;
}

void Channel::reset() {
  for (const RegSpec& r : kRegisters)
    if (of_channel(r.reg)) reg(r.reg) = r.reset;
  drop_jobs();
  while (!report_queue_.empty()) {
    free_reports_.push_back(report_queue_.front());
    report_queue_.pop_front();
  }
  report_error_ = Error::None;
  taken_ = executed_ = 0;
  first_ = true;
  suspending_ = interrupted_ = false;
  completed_addr_ = 0;
  status_ = Status::Halted;
  resetting_ = in_flight_ != 0;
}

// ---------------------------------------------------------------------------------------------
// What to ask for

bool Channel::next(Request& r) {
  if (resetting_) return false;
  if (!next_report(r) && !next_write(r) && !next_fetch(r) && !next_piece(r)) return false;
  ++in_flight_;
  return true;
}

bool Channel::next_report(Request& r) {
  if (report_queue_.empty()) return false;
  const unsigned i = report_queue_.front();
  report_queue_.pop_front();
  Report& report = reports_[i];
  r = {options_.slots + 1 + i, report.purpose, Access::Write, report.addr,
       report.purpose == Request::Purpose::Completion ? 8u : 4u, report.bytes.data()};
  return true;
}

bool Channel::next_write(Request& r) {
  if (full_.empty()) return false;
  const unsigned i = full_.front();
  full_.pop_front();
  Slot& s = slots_[i];
  s.writing = true;
  r = {i, Request::Purpose::Destination, Access::Write, job(s.job).d.destination + s.offset, s.length, bytes_of(i)};
  return true;
}

bool Channel::next_fetch(Request& r) {
  if (status_ != Status::Active || suspending_ || failed_ != kNoJob || fetching_) return false;
  if (tail_ - head_ == jobs_.size() || left(taken_) == 0) return false;
  if (first_) next_addr_ = reg(Reg::ChainAddr);
  Job& j = job(tail_++);
  j = Job{};
  j.addr = next_addr_;
  ++taken_;
  if (next_addr_ % kDescriptorBytes != 0) {
    fail_job(tail_ - 1, first_ ? Error::ChainAddress : Error::NextAlign);
    settle();
    return next_report(r);
  }
  first_ = false;
  fetching_ = true;
  r = {options_.slots, Request::Purpose::Descriptor, Access::Read, next_addr_, kDescriptorBytes, fetch_.data()};
  return true;
}

/// Whether the next piece to begin belongs to a descriptor that may go on: moving_.
bool Channel::startable() {
  if (moving_ == tail_ || moving_ >= failed_ || !job(moving_).fetched) return false;
  if (suspending_ && job(moving_).issued == 0) return false;
  // Everything up to a fence is complete before anything behind it begins.
  return moving_ == head_ || job(moving_).issued != 0 || !job(moving_ - 1).d.fence;
}

bool Channel::next_piece(Request& r) {
  if (free_slots_.empty() || !startable()) return false;
  Job& j = job(moving_);
  const unsigned i = free_slots_.back();
  free_slots_.pop_back();
  const bool fill = j.d.operation == Descriptor::kFill;
  const std::uint64_t at = (fill ? j.d.destination : j.d.source) + j.issued;
  const auto length = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(j.d.moves() - j.issued, options_.chunk - at % options_.chunk));
  PHBSIM_ASSERT(length != 0);  // settle() passes descriptors that move nothing
  Slot& s = slots_[i] = {moving_, j.issued, length, false, false};
  j.issued += length;
  if (j.issued == j.d.moves()) {
    ++moving_;
    settle();  // what follows may have nothing to move
  }
  if (!fill) {
    r = {i, Request::Purpose::Source, Access::Read, at, length, bytes_of(i)};
    return true;
  }
  std::array<unsigned char, 8> pattern{};
  store_le64(pattern.data(), j.d.source);
  for (std::uint32_t k = 0; k < length; ++k) bytes_of(i)[k] = pattern[(s.offset + k) % 8];
  full_.push_back(i);
  return next_write(r);
}

// ---------------------------------------------------------------------------------------------
// What became of it

void Channel::done(unsigned tag, bool ok) {
  PHBSIM_ASSERT(in_flight_ > 0 && tag < tags());
  --in_flight_;
  if (tag < options_.slots) {
    Slot& s = slots_[tag];
    if (s.writing && !options_.sees_write_errors) ok = true;
    if (!s.dead && !ok) fail_job(s.job, s.writing ? Error::WriteData : Error::ReadData);
    if (!s.dead && ok && !s.writing && s.job < failed_) {
      full_.push_back(tag);
      return;
    }
    if (!s.dead && ok) job(s.job).moved += s.length;
    free_slots_.push_back(tag);
  } else if (tag == options_.slots) {
    fetched(ok);
  } else {
    const unsigned i = tag - options_.slots - 1;
    free_reports_.push_back(i);
    if (!ok && options_.sees_write_errors && !resetting_ && status_ != Status::Halted) {
      report_error_ = reports_[i].purpose == Request::Purpose::Completion ? Error::CompletionAddress : Error::Interrupt;
      stop_at(head_);
    }
  }
  if (resetting_ && in_flight_ == 0) resetting_ = false;
  settle();
}

void Channel::fetched(bool ok) {
  fetching_ = false;
  if (fetch_dead_) {
    fetch_dead_ = false;
    return;
  }
  const std::uint64_t serial = tail_ - 1;
  Job& j = job(serial);
  if (!ok) {
    fail_job(serial, Error::ReadData);
    return;
  }
  j.fetched = true;
  j.d = Descriptor::decode(fetch_.data());
  next_addr_ = j.d.next;
  if (j.d.error() != Error::None) fail_job(serial, j.d.error());
}

void Channel::fail_job(std::uint64_t serial, Error error) {
  if (job(serial).error == Error::None) job(serial).error = error;
  stop_at(serial);
}

/// Descriptor `serial` and later ones do not complete: their pieces that were read are not written any more.
void Channel::stop_at(std::uint64_t serial) {
  if (serial >= failed_) return;
  failed_ = serial;
  for (std::size_t i = full_.size(); i-- > 0;) {
    if (slots_[full_[i]].job < failed_) continue;
    free_slots_.push_back(full_[i]);
    full_.erase(i);
  }
}

/// Completes what can complete; ends what was to end when nothing is under way any more.
void Channel::settle() {
  if (resetting_) return;
  const bool could_run = status_ == Status::Armed || status_ == Status::Idle;
  if (could_run && !suspending_ && left(executed_) != 0) status_ = Status::Active;
  if (status_ != Status::Active && failed_ == kNoJob) {
    if (suspending_ && status_ == Status::Idle) {
      suspending_ = false;
      status_ = Status::Suspended;
    }
    return;
  }
  while (head_ < failed_ && head_ != tail_) {
    const bool begins = moving_ == head_ && startable() && job(head_).d.moves() == 0;
    if (begins) ++moving_;
    if (moving_ == head_ || job(head_).moved != job(head_).d.moves() || free_reports_.size() < kReportsOfOne) break;
    complete_head();
  }
  // A descriptor behind one that moves bytes may move none: it has nothing to begin with.
  while (moving_ != head_ && startable() && job(moving_).d.moves() == 0) ++moving_;
  const bool drained = free_slots_.size() == slots_.size() && !fetching_;
  if (head_ == failed_) {
    if (drained && free_reports_.size() >= kReportsOfOne) halt();
  } else if (suspending_ && drained && moving_ == head_ && (head_ == tail_ || job(head_).issued == 0)) {
    if (head_ != tail_) next_addr_ = job(head_).addr;
    drop_jobs();
    taken_ = executed_;
    suspending_ = false;
    status_ = Status::Suspended;
  } else if (status_ == Status::Active && left(executed_) == 0) {
    status_ = Status::Idle;
  }
}

void Channel::complete_head() {
  const Job& j = job(head_++);
  ++executed_;
  ++completed_;
  completed_addr_ = j.addr & kCompletedMask;
  if (j.d.completion) report_completion(left(executed_) != 0 ? Status::Active : Status::Idle);
  if (j.d.interrupt) interrupt();
}

void Channel::halt() {
  const Error error = report_error_ != Error::None ? report_error_ : job(head_).error;
  reg(Reg::ChanErr) |= static_cast<std::uint32_t>(error);
  report_error_ = Error::None;
  drop_jobs();
  suspending_ = false;
  status_ = Status::Halted;
  if ((reg(Reg::ChanCtrl) & kCtrlErrorCompletion) != 0) report_completion(Status::Halted);
  if ((reg(Reg::ChanCtrl) & kCtrlErrorInterrupt) != 0) interrupt();
}

/// Forgets all descriptors that are not complete.
void Channel::drop_jobs() {
  while (!full_.empty()) {
    free_slots_.push_back(full_.front());
    full_.pop_front();
  }
  for (Slot& s : slots_) s.dead = true;
  fetch_dead_ = fetching_;
  head_ = moving_ = tail_;
  failed_ = kNoJob;
}

void Channel::report_completion(Status status) {
  const unsigned i = free_reports_.back();
  free_reports_.pop_back();
  Report& r = reports_[i];
  r.purpose = Request::Purpose::Completion;
  r.addr = reg(Reg::ChanCmp);
  store_le64(r.bytes.data(), completed_addr_ | static_cast<std::uint64_t>(status));
  report_queue_.push_back(i);
}

void Channel::interrupt() {
  if (interrupted_) return;
  interrupted_ = true;
  raise();
}

bool Channel::raise() {
  if (free_reports_.empty()) return false;
  const unsigned i = free_reports_.back();
  free_reports_.pop_back();
  reports_[i].purpose = Request::Purpose::Interrupt;
  reports_[i].addr = 0;
  report_queue_.push_back(i);
  return true;
}

}  // namespace phbsim::arch::ioat
