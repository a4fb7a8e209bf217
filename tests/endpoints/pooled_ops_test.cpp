// SPDX-License-Identifier: Apache-2.0
// A driver that keeps its buffers mapped: what the pool does with the operations of one that does
// not.
#include "models/endpoints/pooled_ops.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "tests/support/catch.hpp"

using namespace phbsim;
using endpoints::DmaOp;
using endpoints::OpSource;
using endpoints::PooledOps;

namespace {

class List final : public OpSource {
 public:
  explicit List(std::vector<DmaOp> ops) : ops_(std::move(ops)) {}
  bool next(DmaOp& op) override {
    if (at_ == ops_.size()) return false;
    op = ops_[at_++];
    return true;
  }
  void rewind() override { at_ = 0; }

 private:
  std::vector<DmaOp> ops_;
  std::size_t at_ = 0;
};

DmaOp map(std::uint32_t buffer, RealAddr real, std::uint64_t length = 4096) {
  DmaOp op;
  op.kind = DmaOp::Kind::Map;
  op.buffer = buffer;
  op.real = real;
  op.length = length;
  return op;
}
DmaOp access(std::uint32_t buffer, std::uint64_t offset = 0, std::uint64_t length = 64,
             arch::Access how = arch::Access::Read) {
  DmaOp op;
  op.buffer = buffer;
  op.iova = offset;
  op.length = length;
  op.access = how;
  return op;
}
DmaOp unmap(std::uint32_t buffer, std::uint64_t length = 4096) {
  DmaOp op;
  op.kind = DmaOp::Kind::Unmap;
  op.buffer = buffer;
  op.length = length;
  return op;
}
/// One use of a buffer.
void use(std::vector<DmaOp>& ops, std::uint32_t buffer, RealAddr real) {
  ops.push_back(map(buffer, real));
  ops.push_back(access(buffer));
  ops.push_back(unmap(buffer));
}

struct Pool {
  PooledOps ops;
  Pool(std::vector<DmaOp> source, std::size_t capacity)
      : ops(std::make_unique<List>(std::move(source)), capacity) {}
  std::vector<DmaOp> all() {
    std::vector<DmaOp> out;
    for (DmaOp op; ops.next(op);) out.push_back(op);
    return out;
  }
};

std::string kinds(const std::vector<DmaOp>& ops) {
  std::string s;
  for (const DmaOp& op : ops) s += "MUAT"[static_cast<unsigned>(op.kind)];
  return s;
}

}  // namespace

TEST_CASE("A buffer that is mapped is used again without a map") {
  std::vector<DmaOp> source;
  for (unsigned i = 0; i < 3; ++i) use(source, i, 0x10000);
  Pool pool(source, 4);
  const auto out = pool.all();
  CHECK(kinds(out) == "MAAA");
  for (const DmaOp& op : out) CHECK(op.buffer == out[0].buffer);
  CHECK(out[0].device_reads);
  CHECK(out[0].device_writes);  // the next one may want the other way
  CHECK(pool.ops.reuses() == 2);
}

TEST_CASE("The same memory with another length is another buffer") {
  std::vector<DmaOp> source{map(0, 0x10000, 4096), unmap(0), map(1, 0x10000, 8192), access(1),
                            unmap(1, 8192)};
  Pool pool(source, 4);
  CHECK(kinds(pool.all()) == "MMA");
  CHECK(pool.ops.reuses() == 0);
}

TEST_CASE("A full pool unmaps what is idle longest, before the map that needs the room") {
  std::vector<DmaOp> source;
  use(source, 0, 0x10000);
  use(source, 1, 0x20000);
  use(source, 2, 0x10000);  // now 0x20000 is idle longer
  use(source, 3, 0x30000);
  use(source, 4, 0x10000);
  use(source, 5, 0x20000);  // 0x30000 goes
  Pool pool(source, 2);
  const auto out = pool.all();
  REQUIRE(kinds(out) == "MAMAAUMAAUMA");
  CHECK(out[5].buffer == out[2].buffer);
  CHECK(out[5].length == 4096);
  CHECK(out[6].real == 0x30000);
  CHECK(out[9].buffer == out[6].buffer);
  CHECK(out[10].real == 0x20000);
  // The map need not wait for the unmap before it.
  CHECK(out[6].buffer != out[5].buffer);
  CHECK(out[10].buffer != out[9].buffer);
}

TEST_CASE("A buffer in use is never unmapped: the pool grows instead, and shrinks when it can") {
  std::vector<DmaOp> source;
  for (unsigned i = 0; i < 4; ++i) source.push_back(map(i, 0x10000 * (i + 1)));
  for (unsigned i = 0; i < 4; ++i) source.push_back(access(i));
  for (unsigned i = 0; i < 4; ++i) source.push_back(unmap(i));
  use(source, 5, 0x40000);
  Pool pool(source, 2);
  const auto out = pool.all();
  REQUIRE(kinds(out) == "MMMMAAAAUUA");
  CHECK(out[8].buffer == out[0].buffer);
  CHECK(out[9].buffer == out[1].buffer);
  CHECK(out[10].buffer == out[3].buffer);
}

TEST_CASE("Two users of one mapping: it is idle when both are done") {
  std::vector<DmaOp> source{map(0, 0x10000), map(1, 0x10000), unmap(0),  map(2, 0x20000),
                            access(1),       unmap(1),        access(2), unmap(2)};
  Pool pool(source, 1);
  const auto out = pool.all();
  REQUIRE(kinds(out) == "MMAUA");  // the first goes only after the access of its second user
  CHECK(out[2].buffer == out[0].buffer);
  CHECK(out[3].buffer == out[0].buffer);
  CHECK(out[4].buffer == out[1].buffer);
}

