// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/device_tree.hpp"

#include <algorithm>
#include <map>

#include "models/base/check.hpp"
#include "models/base/endian.hpp"
#include "models/base/text.hpp"

namespace phbsim::firmware {
namespace {

constexpr std::uint32_t kMagic = 0xd00dfeed, kVersion = 17, kCompatible = 16;
constexpr std::uint32_t kBegin = 1, kEnd = 2, kProperty = 3, kNop = 4, kLast = 9;
constexpr std::size_t kHeaderBytes = 40, kReserveBytes = 16;
constexpr unsigned kMaxDepth = 64;

using Bytes = std::vector<unsigned char>;

void put32(Bytes& to, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) to.push_back(static_cast<unsigned char>(value >> shift));
}
void pad(Bytes& to) {
  while (to.size() % 4 != 0) to.push_back(0);
}

class Writer {
 public:
  void node(const DeviceTreeNode& n) {
    put32(structure, kBegin);
    structure.insert(structure.end(), n.name().begin(), n.name().end());
    structure.push_back(0);
    pad(structure);
    for (const auto& [name, value] : n.properties()) {
      put32(structure, kProperty);
      put32(structure, static_cast<std::uint32_t>(value.size()));
      put32(structure, string(name));
      structure.insert(structure.end(), value.begin(), value.end());
      pad(structure);
    }
    for (const auto& child : n.children()) node(*child);
    put32(structure, kEnd);
  }

  Bytes structure, strings;

 private:
  std::uint32_t string(const std::string& name) {
    const auto [it, fresh] = offsets_.try_emplace(name, static_cast<std::uint32_t>(strings.size()));
    if (fresh) {
      strings.insert(strings.end(), name.begin(), name.end());
      strings.push_back(0);
    }
    return it->second;
  }
  std::map<std::string, std::uint32_t> offsets_;
};

class Reader {
 public:
  explicit Reader(const Bytes& blob) : blob_(blob) {
    if (word(0) != kMagic) fail(0, "magic", word(0), "0xd00dfeed");
    if (word(20) < kCompatible || word(24) > kVersion) fail(20, "version", word(20), "16 or 17");
    at_ = word(8);
    strings_ = word(12);
  }

  std::unique_ptr<DeviceTreeNode> root() {
    if (token() != kBegin) fail(at_ - 4, "token", word(at_ - 4), "1, the begin of a node");
    auto node = std::make_unique<DeviceTreeNode>(text(at_));
    skip_name(node->name());
    body(*node, 0);
    return node;
  }

 private:
  [[noreturn]] static void fail(std::size_t at, const std::string& what, std::uint64_t value,
                                const std::string& allowed) {
    throw UserError("device tree, offset " + text::hex(at) + ": " + what + " is " + text::hex(value) + ", must be " +
                    allowed);
  }
  std::uint32_t word(std::size_t at) const {
    if (at + 4 > blob_.size()) fail(at, "size of the blob", blob_.size(), "larger: it ends within a word");
    return static_cast<std::uint32_t>(blob_[at]) << 24 | static_cast<std::uint32_t>(blob_[at + 1]) << 16 |
           static_cast<std::uint32_t>(blob_[at + 2]) << 8 | blob_[at + 3];
  }
  std::string text(std::size_t at) const {
    const auto end = at < blob_.size() ? std::find(blob_.begin() + static_cast<long>(at), blob_.end(), 0) : blob_.end();
    if (end == blob_.end()) fail(at, "size of the blob", blob_.size(), "larger: a name does not end");
    return std::string(blob_.begin() + static_cast<long>(at), end);
  }
  std::uint32_t token() {
    std::uint32_t t = kNop;
    while (t == kNop) {
      t = word(at_);
      at_ += 4;
    }
    return t;
  }
  void skip_name(const std::string& name) { at_ = (at_ + name.size() + 4) & ~std::size_t{3}; }

  void body(DeviceTreeNode& node, unsigned depth) {
    if (depth > kMaxDepth) fail(at_, "depth", depth, "at most 64");
    for (;;) {
      const std::uint32_t t = token();
      if (t == kEnd) return;
      if (t == kBegin) {
        DeviceTreeNode& child = node.add(text(at_));
        skip_name(child.name());
        body(child, depth + 1);
      } else if (t == kProperty) {
        const std::uint32_t size = word(at_);
        const std::string name = text(std::size_t{strings_} + word(at_ + 4));
        at_ += 8;
        if (size > blob_.size() - at_) fail(at_ - 8, "length of property \"" + name + "\"", size, "within the blob");
        const auto first = blob_.begin() + static_cast<long>(at_);
        node.bytes(name, Bytes(first, first + size));
        at_ = (at_ + size + 3) & ~std::size_t{3};
      } else {
        fail(at_ - 4, "token", t, "1 to 4");
      }
    }
  }

  const Bytes& blob_;
  std::size_t at_ = 0;
  std::uint32_t strings_ = 0;
};

}  // namespace

DeviceTreeNode& DeviceTreeNode::add(std::string name) {
  children_.push_back(std::make_unique<DeviceTreeNode>(std::move(name)));
  return *children_.back();
}

DeviceTreeNode& DeviceTreeNode::bytes(std::string_view name, std::vector<unsigned char> value) {
  for (auto& [n, v] : properties_) {
    if (n != name) continue;
    v = std::move(value);
    return *this;
  }
  properties_.emplace_back(name, std::move(value));
  return *this;
}

DeviceTreeNode& DeviceTreeNode::cells(std::string_view name, std::initializer_list<std::uint32_t> values) {
  Bytes b;
  for (const std::uint32_t v : values) put32(b, v);
  return bytes(name, std::move(b));
}

DeviceTreeNode& DeviceTreeNode::strings(std::string_view name, std::initializer_list<std::string_view> values) {
  Bytes b;
  for (const std::string_view v : values) {
    b.insert(b.end(), v.begin(), v.end());
    b.push_back(0);
  }
  return bytes(name, std::move(b));
}

const std::vector<unsigned char>* DeviceTreeNode::property(std::string_view name) const {
  for (const auto& [n, v] : properties_)
    if (n == name) return &v;
  return nullptr;
}

std::vector<unsigned char> flatten(const DeviceTreeNode& root, std::uint32_t boot_cpu) {
  Writer w;
  w.node(root);
  put32(w.structure, kLast);
  const auto structure_at = static_cast<std::uint32_t>(kHeaderBytes + kReserveBytes);
  const auto strings_at = static_cast<std::uint32_t>(structure_at + w.structure.size());
  const auto total = static_cast<std::uint32_t>((strings_at + w.strings.size() + 3) & ~std::size_t{3});
  Bytes blob;
  for (const std::uint32_t v : {kMagic, total, structure_at, strings_at, static_cast<std::uint32_t>(kHeaderBytes),
                                kVersion, kCompatible, boot_cpu, static_cast<std::uint32_t>(w.strings.size()),
                                static_cast<std::uint32_t>(w.structure.size())})
    put32(blob, v);
  blob.resize(structure_at, 0);
  blob.insert(blob.end(), w.structure.begin(), w.structure.end());
  blob.insert(blob.end(), w.strings.begin(), w.strings.end());
  blob.resize(total, 0);
  return blob;
}

std::unique_ptr<DeviceTreeNode> unflatten(const std::vector<unsigned char>& blob) { return Reader(blob).root(); }

}  // namespace phbsim::firmware
