// SPDX-License-Identifier: Apache-2.0
/// Pieces of a 64-bit space that do not overlap, in order, and the lowest gap between them that something
/// fits into.
///
/// A treap: a binary tree ordered by address whose shape follows from a hash of the addresses alone, so
/// that it is balanced, the same in every run, and needs no memory besides its nodes. Each node knows the
/// gap before it and the widest gap on either side below it, so a search passes by what is too narrow
/// without a look at it, and a change touches no nodes but those on its way.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace phbsim::arch::iommufd {

/// Base of what is kept in the tree; who inserts it owns it. Both addresses are inclusive.
struct GapNode {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

 private:
  friend class GapTree;
  GapNode* left_ = nullptr;
  GapNode* right_ = nullptr;
  std::uint64_t gap_ = 0;           // free addresses between the node before and this one
  std::uint64_t widest_left_ = 0;   // greatest gap_ of the left subtree
  std::uint64_t widest_right_ = 0;
};

/// O(log n) each; nothing allocates or throws.
class GapTree {
 public:
  std::size_t size() const { return size_; }
  /// `node` overlaps nothing in the tree.
  void insert(GapNode& node) noexcept;
  void erase(GapNode& node) noexcept;
  /// Makes a node of the tree end earlier.
  void shorten(GapNode& node, std::uint64_t last) noexcept;
  /// The lowest node that ends at `at` or above; null if there is none.
  GapNode* at_or_after(std::uint64_t at) const noexcept;
  /// True if a node has an address of [first, last].
  bool touches(std::uint64_t first, std::uint64_t last) const noexcept {
    const GapNode* const node = at_or_after(first);
    return node && node->first <= last;
  }
  /// Asks place(first, last) for each gap of at least `length` addresses, clipped to [lo, hi], in
  /// ascending order, until it gives an address.
  template <class Place>
  std::optional<std::uint64_t> first_fit(std::uint64_t lo, std::uint64_t hi, std::uint64_t length,
                                         const Place& place) const {
    if (const auto found = fit_below(root_, lo, hi, length, place)) return found;
    if (!root_) return place(lo, hi);
    if (end_ == ~std::uint64_t{0} || end_ + 1 > hi) return std::nullopt;
    return place(std::max(lo, end_ + 1), hi);
  }
  /// In ascending order.
  template <class Visit>
  void for_each(const Visit& visit) const {
    walk(root_, visit);
  }

 private:
  static std::uint64_t widest(const GapNode* tree) noexcept {
    return tree ? std::max(tree->gap_, std::max(tree->widest_left_, tree->widest_right_)) : 0;
  }
  static void set_left(GapNode& node, GapNode* tree) noexcept {
    node.left_ = tree;
    node.widest_left_ = widest(tree);
  }
  static void set_right(GapNode& node, GapNode* tree) noexcept {
    node.right_ = tree;
    node.widest_right_ = widest(tree);
  }
  static void refresh_path(GapNode* from, std::uint64_t to) noexcept;
  static GapNode* put(GapNode* tree, GapNode& node) noexcept;
  static void split(GapNode* tree, std::uint64_t at, GapNode*& below, GapNode*& above) noexcept;
  static GapNode* join(GapNode* below, GapNode* above) noexcept;
  static GapNode* take(GapNode* tree, const GapNode& node) noexcept;

  template <class Place>
  static std::optional<std::uint64_t> fit_below(const GapNode* tree, std::uint64_t lo, std::uint64_t hi,
                                                std::uint64_t length, const Place& place) {
    // Down the right spine in a loop; what lies to the left only where it may hold the answer.
    for (; tree; tree = tree->widest_right_ >= length ? tree->right_ : nullptr) {
      if (tree->first <= lo) continue;
      if (tree->widest_left_ >= length) {
        if (const auto found = fit_below(tree->left_, lo, hi, length, place)) return found;
      }
      if (tree->gap_ >= length) {
        const std::uint64_t first = std::max(lo, tree->first - tree->gap_);
        const std::uint64_t last = std::min(hi, tree->first - 1);
        if (first <= last) {
          if (const auto found = place(first, last)) return found;
        }
      }
      if (tree->last >= hi) break;
    }
    return std::nullopt;
  }
  template <class Visit>
  static void walk(GapNode* tree, const Visit& visit) {
    if (!tree) return;
    walk(tree->left_, visit);
    visit(*tree);
    walk(tree->right_, visit);
  }

  GapNode* root_ = nullptr;
  std::size_t size_ = 0;
  std::uint64_t end_ = 0;  // last address of the last node, if there is one
};

}  // namespace phbsim::arch::iommufd
