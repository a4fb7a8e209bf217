// SPDX-License-Identifier: Apache-2.0
#include "models/arch/ppc64/elf.hpp"

#include <algorithm>
#include <utility>

#include "models/arch/ppc64/elf_reader.hpp"

namespace phbsim::arch::ppc64 {

using namespace elf;
using text::hex;

namespace {

/// Where a segment was linked to run, beside where it is loaded.
struct Linked {
  std::uint64_t vaddr = 0;
  std::uint64_t memory = 0;
  std::uint64_t addr = 0;
  std::size_t segment = 0;
};

class Reader {
 public:
  Reader(const std::vector<unsigned char>& file, bool little, const ImageOptions& options)
      : file_(file, little), options_(options) {}

  Image read() {
    image_.order = file_.little() ? ImageOrder::Little : ImageOrder::Big;
    header();
    segments();
    if (dynamic_ != 0) relocate();
    sections();
    entry();
    symbols();
    std::sort(image_.segments.begin(), image_.segments.end(),
              [](const auto& a, const auto& b) { return a.addr < b.addr; });
    return std::move(image_);
  }

 private:
  void header() {
    file_.require(0, kHeaderBytes, "the ELF header");
    if (const auto v = file_.get(0, kMachine); v != kEmPpc64) file_.bad(0, kMachine, v, "21 (64-bit PowerPC)");
    type_ = file_.get(0, kType);
    if (type_ != kEtExec && type_ != kEtDyn) file_.bad(0, kType, type_, "2 (executable) or 3 (position independent)");
    if (const auto v = file_.get(0, kVersion); v != 1) file_.bad(0, kVersion, v, "1");
    if (type_ == kEtDyn) {
      bias_ = options_.bias;
      if (bias_ % 4096 != 0)
        throw UserError("load address " + hex(bias_) + " of the image: it must be a multiple of 0x1000");
    }
  }

  void segments() {
    const auto count = file_.get(0, kPhnum);
    const auto table = file_.get(0, kPhoff);
    if (count == 0) file_.bad(0, kPhnum, count, "at least one program header");
    if (const auto v = file_.get(0, kPhentsize); v != kProgramHeaderBytes) file_.bad(0, kPhentsize, v, "56");
    file_.require_table(table, count, kProgramHeaderBytes, "the program header table");
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t base = table + i * kProgramHeaderBytes;
      const auto type = file_.get(base, kPType);
      if (type == kPtInterp) file_.bad(base, kPType, type, "no interpreter: firmware is linked statically");
      if (type == kPtDynamic) dynamic_ = base;
      if (type == kPtLoad) segment(base);
    }
    if (image_.segments.empty())
      fail(table, "no PT_LOAD segment with contents among " + std::to_string(count) + " program headers");
  }

  void segment(std::uint64_t base) {
    const auto offset = file_.get(base, kPOffset), filesz = file_.get(base, kPFilesz), memsz = file_.get(base, kPMemsz);
    const auto vaddr = file_.get(base, kPVaddr), flags = file_.get(base, kPFlags);
    const auto addr = file_.get(base, kPPaddr) + bias_;
    if (memsz == 0 && filesz == 0) return;
    if (filesz > memsz) file_.bad(base, kPFilesz, filesz, "at most p_memsz, " + hex(memsz));
    if (memsz > options_.max_memory) file_.bad(base, kPMemsz, memsz, "at most " + hex(options_.max_memory));
    file_.require(offset, filesz, "the segment at " + hex(addr));
    if (addr >= options_.address_limit || memsz > options_.address_limit - addr)
      fail(base + kPPaddr.offset, "the segment of " + hex(memsz) + " bytes at " + hex(addr) +
                                      " ends beyond the last address, " + hex(options_.address_limit - 1));
    if (vaddr > ~0ull - memsz) file_.bad(base, kPVaddr, vaddr, "at most " + hex(~0ull - memsz) + " with this length");
    for (const auto& s : image_.segments)
      if (addr < s.addr + s.memory && s.addr < addr + memsz)
        fail(base + kPPaddr.offset, "the segment at " + hex(addr) + " of " + hex(memsz) +
                                        " bytes overlaps the one at " + hex(s.addr) + " of " + hex(s.memory));
    linked_.push_back({vaddr + bias_, memsz, addr, image_.segments.size()});
    image_.segments.push_back(
        {addr, {file_.at(offset), file_.at(offset) + filesz}, memsz, (flags & kPfX) != 0, (flags & kPfW) != 0});
  }

