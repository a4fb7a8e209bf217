// SPDX-License-Identifier: Apache-2.0
// Images of both orders and ABIs, names of addresses, and what is said of files that are not right.
#include "models/arch/ppc64/elf.hpp"

#include <map>

#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "tests/arch/ppc64/elf_builder.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::arch::ppc64;
using test::Bytes;
using test::ElfBuilder;

namespace {

/// Bytes that start as 0xee, to see what zeroes them.
struct Ram final : arch::MemoryView {
  std::map<RealAddr, unsigned char> bytes;
  void read(RealAddr addr, unsigned char* out, std::size_t n) const override {
    for (std::size_t i = 0; i < n; ++i) out[i] = bytes.count(addr + i) != 0 ? bytes.at(addr + i) : 0xee;
  }
  void write(RealAddr addr, const unsigned char* in, std::size_t n) override {
    for (std::size_t i = 0; i < n; ++i) bytes[addr + i] = in[i];
  }
};

/// Code at 0x10000, linked to run at `link`, and data with a zeroed tail at 0x20000.
ElfBuilder two_segments(bool little = false, std::uint64_t link = 0x10000) {
  ElfBuilder b;
  b.little = little;
  b.entry = link + 8;
  b.segments.push_back({1, 5, link, 0x10000, b.words({0x60000000, 0x60000001, 0x60000002, 0x60000003}, 4), 0});
  b.segments.push_back({1, 6, 0x20000, 0x20000, b.words({0x1122334455667788}, 8), 0x30});
  b.symbols = {{"start", link, 8, 2, 1},      {"main", link + 8, 8, 2, 1},   {"local", link + 8, 0, 0, 0},
               {"data", 0x20000, 8, 1, 1, 2}, {"tail", 0x20010, 0, 0, 1, 2}, {"file.c", 0x10000, 0, 4, 1, 1},
               {"outside", 0, 0, 0, 1, 0}};
  return b;
}

std::string error_of(const Bytes& file, const ImageOptions& options = {}) {
  try {
    read_elf(file, options);
  } catch (const UserError& e) {
    return e.what();
  }
  return "none";
}

std::string error_of(const ElfBuilder& b, const ImageOptions& options = {}) { return error_of(b.build(), options); }

void set(Bytes& file, const ElfBuilder& b, std::size_t at, std::uint64_t value, unsigned n) {
  Bytes v;
  b.put(v, value, n);
  std::copy(v.begin(), v.end(), file.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

TEST_CASE("An image of either byte order is loaded with its zeroed tail and entered at its entry") {
  const bool little = GENERATE(false, true);
  const Image image = read_elf(two_segments(little).build());
  CHECK(image.order == (little ? ImageOrder::Little : ImageOrder::Big));
  CHECK(image.abi == Image::Abi::V2);
  CHECK(image.entry == 0x10008);
  CHECK(image.r12 == 0x10008);
  CHECK_FALSE(image.toc.has_value());
  REQUIRE(image.segments.size() == 2);
  CHECK(image.segments[0].executable);
  CHECK_FALSE(image.segments[0].writable);
  CHECK(image.segments[1].writable);
  CHECK_FALSE(image.segments[1].executable);
  CHECK(image.end() == 0x20030);
  Ram ram;
  image.load(ram);
  CHECK(ram.bytes.size() == 16 + 0x30);
  unsigned char word[4];
  ram.read(0x10004, word, 4);
  CHECK(word[little ? 0 : 3] == 1);
  CHECK(word[little ? 3 : 0] == 0x60);
  CHECK(ram.bytes.at(0x20000) == (little ? 0x88 : 0x11));
  CHECK(ram.bytes.at(0x20008) == 0);
  CHECK(ram.bytes.at(0x2002f) == 0);
}

TEST_CASE("Addresses have names, and names addresses") {
  const Image image = read_elf(two_segments().build());
  const SymbolTable& s = image.symbols;
  CHECK(s.symbols().size() == 5);
  CHECK(s.lookup(0x10000) == "start");
  CHECK(s.lookup(0x10004) == "start+0x4");
  CHECK(s.lookup(0x10008) == "main");  // of two names the function
  CHECK(s.lookup(0x1000c) == "main+0x4");
  CHECK(s.lookup(0x10014) == "local+0xc");  // behind main's end; the other has none
  CHECK(s.lookup(0xffff).empty());
  CHECK(s.lookup(0x20007) == "data+0x7");
  CHECK(s.lookup(0x20008).empty());  // behind its end
  CHECK(s.lookup(0x20110) == "tail+0x100");
  CHECK(s.find("main") == 0x10008);
  CHECK(s.find("tail") == 0x20010);
  CHECK_FALSE(s.find("mai").has_value());
  CHECK_FALSE(s.find("outside").has_value());
  CHECK_FALSE(s.find("file.c").has_value());
  SymbolTable t;
  t.add({0x30, 0, false, false, "twice"});
  t.add({0x20, 0, false, true, "twice"});
  t.add({0x10, 0, false, false, "twice"});
  t.finish();
  CHECK(t.find("twice") == 0x20);
  // A function is shown before a global name, a global name before a local one.
  SymbolTable u;
  u.add({0x10, 0, false, true, "a"});
  u.add({0x10, 0, true, false, "z"});
  u.add({0x20, 0, false, false, "a"});
  u.add({0x20, 0, false, true, "z"});
  u.finish();
  CHECK(u.lookup(0x10) == "z");
  CHECK(u.lookup(0x20) == "z");
}

TEST_CASE("An image that does not name its ABI has the one of its byte order") {
  ElfBuilder b = two_segments(true);
  b.flags = 0;
  CHECK(read_elf(b.build()).abi == Image::Abi::V2);
  CHECK(read_elf(b.build()).r12 == 0x10008);
  b.little = false;
  CHECK(read_elf(two_segments().build()).abi == Image::Abi::V2);
  b = two_segments();
  b.flags = 0;
  CHECK(read_elf(b.build()).abi == Image::Abi::V1);
}

TEST_CASE("Segments are loaded at their physical address, and entry and names move along") {
  const Image image = read_elf(two_segments(false, 0xc000000000000000).build());
  CHECK(image.segments[0].addr == 0x10000);
  CHECK(image.entry == 0x10008);
  CHECK(image.symbols.lookup(0x1000c) == "main+0x4");
}

TEST_CASE("An ELFv1 entry is a descriptor of code and TOC, and functions are named by their code") {
  ElfBuilder b;
  b.flags = GENERATE(0u, 1u);
  b.segments.push_back({1, 5, 0x10000, 0x10000, b.words({0x60000000, 0x60000000}, 4), 0});
  b.segments.push_back({1, 6, 0x20000, 0x20000, b.words({0x10004, 0x28000, 0, 0x10000, 0x28000, 0}, 8), 0});
  b.opd = {{0x20000, 48}};
  b.entry = 0x20000;
  b.symbols = {{"boot", 0x20000, 4, 2, 1, 2}, {".old", 0x10000, 4, 2, 1, 1}, {"in_data", 0x20018, 0, 1, 0, 2}};
  Image image = read_elf(b.build());
  CHECK(image.abi == Image::Abi::V1);
  CHECK(image.entry == 0x10004);
  CHECK(image.toc == 0x28000);
  CHECK(image.r12 == 0);
  CHECK(image.symbols.find("boot") == 0x10004);
  CHECK(image.symbols.lookup(0x10004) == "boot");
  CHECK(image.symbols.find("old") == 0x10000);
  // Outside of .opd it is no descriptor.
  b.entry = 0x20004;
  b.opd = {{0x20008, 24}};
  CHECK(read_elf(b.build()).entry == 0x20004);
  b.entry = 0x20000;
  // Without sections: an entry in data is a descriptor, one in code is code.
  b.opd.clear();
  image = read_elf(b.build());
  CHECK(image.entry == 0x10004);
  CHECK(image.toc == 0x28000);
  b.entry = 0x10000;
  image = read_elf(b.build());
  CHECK(image.entry == 0x10000);
  CHECK_FALSE(image.toc.has_value());
  // One that says it is ELFv2 has no descriptors.
  b.flags = 2;
  b.entry = 0x20000;
  CHECK(read_elf(b.build()).entry == 0x20000);
  b.flags = 1;
  b.entry = 0x20000 + 40;
  CHECK(error_of(b) ==
        "ELF image, offset 0x18: e_entry is 0x20028, allowed is a descriptor of 24 bytes within a segment");
}

TEST_CASE("A position independent image is relocated to where it is loaded") {
  const bool little = GENERATE(false, true);
  ElfBuilder b;
  b.little = little;
  b.type = 3;
  b.entry = 0x10;
  // At 0: code, at 0x18 a pointer, at 0x20 two relocations, at 0x50 the dynamic section.
  Bytes bytes = b.words({0, 0, 0, 0xdead, 0x18, 22, 0x40, 0, 0, 0}, 8);
  const Bytes dynamic = b.words({7, 0x20, 8, 48, 9, 24, 0, 0}, 8);
  bytes.insert(bytes.end(), dynamic.begin(), dynamic.end());
  b.segments.push_back({1, 7, 0, 0, bytes, 0});
  b.segments.push_back({2, 6, 0x50, 0x50, dynamic, 0});
  b.symbols = {{"start", 0x10, 8, 2, 1}};
  ImageOptions options;
  options.bias = 0x30000000;
  const Image image = read_elf(b.build(), options);
  CHECK(image.entry == 0x30000010);
  CHECK(image.segments.at(0).addr == 0x30000000);
  CHECK(image.symbols.find("start") == 0x30000010);
  const unsigned char* p = image.segments[0].bytes.data() + 0x18;
  CHECK((little ? load_le64(p) : load_be64(p)) == 0x30000040);
  // The bias is for these only.
  CHECK(read_elf(two_segments().build(), options).entry == 0x10008);

  Bytes file = b.build();
  const std::size_t contents = 64 + 2 * 56;
  set(file, b, contents + 0x28, 38, 8);
  CHECK(error_of(file, options).find("relocation 0 at 0x18 has type 38, allowed is 22 (R_PPC64_RELATIVE)") !=
        std::string::npos);
  file = b.build();
  set(file, b, contents + 0x20, 0x1000, 8);
  CHECK(error_of(file, options).find("relocation 0 at 0x1000 is outside of the segments") != std::string::npos);
  file = b.build();
  set(file, b, contents + 0x20, bytes.size() - 7, 8);
  CHECK(error_of(file, options).find("is outside of the segments") != std::string::npos);
  file = b.build();
  set(file, b, contents + bytes.size() + 0x18, 24000, 8);  // the second segment's copy is what is read
  CHECK(error_of(file, options).find("DT_RELASZ is 0x5dc0, the segment of the table at 0x20 has fewer bytes") !=
        std::string::npos);
  file = b.build();
  set(file, b, contents + bytes.size() + 0x18, 25, 8);
  CHECK(error_of(file, options).find("DT_RELASZ is 0x19, allowed are multiples of 24") != std::string::npos);
  options.bias = 0x123;
  CHECK(error_of(b, options) == "load address 0x123 of the image: it must be a multiple of 0x1000");
}

TEST_CASE("What is wrong with a file is said with its place, value and what is allowed") {
  ElfBuilder b = two_segments();
  const Bytes good = b.build();
  Bytes f = good;
  CHECK(error_of(Bytes{}) == "ELF image, offset 0x0: the file of 0 bytes does not begin with 7f 45 4c 46");
  f[0] = 0;
  CHECK(error_of(f).find("does not begin with 7f 45 4c 46") != std::string::npos);
  CHECK(error_of(Bytes(good.begin(), good.begin() + 63)) ==
        "ELF image, offset 0x3f: the file ends within its header of 64 bytes");
  f = good, f[4] = 1;
  CHECK(error_of(f) == "ELF image, offset 0x4: class is 1, allowed is 2 (64 bit)");
  f = good, f[5] = 3;
  CHECK(error_of(f) == "ELF image, offset 0x5: byte order is 3, allowed are 1 (little) and 2 (big)");
  f = good, set(f, b, 18, 62, 2);
  CHECK(error_of(f) == "ELF image, offset 0x12: e_machine is 0x3e, allowed is 21 (64-bit PowerPC)");
  f = good, set(f, b, 16, 1, 2);
  CHECK(error_of(f) == "ELF image, offset 0x10: e_type is 0x1, allowed is 2 (executable) or 3 (position independent)");
  f = good, set(f, b, 20, 2, 4);
  CHECK(error_of(f) == "ELF image, offset 0x14: e_version is 0x2, allowed is 1");
  f = good, set(f, b, 48, 3, 4);
  CHECK(error_of(f).find("offset 0x30: e_flags is 0x3, allowed is 0 to 2") != std::string::npos);
  f = good, set(f, b, 24, 0x30000, 8);
  CHECK(error_of(f) == "ELF image, offset 0x18: e_entry is 0x30000, allowed is an address within a segment");
  f = good, set(f, b, 24, 0x10010, 8);
  CHECK(error_of(f) == "ELF image, offset 0x18: e_entry is 0x10010, allowed is an address within a segment");
  f = good, set(f, b, 24, 0x10002, 8);
  CHECK(error_of(f) == "ELF image, offset 0x18: e_entry is 0x10002, allowed is code at a multiple of 4");
  f = good, set(f, b, 54, 32, 2);
  CHECK(error_of(f) == "ELF image, offset 0x36: e_phentsize is 0x20, allowed is 56");
  f = good, set(f, b, 56, 0, 2);
  CHECK(error_of(f) == "ELF image, offset 0x38: e_phnum is 0x0, allowed is at least one program header");
  f = good, set(f, b, 32, good.size() - 100, 8);
  CHECK(error_of(f).find("the program header table has 2 entries of 56 bytes here, the file ends at") !=
        std::string::npos);
  f = good, set(f, b, 32, ~0ull, 8);
  CHECK(error_of(f).find("the program header table") != std::string::npos);
  f = good, set(f, b, 64, 3, 4);
  CHECK(error_of(f).find("offset 0x40: p_type is 0x3, allowed is no interpreter") != std::string::npos);
  f = good, set(f, b, 64, 6, 4), set(f, b, 64 + 56, 6, 4);
  CHECK(error_of(f).find("no PT_LOAD segment with contents among 2 program headers") != std::string::npos);
  f = good, set(f, b, 64 + 8, good.size() - 15, 8);
  CHECK(error_of(f).find("the segment at 0x10000 has 16 bytes here, the file ends at") != std::string::npos);
  f = good, set(f, b, 64 + 8, ~0ull - 3, 8);
  CHECK(error_of(f).find("offset 0xfffffffffffffffc: the segment at 0x10000") != std::string::npos);
  f = good, set(f, b, 64 + 40, 15, 8);
  CHECK(error_of(f) == "ELF image, offset 0x60: p_filesz is 0x10, allowed is at most p_memsz, 0xf");
  f = good, set(f, b, 64 + 40, 4 * kGiB + 1, 8);
  CHECK(error_of(f) == "ELF image, offset 0x68: p_memsz is 0x100000001, allowed is at most 0x100000000");
  f = good, set(f, b, 64 + 24, (1ull << 56) - 15, 8);
  CHECK(error_of(f).find("offset 0x58: the segment of 0x10 bytes at 0xfffffffffffff1 ends beyond the last address") !=
        std::string::npos);
  f = good, set(f, b, 64 + 24, (1ull << 56) - 16, 8);
  CHECK(error_of(f) == "none");
  f = good, set(f, b, 64 + 16, ~0ull - 14, 8);
  CHECK(error_of(f).find("offset 0x50: p_vaddr is 0xfffffffffffffff1") != std::string::npos);
  f = good, set(f, b, 64 + 24, 0x2002f, 8);
  CHECK(error_of(f).find("the segment at 0x20000 of 0x30 bytes overlaps the one at 0x2002f of 0x10") !=
        std::string::npos);
  f = good, set(f, b, 64 + 24, 0x20030, 8);
  CHECK(error_of(f) == "none");
  f = good, set(f, b, 64 + 56 + 24, 0x10010, 8);
  CHECK(error_of(f) == "none");
  f = good, set(f, b, 58, 40, 2);
  CHECK(error_of(f) == "ELF image, offset 0x3a: e_shentsize is 0x28, allowed is 64");
  f = good, set(f, b, 62, 5, 2);
  CHECK(error_of(f) == "ELF image, offset 0x3e: e_shstrndx is 0x5, allowed is less than e_shnum, 0x5");
  CHECK(error_of(Bytes(good.begin(), good.end() - 1)).find("the section header table has 5 entries") !=
        std::string::npos);
}

TEST_CASE("A broken symbol table is an error, too") {
  const ElfBuilder b = two_segments();
  const Bytes good = b.build();
  const std::size_t headers = good.size() - 5 * 64;
  const std::size_t symtab = headers + 2 * 64, strtab = headers + 3 * 64;
  Bytes f = good;
  set(f, b, symtab + 56, 16, 8);
  CHECK(error_of(f).find("sh_entsize is 0x10, allowed is 24") != std::string::npos);
  f = good, set(f, b, symtab + 40, 5, 4);
  CHECK(error_of(f).find("sh_link is 0x5, allowed is less than e_shnum, 0x5") != std::string::npos);
  f = good, set(f, b, symtab + 32, good.size(), 8);
  CHECK(error_of(f).find("the symbol table has") != std::string::npos);
  f = good, set(f, b, strtab + 32, 3, 8);
  CHECK(error_of(f).find("the name here does not end within its string table") != std::string::npos);
  const auto names = load_be64(good.data() + strtab + 32);
  f = good, set(f, b, load_be64(good.data() + symtab + 24) + 24, names, 4);
  CHECK(error_of(f).find("name is at " + text::hex(names) + " of a string table of") != std::string::npos);
  f = good, set(f, b, 64 + 2 * 56 + 24 + 24, 0x1000, 4);  // st_name of the first symbol
  CHECK(error_of(f).find("name is at 0x1000 of a string table of") != std::string::npos);
}

TEST_CASE("A raw image is loaded where it is said to, and entered at its offset") {
  const Image image = read_image({1, 2, 3, 4, 5, 6, 7, 8}, 0x30000000);
  CHECK(image.abi == Image::Abi::Raw);
  CHECK(image.entry == 0x30000000);
  CHECK(image.end() == 0x30000008);
  CHECK(image.symbols.lookup(0x30000000).empty());
  CHECK(raw_image({1, 2, 3, 4, 5, 6, 7, 8}, 0x100, 4).entry == 0x104);
  CHECK(read_image(two_segments().build(), 0x30000000).entry == 0x10008);
  CHECK_THROWS_WITH(raw_image({}, 0), "raw image: the file is empty");
  CHECK_THROWS_WITH(raw_image({1}, 2), "raw image: load address 0x2 must be a multiple of 4");
  CHECK_THROWS_WITH(raw_image({1, 2, 3, 4}, 0, 4),
                    "raw image: entry offset 0x4 must be a multiple of 4 below the length, 0x4");
  CHECK_THROWS_WITH(raw_image({1, 2, 3, 4, 5}, (1ull << 56) - 4),
                    "raw image of 0x5 bytes at 0xfffffffffffffc ends beyond the last address, 0xffffffffffffff");
  ImageOptions small;
  small.max_memory = 4;
  CHECK_THROWS_WITH(raw_image({1, 2, 3, 4, 5}, 0, 0, small), "raw image of 0x5 bytes: at most 0x4 are allowed");
}

TEST_CASE("Damaged files are read or refused, nothing else") {
  ElfBuilder b = two_segments(GENERATE(false, true));
  b.type = 3;
  b.flags = GENERATE(0u, 1u, 2u);
  b.opd = {{0x20000, 24}};
  const Bytes dynamic = b.words({7, 0x10000, 8, 0, 9, 24, 0, 0}, 8);
  b.segments.push_back({2, 6, 0x40000, 0x40000, dynamic, 0});
  const Bytes good = b.build();
  REQUIRE(error_of(good) == "none");
  for (std::size_t n = 0; n < good.size(); ++n)
    if (error_of(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n))) == "none") FAIL("cut at " << n);
  std::uint64_t state = 1;
  unsigned refused = 0;
  const auto next = [&state] { return state = state * 6364136223846793005ull + 1442695040888963407ull, state >> 33; };
  ImageOptions options;
  options.max_memory = kMiB;
  for (unsigned i = 0; i < 20000; ++i) {
    Bytes f = good;
    for (auto flips = 1 + next() % 4; flips > 0; --flips)
      f[next() % f.size()] ^= static_cast<unsigned char>(1u << next() % 8);
    if (next() % 2 != 0) f[next() % f.size()] = next() % 2 != 0 ? 0xff : 0;
    const std::string error = error_of(f, options);
    refused += error != "none";
    if (error != "none" && error.rfind("ELF image, offset 0x", 0) != 0) FAIL(error);
  }
  CHECK(refused > 2000);
  CHECK(refused < 20000);
}
