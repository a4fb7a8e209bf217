// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/fault_queue.hpp"

#include <algorithm>
#include <cstring>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/queue_file.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

void FaultQueue::changed() {
  if (file_ != nullptr && file_->on_poll_change) file_->on_poll_change();
}

void FaultQueue::report(FaultSource source, const abi::PageFaultRecord& record) {
  waiting_.push_back({source, record});
  changed();
}

void FaultQueue::answer_all(FaultSource source) noexcept {
  const os::NoFail answering;
  const auto ours = [&](const Group& group) { return group.source == source; };
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), ours), waiting_.end());
  for (auto it = asked_.begin(); it != asked_.end();) it = ours(it->second) ? asked_.erase(it) : std::next(it);
  changed();
}

std::size_t FaultQueue::read(unsigned char* out, std::size_t n) {
  constexpr std::size_t kRecord = sizeof(abi::PageFaultRecord);
  if (n % kRecord != 0) fail(Errno::SPipe, "records are read whole");
  if (n == 0 && !waiting_.empty()) fail(Errno::Inval, "the first group does not fit");
  std::size_t done = 0;
  while (!waiting_.empty() && n - done >= kRecord) {
    // The lowest free cookie, from 1.
    std::uint32_t cookie = 1;
    for (const auto& [taken, group] : asked_) {
      if (taken != cookie) break;
      ++cookie;
    }
    try {
      asked_.emplace(cookie, waiting_.front());
    } catch (const std::bad_alloc&) {
      // What was read before is the caller's.
      if (done == 0) fail(Errno::NoMem, "there is no memory for the call");
      break;
    }
    abi::PageFaultRecord record = waiting_.front().record;
    record.cookie = cookie;
    std::memcpy(out + done, &record, kRecord);
    waiting_.pop_front();
    done += kRecord;
  }
  if (done != 0) changed();
  return done;
}

std::size_t FaultQueue::write(const unsigned char* in, std::size_t n) {
  constexpr std::size_t kRecord = sizeof(abi::PageResponse);
  if (n % kRecord != 0) fail(Errno::SPipe, "answers are written whole");
  std::size_t done = 0;
  for (; done < n; done += kRecord) {
    abi::PageResponse response;
    std::memcpy(&response, in + done, kRecord);
    // An answer that is not known ends the call; it is an error only if it is the first one.
    if (response.code > 1 || asked_.erase(response.cookie) == 0) {
      if (done == 0) fail(Errno::Inval, "the code is neither 0 nor 1, or no such group waits");
      break;
    }
  }
  return done;
}

void calls::fault_queue_alloc(const Call& call, abi::FaultQueueAlloc command) {
  if (command.flags != 0) fail(Errno::OpNotSupp, "FAULT_QUEUE_ALLOC has no flags");
  ObjectTable::Reservation id(call.objects());
  auto queue = std::make_unique<FaultQueue>();
  open_queue(call.context, *call.caller.files, *queue, [&](std::uint32_t fd) {
    command.out_fault_id = id.id();
    command.out_fault_fd = fd;
    call.respond(command);
  });
  id.publish(std::move(queue));
}

}  // namespace phbsim::arch::iommufd
