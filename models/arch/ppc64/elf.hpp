// SPDX-License-Identifier: Apache-2.0
/// Firmware images from bytes: ELF64 for PowerPC of either byte order and ABI, and raw binaries.
///
/// Taken: ET_EXEC, and ET_DYN at a bias with R_PPC64_RELATIVE relocations; PT_LOAD segments at their physical
/// addresses; the symbol table, whose addresses are moved along with their segments. ELFv1 (firmware.md): the
/// entry and the functions are descriptors {code, TOC, environment} in .opd; ELFv2: the entry is code, and r12 holds
/// it. Not taken: other relocations, interpreters, thread-local storage, compressed sections, debug information.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/arch/memory_view.hpp"

namespace phbsim::arch::ppc64 {

enum class ImageOrder : std::uint8_t { Big, Little };

/// Names of addresses; addresses are where the image was loaded.
class SymbolTable {
 public:
  struct Symbol {
    std::uint64_t addr = 0;
    std::uint64_t size = 0;  ///< 0: up to the next symbol
    bool function = false;
    bool global = false;
    std::string name;
  };

  void add(Symbol symbol) { symbols_.push_back(std::move(symbol)); }
  /// Orders what was added; before the first lookup.
  void finish();

  /// "name" or "name+0x10"; empty if no symbol covers the address.
  std::string lookup(std::uint64_t addr) const;
  /// Address of a symbol, of a function its code; of equal names the global one, then the lowest.
  std::optional<std::uint64_t> find(std::string_view name) const;
  const std::vector<Symbol>& symbols() const { return symbols_; }

 private:
  std::vector<Symbol> symbols_;  ///< by address, the better name first
  std::vector<std::uint32_t> by_name_;
};

struct ImageOptions {
  std::uint64_t bias = 0;                    ///< added to the addresses of an ET_DYN image; page aligned
  std::uint64_t max_memory = 4 * kGiB;       ///< of one segment, zeroed part included
  std::uint64_t address_limit = 1ull << 56;  ///< real addresses end here (phb.md 3.1)
};

/// An image in memory form. All failures are UserError: "ELF image, offset 0x10: e_type is 7, allowed are ...".
struct Image {
  struct Segment {
    std::uint64_t addr = 0;            ///< where it is loaded
    std::vector<unsigned char> bytes;  ///< file contents, relocated
    std::uint64_t memory = 0;          ///< length with the zeroed part behind, at least bytes.size()
    bool executable = false;
    bool writable = false;
  };
  enum class Abi : std::uint8_t { Raw, V1, V2 };

  ImageOrder order = ImageOrder::Big;
  Abi abi = Abi::Raw;
  std::uint64_t entry = 0;           ///< first instruction: pc
  std::uint64_t r12 = 0;             ///< of ELFv2 the entry, otherwise 0
  std::optional<std::uint64_t> toc;  ///< r2, from the entry's descriptor (ELFv1)
  std::vector<Segment> segments;     ///< by address, none overlaps another
  SymbolTable symbols;

  /// Writes all segments, zeroed parts included.
  void load(MemoryView& memory) const;
  /// First address behind all segments.
  std::uint64_t end() const;
};

/// True if the bytes begin as an ELF file does.
bool is_elf(const std::vector<unsigned char>& file);

/// Reads an ELF64 image for PowerPC.
Image read_elf(const std::vector<unsigned char>& file, const ImageOptions& options = {});

/// A binary image such as skiboot.lid: its bytes at `addr`, entered at `addr + entry_offset` in big-endian order.
Image raw_image(std::vector<unsigned char> file, std::uint64_t addr, std::uint64_t entry_offset = 0,
                const ImageOptions& options = {});

/// An ELF image as such, any other as raw_image at `addr`.
Image read_image(std::vector<unsigned char> file, std::uint64_t addr, const ImageOptions& options = {});

}  // namespace phbsim::arch::ppc64