  const Linked* linked(std::uint64_t vaddr) const {
    for (const auto& l : linked_)
      if (vaddr - l.vaddr < l.memory) return &l;
    return nullptr;
  }
  /// Where a linked address is loaded.
  std::uint64_t loaded(std::uint64_t vaddr) const {
    const Linked* l = linked(vaddr);
    return l == nullptr ? vaddr : vaddr - l->vaddr + l->addr;
  }
  /// Contents of 8 bytes at a linked address, null if the file has none.
  unsigned char* word(std::uint64_t vaddr) {
    const Linked* l = linked(vaddr);
    if (l == nullptr) return nullptr;
    auto& bytes = image_.segments[l->segment].bytes;
    const std::uint64_t at = vaddr - l->vaddr;
    return at < bytes.size() && bytes.size() - at >= 8 ? bytes.data() + at : nullptr;
  }
  std::uint64_t value(const unsigned char* p) const { return load(p, 8, file_.little()); }

  void relocate() {
    const auto offset = file_.get(dynamic_, kPOffset), bytes = file_.get(dynamic_, kPFilesz);
    file_.require(offset, bytes, "the dynamic section");
    std::uint64_t table = 0, size = 0, entry_size = kRelaBytes;
    for (std::uint64_t at = offset; bytes >= kDynamicBytes && at <= offset + bytes - kDynamicBytes;
         at += kDynamicBytes) {
      const auto tag = file_.get(at, kDTag), v = file_.get(at, kDVal);
      if (tag == kDtNull) break;
      if (tag == kDtRela) table = v;
      if (tag == kDtRelasz) size = v;
      if (tag == kDtRelaent) entry_size = v;
      if (tag == kDtJmprel || tag == kDtRelrsz) file_.bad(at, kDTag, tag, "DT_RELA only");
    }
    if (size == 0 || type_ != kEtDyn) return;
    if (entry_size != kRelaBytes) fail(offset, "DT_RELAENT is " + hex(entry_size) + ", allowed is 24");
    if (size % kRelaBytes != 0) fail(offset, "DT_RELASZ is " + hex(size) + ", allowed are multiples of 24");
    const Linked* l = linked(table + bias_);
    if (l == nullptr) fail(offset, "DT_RELA is " + hex(table) + ", which is in no segment");
    const std::uint64_t first = table + bias_ - l->vaddr;
    // A copy: what is relocated may be the table's own segment.
    const std::vector<unsigned char> from = image_.segments[l->segment].bytes;
    if (first > from.size() || size > from.size() - first)
      fail(offset, "DT_RELASZ is " + hex(size) + ", the segment of the table at " + hex(table) + " has fewer bytes");
    for (std::uint64_t i = 0; i < size; i += kRelaBytes) {
      const unsigned char* r = from.data() + first + i;
      const auto target = value(r + kROffset.offset), info = value(r + kRInfo.offset),
                 addend = value(r + kRAddend.offset);
      if (info == kRNone) continue;
      if ((info & 0xffffffff) != kRRelative)
        fail(offset, "relocation " + std::to_string(i / kRelaBytes) + " at " + hex(target) + " has type " +
                         std::to_string(info & 0xffffffff) + ", allowed is 22 (R_PPC64_RELATIVE)");
      unsigned char* p = word(target + bias_);
      if (p == nullptr)
        fail(offset,
             "relocation " + std::to_string(i / kRelaBytes) + " at " + hex(target) + " is outside of the segments");
      file_.little() ? store_le64(p, addend + bias_) : store_be64(p, addend + bias_);
    }
  }

