// SPDX-License-Identifier: Apache-2.0
/// Fields of an ELF64 file, read with bounds and byte order; the layout of its structures as data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/check.hpp"
#include "models/base/endian.hpp"
#include "models/base/text.hpp"

namespace phbsim::arch::ppc64::elf {

/// A field of a structure: its name in the ELF specification, offset and bytes.
struct FieldSpec {
  std::string_view name;
  unsigned offset;
  unsigned bytes;
};

// ELF header.
constexpr FieldSpec kType{"e_type", 16, 2}, kMachine{"e_machine", 18, 2}, kVersion{"e_version", 20, 4},
    kEntry{"e_entry", 24, 8}, kPhoff{"e_phoff", 32, 8}, kShoff{"e_shoff", 40, 8}, kFlags{"e_flags", 48, 4},
    kPhentsize{"e_phentsize", 54, 2}, kPhnum{"e_phnum", 56, 2}, kShentsize{"e_shentsize", 58, 2},
    kShnum{"e_shnum", 60, 2}, kShstrndx{"e_shstrndx", 62, 2};
constexpr unsigned kHeaderBytes = 64;
constexpr unsigned kClassByte = 4, kDataByte = 5;  // in e_ident
constexpr unsigned kClass64 = 2, kData2Lsb = 1, kData2Msb = 2;
constexpr std::uint64_t kEtExec = 2, kEtDyn = 3, kEmPpc64 = 21, kAbiMask = 3;

// Program header.
constexpr FieldSpec kPType{"p_type", 0, 4}, kPFlags{"p_flags", 4, 4}, kPOffset{"p_offset", 8, 8},
    kPVaddr{"p_vaddr", 16, 8}, kPPaddr{"p_paddr", 24, 8}, kPFilesz{"p_filesz", 32, 8}, kPMemsz{"p_memsz", 40, 8};
constexpr unsigned kProgramHeaderBytes = 56;
constexpr std::uint64_t kPtLoad = 1, kPtDynamic = 2, kPtInterp = 3, kPfX = 1, kPfW = 2;

// Section header.
constexpr FieldSpec kShName{"sh_name", 0, 4}, kShType{"sh_type", 4, 4}, kShAddr{"sh_addr", 16, 8},
    kShOffset{"sh_offset", 24, 8}, kShSize{"sh_size", 32, 8}, kShLink{"sh_link", 40, 4},
    kShEntsize{"sh_entsize", 56, 8};
constexpr unsigned kSectionHeaderBytes = 64;
constexpr std::uint64_t kShtSymtab = 2, kShtNobits = 8;

// Symbol.
constexpr FieldSpec kStName{"st_name", 0, 4}, kStInfo{"st_info", 4, 1}, kStShndx{"st_shndx", 6, 2},
    kStValue{"st_value", 8, 8}, kStSize{"st_size", 16, 8};
constexpr unsigned kSymbolBytes = 24;
constexpr unsigned kSttFunc = 2, kSttSection = 3, kSttFile = 4, kSttTls = 6, kStbGlobal = 1, kShnUndef = 0,
                   kShnAbs = 0xfff1;

// Dynamic entry and relocation with addend.
constexpr FieldSpec kDTag{"d_tag", 0, 8}, kDVal{"d_val", 8, 8};
constexpr unsigned kDynamicBytes = 16;
constexpr std::uint64_t kDtNull = 0, kDtRela = 7, kDtRelasz = 8, kDtRelaent = 9, kDtJmprel = 23, kDtRelrsz = 35;
constexpr FieldSpec kROffset{"r_offset", 0, 8}, kRInfo{"r_info", 8, 8}, kRAddend{"r_addend", 16, 8};
constexpr unsigned kRelaBytes = 24;
constexpr std::uint64_t kRNone = 0, kRRelative = 22;

[[noreturn]] inline void fail(std::uint64_t offset, const std::string& what) {
  throw UserError("ELF image, offset " + text::hex(offset) + ": " + what);
}

/// Value of `bytes` bytes (1, 2, 4 or 8) at `p`.
inline std::uint64_t load(const unsigned char* p, unsigned bytes, bool little) {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < bytes; ++i) v = v << 8 | p[little ? bytes - 1 - i : i];
  return v;
}

class File {
 public:
  File(const std::vector<unsigned char>& bytes, bool little) : bytes_(bytes), little_(little) {}

  bool little() const { return little_; }
  std::uint64_t size() const { return bytes_.size(); }
  const unsigned char* at(std::uint64_t offset) const { return bytes_.data() + offset; }
  std::uint64_t get(std::uint64_t base, const FieldSpec& f) const {
    require(base + f.offset, f.bytes, f.name);
    return load(at(base + f.offset), f.bytes, little_);
  }
  /// [offset, offset + n) lies in the file, or an error that says what should be there.
  void require(std::uint64_t offset, std::uint64_t n, std::string_view what) const {
    if (offset > size() || n > size() - offset)
      fail(offset,
           std::string(what) + " has " + std::to_string(n) + " bytes here, the file ends at " + text::hex(size()));
  }
  [[noreturn]] void bad(std::uint64_t base, const FieldSpec& f, std::uint64_t value, const std::string& allowed) const {
    fail(base + f.offset, std::string(f.name) + " is " + text::hex(value) + ", allowed is " + allowed);
  }
  /// Checks an entry count and size of a table and its place; returns nothing if all of it is in the file.
  void require_table(std::uint64_t offset, std::uint64_t count, std::uint64_t entry, std::string_view what) const {
    if (count != 0 && (offset > size() || count > (size() - offset) / entry))
      fail(offset, std::string(what) + " has " + std::to_string(count) + " entries of " + std::to_string(entry) +
                       " bytes here, the file ends at " + text::hex(size()));
  }

 private:
  const std::vector<unsigned char>& bytes_;
  bool little_;
};

}  // namespace phbsim::arch::ppc64::elf