TEST_CASE("Without a capacity everything stays mapped, also when it is played again") {
  std::vector<DmaOp> source;
  for (unsigned i = 0; i < 100; ++i) use(source, i % 7, 0x10000 * (i % 20 + 1));
  Pool pool(source, 0);
  const auto first = pool.all();
  const std::string text = kinds(first);
  CHECK(std::count(text.begin(), text.end(), 'M') == 20);
  CHECK(text.find('U') == std::string::npos);
  pool.ops.rewind();
  CHECK(kinds(pool.all()) == std::string(100, 'A'));
  CHECK(pool.ops.reuses() == 180);
}

TEST_CASE("Operations without a buffer pass through") {
  DmaOp known;
  known.iova = 0x1234;
  known.length = 5;
  DmaOp teardown;
  teardown.kind = DmaOp::Kind::Teardown;
  Pool pool({known, teardown}, 1);
  const auto out = pool.all();
  REQUIRE(kinds(out) == "AT");
  CHECK(out[0].iova == 0x1234);
}

TEST_CASE("The pool does what a plain list of buffers would") {
  using Key = std::pair<RealAddr, std::uint64_t>;
  std::mt19937_64 random(3);
  for (const std::size_t capacity : {1u, 2u, 3u, 8u, 40u, 0u}) {
    // Up to 6 buffers at a time out of 20 pieces of memory.
    std::vector<DmaOp> source;
    std::map<std::uint32_t, Key> live;
    for (unsigned i = 0; i < 4000; ++i) {
      const auto buffer = static_cast<std::uint32_t>(random() % 6);
      const auto it = live.find(buffer);
      if (it == live.end()) {
        const std::uint64_t piece = random() % 20;
        const Key key{0x10000 * (piece % 10 + 1), piece < 10 ? 4096 : 8192};
        live[buffer] = key;
        source.push_back(map(buffer, key.first, key.second));
      } else if (random() % 3 != 0) {
        source.push_back(access(buffer, random() % 4000, 1 + random() % 90,
                                random() % 2 ? arch::Access::Read : arch::Access::Write));
      } else {
        source.push_back(unmap(buffer, it->second.second));
        live.erase(it);
      }
    }
    // The same by plain lists: kind and memory of every operation to come.
    struct Step {
      DmaOp::Kind kind;
      Key key;
      DmaOp op;
    };
    std::vector<Step> expected;
    std::map<Key, unsigned> users;
    std::vector<Key> idle;
    std::map<std::uint32_t, Key> held;
    std::uint64_t reuses = 0;
    const auto evict = [&] {
      expected.push_back({DmaOp::Kind::Unmap, idle.front(), {}});
      users.erase(idle.front());
      idle.erase(idle.begin());
    };
    for (const DmaOp& op : source) {
      if (op.kind == DmaOp::Kind::Access) {
        expected.push_back({op.kind, held.at(op.buffer), op});
      } else if (op.kind == DmaOp::Kind::Map) {
        const Key key{op.real, op.length};
        held[op.buffer] = key;
        if (users.count(key) != 0) {
          ++reuses;
          if (users[key]++ == 0) idle.erase(std::find(idle.begin(), idle.end(), key));
          continue;
        }
        if (capacity != 0 && users.size() >= capacity && !idle.empty()) evict();
        users[key] = 1;
        expected.push_back({op.kind, key, op});
      } else {
        const Key key = held.at(op.buffer);
        held.erase(op.buffer);
        if (--users[key] == 0) idle.push_back(key);
        if (capacity != 0 && users.size() > capacity && !idle.empty()) evict();
      }
      const std::size_t in_use = users.size() - idle.size();
      if (capacity != 0) REQUIRE(users.size() <= std::max<std::size_t>(capacity, in_use));
    }
    Pool pool(source, capacity);
    const auto out = pool.all();
    REQUIRE(out.size() == expected.size());
    std::map<std::uint32_t, Key> mapped;
    for (std::size_t i = 0; i < out.size(); ++i) {
      INFO("capacity " << capacity << ", operation " << i);
      const Step& e = expected[i];
      REQUIRE(out[i].kind == e.kind);
      if (e.kind == DmaOp::Kind::Map) {
        REQUIRE(mapped.emplace(out[i].buffer, Key{out[i].real, out[i].length})
                    .second);  // its number was free
        REQUIRE(mapped.at(out[i].buffer) == e.key);
        continue;
      }
      REQUIRE(mapped.count(out[i].buffer) == 1);
      REQUIRE(mapped.at(out[i].buffer) == e.key);  // the memory that the source meant
      if (e.kind == DmaOp::Kind::Unmap) {
        REQUIRE(out[i].length == e.key.second);
        mapped.erase(out[i].buffer);
      } else {
        REQUIRE(out[i].iova == e.op.iova);
        REQUIRE(out[i].length == e.op.length);
        REQUIRE(out[i].access == e.op.access);
      }
    }
    CHECK(pool.ops.reuses() == reuses);
    CHECK(mapped.size() == users.size());
    // Numbers are small: no more than were mapped at a time, and a few to rotate.
    for (const auto& [buffer, key] : mapped) CHECK(buffer < 26);
  }
}
