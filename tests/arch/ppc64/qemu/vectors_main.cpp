// SPDX-License-Identifier: Apache-2.0
/// phbsim_ppc64_vectors write big|little INPUT            the vectors, for harness.c
/// phbsim_ppc64_vectors compare big|little RESULTS        what QEMU made of them against the Core; counts per row
///
/// Exit status 1: they differ.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "models/base/endian.hpp"
#include "tests/arch/ppc64/qemu/vectors.hpp"

namespace phbsim::arch::ppc64 {
namespace {

/// Words and double words of the other byte order are turned; data bytes are bytes.
void put(std::string& out, std::uint64_t v, unsigned bytes, bool little) {
  for (unsigned i = 0; i < bytes; ++i) out += static_cast<char>(v >> 8 * (little ? i : bytes - 1 - i));
}

int write(bool little, const char* path) {
  std::string out;
  for (const TestVector& v : make_vectors(little)) {
    put(out, v.input.prepare, 4, little);
    put(out, v.input.word, 4, little);
    const vector_state& s = v.input.state;
    for (const std::uint64_t r : s.gpr) put(out, r, 8, little);
    for (const std::uint64_t r : {s.cr, s.xer, s.lr, s.ctr, s.landing}) put(out, r, 8, little);
    out.append(reinterpret_cast<const char*>(s.data), VECTOR_DATA_BYTES);
  }
  std::ofstream file(path, std::ios::binary);
  file << out;
  return file.good() ? 0 : 2;
}

std::vector<vector_state> read(bool little, const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<vector_state> all(bytes.size() / sizeof(vector_state));
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto next = [&p, little] {
    const std::uint64_t v = little ? load_le64(p) : load_be64(p);
    p += 8;
    return v;
  };
  for (vector_state& s : all) {
    for (auto& r : s.gpr) r = next();
    for (auto* r : {&s.cr, &s.xer, &s.lr, &s.ctr, &s.landing}) *r = next();
    std::memcpy(s.data, p, VECTOR_DATA_BYTES);
    p += VECTOR_DATA_BYTES;
  }
  return all;
}

int compare(bool little, const char* path) {
  const std::vector<TestVector> vectors = make_vectors(little);
  const std::vector<vector_state> there = read(little, path);
  if (there.size() != vectors.size()) {
    std::fprintf(stderr, "%s has %zu results, expected %zu\n", path, there.size(), vectors.size());
    return 1;
  }
  const std::vector<vector_state> here = run_vectors(vectors, little);
  struct Count {
    unsigned run = 0, different = 0;
  };
  std::map<const Instruction*, Count> counts;
  unsigned different = 0;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    Count& count = counts[vectors[i].row];
    ++count.run;
    const std::string text = differences(vectors[i], here[i], there[i]);
    if (text.empty()) continue;
    ++different;
    if (++count.different <= 2) std::printf("%s", text.c_str());
  }
  unsigned column = 0, rows = 0;
  for (const Instruction& row : kTable) {
    const auto found = counts.find(&row);
    if (found == counts.end()) continue;
    ++rows;
    std::printf("%-8s %4u%s", std::string(row.mnemonic).c_str(), found->second.run,
                found->second.different != 0 ? " !" : "  ");
    std::printf(++column % 8 == 0 ? "\n" : "  ");
  }
  std::printf("%snot compared:", column % 8 == 0 ? "" : "\n");
  for (const Instruction& row : kTable) {
    const char* why = not_comparable(row, little);
    if (why != nullptr && row.privilege == Privilege::User)
      std::printf(" %s (%s)", std::string(row.mnemonic).c_str(), why);
  }
  std::printf(" and privileged rows\n%s-endian: %zu vectors of %u instructions, %u different\n",
              little ? "little" : "big", vectors.size(), rows, different);
  return different == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc == 4 ? argv[1] : "", order = argc == 4 ? argv[2] : "";
  if ((order == "big" || order == "little") && verb == "write") return write(order == "little", argv[3]);
  if ((order == "big" || order == "little") && verb == "compare") return compare(order == "little", argv[3]);
  std::fprintf(stderr, "usage: phbsim_ppc64_vectors write|compare big|little FILE\n");
  return 2;
}

}  // namespace phbsim::arch::ppc64

int main(int argc, char** argv) { return phbsim::arch::ppc64::main(argc, argv); }
