// SPDX-License-Identifier: Apache-2.0
#include "models/arch/iommufd/gap_tree.hpp"

namespace phbsim::arch::iommufd {

namespace {

/// Decides who is nearer to the root: a mixture of all bits of the address (the finalizer of splitmix64).
std::uint64_t rank(const GapNode& node) {
  std::uint64_t x = node.first + 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

}  // namespace

/// After the gap of the node at `to` changed.
void GapTree::refresh_path(GapNode* from, std::uint64_t to) noexcept {
  if (to < from->first) {
    refresh_path(from->left_, to);
    set_left(*from, from->left_);
  } else if (to > from->first) {
    refresh_path(from->right_, to);
    set_right(*from, from->right_);
  }
}

/// What begins below `at`, and the rest.
void GapTree::split(GapNode* tree, std::uint64_t at, GapNode*& below, GapNode*& above) noexcept {
  if (!tree) {
    below = above = nullptr;
    return;
  }
  GapNode* inner = nullptr;
  if (tree->first < at) {
    split(tree->right_, at, inner, above);
    set_right(*tree, inner);
    below = tree;
  } else {
    split(tree->left_, at, below, inner);
    set_left(*tree, inner);
    above = tree;
  }
}

GapNode* GapTree::join(GapNode* below, GapNode* above) noexcept {
  if (!below) return above;
  if (!above) return below;
  if (rank(*below) > rank(*above)) {
    set_right(*below, join(below->right_, above));
    return below;
  }
  set_left(*above, join(below, above->left_));
  return above;
}

GapNode* GapTree::put(GapNode* tree, GapNode& node) noexcept {
  if (!tree || rank(node) > rank(*tree)) {
    GapNode* below = nullptr;
    GapNode* above = nullptr;
    split(tree, node.first, below, above);
    set_left(node, below);
    set_right(node, above);
    return &node;
  }
  if (node.first < tree->first) {
    set_left(*tree, put(tree->left_, node));
  } else {
    set_right(*tree, put(tree->right_, node));
  }
  return tree;
}

GapNode* GapTree::take(GapNode* tree, const GapNode& node) noexcept {
  if (tree == &node) return join(tree->left_, tree->right_);
  if (node.first < tree->first) {
    set_left(*tree, take(tree->left_, node));
  } else {
    set_right(*tree, take(tree->right_, node));
  }
  return tree;
}

void GapTree::insert(GapNode& node) noexcept {
  // Both neighbours lie on the way to the place of `node`, so put() brings their subtrees up to date.
  if (GapNode* const next = at_or_after(node.first)) {
    node.gap_ = node.first - (next->first - next->gap_);
    next->gap_ = next->first - node.last - 1;
  } else {
    node.gap_ = root_ ? node.first - end_ - 1 : node.first;
    end_ = node.last;
  }
  root_ = put(root_, node);
  ++size_;
}

void GapTree::erase(GapNode& node) noexcept {
  GapNode* const next = node.last == end_ ? nullptr : at_or_after(node.last + 1);
  root_ = take(root_, node);
  --size_;
  if (next) {
    next->gap_ = next->first - (node.first - node.gap_);
    refresh_path(root_, next->first);
  } else {
    const GapNode* tail = root_;
    while (tail && tail->right_) tail = tail->right_;
    end_ = tail ? tail->last : 0;
  }
  node.left_ = node.right_ = nullptr;
}

void GapTree::shorten(GapNode& node, std::uint64_t last) noexcept {
  GapNode* const next = node.last == end_ ? nullptr : at_or_after(node.last + 1);
  node.last = last;
  if (next) {
    next->gap_ = next->first - last - 1;
    refresh_path(root_, next->first);
  } else {
    end_ = last;
  }
}

GapNode* GapTree::at_or_after(std::uint64_t at) const noexcept {
  GapNode* found = nullptr;
  for (GapNode* node = root_; node;) {
    if (node->last >= at) {
      found = node;
      node = node->left_;
    } else {
      node = node->right_;
    }
  }
  return found;
}

}  // namespace phbsim::arch::iommufd
