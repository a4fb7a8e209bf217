// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/memory_maps.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace phbsim::exec {
namespace {

/// One line, "begin-end perms offset major:minor inode  name".
bool parse(const char* line, MemoryMap& map) {
  unsigned long long begin, end, offset, inode;
  unsigned major_number, minor_number;
  char perms[5];
  if (std::sscanf(line, "%llx-%llx %4s %llx %x:%x %llu", &begin, &end, perms, &offset, &major_number, &minor_number, &inode) != 7) {
    return false;
  }
  map = {begin, end, perms[0] == 'r', perms[1] == 'w', perms[3] == 's', offset, makedev(major_number, minor_number), inode};
  return true;
}

}  // namespace

MemoryMaps::MemoryMaps(pid_t pid) : fd_(::open(("/proc/" + std::to_string(pid) + "/maps").c_str(), O_RDONLY | O_CLOEXEC)) {}

void MemoryMaps::walk(std::uint64_t from, const std::function<bool(const MemoryMap&)>& visit) const {
  if (!fd_ || ::lseek(fd_.get(), 0, SEEK_SET) != 0) return;
  char buffer[16384];
  std::size_t kept = 0;
  for (;;) {
    const ssize_t n = ::read(fd_.get(), buffer + kept, sizeof buffer - 1 - kept);
    if (n <= 0) return;
    const std::size_t bytes = kept + static_cast<std::size_t>(n);
    buffer[bytes] = 0;
    char* line = buffer;
    while (char* const end = static_cast<char*>(std::memchr(line, '\n', static_cast<std::size_t>(buffer + bytes - line)))) {
      *end = 0;
      MemoryMap map;
      if (parse(line, map) && map.end > from && !visit(map)) return;
      line = end + 1;
    }
    kept = static_cast<std::size_t>(buffer + bytes - line);
    if (kept >= sizeof buffer - 1) return;  // a name longer than any path
    std::memmove(buffer, line, kept);
  }
}

}  // namespace phbsim::exec
