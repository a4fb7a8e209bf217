// SPDX-License-Identifier: Apache-2.0
/// Paths: devices and sysfs, by every call that takes a name.
#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <climits>
#include <set>
#include <string>

#include "tests/exec/clients/client.hpp"

using namespace client;

namespace {

constexpr char kDevice[] = "/sys/devices/pci0099:00/0099:00:00.0";

std::set<std::string> listed(const char* path) {
  std::set<std::string> names;
  DIR* const d = ::opendir(path);
  CHECK(d != nullptr);
  while (const dirent* e = ::readdir(d)) {
    if (e->d_name[0] != '.') names.insert(e->d_name);
  }
  ::closedir(d);
  return names;
}

std::string text_of(int fd) {
  char text[64];
  const ssize_t n = ::read(fd, text, sizeof text);
  ::close(fd);
  return n < 0 ? "?" : std::string(text, static_cast<std::size_t>(n));
}

void devices() {
  struct stat about {};
  CHECK(::stat("/dev/iommu", &about) == 0 && S_ISCHR(about.st_mode) && about.st_rdev == makedev(10, 125));
  CHECK(::lstat("/dev//vfio/./7", &about) == 0 && S_ISCHR(about.st_mode) && about.st_rdev == makedev(240, 7));
  CHECK((about.st_mode & 0777) == 0600);
  const int fd = ::open("/dev/vfio/../vfio/7", O_RDWR);
  CHECK(fd >= 0);
  struct stat same {};
  CHECK(::fstat(fd, &same) == 0 && same.st_rdev == about.st_rdev && S_ISCHR(same.st_mode));
  CHECK(::fstatat(fd, "", &same, AT_EMPTY_PATH) == 0 && same.st_rdev == about.st_rdev);
  struct statx more {};
  CHECK(::statx(AT_FDCWD, "/dev/vfio/7", 0, STATX_BASIC_STATS, &more) == 0 && more.stx_rdev_major == 240 && more.stx_rdev_minor == 7);
  ::close(fd);
  CHECK(::access("/dev/iommu", R_OK | W_OK) == 0);
  CHECK_ERRNO(ENOENT, ::open("/dev/vfio/8", O_RDWR));
  CHECK_ERRNO(ENOENT, ::access("/dev/vfio/8", F_OK));
  CHECK_ERRNO(ENOENT, ::stat("/dev/vfio/8", &about));
  CHECK(listed("/dev/vfio") == std::set<std::string>{"7"});
  CHECK(::stat("/dev/vfio", &about) == 0 && S_ISDIR(about.st_mode));
  CHECK(::stat("/dev/null", &about) == 0 && S_ISCHR(about.st_mode) && major(about.st_rdev) == 1);
}

void links() {
  CHECK(listed("/sys/kernel/iommu_groups") == std::set<std::string>{"7"});
  CHECK(listed("/sys/kernel/iommu_groups/7/devices/") == std::set<std::string>{"0099:00:00.0"});
  CHECK((listed(kDevice) == std::set<std::string>{"vendor", "iommu_group"}));
  const std::string group = std::string(kDevice) + "/iommu_group";
  char target[PATH_MAX];
  const ssize_t n = ::readlink(group.c_str(), target, sizeof target);
  CHECK(n > 0 && std::string(target, static_cast<std::size_t>(n)) == "../../../kernel/iommu_groups/7");
  char* const real = ::realpath(group.c_str(), nullptr);
  CHECK(real != nullptr && std::string(real) == "/sys/kernel/iommu_groups/7");
  std::free(real);
  CHECK(::realpath("/dev/iommu", target) == target && std::string(target) == "/dev/iommu");
  struct stat about {};
  CHECK(::lstat(group.c_str(), &about) == 0 && S_ISLNK(about.st_mode));
  CHECK(::stat(group.c_str(), &about) == 0 && S_ISDIR(about.st_mode));
  CHECK(text_of(::open("/sys/kernel/iommu_groups/7/devices/0099:00:00.0/vendor", O_RDONLY)) == "0x1014\n");
  CHECK(::access("/sys/module/vfio", F_OK) == 0);
  CHECK_ERRNO(ENOENT, ::access("/sys/kernel/iommu_groups/8", F_OK));
}

void relative() {
  DIR* const d = ::opendir(kDevice);
  CHECK(d != nullptr);
  CHECK(text_of(::openat(::dirfd(d), "vendor", O_RDONLY)) == "0x1014\n");
  ::closedir(d);
  char before[PATH_MAX];
  char now[PATH_MAX];
  CHECK(::getcwd(before, sizeof before) == before);
  CHECK(::chdir(kDevice) == 0);
  CHECK(text_of(::open("vendor", O_RDONLY)) == "0x1014\n");
  CHECK(::getcwd(now, sizeof now) == now && std::string(now) == kDevice);
  CHECK(::chdir(before) == 0);
}

void streams() {
  std::FILE* const f = std::fopen((std::string(kDevice) + "/vendor").c_str(), "r");
  CHECK(f != nullptr);
  unsigned vendor = 0;
  CHECK(std::fscanf(f, "%x", &vendor) == 1 && vendor == 0x1014);
  std::fclose(f);
  CHECK(std::fopen("/sys/kernel/iommu_groups/9", "r") == nullptr);
}

}  // namespace

int main() {
  devices();
  links();
  relative();
  streams();
  return 0;
}
