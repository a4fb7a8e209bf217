// SPDX-License-Identifier: Apache-2.0
/// The DMA read engines of a PEC: a limited number, shared by its stacks, each with a limit.
///
/// One engine fetches one 128-byte line (phb.md 8.2). A stack that wants an engine and cannot have
/// one waits in line; a stack at its own limit does not hold up the others.
#pragma once

#include <cstdint>
#include <vector>

#include "models/base/check.hpp"

namespace phbsim::phb {

class ReadEngines {
 public:
  class Client {
   public:
    /// An engine may be free for this stack: take what is needed with acquire().
    virtual void on_engine_free() = 0;

   protected:
    ~Client() = default;
  };

  explicit ReadEngines(unsigned engines) : free_(engines), total_(engines) {}

  /// Adds a stack that may hold up to `limit` engines; returns its number.
  unsigned add_stack(Client& client, unsigned limit) {
    stacks_.push_back({&client, limit, 0, 0, false});
    return static_cast<unsigned>(stacks_.size() - 1);
  }
  bool acquire(unsigned stack) {
    Stack& s = stacks_[stack];
    if (free_ == 0 || s.held >= s.limit) return false;
    --free_;
    ++s.held;
    return true;
  }
  /// The stack could not get an engine and has work: it is told when one may be free.
  void wait(unsigned stack) {
    Stack& s = stacks_[stack];
    if (s.waiting) return;
    s.waiting = true;
    s.since = ++clock_;
  }
  void release(unsigned stack) {
    ++free_;
    --stacks_[stack].held;
    // The longest waiting stack that may hold one more.
    Stack* next = nullptr;
    for (Stack& s : stacks_)
      if (s.waiting && s.held < s.limit && (next == nullptr || s.since < next->since)) next = &s;
    if (next == nullptr) return;
    next->waiting = false;
    next->client->on_engine_free();
  }
  unsigned total() const { return total_; }
  unsigned free() const { return free_; }

 private:
  struct Stack {
    Client* client;
    unsigned limit;
    unsigned held;
    std::uint64_t since;
    bool waiting;
  };
  std::vector<Stack> stacks_;
  unsigned free_;
  unsigned total_;
  std::uint64_t clock_ = 0;
};

}  // namespace phbsim::phb
