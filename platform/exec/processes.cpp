// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/processes.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>

#include <algorithm>
#include <vector>

#include "models/base/check.hpp"

namespace phbsim::exec {

Processes::Processes(Frames& frames) : frames_(frames), shared_(frames), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw ModelError("no epoll descriptor");
}

void Processes::add(pid_t pid) {
  if (known_.count(pid) != 0) return;
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<std::uint64_t>(pid);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, pidfd.get(), &event) != 0) return;
  known_[pid].pidfd = std::move(pidfd);
}

std::shared_ptr<ProcessMemory> Processes::memory(pid_t pid, std::uint64_t image, std::uint32_t uid) {
  add(pid);
  const auto it = known_.find(pid);
  if (it == known_.end()) return nullptr;
  Process& process = it->second;
  if (process.memory != nullptr && process.image == image) return process.memory;
  if (process.memory != nullptr) process.memory->end();
  process.image = image;
  process.memory = std::make_shared<ProcessMemory>(pid, users_[uid], frames_, shared_);
  memories_.erase(std::remove_if(memories_.begin(), memories_.end(), [](const auto& m) { return m.expired(); }), memories_.end());
  memories_.push_back(process.memory);
  return process.memory;
}

std::shared_ptr<ProcessMemory> Processes::find(pid_t pid) const {
  const auto it = known_.find(pid);
  return it == known_.end() ? nullptr : it->second.memory;
}

void Processes::reap() {
  epoll_event events[64];
  int n;
  do {
    n = ::epoll_wait(epoll_.get(), events, 64, 0);
    for (int i = 0; i < n; ++i) {
      const auto it = known_.find(static_cast<pid_t>(events[i].data.u64));
      if (it == known_.end()) continue;
      if (it->second.memory != nullptr) it->second.memory->end();
      known_.erase(it);
    }
  } while (n == 64);
}

void Processes::drop_unmapped() {
  if (!shared_.crowded()) return;
  std::vector<SharedFiles::Key> mapped;
  for (const auto& [pid, process] : known_) {
    // One that made no call may have inherited maps.
    const MemoryMaps maps(pid);
    maps.walk(0, [&mapped](const MemoryMap& map) {
      if (map.shared && map.inode != 0) mapped.emplace_back(map.device, map.inode);
      return true;
    });
  }
  std::sort(mapped.begin(), mapped.end());
  shared_.drop_unmapped(mapped);
}

std::uint64_t Processes::locked_by_users() const {
  std::uint64_t pages = 0;
  for (const auto& [uid, account] : users_) pages += account.locked_pages;
  return pages;
}

std::uint64_t Processes::charged() const {
  std::uint64_t pages = 0;
  for (const auto& m : memories_) {
    if (const auto memory = m.lock()) pages += memory->locked_pages + memory->pinned_pages;
  }
  return pages;
}

}  // namespace phbsim::exec
