// SPDX-License-Identifier: Apache-2.0
#include "models/memory/sparse_store.hpp"

#include <map>
#include <random>
#include <vector>

#include "models/base/check.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/plain_memory.hpp"

using namespace phbsim;
using memory::SparseStore;

namespace {

using Bytes = std::vector<unsigned char>;
constexpr std::uint64_t kPage = SparseStore::kPageBytes;
constexpr RealAddr kEnd = 1ull << 56;

Bytes read(const SparseStore& s, RealAddr at, std::size_t n) {
  Bytes b(n, 0xEE);
  s.read(at, b.data(), n);
  return b;
}
void write(SparseStore& s, RealAddr at, const Bytes& b) { s.write(at, b.data(), b.size()); }
Bytes counting(std::size_t n, unsigned first = 1) {
  Bytes b(n);
  for (std::size_t i = 0; i < n; ++i) b[i] = static_cast<unsigned char>(first + i * 3);
  return b;
}

}  // namespace

TEST_CASE("Bytes never written read as zero and make no page") {
  SparseStore s;
  CHECK(read(s, 0, 9) == Bytes(9, 0));
  CHECK(read(s, 3 * kPage - 5, 10) == Bytes(10, 0));
  CHECK(read(s, kEnd - 1, 1) == Bytes(1, 0));
  CHECK(s.pages() == 0);
}

TEST_CASE("A write over several pages reads back and makes just those pages") {
  SparseStore s;
  const Bytes b = counting(2 * kPage + 100);
  write(s, 5 * kPage - 50, b);
  CHECK(s.pages() == 4);
  CHECK(read(s, 5 * kPage - 50, b.size()) == b);
  CHECK(read(s, 5 * kPage - 51, 1) == Bytes(1, 0));
  CHECK(read(s, 7 * kPage + 50, 1) == Bytes(1, 0));
  write(s, 6 * kPage - 1, {0xAA, 0xBB});
  CHECK(s.pages() == 4);
  CHECK(read(s, 6 * kPage - 1, 2) == Bytes{0xAA, 0xBB});
  CHECK(read(s, 6 * kPage - 2, 1)[0] == b[kPage + 48]);
  CHECK(read(s, 6 * kPage + 1, 1)[0] == b[kPage + 51]);
}

TEST_CASE("Reads that cross from a written page into an unwritten one see both") {
  SparseStore s;
  write(s, kPage - 2, {1, 2});
  CHECK(read(s, kPage - 3, 6) == Bytes{0, 1, 2, 0, 0, 0});
  write(s, 3 * kPage, {7});
  CHECK(read(s, 3 * kPage - 2, 4) == Bytes{0, 0, 7, 0});
}

TEST_CASE("An empty access touches nothing") {
  SparseStore s;
  write(s, 100, {});
  CHECK(read(s, 100, 0).empty());
  CHECK(s.pages() == 0);
}

TEST_CASE("Addresses reach to 2^56 and not beyond") {
  SparseStore s;
  const Bytes b = counting(16);
  write(s, kEnd - 16, b);
  CHECK(read(s, kEnd - 16, 16) == b);
  CHECK(SparseStore::contains(kEnd - 16, 16));
  CHECK_FALSE(SparseStore::contains(kEnd - 16, 17));
  CHECK_FALSE(SparseStore::contains(kEnd, 1));
  CHECK_FALSE(SparseStore::contains(~0ull, 1));
  CHECK_FALSE(SparseStore::contains(1, kEnd));
  CHECK_FALSE(SparseStore::contains(kEnd - 1, ~0ull));
  CHECK(SparseStore::contains(0, kEnd));
  unsigned char byte = 1;
  CHECK_THROWS_AS(s.write(kEnd, &byte, 1), ModelError);
  CHECK_THROWS_AS(s.read(kEnd, &byte, 1), ModelError);
  CHECK_THROWS_AS(s.write(kEnd - 1, b.data(), 2), ModelError);
  // Bits beyond 56 name nothing: no wrap to address 0.
  CHECK(read(s, 0, 1) == Bytes(1, 0));
}

TEST_CASE("Many pages that share a place in the store's short memory keep their own bytes") {
  SparseStore s;
  std::map<RealAddr, unsigned char> model;
  std::mt19937_64 random(3);
  for (int i = 0; i < 20000; ++i) {
    const RealAddr at = (random() % 4096) << (12 + random() % 30) | (random() & 0xFFF);
    if (random() % 2 != 0) {
      const auto v = static_cast<unsigned char>(random());
      s.write(at, &v, 1);
      model[at] = v;
    } else {
      unsigned char v = 0xEE;
      s.read(at, &v, 1);
      const auto it = model.find(at);
      if (v != (it == model.end() ? 0 : it->second)) FAIL("address " << at);
    }
  }
  for (const auto& [at, v] : model)
    if (read(s, at, 1)[0] != v) FAIL("address " << at);
  CHECK(model.size() > 5000);
}

