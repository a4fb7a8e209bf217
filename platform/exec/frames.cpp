// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/frames.hpp"

#include <algorithm>
#include <cstring>

#include "models/base/check.hpp"

namespace phbsim::exec {

namespace os = arch::os;

Frames::Frames(const Params& params) : params_(params) {
  PHBSIM_ASSERT(params.piece_shift >= params.page_shift);
  PHBSIM_ASSERT(params.base % (1ull << params.piece_shift) == 0);
}

std::size_t Frames::place(const std::shared_ptr<os::PageSource>& source, std::uint64_t number) {
  const Key key{source.get(), number};
  if (const auto it = places_.find(key); it != places_.end()) return it->second;
  std::size_t at = lowest_free_;
  while (at < pieces_.size() && pieces_[at] != nullptr) ++at;
  if (at >= params_.bytes >> params_.piece_shift) os::fail(os::Errno::NoMem, "the simulated real memory is full");
  auto piece = std::make_unique<Piece>();
  piece->source = source;
  piece->number = number;
  piece->pins.resize(pages_per_piece());
  if (at == pieces_.size()) pieces_.emplace_back();
  places_.emplace(key, at);
  pieces_[at] = std::move(piece);
  lowest_free_ = at + 1;
  return at;
}

RealAddr Frames::pin(const std::shared_ptr<os::PageSource>& source, std::uint64_t page) {
  const std::uint64_t within = page % pages_per_piece();
  const std::size_t at = place(source, page / pages_per_piece());
  Piece& piece = *pieces_[at];
  ++piece.pins[within];
  ++piece.total;
  ++pins_;
  return params_.base + (static_cast<std::uint64_t>(at) << params_.piece_shift) + (within << params_.page_shift);
}

void Frames::unpin(RealAddr real, std::uint64_t count) noexcept {
  for (std::uint64_t page = (real - params_.base) >> params_.page_shift; count > 0; --count, ++page) {
    const auto at = static_cast<std::size_t>(page / pages_per_piece());
    Piece& piece = *pieces_[at];
    PHBSIM_ASSERT(piece.pins[page % pages_per_piece()] > 0);
    --piece.pins[page % pages_per_piece()];
    --pins_;
    if (--piece.total != 0) continue;
    places_.erase({piece.source.get(), piece.number});
    pieces_[at].reset();
    lowest_free_ = std::min(lowest_free_, at);
  }
}

std::uint64_t Frames::pins(const os::PageSource& source, std::uint64_t page) const {
  const auto it = places_.find({&source, page / pages_per_piece()});
  return it == places_.end() ? 0 : pieces_[it->second]->pins[page % pages_per_piece()];
}

const Frames::Piece* Frames::piece_at(RealAddr addr) const {
  const std::uint64_t at = (addr - params_.base) >> params_.piece_shift;
  if (addr < params_.base || at >= pieces_.size() || pieces_[at] == nullptr) return nullptr;
  const Piece& piece = *pieces_[at];
  return piece.pins[(addr >> params_.page_shift) % pages_per_piece()] != 0 ? &piece : nullptr;
}

template <class Bytes, class Move>
void Frames::each_page(RealAddr addr, Bytes* data, std::size_t n, Move move) const {
  const std::uint64_t page_bytes = 1ull << params_.page_shift;
  while (n > 0) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(n, page_bytes - addr % page_bytes));
    const Piece* const piece = piece_at(addr);
    const std::uint64_t piece_bytes = 1ull << params_.piece_shift;
    move(piece == nullptr ? nullptr : piece->source.get(),
         piece == nullptr ? 0 : piece->number * piece_bytes + (addr - params_.base) % piece_bytes, data, part);
    addr += part;
    data += part;
    n -= part;
  }
}

void Frames::read(RealAddr addr, unsigned char* out, std::size_t n) const {
  each_page(addr, out, n, [](os::PageSource* source, std::uint64_t at, unsigned char* to, std::size_t part) {
    if (source == nullptr || !source->read(at, to, part)) std::memset(to, 0, part);
  });
}

void Frames::write(RealAddr addr, const unsigned char* in, std::size_t n) {
  each_page(addr, in, n, [](os::PageSource* source, std::uint64_t at, const unsigned char* from, std::size_t part) {
    if (source != nullptr) source->write(at, from, part);
  });
}

}  // namespace phbsim::exec
