// SPDX-License-Identifier: Apache-2.0
/// Events of a vIOMMU on their way to userspace (iommufd.md 8).
#pragma once

#include <deque>
#include <vector>

#include "models/arch/iommufd/abi.hpp"
#include "models/arch/iommufd/object.hpp"
#include "models/arch/os/file.hpp"

namespace phbsim::arch::iommufd {

class Viommu;

class EventQueue final : public Object {
 public:
  EventQueue(Viommu& viommu, std::uint32_t type, std::uint32_t depth);
  ~EventQueue() override;
  static bool is(ObjectKind kind) { return kind == ObjectKind::EventQueue; }

  std::uint32_t type() const { return type_; }
  const Viommu& viommu() const { return *viommu_; }

  /// An event that finds the queue full, or no memory, is lost; that some were is told at the end.
  void report(const std::vector<unsigned char>& data);

  // -- the descriptor -------------------------------------------------------------------------
  std::size_t read(unsigned char* out, std::size_t n);
  std::size_t write(const unsigned char*, std::size_t) { os::fail(os::Errno::Inval, "events have no answers"); }
  std::uint32_t poll() const { return events_.empty() && !lost_ ? 0 : os::kPollIn; }
  void set_file(os::File* file) { file_ = file; }

 private:
  struct Event {
    std::uint32_t sequence;
    std::vector<unsigned char> data;
  };
  std::uint32_t next_sequence();
  void changed();

  Used<Viommu> viommu_;
  std::uint32_t type_;
  std::uint32_t depth_;
  std::deque<Event> events_;
  bool lost_ = false;  // some were after the last one of events_
  std::uint32_t lost_sequence_ = 0;
  std::uint32_t sequence_ = 0;
  os::File* file_ = nullptr;
};

}  // namespace phbsim::arch::iommufd
