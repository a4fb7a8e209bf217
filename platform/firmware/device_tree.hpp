// SPDX-License-Identifier: Apache-2.0
/// Flattened device trees (Devicetree Specification 0.4, chapter 5: version 17), written from a tree of nodes and
/// read back. Cells and numbers are big-endian. Not here: overlays, labels, phandles given out by themselves.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace phbsim::firmware {

class DeviceTreeNode {
 public:
  explicit DeviceTreeNode(std::string name) : name_(std::move(name)) {}

  /// The child stays where it is. Names as "memory@0"; the root's is empty.
  DeviceTreeNode& add(std::string name);
  /// A property given twice has the last value.
  DeviceTreeNode& bytes(std::string_view name, std::vector<unsigned char> value);
  DeviceTreeNode& flag(std::string_view name) { return bytes(name, {}); }
  DeviceTreeNode& cells(std::string_view name, std::initializer_list<std::uint32_t> values);
  /// Strings one behind the other, each with its NUL.
  DeviceTreeNode& strings(std::string_view name, std::initializer_list<std::string_view> values);

  const std::string& name() const { return name_; }
  const std::vector<std::pair<std::string, std::vector<unsigned char>>>& properties() const { return properties_; }
  const std::vector<std::unique_ptr<DeviceTreeNode>>& children() const { return children_; }
  /// Value of a property, or null.
  const std::vector<unsigned char>* property(std::string_view name) const;

 private:
  std::string name_;
  std::vector<std::pair<std::string, std::vector<unsigned char>>> properties_;
  std::vector<std::unique_ptr<DeviceTreeNode>> children_;
};

/// The blob: header, an empty reservation map, structure, strings.
std::vector<unsigned char> flatten(const DeviceTreeNode& root, std::uint32_t boot_cpu = 0);

/// The other way. UserError names offset, value and what is allowed.
std::unique_ptr<DeviceTreeNode> unflatten(const std::vector<unsigned char>& blob);

}  // namespace phbsim::firmware