  /// Finds .opd and the symbol table; an image without sections has neither.
  void sections() {
    const auto count = file_.get(0, kShnum);
    const auto table = file_.get(0, kShoff);
    if (table == 0 || count == 0) return;
    if (const auto v = file_.get(0, kShentsize); v != kSectionHeaderBytes) file_.bad(0, kShentsize, v, "64");
    file_.require_table(table, count, kSectionHeaderBytes, "the section header table");
    const auto names_index = file_.get(0, kShstrndx);
    if (names_index >= count) file_.bad(0, kShstrndx, names_index, "less than e_shnum, " + hex(count));
    section_table_ = table;
    section_count_ = count;
    for (std::uint64_t i = 1; i < count; ++i) {
      const std::uint64_t base = table + i * kSectionHeaderBytes;
      const auto type = file_.get(base, kShType);
      if (type == kShtSymtab) symtab_ = base;
      if (names_index == 0 || type == kShtNobits) continue;
      const std::string name =
          string(table + names_index * kSectionHeaderBytes, file_.get(base, kShName), base + kShName.offset);
      if (name == ".opd") {
        opd_ = file_.get(base, kShAddr) + bias_;
        opd_bytes_ = file_.get(base, kShSize);
      }
    }
  }

  /// The string at `index` of the string table whose section header is at `header`.
  std::string string(std::uint64_t header, std::uint64_t index, std::uint64_t from) const {
    const auto offset = file_.get(header, kShOffset), size = file_.get(header, kShSize);
    file_.require(offset, size, "the string table");
    if (index >= size) fail(from, "name is at " + hex(index) + " of a string table of " + hex(size) + " bytes");
    const unsigned char* first = file_.at(offset + index);
    const unsigned char* last = file_.at(offset + size);
    const unsigned char* end = std::find(first, last, 0);
    if (end == last) fail(offset + index, "the name here does not end within its string table");
    return {first, end};
  }

  bool in_opd(std::uint64_t vaddr) const { return vaddr - opd_ < opd_bytes_; }

  void entry() {
    const auto flags = file_.get(0, kFlags) & kAbiMask;
    if (flags == 3) file_.bad(0, kFlags, file_.get(0, kFlags), "0 to 2 in the lowest two bits, which name the ABI");
    const std::uint64_t at = file_.get(0, kEntry) + bias_;
    const Linked* l = linked(at);
    if (l == nullptr) file_.bad(0, kEntry, at - bias_, "an address within a segment");
    image_.abi = flags == 2 || (flags == 0 && file_.little()) ? Image::Abi::V2 : Image::Abi::V1;
    if (image_.abi == Image::Abi::V2) {
      image_.entry = image_.r12 = loaded(at);
    } else if (in_opd(at) || (opd_bytes_ == 0 && !image_.segments[l->segment].executable)) {
      const unsigned char* code = word(at);
      const unsigned char* toc = word(at + 8);
      if (code == nullptr || toc == nullptr)
        file_.bad(0, kEntry, at - bias_, "a descriptor of 24 bytes within a segment");
      image_.entry = loaded(value(code));
      image_.toc = loaded(value(toc));
    } else {
      image_.entry = loaded(at);  // code written in assembly, without descriptor
    }
    if (image_.entry % 4 != 0) file_.bad(0, kEntry, image_.entry, "code at a multiple of 4");
  }

  void symbols() {
    if (symtab_ != 0) {
      const auto offset = file_.get(symtab_, kShOffset), size = file_.get(symtab_, kShSize);
      if (const auto v = file_.get(symtab_, kShEntsize); v != kSymbolBytes) file_.bad(symtab_, kShEntsize, v, "24");
      file_.require(offset, size, "the symbol table");
      const auto link = file_.get(symtab_, kShLink);
      if (link >= section_count_) file_.bad(symtab_, kShLink, link, "less than e_shnum, " + hex(section_count_));
      for (std::uint64_t i = 1; i < size / kSymbolBytes; ++i)
        symbol(offset + i * kSymbolBytes, section_table_ + link * kSectionHeaderBytes);
    }
    image_.symbols.finish();
  }

