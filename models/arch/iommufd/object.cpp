// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/object.hpp"

#include <algorithm>

#include "models/arch/os/allocation.hpp"
#include "models/base/check.hpp"

namespace phbsim::arch::iommufd {

namespace {
constexpr std::uint32_t kLastId = 0x7fffffff;
}

ObjectTable::Reservation::~Reservation() {
  if (!published_) table_.give_back(id_);
}

std::uint32_t ObjectTable::reserve() {
  std::uint32_t id = first_free_;
  for (auto it = objects_.lower_bound(id); it != objects_.end() && it->first == id; ++it) ++id;
  if (id > kLastId) os::fail(os::Errno::Busy, "all ids are taken");
  objects_.emplace(id, nullptr);
  first_free_ = id + 1;
  return id;
}

void ObjectTable::place(std::uint32_t id, std::unique_ptr<Object> object) noexcept {
  object->id_ = id;
  objects_.find(id)->second = std::move(object);
}

void ObjectTable::give_back(std::uint32_t id) noexcept {
  objects_.erase(id);
  first_free_ = std::min(first_free_, id);
}

Object* ObjectTable::find(std::uint32_t id) const {
  const auto it = objects_.find(id);
  return it == objects_.end() ? nullptr : it->second.get();
}

void ObjectTable::destroy(std::uint32_t id) {
  Object* object = find(id);
  if (object == nullptr) os::fail(os::Errno::NoEnt, "there is no such object");
  if (object->users_ != 1) os::fail(os::Errno::Busy, "the object is in use");
  remove(*object);
}

void ObjectTable::remove(Object& object) noexcept {
  const os::NoFail giving_back;
  PHBSIM_ASSERT(object.users_ == 1);
  // Out of the table first: the destructor may take out others.
  const auto it = objects_.find(object.id_);
  const std::unique_ptr<Object> last = std::move(it->second);
  give_back(it->first);
}

void ObjectTable::bury(Object& object) noexcept {
  const os::NoFail giving_back;
  PHBSIM_ASSERT(object.users_ == 1);
  const std::unique_ptr<Object> last = std::move(objects_.find(object.id_)->second);
}

void ObjectTable::clear() noexcept {
  for (bool again = true; again;) {
    again = false;
    for (auto it = objects_.begin(); it != objects_.end();) {
      const std::uint32_t id = it->first;
      if (it->second != nullptr && it->second->users_ == 1) {
        remove(*it->second);
        again = true;
      }
      it = objects_.upper_bound(id);
    }
  }
  // What is left is tombstones; anything else is held by someone who outlives the context.
  for (const auto& [id, object] : objects_) PHBSIM_ASSERT(object == nullptr);
  objects_.clear();
  first_free_ = 1;
}

}  // namespace phbsim::arch::iommufd
