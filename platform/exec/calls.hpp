// SPDX-License-Identifier: Apache-2.0
/// What each request of the library does to the simulated kernel.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "platform/exec/descriptors.hpp"
#include "platform/exec/kernel.hpp"
#include "platform/exec/open_files.hpp"
#include "platform/exec/preload/protocol.hpp"
#include "platform/exec/processes.hpp"
#include "platform/exec/report.hpp"
#include "platform/exec/tree.hpp"

namespace phbsim::exec {

/// A thread of the program.
struct Connection {
  std::uint64_t id = 0;
  UniqueFd socket;
  pid_t pid = 0;
  std::uint64_t image = 0;
  std::shared_ptr<ProcessMemory> memory;
};

class Calls {
 public:
  struct Options {
    bool selftest = false;
    bool root_has_sys_resource = true;  ///< user 0 counts as having CAP_SYS_RESOURCE (iommufd.md 13.6)
  };
  Calls(const Options& options, Kernel& kernel, const Tree& tree, OpenFiles& files, Processes& processes, Report& report)
      : options_(options), kernel_(kernel), tree_(tree), files_(files), processes_(processes), report_(report) {}

  /// Does the request; what goes back. `descriptor`: what came along; then what goes along with the reply.
  Reply answer(Connection& from, const Request& request, UniqueFd& descriptor) noexcept;

 private:
  struct Call {
    Connection& from;
    const Request& request;
    arch::os::Caller& caller;
    Reply& reply;
    UniqueFd& descriptor;
    OpenFile* target;
  };
  void serve(const Call& call);
  void open(const Call& call);
  void stat(const Call& call);
  void ioctl(const Call& call);
  void read(const Call& call);
  void write(const Call& call);
  void map(const Call& call);
  void access(const Call& call, bool store);
  void locked(const Call& call);

  std::string path_of(const Call& call) const;
  arch::os::Credentials credentials_of(const Request& request) const;

  Options options_;
  Kernel& kernel_;
  const Tree& tree_;
  OpenFiles& files_;
  Processes& processes_;
  Report& report_;
  std::map<std::int32_t, std::uint64_t> fail_nth_;  // by task
};

}  // namespace phbsim::exec
