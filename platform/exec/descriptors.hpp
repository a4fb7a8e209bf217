// SPDX-License-Identifier: Apache-2.0
/// The descriptors of a process that waits for the answer to its call: its library shows, keeps and
/// closes them on demand.
#pragma once

#include <memory>

#include "models/arch/os/file.hpp"
#include "models/arch/os/process.hpp"
#include "platform/exec/open_files.hpp"
#include "platform/exec/shared_files.hpp"

namespace phbsim::exec {

class CallersFiles final : public arch::os::FileTable {
 public:
  CallersFiles(int connection, OpenFiles& open, SharedFiles& shared) : connection_(connection), open_(open), shared_(shared) {}

  std::shared_ptr<arch::os::File> get(int fd) override;
  int install(std::shared_ptr<arch::os::File> file) override;
  void withdraw(int fd) noexcept override;

 private:
  int connection_;
  OpenFiles& open_;
  SharedFiles& shared_;
};

}  // namespace phbsim::exec
