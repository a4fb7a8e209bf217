// SPDX-License-Identifier: Apache-2.0
// Memory mapped piece by piece, and what follows.
#include "models/endpoints/populate_ops.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using endpoints::DmaOp;
using endpoints::PopulateOps;
using endpoints::PopulateParams;

namespace {

std::vector<DmaOp> all(PopulateOps& ops) {
  std::vector<DmaOp> out;
  for (DmaOp op; ops.next(op);) out.push_back(op);
  DmaOp op;
  CHECK_FALSE(ops.next(op));
  return out;
}

PopulateParams params(const std::string& teardown) {
  PopulateParams p;
  p.size = 5 * kMiB / 2;
  p.chunk = kMiB;
  p.teardown = teardown;
  return p;
}

}  // namespace

TEST_CASE("A populate maps all of its memory, the rest of a piece last") {
  PopulateOps ops(params("none"), kGiB);
  const auto out = all(ops);
  REQUIRE(out.size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(out[i].kind == DmaOp::Kind::Map);
    CHECK(out[i].buffer == i);
    CHECK(out[i].real == kGiB + i * kMiB);
    CHECK(out[i].length == (i < 2 ? kMiB : kMiB / 2));
    CHECK(out[i].device_reads);
    CHECK(out[i].device_writes);
  }
}

TEST_CASE("Its buffers are unmapped in the order of their maps, with their lengths") {
  PopulateOps ops(params("buffers"), kGiB);
  const auto out = all(ops);
  REQUIRE(out.size() == 6);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(out[i].kind == DmaOp::Kind::Map);
    CHECK(out[3 + i].kind == DmaOp::Kind::Unmap);
    CHECK(out[3 + i].buffer == i);
    CHECK(out[3 + i].length == out[i].length);
  }
}

TEST_CASE("Or its window is torn down once") {
  PopulateOps ops(params("window"), kGiB);
  for (unsigned round = 0; round < 2; ++round) {
    const auto out = all(ops);
    REQUIRE(out.size() == 4);
    CHECK(out[2].kind == DmaOp::Kind::Map);
    CHECK(out[3].kind == DmaOp::Kind::Teardown);
    CHECK(out[3].buffer == endpoints::kNoBuffer);
    CHECK(out[3].length > 0);
    ops.rewind();
  }
}

TEST_CASE("Memory of one piece is one map") {
  PopulateParams p = params("buffers");
  p.size = 4096;
  PopulateOps ops(p, 0);
  const auto out = all(ops);
  REQUIRE(out.size() == 2);
  CHECK(out[0].length == 4096);
  CHECK(out[1].kind == DmaOp::Kind::Unmap);
}
