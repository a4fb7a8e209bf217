// SPDX-License-Identifier: Apache-2.0
/// A FIFO that grows to the largest length it ever had and then never allocates again.
#pragma once

#include <cstddef>
#include <vector>

namespace phbsim {

template <class T>
class RingQueue {
 public:
  bool empty() const { return head_ == tail_; }
  std::size_t size() const { return tail_ - head_; }
  T& front() { return slots_[head_ & mask_]; }
  const T& front() const { return slots_[head_ & mask_]; }
  T& back() { return slots_[(tail_ - 1) & mask_]; }
  T& operator[](std::size_t i) { return slots_[(head_ + i) & mask_]; }
  void push_back(const T& v) {
    if (slots_.empty() || size() == slots_.size()) grow();
    slots_[tail_++ & mask_] = v;
  }
  void pop_front() { ++head_; }
  /// Removes element i, keeping the order of the rest.
  void erase(std::size_t i) {
    for (std::size_t j = i; j > 0; --j) (*this)[j] = (*this)[j - 1];
    ++head_;
  }

 private:
  void grow() {
    std::vector<T> bigger(slots_.empty() ? 16 : slots_.size() * 2);
    const std::size_t n = size();
    for (std::size_t i = 0; i < n; ++i) bigger[i] = (*this)[i];
    slots_.swap(bigger);
    mask_ = slots_.size() - 1;
    head_ = 0;
    tail_ = n;
  }

  std::vector<T> slots_;
  std::size_t mask_ = 0;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

}  // namespace phbsim
