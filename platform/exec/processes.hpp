// SPDX-License-Identifier: Apache-2.0
/// The program's processes: whose memory and limits calls mean, and when all of them are gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>

#include "platform/exec/process_memory.hpp"
#include "platform/exec/unique_fd.hpp"

namespace phbsim::exec {

class Processes {
 public:
  explicit Processes(Frames& frames);

  /// Readable when a process has exited.
  int waits_on() const { return epoll_.get(); }

  /// A process that is there, perhaps not heard of yet.
  void add(pid_t pid);
  /// Its memory; a new one if it runs another image than the last time. Null if it is gone already.
  std::shared_ptr<ProcessMemory> memory(pid_t pid, std::uint64_t image, std::uint32_t uid);
  /// The memory that calls of the process meant last; null if it made none.
  std::shared_ptr<ProcessMemory> find(pid_t pid) const;
  /// Forgets those that have exited.
  void reap();
  bool empty() const { return known_.empty(); }
  /// False once it has ended and was reaped.
  bool knows(pid_t pid) const { return known_.count(pid) != 0; }

  SharedFiles& shared() { return shared_; }
  /// Lets go of shared files that no process maps any more, once they are many.
  void drop_unmapped();

  /// Pages locked by users, all together.
  std::uint64_t locked_by_users() const;
  /// Pages locked and pinned by memories, of those that are gone too.
  std::uint64_t charged() const;

 private:
  struct Process {
    UniqueFd pidfd;
    std::uint64_t image = 0;
    std::shared_ptr<ProcessMemory> memory;
  };

  Frames& frames_;
  SharedFiles shared_;
  UniqueFd epoll_;
  std::map<pid_t, Process> known_;
  std::map<std::uint32_t, arch::os::UserAccount> users_;
  std::vector<std::weak_ptr<ProcessMemory>> memories_;
};

}  // namespace phbsim::exec
