// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/event_queue.hpp"

#include <cstring>
#include <new>

#include "models/arch/iommufd/call.hpp"
#include "models/arch/iommufd/queue_file.hpp"
#include "models/arch/iommufd/viommu.hpp"

namespace phbsim::arch::iommufd {

using os::Errno;
using os::fail;

EventQueue::EventQueue(Viommu& viommu, std::uint32_t type, std::uint32_t depth)
    : Object(ObjectKind::EventQueue), viommu_(viommu), type_(type), depth_(depth) {
  viommu.driver().set_event_sink(type, [this](const std::vector<unsigned char>& data) { report(data); });
}

EventQueue::~EventQueue() {
  const os::NoFail taking_away;
  viommu_->driver().set_event_sink(type_, nullptr);
}

void EventQueue::changed() {
  if (file_ != nullptr && file_->on_poll_change) file_->on_poll_change();
}

std::uint32_t EventQueue::next_sequence() {
  const std::uint32_t sequence = sequence_;
  sequence_ = (sequence_ + 1) & 0x7fffffff;
  return sequence;
}

void EventQueue::report(const std::vector<unsigned char>& data) {
  bool no_memory = false;
  bool kept = false;
  if (events_.size() < depth_) {
    try {
      events_.push_back({sequence_, data});
      kept = true;
    } catch (const std::bad_alloc&) {
      no_memory = true;
    }
  }
  const std::uint32_t sequence = next_sequence();
  lost_ = !kept;
  if (lost_) lost_sequence_ = sequence;
  changed();
  if (no_memory) throw std::bad_alloc();
}

std::size_t EventQueue::read(unsigned char* out, std::size_t n) {
  constexpr std::size_t kHeader = sizeof(abi::EventHeader);
  if (n < kHeader) fail(Errno::Inval, "there is no room for a header");
  std::size_t done = 0;
  const auto put = [&](const void* from, std::size_t bytes) {
    if (bytes != 0) std::memcpy(out + done, from, bytes);
    done += bytes;
  };
  while (!events_.empty() && n - done >= kHeader) {
    const Event& event = events_.front();
    if (n - done - kHeader < event.data.size()) {
      if (done == 0) fail(Errno::Inval, "the first event does not fit");
      break;
    }
    const abi::EventHeader header{0, event.sequence};
    put(&header, kHeader);
    put(event.data.data(), event.data.size());
    events_.pop_front();
  }
  if (events_.empty() && lost_ && n - done >= kHeader) {
    const abi::EventHeader header{abi::EventHeader::kLost, lost_sequence_};
    put(&header, kHeader);
    lost_ = false;
  }
  if (done != 0) changed();
  return done;
}

void calls::veventq_alloc(const Call& call, abi::VeventqAlloc command) {
  constexpr std::uint32_t kMaxDepth = 1u << 19;
  if (command.flags != 0 || command.reserved != 0 || command.type == 0) {
    fail(Errno::OpNotSupp, "a flag, a reserved field, or no type");
  }
  if (command.veventq_depth == 0 || command.veventq_depth > kMaxDepth) fail(Errno::Inval, "the depth is 0 or too large");
  auto& viommu = call.objects().get<Viommu>(command.viommu_id);
  const auto same = [&](const EventQueue& queue) { return &queue.viommu() == &viommu && queue.type() == command.type; };
  if (call.objects().find_if<EventQueue>(same) != nullptr) fail(Errno::Exist, "the vIOMMU has a queue of this type");
  ObjectTable::Reservation id(call.objects());
  auto queue = std::make_unique<EventQueue>(viommu, command.type, command.veventq_depth);
  open_queue(call.context, *call.caller.files, *queue, [&](std::uint32_t fd) {
    command.out_veventq_id = id.id();
    command.out_veventq_fd = fd;
    call.respond(command);
  });
  id.publish(std::move(queue));
}

}  // namespace phbsim::arch::iommufd
