// SPDX-License-Identifier: Apache-2.0
#include "benches/reference_loop.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <queue>
#include <vector>

namespace phbsim::bench {

double cpu_seconds() {
  timespec ts{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return static_cast<double>(ts.tv_sec) + static_cast<double>(ts.tv_nsec) * 1e-9;
}

namespace {

constexpr std::uint64_t kLink = 4000, kLookup = 2000, kLookupLatency = 8000, kBank = 10000, kMemory = 90000,
                        kResponse = 6000;
constexpr unsigned kWalkers = 8, kBanks = 16, kSets = 32, kWays = 4;

struct Event {
  std::uint64_t at;
  std::uint32_t order;
  std::uint32_t request;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }
};

class Heap {
 public:
  void push(std::uint64_t at, std::uint32_t request) {
    heap_.push_back({at, order_++, request});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
  }
  Event pop() {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    const Event e = heap_.back();
    heap_.pop_back();
    return e;
  }
  bool empty() const { return heap_.empty(); }

 private:
  std::vector<Event> heap_;
  std::uint32_t order_ = 0;
};

class Cache {
 public:
  bool lookup(std::uint64_t page) {
    const auto set = page % kSets;
    for (unsigned w = 0; w < kWays; ++w) {
      if (tags_[set][w] == page + 1) {
        used_[set][w] = ++clock_;
        ++hits;
        return true;
      }
    }
    ++misses;
    return false;
  }
  void fill(std::uint64_t page) {
    const auto set = page % kSets;
    unsigned victim = 0;
    for (unsigned w = 0; w < kWays; ++w) {
      if (tags_[set][w] == page + 1) return;
      if (used_[set][w] < used_[set][victim]) victim = w;
    }
    tags_[set][victim] = page + 1;
    used_[set][victim] = ++clock_;
  }
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;

 private:
  std::array<std::array<std::uint64_t, kWays>, kSets> tags_{};
  std::array<std::array<std::uint32_t, kWays>, kSets> used_{};
  std::uint32_t clock_ = 0;
};

enum class Stage : std::uint8_t { Arrive, Looked, Walked, Data, Done };

struct Request {
  std::uint64_t begun;
  std::uint64_t page;
  unsigned levels;
  Stage stage;
};

}  // namespace

LoopResult run_reference_loop(std::uint64_t requests, unsigned pages, unsigned outstanding) {
  Heap heap;
  Cache cache;
  std::vector<Request> state(outstanding);
  std::queue<std::uint32_t> waiting;
  std::array<std::uint64_t, kBanks> bank_free{};
  std::uint64_t seed = 0x9E3779B97F4A7C15ull;
  std::uint64_t link_free = 0, lookup_free = 0, response_free = 0, now = 0, issued = 0, done = 0, latency = 0;
  unsigned walkers = kWalkers;
  const auto random = [&seed] {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
  };
  const auto take = [](std::uint64_t& free, std::uint64_t at, std::uint64_t time) {
    const std::uint64_t start = std::max(free, at);
    free = start + time;
    return start;
  };
  const auto memory = [&](std::uint64_t address, std::uint64_t at) {
    const auto bank = (address * 0x9E3779B97F4A7C15ull) >> 60;
    return take(bank_free[bank], at, kBank) + kMemory;
  };
  const auto issue = [&](std::uint32_t i, std::uint64_t at) {
    if (issued == requests) return;
    ++issued;
    state[i] = {at, random() % pages, 0, Stage::Arrive};
    heap.push(take(link_free, at, kLink) + kLink, i);
  };
  const auto walk = [&](std::uint32_t i) {
    Request& r = state[i];
    r.stage = Stage::Walked;
    heap.push(memory(r.page * 8 + r.levels * 0x1000000ull, now), i);
  };
  const auto data = [&](std::uint32_t i, std::uint32_t salt) {
    state[i].stage = Stage::Data;
    heap.push(memory(state[i].page * 4096 + (salt & 31) * 128, now), i);
  };
  const double begin = cpu_seconds();
  for (std::uint32_t i = 0; i < outstanding; ++i) issue(i, 0);
  while (!heap.empty()) {
    const Event e = heap.pop();
    now = e.at;
    Request& r = state[e.request];
    switch (r.stage) {
      case Stage::Arrive:
        r.stage = Stage::Looked;
        heap.push(take(lookup_free, now, kLookup) + kLookupLatency, e.request);
        break;
      case Stage::Looked:
        if (cache.lookup(r.page)) {
          data(e.request, e.order);
          break;
        }
        r.levels = 1 + static_cast<unsigned>(r.page % 3);
        if (walkers > 0) {
          --walkers;
          walk(e.request);
        } else {
          waiting.push(e.request);
        }
        break;
      case Stage::Walked:
        if (--r.levels > 0) {
          walk(e.request);
          break;
        }
        cache.fill(r.page);
        data(e.request, e.order);
        if (waiting.empty()) {
          ++walkers;
        } else {
          walk(waiting.front());
          waiting.pop();
        }
        break;
      case Stage::Data:
        r.stage = Stage::Done;
        heap.push(take(response_free, now, kResponse) + kResponse, e.request);
        break;
      case Stage::Done:
        latency += now - r.begun;
        ++done;
        issue(e.request, now);
        break;
    }
  }
  const double seconds = cpu_seconds() - begin;
  LoopResult result;
  result.requests_per_second = static_cast<double>(done) / seconds;
  result.simulated_per_us = static_cast<double>(done) * 1e6 / static_cast<double>(now);
  result.mean_latency_ns = static_cast<double>(latency) / 1e3 / static_cast<double>(done);
  result.hit_share = static_cast<double>(cache.hits) / static_cast<double>(cache.hits + cache.misses);
  return result;
}

}  // namespace phbsim::bench
