// SPDX-License-Identifier: Apache-2.0
/// Small ELF64 files for tests, written after the ELF specification and nothing of ours.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace phbsim::test {

using Bytes = std::vector<unsigned char>;

class ElfBuilder {
 public:
  struct Segment {
    std::uint32_t type = 1;
    std::uint32_t flags = 5;
    std::uint64_t vaddr = 0;
    std::uint64_t paddr = 0;
    Bytes bytes;
    std::uint64_t memory = 0;
  };
  struct Section {
    std::string name;
    std::uint32_t type = 1;
    std::uint64_t addr = 0;
    std::uint64_t offset = 0, size = 0;
    std::uint32_t link = 0;
    std::uint64_t entry_size = 0;
  };
  struct Symbol {
    std::string name;
    std::uint64_t value = 0, size = 0;
    unsigned type = 2, bind = 1;
    unsigned section = 1;
  };

  bool little = false;
  std::uint16_t type = 2, machine = 21;
  std::uint32_t flags = 2;
  std::uint64_t entry = 0;
  std::vector<Segment> segments;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> opd;  ///< address and size, at most one
  std::vector<Symbol> symbols;

  void put(Bytes& out, std::uint64_t v, unsigned n) const {
    for (unsigned i = 0; i < n; ++i) out.push_back(static_cast<unsigned char>(v >> 8 * (little ? i : n - 1 - i)));
  }
  Bytes words(std::initializer_list<std::uint64_t> values, unsigned n) const {
    Bytes b;
    for (const auto v : values) put(b, v, n);
    return b;
  }

  /// Header, program headers, segments, symbols and names, section headers.
  Bytes build() const {
    Bytes contents;
    const std::uint64_t first = 64 + 56 * segments.size();
    Bytes headers;
    for (const auto& s : segments) {
      put(headers, s.type, 4), put(headers, s.flags, 4), put(headers, first + contents.size(), 8);
      put(headers, s.vaddr, 8), put(headers, s.paddr, 8), put(headers, s.bytes.size(), 8);
      put(headers, s.memory != 0 ? s.memory : s.bytes.size(), 8), put(headers, 0x1000, 8);
      contents.insert(contents.end(), s.bytes.begin(), s.bytes.end());
    }
    Bytes names{0}, table(24, 0);
    for (const auto& s : symbols) {
      put(table, names.size(), 4), put(table, s.bind << 4 | s.type, 1), put(table, 0, 1), put(table, s.section, 2);
      put(table, s.value, 8), put(table, s.size, 8);
      names.insert(names.end(), s.name.begin(), s.name.end());
      names.push_back(0);
    }
    std::vector<Section> sections{{"", 0}};
    sections.push_back(
        {".text", 1, segments.empty() ? 0 : segments[0].vaddr, first, segments.empty() ? 0 : segments[0].bytes.size()});
    for (const auto& [addr, size] : opd) sections.push_back({".opd", 1, addr, first, size});
    const auto strings = static_cast<std::uint32_t>(sections.size() + 1);
    sections.push_back({".symtab", 2, 0, first + contents.size(), table.size(), strings, 24});
    contents.insert(contents.end(), table.begin(), table.end());
    sections.push_back({".strtab", 3, 0, first + contents.size(), names.size()});
    contents.insert(contents.end(), names.begin(), names.end());
    sections.push_back({".shstrtab", 3});
    Bytes section_names;
    std::vector<std::uint64_t> at;
    for (const auto& s : sections) {
      at.push_back(section_names.size());
      section_names.insert(section_names.end(), s.name.begin(), s.name.end());
      section_names.push_back(0);
    }
    sections.back().offset = first + contents.size();
    sections.back().size = section_names.size();
    contents.insert(contents.end(), section_names.begin(), section_names.end());
    const std::uint64_t section_table = first + contents.size();
    for (std::size_t i = 0; i < sections.size(); ++i) {
      const auto& s = sections[i];
      put(contents, at[i], 4), put(contents, s.type, 4), put(contents, 0, 8), put(contents, s.addr, 8);
      put(contents, s.offset, 8), put(contents, s.size, 8), put(contents, s.link, 4), put(contents, 0, 4);
      put(contents, 8, 8), put(contents, s.entry_size, 8);
    }
    Bytes file{0x7f, 'E', 'L', 'F', 2, static_cast<unsigned char>(little ? 1 : 2), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    put(file, type, 2), put(file, machine, 2), put(file, 1, 4), put(file, entry, 8), put(file, 64, 8);
    put(file, section_table, 8), put(file, flags, 4), put(file, 64, 2), put(file, 56, 2), put(file, segments.size(), 2);
    put(file, 64, 2), put(file, sections.size(), 2), put(file, sections.size() - 1, 2);
    file.insert(file.end(), headers.begin(), headers.end());
    file.insert(file.end(), contents.begin(), contents.end());
    return file;
  }
};

}  // namespace phbsim::test
