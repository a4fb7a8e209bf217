// SPDX-License-Identifier: Apache-2.0
/// An I/OAT function that a client has opened: BAR 0 mapped, copies by its one channel.
#pragma once

#include <linux/vfio.h>

#include <cstddef>
#include <vector>

#include "tests/exec/clients/client.hpp"

namespace client {

/// At the beginning of memory that the device reaches.
struct Ring {
  std::uint32_t size, control;
  std::uint64_t source, destination, next, rest[4];
  volatile std::uint64_t completion;
};
constexpr std::uint32_t kInterrupt = 1, kComplete = 8;  ///< control

constexpr unsigned kDone = 1, kHalted = 3;  ///< of CHANSTS

class Engine {
 public:
  explicit Engine(int device) : fd_(device) {
    vfio_region_info region{sizeof region, 0, VFIO_PCI_CONFIG_REGION_INDEX, 0, 0, 0};
    CHECK(::ioctl(fd_, VFIO_DEVICE_GET_REGION_INFO, &region) == 0);
    config_ = static_cast<off_t>(region.offset);
    region = {sizeof region, 0, VFIO_PCI_BAR0_REGION_INDEX, 0, 0, 0};
    CHECK(::ioctl(fd_, VFIO_DEVICE_GET_REGION_INFO, &region) == 0);
    void* const bar = ::mmap(nullptr, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, static_cast<off_t>(region.offset));
    CHECK(bar != MAP_FAILED);
    bar_ = static_cast<volatile unsigned char*>(bar);
    start();
  }

  int fd() const { return fd_; }
  /// Memory space and bus mastering.
  void start() {
    std::uint16_t command = 0;
    CHECK(::pread(fd_, &command, 2, config_ + 4) == 2);
    command = static_cast<std::uint16_t>(command | 6);
    CHECK(::pwrite(fd_, &command, 2, config_ + 4) == 2);
  }
  void reset() {
    CHECK(::ioctl(fd_, VFIO_DEVICE_RESET) == 0);
    start();
  }
  /// Runs the one descriptor of `ring`, which the device has at `iova`: the channel's state.
  unsigned copy(Ring& ring, std::uint64_t iova, std::uint64_t from, std::uint64_t to, std::uint32_t bytes,
                std::uint32_t control = kComplete) {
    ring = {};
    ring.size = bytes;
    ring.control = control;
    ring.source = from;
    ring.destination = to;
    ring.next = iova;
    store<std::uint64_t>(0x98, iova + offsetof(Ring, completion));
    store<std::uint64_t>(0x90, iova);
    store<std::uint16_t>(0x86, 1);
    unsigned state = 0;
    while ((state = static_cast<unsigned>(load<std::uint64_t>(0x88) & 7)) == 0) {
    }
    return state;
  }
  /// MSI-X for the whole function, in the device's own terms.
  void route_interrupts() { store<std::uint8_t>(0x03, 0x08); }
  /// Another interrupt may come.
  void rearm() { store<std::uint16_t>(0x80, 1); }

 private:
  template <typename T>
  void store(unsigned offset, T value) {
    *reinterpret_cast<volatile T*>(const_cast<unsigned char*>(bar_) + offset) = value;
  }
  template <typename T>
  T load(unsigned offset) {
    return *reinterpret_cast<volatile T*>(const_cast<unsigned char*>(bar_) + offset);
  }

  int fd_;
  off_t config_ = 0;
  volatile unsigned char* bar_ = nullptr;
};

}  // namespace client
