// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/ioas_object.hpp"
#include "models/arch/iommufd/selftest/ops.hpp"
#include "models/arch/os/allocation.hpp"
#include "models/base/bits.hpp"

namespace phbsim::arch::iommufd::selftest {

using os::Errno;
using os::fail;

namespace {

/// Memory that another driver lends, and may take back.
class DmaBuf final : public Backed<os::BackingFile> {
 public:
  using Backed::Backed;
  std::uint64_t bytes() const override { return pages().bytes(); }
  bool is_dmabuf() const override { return true; }
  bool revoked() const override { return revoked_; }
  void set_revoked(bool revoked) { revoked_ = revoked; }

 private:
  bool revoked_ = false;
};

class DmaBufFile final : public os::MappableFile {
 public:
  explicit DmaBufFile(std::shared_ptr<DmaBuf> buffer) : buffer_(std::move(buffer)) {}
  std::shared_ptr<os::BackingFile> backing() override { return buffer_; }
  DmaBuf& buffer() { return *buffer_; }

 private:
  std::shared_ptr<DmaBuf> buffer_;
};

}  // namespace

std::int64_t ops::dma_buf_get(const Call& call, const Command& command, MockIommu& iommu) {
  constexpr std::uint64_t kMostPages = 512;
  const std::uint64_t page = call.layer().page_bytes();
  const std::uint64_t bytes = align_up(command.dma_buf_get.length, page);
  if (bytes == 0 || bytes > kMostPages * page || bytes > BlockPool::kBlockBytes) {
    fail(Errno::Inval, "no memory, or more than a test may ask for");
  }
  auto buffer = std::make_shared<DmaBuf>(iommu.pool, bytes, page);
  return call.caller.files->install(std::make_shared<DmaBufFile>(std::move(buffer)));
}

void ops::dma_buf_revoke(const Call& call, const Command& command, const std::vector<Context*>& contexts) {
  const std::shared_ptr<os::File> file = call.caller.files->get(command.dma_buf_revoke.fd);
  if (file == nullptr) fail(Errno::BadF, "the descriptor is not open");
  auto* buffer_file = dynamic_cast<DmaBufFile*>(file.get());
  if (buffer_file == nullptr) fail(Errno::Inval, "the descriptor is not a dma-buf's");
  DmaBuf& buffer = buffer_file->buffer();
  buffer.set_revoked(command.dma_buf_revoke.revoked != 0);
  const os::NoFail telling;
  for (Context* context : contexts) {
    context->objects().find_if<IoasObject>([&](IoasObject& object) {
      object.ioas().revoke(buffer);
      return false;
    });
  }
}

}  // namespace phbsim::arch::iommufd::selftest
