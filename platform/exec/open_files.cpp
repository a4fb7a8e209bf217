// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/open_files.hpp"

#include <fcntl.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <charconv>
#include <cstring>

#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"

namespace phbsim::exec {

namespace os = arch::os;

namespace {

socklen_t put_name(sockaddr_un& out, const std::string& name) {
  out = {};
  out.sun_family = AF_UNIX;
  PHBSIM_ASSERT(name.size() + 1 < sizeof out.sun_path);
  std::memcpy(out.sun_path + 1, name.data(), name.size());
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
}

}  // namespace

OpenFiles::OpenFiles(std::string key) : key_(std::move(key)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw ModelError("no epoll descriptor");
}

OpenFiles::~OpenFiles() {
  while (!mappings_.empty()) remove_mapping(mappings_.begin()->first);
  while (!files_.empty()) remove(files_.begin()->first);
}

UniqueFd OpenFiles::add(std::shared_ptr<os::File> file, Node node, std::uint64_t& id) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) os::fail(os::Errno::NoMem, "no sockets left");
  UniqueFd ours(pair[0]);
  UniqueFd theirs(pair[1]);
  id = next_id_++;
  sockaddr_un name;
  const socklen_t bytes = put_name(name, key_ + "/" + std::to_string(id));
  if (::bind(theirs.get(), reinterpret_cast<const sockaddr*>(&name), bytes) != 0) os::fail(os::Errno::NoMem, "a socket cannot be named");
  OpenFile& entry = files_[id];
  entry.id = id;
  entry.node = node;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.u64 = id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, ours.get(), &event) != 0) {
    files_.erase(id);
    os::fail(os::Errno::NoMem, "no memory to wait for a socket");
  }
  entry.ours = std::move(ours);
  entry.file = std::move(file);
  return theirs;
}

OpenFile* OpenFiles::find(std::uint64_t id) {
  const auto it = files_.find(id);
  return it == files_.end() ? nullptr : &it->second;
}

OpenFile* OpenFiles::behind(int fd) {
  sockaddr_un name{};
  socklen_t bytes = sizeof name;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &bytes) != 0 || name.sun_family != AF_UNIX) return nullptr;
  const std::size_t before = offsetof(sockaddr_un, sun_path) + 1 + key_.size() + 1;
  if (bytes <= before || std::memcmp(name.sun_path + 1, key_.data(), key_.size()) != 0) return nullptr;
  std::uint64_t id = 0;
  std::from_chars(name.sun_path + 1 + key_.size() + 1, reinterpret_cast<const char*>(&name) + bytes, id);
  return find(id);
}

void OpenFiles::remove(std::uint64_t id) noexcept {
  const os::NoFail closing;
  auto node = files_.extract(id);
  if (node.empty()) return;
  node.mapped().file->release();
}

UniqueFd OpenFiles::add_mapping(std::shared_ptr<os::File> file, os::Mapping mapping, std::uint64_t bytes,
                                std::uint64_t connection, std::uint64_t& id) {
  UniqueFd memory(::memfd_create("phbsim-registers", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory || ::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) os::fail(os::Errno::NoMem, "no memory to map");
  UniqueFd theirs(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0));
  if (!theirs) os::fail(os::Errno::NoMem, "no descriptors left");
  id = next_id_++;
  OpenMapping& entry = mappings_[id];
  entry.id = id;
  entry.file = std::move(file);
  entry.mapping = std::move(mapping);
  entry.memory = std::move(memory);
  entry.made_by = connection;
  unmade_ = true;
  return theirs;
}

void OpenFiles::settle_mappings(std::uint64_t connection) noexcept {
  if (!unmade_) return;
  unmade_ = false;
  for (auto& [id, entry] : mappings_) {
    if (entry.made_by == connection) entry.made_by = 0;
    unmade_ |= entry.made_by != 0;
  }
}

OpenMapping* OpenFiles::find_mapping(std::uint64_t id) {
  const auto it = mappings_.find(id);
  return it == mappings_.end() ? nullptr : &it->second;
}

void OpenFiles::remove_mapping(std::uint64_t id) noexcept {
  const os::NoFail closing;
  const auto node = mappings_.extract(id);
  if (!node.empty() && node.mapped().mapping.unmapped) node.mapped().mapping.unmapped();
}

bool OpenFiles::reap() noexcept {
  bool found = false;
  for (auto it = mappings_.begin(); it != mappings_.end();) {
    const auto [id, memory] = std::pair(it->first, it->second.memory.get());
    const bool made = it->second.made_by == 0;
    ++it;
    if (!made || ::fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE) != 0) continue;
    remove_mapping(id);
    found = true;
  }
  std::array<epoll_event, 64> events;
  int n;
  do {
    n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < n; ++i) {
      const epoll_event& e = events[static_cast<std::size_t>(i)];
      if ((e.events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) != 0) {
        remove(e.data.u64);
        found = true;
      } else if (const OpenFile* f = find(e.data.u64)) {
        // Written past the library; a device would not have had it either.
        char dropped[256];
        while (::recv(f->ours.get(), dropped, sizeof dropped, MSG_DONTWAIT) > 0) {
        }
      }
    }
  } while (n == static_cast<int>(events.size()));
  return found;
}

bool OpenFiles::update(OpenFile& file, bool by_caller) noexcept {
  const bool readable = (file.file->poll() & os::kPollIn) != 0;
  if (readable && !file.signalled) {
    const char byte = 0;
    file.signalled = ::send(file.ours.get(), &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
  } else if (!readable && file.signalled && by_caller) {
    file.signalled = false;
    return true;
  }
  return false;
}

bool OpenFiles::update_readiness(OpenFile* target) noexcept {
  const os::NoFail looking;
  bool drain = false;
  for (auto& [id, file] : files_) drain |= update(file, &file == target);
  return drain;
}

}  // namespace phbsim::exec
