// SPDX-License-Identifier: Apache-2.0
/// The descriptor of a queue of records: fault and event queues (iommufd.md 8).
#pragma once

#include <memory>
#include <utility>

#include "models/arch/iommufd/context.hpp"
#include "models/arch/iommufd/object.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/arch/os/file.hpp"

namespace phbsim::arch::iommufd {

/// While it is open it uses its queue and keeps the context open. `Queue` has the four operations.
template <typename Queue>
class QueueFile final : public os::File {
 public:
  QueueFile(Context& context, Queue& queue) : context_(context), queue_(queue) { queue_->set_file(this); }
  ~QueueFile() override { release(); }

  bool seekable() const override { return false; }
  std::size_t read(os::Caller&, unsigned char* out, std::size_t n, std::uint64_t) override { return queue_->read(out, n); }
  std::size_t write(os::Caller&, const unsigned char* in, std::size_t n, std::uint64_t) override {
    return queue_->write(in, n);
  }
  std::uint32_t poll() override { return queue_->poll(); }
  void release() noexcept override {
    if (!queue_) return;
    const os::NoFail closing;
    queue_->set_file(nullptr);
    queue_.reset();
    // Last: this may be the end of the context and of the queue.
    context_ = Kept();
  }

 private:
  Kept context_;
  Used<Queue> queue_;
};

/// A new descriptor of `queue`, whose id the caller is told by `respond(fd)`; throws and leaves nothing.
template <typename Queue, typename Respond>
void open_queue(Context& context, os::FileTable& files, Queue& queue, Respond&& respond) {
  auto file = std::make_shared<QueueFile<Queue>>(context, queue);
  const int fd = files.install(file);
  try {
    respond(static_cast<std::uint32_t>(fd));
  } catch (...) {
    files.withdraw(fd);
    file->release();
    throw;
  }
}

}  // namespace phbsim::arch::iommufd
