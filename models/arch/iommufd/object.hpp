// SPDX-License-Identifier: Apache-2.0
/// Objects of an iommufd, their ids and who uses them (iommufd.md 2).
///
/// A constructor takes what its object needs, the destructor gives it back: making an object and
/// dropping it before it has got its id leaves no trace.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "models/arch/os/errno.hpp"

namespace phbsim::arch::iommufd {

enum class ObjectKind : std::uint8_t {
  Ioas,
  HwptPaging,
  HwptNested,
  Device,
  Access,
  FaultQueue,
  Viommu,
  Vdevice,
  EventQueue,
  HwQueue,
  Selftest,
};

class Object {
 public:
  explicit Object(ObjectKind kind) : kind_(kind) {}
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  ObjectKind kind() const { return kind_; }
  /// 0 until it is published.
  std::uint32_t id() const { return id_; }
  /// The table is the first one.
  unsigned users() const { return users_; }

 private:
  friend class ObjectTable;
  template <typename T>
  friend class Used;

  ObjectKind kind_;
  std::uint32_t id_ = 0;
  unsigned users_ = 1;
};

/// Use of an object: while it lasts the object cannot be destroyed.
template <typename T>
class Used {
 public:
  Used() = default;
  explicit Used(T& object) noexcept : object_(&object) { ++object.users_; }
  Used(Used&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Used& operator=(Used&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Used() {
    if (object_ != nullptr) --object_->users_;
  }

  explicit operator bool() const { return object_ != nullptr; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  T* get() const { return object_; }
  void reset() { *this = Used(); }

 private:
  T* object_ = nullptr;
};

class ObjectTable {
 public:
  /// An id kept for an object that is being made; given back unless the object is published.
  class Reservation {
   public:
    explicit Reservation(ObjectTable& table) : table_(table), id_(table.reserve()) {}
    ~Reservation();
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    std::uint32_t id() const { return id_; }
    /// From here on the object is found by its id.
    template <typename T>
    T& publish(std::unique_ptr<T> object) noexcept {
      T& published = *object;
      table_.place(id_, std::move(object));
      published_ = true;
      return published;
    }

   private:
    ObjectTable& table_;
    std::uint32_t id_;
    bool published_ = false;
  };

  /// Null for an id that is free, reserved or a tombstone.
  Object* find(std::uint32_t id) const;
  /// The object of class T with that id; ENOENT.
  template <typename T>
  T& get(std::uint32_t id) const {
    Object* object = find(id);
    if (object == nullptr || !T::is(object->kind())) os::fail(os::Errno::NoEnt, "there is no such object of this kind");
    return static_cast<T&>(*object);
  }
  /// Visits objects of class T in order of their ids, until `visit` returns true; that object, else null.
  template <typename T, typename Visit>
  T* find_if(Visit&& visit) const {
    for (const auto& [id, object] : objects_) {
      if (object == nullptr || !T::is(object->kind())) continue;
      auto& one = static_cast<T&>(*object);
      if (visit(one)) return &one;
    }
    return nullptr;
  }

  /// True if any id is taken, be it reserved or a tombstone.
  bool any() const { return !objects_.empty(); }
  std::size_t size() const { return objects_.size(); }

  /// ENOENT, EBUSY if somebody uses it.
  void destroy(std::uint32_t id);
  /// Takes out an object that nobody but the table uses.
  void remove(Object& object) noexcept;
  /// As remove, but the id stays taken.
  void bury(Object& object) noexcept;
  /// Last close: again and again all objects that nobody uses, until none is left.
  void clear() noexcept;

 private:
  std::uint32_t reserve();
  void place(std::uint32_t id, std::unique_ptr<Object> object) noexcept;
  void give_back(std::uint32_t id) noexcept;

  std::map<std::uint32_t, std::unique_ptr<Object>> objects_;
  std::uint32_t first_free_ = 1;  // every lower id is taken
};

}  // namespace phbsim::arch::iommufd
