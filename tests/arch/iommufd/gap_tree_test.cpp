// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/gap_tree.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using phbsim::arch::iommufd::GapNode;
using phbsim::arch::iommufd::GapTree;

namespace {

constexpr std::uint64_t kEnd = ~std::uint64_t{0};

using Gaps = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// The whole space has one address more than can be counted.
bool holds(std::uint64_t first, std::uint64_t last, std::uint64_t length) {
  return last - first >= length - 1;
}

struct Bench {
  GapTree tree;
  std::map<std::uint64_t, std::unique_ptr<GapNode>> nodes;

  bool free(std::uint64_t first, std::uint64_t last) const {
    const auto it = nodes.upper_bound(last);
    return it == nodes.begin() || std::prev(it)->second->last < first;
  }
  void insert(std::uint64_t first, std::uint64_t last) {
    auto node = std::make_unique<GapNode>();
    node->first = first;
    node->last = last;
    tree.insert(*node);
    nodes[first] = std::move(node);
  }
  /// The gaps that a search has to ask about, in order.
  Gaps gaps(std::uint64_t lo, std::uint64_t hi, std::uint64_t length) const {
    Gaps out;
    std::uint64_t at = 0;
    const auto gap = [&](std::uint64_t first, std::uint64_t last) {
      if (!holds(first, last, length)) return;
      if (std::max(first, lo) <= std::min(last, hi)) out.emplace_back(std::max(first, lo), std::min(last, hi));
    };
    for (const auto& [first, node] : nodes) {
      if (first > at) gap(at, first - 1);
      if (node->last == kEnd) return out;
      at = node->last + 1;
    }
    gap(at, kEnd);
    return out;
  }
  Gaps asked(std::uint64_t lo, std::uint64_t hi, std::uint64_t length) const {
    Gaps out;
    tree.first_fit(lo, hi, length, [&](std::uint64_t first, std::uint64_t last) -> std::optional<std::uint64_t> {
      if (holds(first, last, length)) out.emplace_back(first, last);
      return std::nullopt;
    });
    return out;
  }
};

}  // namespace

TEST_CASE("A gap tree asks about the gaps that are wide enough, lowest first", "[ioas]") {
  std::mt19937_64 random(7);
  for (const std::uint64_t span : {std::uint64_t{200}, std::uint64_t{1} << 20, kEnd}) {
    Bench b;
    const auto some = [&] { return span == kEnd ? random() : random() % span; };
    for (unsigned n = 0; n < 6000; ++n) {
      const bool grow = (n / 1000) % 2 == 0;
      if (b.nodes.empty() || random() % 100 < (grow ? 80 : 20)) {
        const std::uint64_t first = some();
        const std::uint64_t last = first + std::min(kEnd - first, random() % (span / 64 + 1));
        if (b.free(first, last)) b.insert(first, last);
      } else {
        auto it = b.nodes.lower_bound(some());
        if (it == b.nodes.end()) it = b.nodes.begin();
        GapNode& node = *it->second;
        if (random() % 3 == 0 && node.last > node.first) {
          b.tree.shorten(node, node.first + random() % (node.last - node.first));
        } else {
          b.tree.erase(node);
          b.nodes.erase(it);
        }
      }
      REQUIRE(b.tree.size() == b.nodes.size());
      if (n % 8 != 0) continue;
      std::uint64_t lo = some();
      std::uint64_t hi = some();
      if (lo > hi) std::swap(lo, hi);
      if (n % 24 == 0) lo = 0, hi = kEnd;
      const std::uint64_t length = 1 + random() % (span / 32 + 1);
      auto want = b.gaps(lo, hi, length);
      // Those that clipping made too narrow may be asked about or not.
      const auto narrow = [&](const auto& gap) { return !holds(gap.first, gap.second, length); };
      want.erase(std::remove_if(want.begin(), want.end(), narrow), want.end());
      REQUIRE(b.asked(lo, hi, length) == want);
      const GapNode* const found = b.tree.at_or_after(lo);
      auto it = b.nodes.begin();
      while (it != b.nodes.end() && it->second->last < lo) ++it;
      REQUIRE(found == (it == b.nodes.end() ? nullptr : it->second.get()));
      std::vector<std::uint64_t> order;
      b.tree.for_each([&](const GapNode& node) { order.push_back(node.first); });
      REQUIRE(order.size() == b.nodes.size());
      REQUIRE(std::is_sorted(order.begin(), order.end()));
    }
  }
}

TEST_CASE("A gap tree passes by gaps that are too narrow", "[ioas]") {
  // 64 Ki nodes, gaps of 8 addresses but one: a search asks about few of them, wherever it begins.
  Bench b;
  for (std::uint64_t i = 0; i < 65536; ++i) b.insert(i * 16, i * 16 + 7);
  b.tree.erase(*b.nodes.at(50000 * 16));
  unsigned asked = 0;
  const auto fit = [&](std::uint64_t first, std::uint64_t) -> std::optional<std::uint64_t> {
    ++asked;
    return first;
  };
  CHECK(b.tree.first_fit(0, kEnd, 9, fit) == 49999 * 16 + 8);
  CHECK(asked == 1);
  CHECK(b.tree.first_fit(50001 * 16, kEnd, 9, fit) == 65535 * 16 + 8);
  CHECK(asked == 2);
}
