// SPDX-License-Identifier: Apache-2.0
/// Pages of the program in simulated real memory.
#include <sys/resource.h>

#include <string>

#include "tests/exec/clients/client.hpp"

using namespace client;

namespace {

constexpr std::uint64_t kPiece = 2u << 20;

std::uint64_t addr(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

char* map(std::size_t bytes, int protection, int flags, int fd = -1) {
  void* const p = ::mmap(nullptr, bytes, protection, flags, fd, 0);
  CHECK(p != MAP_FAILED);
  return static_cast<char*>(p);
}

Block pin(int fd, const void* at, std::uint64_t pages, bool writable) { return ask(fd, kPin, {addr(at), pages, writable ? 1u : 0u, 0, 0}); }
std::uint64_t peek(int fd, std::uint64_t offset) { return ask(fd, kPeek, {offset, 0, 0, 0, 0}).b; }

void private_pages() {
  const int fd = open_toy();
  char* const p = map(2 * kPiece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
  std::strcpy(p + 3 * kPageBytes, "seven b");
  const Block first = pin(fd, p, 4, true);
  CHECK(first.d == 4);
  std::uint64_t text;
  std::memcpy(&text, "seven b", 8);
  CHECK(peek(fd, 3 * kPageBytes) == text);
  ask(fd, kPoke, {2 * kPageBytes + 16, 0x1122334455667788, 0, 0, 0});
  std::uint64_t seen;
  std::memcpy(&seen, p + 2 * kPageBytes + 16, 8);
  CHECK(seen == 0x1122334455667788);
  // The same page is at the same place as long as it is pinned; counts add up.
  const int other = open_toy();
  CHECK(pin(other, p + kPageBytes, 1, false).e == first.e + kPageBytes);
  CHECK(ask(fd, kPins, {addr(p + kPageBytes), 0, 0, 0, 0}).b == 2);
  CHECK(ask(fd, kPins, {addr(p), 0, 0, 0, 0}).b == 1);
  CHECK(ask(fd, kPins, {addr(p + 4 * kPageBytes), 0, 0, 0, 0}).b == 0);
  ::close(other);
  CHECK(ask(fd, kPins, {addr(p + kPageBytes), 0, 0, 0, 0}).b == 1);
  CHECK(::ioctl(fd, kUnpin, 0) == 0);
  CHECK(ask(fd, kPins, {addr(p), 0, 0, 0, 0}).b == 0);
  // A whole piece is contiguous and aligned.
  char* const aligned = p + (kPiece - addr(p) % kPiece) % kPiece;
  const Block piece = pin(fd, aligned + 5 * kPageBytes, 1, true);
  CHECK(piece.e % kPiece == 5 * kPageBytes);
  const Block rest = pin(fd, aligned, kPiece / kPageBytes, true);
  CHECK(rest.d == kPiece / kPageBytes && rest.e == piece.e - 5 * kPageBytes);
  ::close(fd);
  ::munmap(p, 2 * kPiece);
}

void what_cannot_be_pinned() {
  const int fd = open_toy();
  char* const p = map(4 * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
  CHECK(::mprotect(p + 2 * kPageBytes, kPageBytes, PROT_READ) == 0);
  CHECK(::mprotect(p + 3 * kPageBytes, kPageBytes, PROT_NONE) == 0);
  CHECK(pin(fd, p, 4, true).d == 2);
  CHECK(pin(fd, p, 4, false).d == 3);
  CHECK(pin(fd, p + 3 * kPageBytes, 1, false).d == 0);
  CHECK(::munmap(p + kPageBytes, kPageBytes) == 0);
  CHECK(pin(fd, p, 3, false).d == 1);
  // Past the end of a file.
  const int file = ::memfd_create("short", 0);
  CHECK(::ftruncate(file, kPageBytes) == 0);
  char* const shared = map(2 * kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file);
  CHECK(pin(fd, shared, 2, true).d == 1);
  // Registers of a device.
  const int device = ::open("/dev/vfio/7", O_RDWR);
  char* const registers = map(kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, device);
  CHECK(pin(fd, registers, 1, false).d == 0);
  ::close(device);
  ::close(file);
  ::close(fd);
  ::munmap(p, 4 * kPageBytes);
  ::munmap(shared, 2 * kPageBytes);
  ::munmap(registers, kPageBytes);
}

void fork_separates(int flags, bool same) {
  const int fd = open_toy();
  char* const p = map(kPageBytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS);
  std::strcpy(p, "before.");
  const Block mine = pin(fd, p, 1, true);
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK((pin(fd, p, 1, true).e == mine.e) == same);
    std::strcpy(p, "child..");
    ::_exit(0);
  }
  join(child);
  std::uint64_t text;
  std::memcpy(&text, same ? "child.." : "before.", 8);
  CHECK(peek(fd, 0) == text);
  ::close(fd);
  ::munmap(p, kPageBytes);
}

/// Shared memory that is pinned stays, and stays reachable, when all that mapped it are gone.
void after_the_mapper() {
  const int fd = open_toy();
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    char* const p = map(2 * kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
    std::strcpy(p + kPageBytes, "is here");
    CHECK(pin(fd, p, 2, true).d == 2);
    ::_exit(0);
  }
  join(child);
  std::uint64_t text;
  std::memcpy(&text, "is here", 8);
  CHECK(peek(fd, kPageBytes) == text);
  ask(fd, kPoke, {8, 77, 0, 0, 0});
  CHECK(peek(fd, 8) == 77);
  ::close(fd);
}

void huge_pages() {
  for (const int how : {MAP_PRIVATE, MAP_SHARED}) {
    char* const p = map(kPiece, PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS | MAP_HUGETLB);
    CHECK(addr(p) % kPiece == 0);
    p[0] = p[kPiece - 1] = 1;
    const int fd = open_toy();
    const Block b = pin(fd, p, kPiece / kPageBytes, true);
    CHECK(b.d == kPiece / kPageBytes && b.e % kPiece == 0);
    ::close(fd);
    CHECK(::munmap(p, kPiece) == 0);
  }
}

void files() {
  const int fd = open_toy();
  const int file = ::memfd_create("file", 0);
  CHECK(::ftruncate(file, 3 * kPageBytes) == 0);
  char* const p = map(3 * kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file);
  std::strcpy(p + kPageBytes, "in file");
  const Block by_file = ask(fd, kPinFile, {static_cast<std::uint64_t>(file), 1, 5, 0, 0});
  CHECK(by_file.d == 2);
  CHECK(pin(fd, p + kPageBytes, 1, true).e == by_file.e);
  CHECK(ask(fd, kPins, {addr(p + kPageBytes), 0, 0, 0, 0}).b == 2);
  std::uint64_t text;
  std::memcpy(&text, "in file", 8);
  ::munmap(p, 3 * kPageBytes);
  ::close(file);
  CHECK(peek(fd, 0) == text);
  ::close(fd);
}

void status_shows_pages() {
  const int fd = open_toy();
  const auto locked = [](const char* path) {
    std::FILE* const f = std::fopen(path, "r");
    CHECK(f != nullptr);
    char line[256];
    long found = -1;
    while (std::fgets(line, sizeof line, f) != nullptr) std::sscanf(line, "VmLck: %ld kB", &found);
    std::fclose(f);
    return found;
  };
  const long before = locked("/proc/self/status");
  CHECK(::ioctl(fd, kCharge, 3) == 0);
  CHECK(locked("/proc/self/status") == before + 12);
  const std::string parent = "/proc/" + std::to_string(::getpid()) + "/status";
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(locked(parent.c_str()) == before + 12);
    CHECK(locked("/proc/self/status") == before);
    ::_exit(0);
  }
  join(child);
  ::close(fd);
  CHECK(locked("/proc/self/status") == before);
}

void limits() {
  const int fd = open_toy();
  rlimit limit{};
  CHECK(::getrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  limit.rlim_cur = 5 * kPageBytes;
  CHECK(::setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
  const Block b = ask(fd, kLimit, {});
  CHECK(b.a == 5 * kPageBytes);
  CHECK(b.c == ::getuid());
  CHECK(::getuid() != 0 || (b.b == 1 && b.d == 1));
  if (::getuid() == 0) {
    const pid_t child = ::fork();
    CHECK(child >= 0);
    if (child == 0) {
      CHECK(::setuid(65534) == 0);
      const Block now = ask(fd, kLimit, {});
      CHECK(now.b == 0 && now.c == 65534 && now.d == 0);
      ::_exit(0);
    }
    join(child);
  }
  ::close(fd);
}

void many_short_maps() {
  // Shared anonymous memory that comes and goes does not stay.
  for (int i = 0; i < 1500; ++i) {
    char* const p = map(kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS);
    *p = 1;
    ::munmap(p, kPageBytes);
  }
}

}  // namespace

int main() {
  private_pages();
  what_cannot_be_pinned();
  fork_separates(MAP_PRIVATE, false);
  fork_separates(MAP_SHARED, true);
  after_the_mapper();
  huge_pages();
  files();
  status_shows_pages();
  limits();
  many_short_maps();
  return 0;
}
