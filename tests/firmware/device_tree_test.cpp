// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/device_tree.hpp"

#include "models/base/check.hpp"
#include "tests/support/catch.hpp"

namespace phbsim::firmware {
namespace {

using Bytes = std::vector<unsigned char>;

/// Structure and strings by hand from the specification's chapter 5: a root with a cell, and a child with a string and
/// an empty property.
const Bytes kByHand = {
    0, 0, 0, 1, 0, 0, 0, 0,                                                      // root
    0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78,                  // reg
    0, 0, 0, 1, 'a', '@', '1', '0', 0, 0, 0, 0,                                  // a@10
    0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 4, 'o', 'k', 'a', 'y', 0, 0, 0, 0,          // ok
    0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7,                                          // f
    0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 9,                                          // both end, and the tree
    'r', 'e', 'g', 0, 'o', 'k', 0, 'f', 0, 0, 0, 0,                              // strings, padding
};

DeviceTreeNode small_tree() {
  DeviceTreeNode root("");
  root.cells("reg", {0x12345678});
  root.add("a@10").strings("ok", {"okay"}).flag("f");
  return root;
}

std::string error_of(const Bytes& blob) {
  try {
    unflatten(blob);
  } catch (const UserError& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("device tree: the blob is what the specification says") {
  const Bytes blob = flatten(small_tree(), 5);
  REQUIRE(blob.size() > 0x38);
  CHECK(Bytes(blob.begin() + 0x28, blob.begin() + 0x38) == Bytes(16));  // nothing reserved
  CHECK(Bytes(blob.begin() + 0x38, blob.end()) == kByHand);
}

TEST_CASE("device tree: the header describes the blob") {
  const Bytes blob = flatten(small_tree(), 5);
  const auto word = [&blob](std::size_t at) {
    return std::uint32_t{blob[at]} << 24 | std::uint32_t{blob[at + 1]} << 16 | std::uint32_t{blob[at + 2]} << 8 |
           blob[at + 3];
  };
  CHECK(word(0) == 0xd00dfeed);
  CHECK(word(4) == blob.size());
  CHECK(word(8) == 0x38);
  CHECK(word(12) == word(8) + word(36));
  CHECK(word(16) == 0x28);
  CHECK(word(20) == 17);
  CHECK(word(24) == 16);
  CHECK(word(28) == 5);
  CHECK(word(32) == 9);
  CHECK(word(word(12) - 4) == 9);  // the structure ends with its last token
}

TEST_CASE("device tree: a name that occurs twice is stored once") {
  DeviceTreeNode root = small_tree();
  const std::size_t before = flatten(root).size();
  root.add("b").cells("reg", {1});
  // Begin, name, end; token, length, name and value of the property; no string.
  CHECK(flatten(root).size() == before + 28);
}

TEST_CASE("device tree: what was written is read back") {
  DeviceTreeNode root = small_tree();
  root.cells("reg", {1, 2}).bytes("odd", {1, 2, 3});
  const auto back = unflatten(flatten(root));
  CHECK(back->name().empty());
  REQUIRE(back->property("reg") != nullptr);
  CHECK(*back->property("reg") == Bytes{0, 0, 0, 1, 0, 0, 0, 2});
  CHECK(*back->property("odd") == Bytes{1, 2, 3});
  CHECK(back->properties().size() == 2);
  REQUIRE(back->children().size() == 1);
  CHECK(back->children()[0]->name() == "a@10");
  CHECK(*back->children()[0]->property("ok") == Bytes{'o', 'k', 'a', 'y', 0});
  REQUIRE(back->children()[0]->property("f") != nullptr);
  CHECK(back->children()[0]->property("f")->empty());
  CHECK(back->property("none") == nullptr);
}

TEST_CASE("device tree: a bad blob is named") {
  Bytes blob = flatten(small_tree());
  CHECK(error_of({}).find("ends within a word") != std::string::npos);
  Bytes bad = blob;
  bad[0] = 0;
  CHECK(error_of(bad) == "device tree, offset 0x0: magic is 0xdfeed, must be 0xd00dfeed");
  bad = blob;
  bad[23] = 15;
  CHECK(error_of(bad) == "device tree, offset 0x14: version is 0xf, must be 16 or 17");
  bad = blob;
  bad[0x38 + 3] = 7;
  CHECK(error_of(bad) == "device tree, offset 0x38: token is 0x7, must be 1, the begin of a node");
  bad = blob;
  bad[0x44] = 0x7f;
  CHECK(error_of(bad).find("length of property \"reg\" is 0x7f000004, must be within the blob") != std::string::npos);
  for (std::size_t n = 0; n < blob.size() - 12; n += 4) {
    CAPTURE(n);
    CHECK(!error_of(Bytes(blob.begin(), blob.begin() + static_cast<long>(n))).empty());
  }
}

}  // namespace phbsim::firmware
