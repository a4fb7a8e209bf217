// SPDX-License-Identifier: Apache-2.0
// A generator's requests as a driver makes them: map, access, unmap, each with a buffer of its own.
#include "models/endpoints/generated_ops.hpp"

#include <map>
#include <set>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using endpoints::DmaOp;
using endpoints::GeneratedOps;
using endpoints::GeneratorParams;

namespace {

constexpr RealAddr kMemory = 3 * kGiB;

GeneratorParams mixed(std::uint64_t count) {
  GeneratorParams p;
  p.footprint = 8 * kMiB;
  p.sizes = {{64, 1}, {1500, 2}, {4096, 3}};
  p.read_percent = 40;
  p.count = count;
  p.seed = 5;
  return p;
}

std::vector<DmaOp> take(GeneratedOps& ops, std::size_t n) {
  std::vector<DmaOp> out(n);
  for (DmaOp& op : out) REQUIRE(ops.next(op));
  return out;
}

}  // namespace

TEST_CASE("A generated request is the map, the access and the unmap of one buffer") {
  GeneratorParams p;
  p.pattern = "sequential";
  p.footprint = 64 * kKiB;
  p.count = 3;
  GeneratedOps ops(p, kMemory, "x");
  DmaOp op;
  for (unsigned i = 0; i < 3; ++i) {
    const auto three = take(ops, 3);
    CHECK(three[0].kind == DmaOp::Kind::Map);
    CHECK(three[1].kind == DmaOp::Kind::Access);
    CHECK(three[2].kind == DmaOp::Kind::Unmap);
    for (const DmaOp& o : three) {
      CHECK(o.buffer == i);
      CHECK(o.length == 4096);
      CHECK(o.iova == 0);  // an access begins where its buffer does
    }
    CHECK(three[0].real == kMemory + i * 4096);
    CHECK(three[0].device_reads);
    CHECK_FALSE(three[0].device_writes);
    CHECK(three[1].access == arch::Access::Read);
  }
  CHECK_FALSE(ops.next(op));
  CHECK_FALSE(ops.next(op));
}

TEST_CASE("Generated operations are the requests of the generator, direction included") {
  GeneratedOps ops(mixed(2000), kMemory, "dev");
  endpoints::RequestStream requests(mixed(2000), "dev");
  unsigned reads = 0;
  for (unsigned i = 0; i < 2000; ++i) {
    const endpoints::Request r = requests.next();
    const auto three = take(ops, 3);
    if (three[0].real != kMemory + r.offset || three[0].length != r.length) FAIL("request " << i);
    if (three[0].device_reads != r.read || three[0].device_writes == r.read)
      FAIL("direction of the map " << i);
    if ((three[1].access == arch::Access::Read) != r.read) FAIL("direction of the access " << i);
    if (three[1].length != r.length || three[2].length != r.length) FAIL("length " << i);
    reads += r.read;
  }
  CHECK(reads > 700);
  CHECK(reads < 900);
}

TEST_CASE("A buffer's number comes again only after its unmap, and late enough for any lookahead") {
  GeneratedOps ops(mixed(0), kMemory, "dev");
  std::set<std::uint32_t> live;
  std::map<std::uint32_t, std::uint64_t> unmapped;
  DmaOp op;
  for (std::uint64_t i = 0; i < 12'000; ++i) {
    REQUIRE(ops.next(op));  // without a count it never ends
    if (op.kind == DmaOp::Kind::Map) {
      REQUIRE(live.insert(op.buffer).second);
      const auto before = unmapped.find(op.buffer);
      if (before != unmapped.end()) REQUIRE(i - before->second > 256);
    } else {
      REQUIRE(live.count(op.buffer) == 1);
      if (op.kind == DmaOp::Kind::Unmap) {
        live.erase(op.buffer);
        unmapped[op.buffer] = i;
      }
    }
  }
}

TEST_CASE("Rewound, a generator's operations are the same again") {
  GeneratedOps ops(mixed(50), kMemory, "dev");
  const auto first = take(ops, 150);
  DmaOp op;
  CHECK_FALSE(ops.next(op));
  ops.rewind();
  const auto second = take(ops, 150);
  for (std::size_t i = 0; i < 150; ++i) {
    CHECK(second[i].kind == first[i].kind);
    CHECK(second[i].buffer == first[i].buffer);
    CHECK(second[i].real == first[i].real);
    CHECK(second[i].length == first[i].length);
    CHECK(second[i].access == first[i].access);
  }
}