TEST_CASE("A lazy page gets its first contents when it is first read, once") {
  SparseStore s;
  std::vector<RealAddr> filled;
  s.add_lazy(16 * kPage, 4 * kPage, [&](RealAddr page, unsigned char* bytes) {
    filled.push_back(page);
    for (unsigned i = 0; i < kPage; ++i) bytes[i] = static_cast<unsigned char>(page / kPage + i);
  });
  CHECK(s.pages() == 0);
  CHECK(read(s, 17 * kPage + 5, 2) == Bytes{22, 23});
  CHECK(filled == std::vector<RealAddr>{17 * kPage});
  CHECK(read(s, 17 * kPage, 1) == Bytes{17});
  CHECK(filled.size() == 1);
  CHECK(s.pages() == 1);
}

TEST_CASE("A write into a lazy page changes its bytes and leaves the rest as filled") {
  SparseStore s;
  unsigned fills = 0;
  s.add_lazy(0, 2 * kPage, [&](RealAddr, unsigned char* bytes) {
    ++fills;
    for (unsigned i = 0; i < kPage; ++i) bytes[i] = 0x11;
  });
  write(s, 100, {1, 2});
  CHECK(read(s, 99, 4) == Bytes{0x11, 1, 2, 0x11});
  CHECK(fills == 1);
  write(s, kPage - 1, {3, 4});  // into the second page as well
  CHECK(read(s, kPage - 2, 4) == Bytes{0x11, 3, 4, 0x11});
  CHECK(fills == 2);
}

TEST_CASE("Lazy regions end where they end") {
  SparseStore s;
  unsigned fills = 0;
  s.add_lazy(4 * kPage, 2 * kPage, [&](RealAddr, unsigned char* bytes) {
    ++fills;
    bytes[0] = bytes[kPage - 1] = 0x77;
  });
  CHECK(read(s, 4 * kPage - 1, 2) == Bytes{0, 0x77});
  CHECK(read(s, 6 * kPage - 1, 2) == Bytes{0x77, 0});
  CHECK(read(s, 3 * kPage, 1) == Bytes{0});
  CHECK(read(s, 6 * kPage, 1) == Bytes{0});
  CHECK(fills == 2);
  CHECK(s.pages() == 2);
}

TEST_CASE("Lazy regions lie side by side, at the end of the address space, too") {
  SparseStore s;
  s.add_lazy(0, kPage, [](RealAddr, unsigned char* b) { b[kPage - 1] = 1; });
  s.add_lazy(kPage, kPage, [](RealAddr, unsigned char* b) { b[0] = 2; });
  s.add_lazy(kEnd - kPage, kPage, [](RealAddr, unsigned char* b) { b[kPage - 1] = 9; });
  CHECK(read(s, kPage - 1, 2) == Bytes{1, 2});
  CHECK(read(s, kEnd - 1, 1) == Bytes{9});
}

TEST_CASE("A lazy region must consist of whole pages") {
  SparseStore s;
  const auto nothing = [](RealAddr, unsigned char*) {};
  CHECK_THROWS_AS(s.add_lazy(1, kPage, nothing), ModelError);
  CHECK_THROWS_AS(s.add_lazy(0, kPage + 8, nothing), ModelError);
}

TEST_CASE("A huge lazy region costs the pages that are looked at") {
  SparseStore s;
  s.add_lazy(1ull << 46, 1ull << 46, [](RealAddr page, unsigned char* b) { store_be64(b, page); });
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) {
    const RealAddr page = (1ull << 46) + (random() % (1ull << 34)) * kPage;
    if (s.read_be64(page) != page) FAIL("page " << page);
  }
  CHECK(s.pages() <= 100);
  CHECK(s.pages() > 90);
}

TEST_CASE("A foreign region's bytes are its owner's, also where an access runs into it") {
  SparseStore store;
  test::PlainMemory owner;
  store.add_foreign(0x10000, 0x2000, owner);
  owner.write_be64(0x10000, 0x1111);
  store.write_be64(0x11ff8, 0x2222);
  CHECK(store.read_be64(0x10000) == 0x1111);
  CHECK(owner.read_be64(0x11ff8) == 0x2222);
  // Over both ends: the part inside is the owner's, the part outside is not.
  store.write_be64(0xfffc, 0xAABBCCDD11223344);
  store.write_be64(0x11ffc, 0x5566778899AABBCC);
  CHECK(owner.read_be64(0x10000) >> 32 == 0x11223344);
  CHECK(owner.read_be64(0xfff8) == 0);
  CHECK(store.read_be64(0xfffc) == 0xAABBCCDD11223344);
  CHECK(owner.read_be64(0x11ff8) == 0x55667788);
  CHECK(owner.read_be64(0x12000) == 0);
  CHECK(store.read_be64(0x12000) >> 32 == 0x99AABBCC);
}