  void symbol(std::uint64_t base, std::uint64_t strings) {
    const auto info = file_.get(base, kStInfo), section = file_.get(base, kStShndx);
    const unsigned type = info & 15;
    if (section == kShnUndef || section == kShnAbs || type == kSttSection || type == kSttFile || type == kSttTls)
      return;
    std::string name = string(strings, file_.get(base, kStName), base + kStName.offset);
    if (name.empty()) return;
    std::uint64_t at = file_.get(base, kStValue) + bias_;
    const bool descriptor = image_.abi == Image::Abi::V1 && in_opd(at);
    if (descriptor)
      if (const unsigned char* code = word(at)) at = value(code);
    // ELFv1 compilers of old call the code ".name".
    if (name.size() > 1 && name[0] == '.' && image_.abi == Image::Abi::V1 && type == kSttFunc) name.erase(0, 1);
    image_.symbols.add(
        {loaded(at), file_.get(base, kStSize), type == kSttFunc, info >> 4 == kStbGlobal, std::move(name)});
  }

  File file_;
  const ImageOptions& options_;
  Image image_;
  std::uint64_t type_ = 0, bias_ = 0, dynamic_ = 0, symtab_ = 0, opd_ = 0, opd_bytes_ = 0;
  std::uint64_t section_table_ = 0, section_count_ = 0;
  std::vector<Linked> linked_;
};

}  // namespace

bool is_elf(const std::vector<unsigned char>& file) {
  constexpr unsigned char kMagic[4] = {0x7f, 'E', 'L', 'F'};
  return file.size() >= 4 && std::equal(kMagic, kMagic + 4, file.begin());
}

Image read_elf(const std::vector<unsigned char>& file, const ImageOptions& options) {
  if (!is_elf(file)) fail(0, "the file of " + std::to_string(file.size()) + " bytes does not begin with 7f 45 4c 46");
  if (file.size() < kHeaderBytes)
    fail(file.size(), "the file ends within its header of " + std::to_string(kHeaderBytes) + " bytes");
  if (file[kClassByte] != kClass64)
    fail(kClassByte, "class is " + std::to_string(file[kClassByte]) + ", allowed is 2 (64 bit)");
  if (file[kDataByte] != kData2Lsb && file[kDataByte] != kData2Msb)
    fail(kDataByte, "byte order is " + std::to_string(file[kDataByte]) + ", allowed are 1 (little) and 2 (big)");
  return Reader(file, file[kDataByte] == kData2Lsb, options).read();
}

Image raw_image(std::vector<unsigned char> file, std::uint64_t addr, std::uint64_t entry_offset,
                const ImageOptions& options) {
  const std::uint64_t size = file.size();
  if (size == 0) throw UserError("raw image: the file is empty");
  if (size > options.max_memory)
    throw UserError("raw image of " + hex(size) + " bytes: at most " + hex(options.max_memory) + " are allowed");
  if (addr % 4 != 0) throw UserError("raw image: load address " + hex(addr) + " must be a multiple of 4");
  if (addr >= options.address_limit || size > options.address_limit - addr)
    throw UserError("raw image of " + hex(size) + " bytes at " + hex(addr) + " ends beyond the last address, " +
                    hex(options.address_limit - 1));
  if (entry_offset % 4 != 0 || entry_offset >= size)
    throw UserError("raw image: entry offset " + hex(entry_offset) + " must be a multiple of 4 below the length, " +
                    hex(size));
  Image image;
  image.entry = addr + entry_offset;
  image.segments.push_back({addr, std::move(file), size, true, true});
  image.symbols.finish();
  return image;
}

Image read_image(std::vector<unsigned char> file, std::uint64_t addr, const ImageOptions& options) {
  return is_elf(file) ? read_elf(file, options) : raw_image(std::move(file), addr, 0, options);
}

void Image::load(MemoryView& memory) const {
  static constexpr unsigned char kZeros[4096] = {};
  for (const Segment& s : segments) {
    memory.write(s.addr, s.bytes.data(), s.bytes.size());
    for (std::uint64_t at = s.bytes.size(); at < s.memory;) {
      const std::uint64_t part = std::min<std::uint64_t>(s.memory - at, sizeof kZeros);
      memory.write(s.addr + at, kZeros, part);
      at += part;
    }
  }
}

std::uint64_t Image::end() const { return segments.empty() ? 0 : segments.back().addr + segments.back().memory; }

}  // namespace phbsim::arch::ppc64
