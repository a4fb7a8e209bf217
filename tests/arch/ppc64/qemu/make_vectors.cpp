// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "models/arch/ppc64/decode.hpp"
#include "models/base/rng.hpp"
#include "tests/arch/ppc64/encode.hpp"
#include "tests/arch/ppc64/qemu/vectors.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr unsigned kPerRow = 160;       ///< vectors of a row; as many again for each of its endings
constexpr std::uint32_t kNop = 0x6000'0000;

class Maker {
 public:
  explicit Maker(const Instruction& row)
      : row_(row), name_(row.mnemonic), list_(operands(row)), random_(2024, "ppc64 vectors " + name_) {}

  TestVector make() {
    v_ = {};
    v_.row = &row_;
    vector_state& s = v_.input.state;
    for (auto& r : s.gpr) r = value();
    s.cr = random_.next_u64() & 0xffff'ffff;
    s.xer = (random_.next_u64() & Xer::kDefined & ~0x7full) | random_.below(101);
    s.lr = value();
    s.ctr = value();
    for (unsigned char& byte : s.data) byte = static_cast<unsigned char>(chance(4) ? 0 : random_.next_u64());
    v_.input.prepare = kNop;
    v_.input.word = row_.code.match;
    if (row_.has(kRc | kEh | kLk) && chance(2)) v_.input.word |= kRcBit;
    if (row_.has(kOe) && chance(2)) v_.input.word |= kOeBit;
    for (const Operand operand : list_) set(operand, operand_value_of(operand));
    shape();
    return v_;
  }

 private:
  bool chance(unsigned of) { return random_.below(of) == 0; }
  std::uint64_t value() {
    static constexpr std::uint64_t kCorners[] = {
        0, 1, 2, 5, ~0ull, ~1ull, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff,
        0x1'0000'0000, 0xffff'ffff'8000'0000, 0xffff'ffff'7fff'ffff, 0x7fff'ffff'ffff'ffff, 0x8000'0000'0000'0000,
        0x8000'0000'0000'0001, 0xffff'ffff'0000'0000, 0x0123'4567'89ab'cdef};
    switch (random_.below(5)) {
      case 0: case 1: return kCorners[random_.below(std::size(kCorners))];
      case 2: return random_.below(130);  // amounts of shifts
      case 3: return random_.next_u64() >> random_.below(64);
      default: return random_.next_u64();
    }
  }
  std::int64_t operand_value_of(Operand operand) {
    static constexpr std::int64_t kImmediates[] = {0, 1, -1, 0x7fff, -0x8000, 0x7ff0, 16};
    switch (operand) {
      case Operand::Si: case Operand::Ui: case Operand::Dx:
        if (chance(2)) return kImmediates[random_.below(std::size(kImmediates))];
        return static_cast<std::int64_t>(random_.next_u64());
      case Operand::D: case Operand::Ds: case Operand::Dq:
        return chance(4) ? 0 : static_cast<std::int64_t>(random_.next_u64());
      case Operand::Fxm1: return 1ll << random_.below(8);
      case Operand::Cy: return 0;
      case Operand::L3: return static_cast<std::int64_t>(random_.below(name_ == "dcbf" ? 2 : 3));
      case Operand::Th: case Operand::Ct: return chance(2) ? 0 : 2;
      default: return static_cast<std::int64_t>(random_.next_u64());
    }
  }

  bool has(Operand operand) const { return std::find(list_.begin(), list_.end(), operand) != list_.end(); }
  unsigned get(Operand operand) const { return static_cast<unsigned>(operand_value(operand, v_.input.word)); }
  void set(Operand operand, std::int64_t to) { v_.input.word = with_operand(v_.input.word, operand, to); }
  unsigned long long& gpr(unsigned n) { return v_.input.state.gpr[n]; }
  /// Of operand RA, as a number.
  unsigned ra() const { return get(Operand::Ra); }
  unsigned rb() const { return get(Operand::Rb); }
  unsigned rt() const { return get(Operand::Rt); }
  bool memory() const { return row_.group == Group::Load || row_.group == Group::Store || row_.group == Group::Cache; }

  /// What the operands must obey.
  void shape() {
    if (row_.group == Group::Branch) return branch();
    if (memory() && (has(Operand::Ra0) || has(Operand::Ra))) return access();
    if (name_ == "divde") while (quotient_is_65_bits()) gpr(ra()) = value();
    if (name_ == "cbcdtd") gpr(rt()) = decimal(gpr(rt()));
    if (row_.group == Group::Compare && chance(3)) {
      gpr(ra()) = has(Operand::Si)   ? operand_value(Operand::Si, v_.input.word)
                  : has(Operand::Ui) ? get(Operand::Ui)
                                     : gpr(rb());
    }
    if (name_ == "cmpeqb" && chance(2)) gpr(ra()) = gpr(rb()) >> (8 * random_.below(8));
    if (name_ == "mtspr" || name_ == "mfspr") special();
  }
  /// A quotient of divde that needs a 65th bit for its sign: OV, which QEMU 7.2 does not notice.
  bool quotient_is_65_bits() {
    const auto magnitude = [](std::uint64_t v) { return static_cast<std::int64_t>(v) < 0 ? 0 - v : v; };
    const std::uint64_t a = magnitude(gpr(ra())), b = magnitude(gpr(rb()));
    return b != 0 && a < b && (uint128{a} << 64) / b >> 63 != 0;
  }
  static std::uint64_t decimal(std::uint64_t v) {
    for (unsigned shift = 0; shift < 64; shift += 4)
      if ((v >> shift & 15) > 9) v &= ~(6ull << shift);
    return v;
  }
  void special() {
    static constexpr unsigned kBoth[] = {1, 8, 9}, kRead[] = {1, 8, 9, 815, 256};
    const bool write = name_ == "mtspr";
    const unsigned number = write ? kBoth[random_.below(3)] : kRead[random_.below(5)];
    set(Operand::Spr, number);
    if (number == 1 && write) gpr(rt()) &= Xer::kDefined;
    if (number < 256) return;
    const auto from = static_cast<unsigned>(random_.below(32));
    if (number == 256) gpr(from) &= 0xffff'ffff;  // QEMU keeps 64 bits of VRSAVE
    v_.input.prepare = word("mtspr", {number, from});
  }

  std::uint64_t slot() {
    std::uint64_t n = random_.below(VECTOR_SLOT_COUNT);
    if (VECTOR_SLOTS + n * VECTOR_SLOT_BYTES == VECTOR_CODE) ++n;
    return VECTOR_SLOTS + n * VECTOR_SLOT_BYTES;
  }
  void branch() {
    constexpr std::int64_t kHere = VECTOR_CODE + 4;
    vector_state& s = v_.input.state;
    const std::uint64_t noise = random_.below(4);
    if (name_ == "b") {
      const bool absolute = chance(3);
      if (absolute) v_.input.word |= kAaBit;
      set(Operand::Li, static_cast<std::int64_t>(slot()) - (absolute ? 0 : kHere));
      return;
    }
    static constexpr std::uint64_t kCounts[] = {0, 1, 2, 0x1'0000'0000, 0x1'0000'0001, ~0ull};
    if (chance(2)) s.ctr = kCounts[random_.below(std::size(kCounts))];
    if (name_ == "bc") set(Operand::Bd, static_cast<std::int64_t>(slot()) - kHere);
    if (name_ == "bclr") s.lr = slot() | noise;
    if (name_ == "bcctr") {
      s.ctr = slot() | noise;
      set(Operand::Bo, get(Operand::Bo) | 4);
    }
    if (name_ == "bctar") {
      const auto r = static_cast<unsigned>(random_.below(32));
      gpr(r) = slot() | noise;
      v_.input.prepare = word("mtspr", {815, r});
    }
  }

  unsigned alignment() const {
    static const std::map<std::string, unsigned> kAlignments = {
        {"lq", 16}, {"stq", 16}, {"lharx", 2}, {"lwarx", 4}, {"ldarx", 8}, {"lqarx", 16},
        {"sthcx.", 2}, {"stwcx.", 4}, {"stdcx.", 8}, {"stqcx.", 16}};
    const auto found = kAlignments.find(name_);
    return found == kAlignments.end() ? 1 : found->second;
  }
  bool pair() const { return has(Operand::Rtp) || has(Operand::Rsp); }
  bool in_string(unsigned bytes, unsigned reg) const { return ((reg - rt()) & 31) < (bytes + 3) / 4; }
  /// Invalid forms and addresses that are no memory here.
  bool possible() const {
    const bool indexed = has(Operand::Rb), load = row_.group == Group::Load;
    if (ra() == 0 && (!indexed || has(Operand::Ra))) return false;
    if (load && has(Operand::Ra) && ra() == rt()) return false;
    if (pair() && rt() % 2 != 0) return false;
    if (load && pair() && (rt() / 2 == ra() / 2 || (indexed && rt() / 2 == rb() / 2))) return false;
    if (name_ == "lmw" && ra() >= rt()) return false;
    if (name_ == "lswi" && in_string(get(Operand::Nb) == 0 ? 32 : get(Operand::Nb), ra())) return false;
    if (name_ == "lswx") {
      const unsigned bytes = v_.input.state.xer & 0x7f;
      if ((ra() != 0 && in_string(bytes, ra())) || in_string(bytes, rb())) return false;
    }
    return true;
  }
  void access() {
    while (!possible()) {
      for (const Operand operand : list_) set(operand, operand_value_of(operand));
      v_.input.state.xer = (v_.input.state.xer & ~0x7full) | random_.below(101);
    }
    std::uint64_t ea = VECTOR_DATA + random_.below(name_ == "dcbz" ? 256 : 113);
    const bool indexed = has(Operand::Rb);
    const bool twice = indexed && ra() == rb() && ra() != 0;
    ea &= ~std::uint64_t{alignment() * (twice ? 2 : 1) - 1};
    if (twice) {
      ea &= ~1ull;
      gpr(ra()) = ea / 2;
    } else if (indexed) {
      if (ra() == 0) gpr(rb()) = ea;
      else gpr(ra()) = ea - gpr(rb());
    } else {
      std::uint64_t displacement = 0;
      for (const Operand operand : {Operand::D, Operand::Ds, Operand::Dq})
        if (has(operand)) displacement = operand_value(operand, v_.input.word);
      gpr(ra()) = ea - displacement;
    }
    // QEMU 7.2's lqarx remembers the address of the second half: stqcx. never succeeds there.
    if (name_.back() == '.' && name_ != "stqcx." && !chance(4)) reserve();
  }
  /// The load that a store conditional needs, into registers that it does not use.
  void reserve() {
    static const std::map<std::string, const char*> kLoads = {
        {"stbcx.", "lbarx"}, {"sthcx.", "lharx"}, {"stwcx.", "lwarx"}, {"stdcx.", "ldarx"}};
    unsigned target;
    do target = static_cast<unsigned>(random_.below(16)) * 2;
    while (target / 2 == ra() / 2 || target / 2 == rb() / 2);
    v_.input.prepare = word(kLoads.at(name_), {target, ra(), rb()});
  }

  const Instruction& row_;
  const std::string name_;
  const OperandList list_;
  RandomStream random_;
  TestVector v_;
};

}  // namespace

const char* not_comparable(const Instruction& row, bool little) {
  static const std::map<std::string_view, const char*> kWhy = {
      {"sc", "a system call"}, {"attn", "illegal in a program"}, {"wait", "waits"},
      {"darn", "random"}, {"mftb", "time"}, {"cp_abort", "part of copy and paste"},
      {"icbt", "not on QEMU's POWER9"}};
  static const std::map<std::string_view, const char*> kBigOnly = {
      {"lmw", "alignment interrupt"}, {"stmw", "alignment interrupt"}, {"lswi", "alignment interrupt"},
      {"lswx", "alignment interrupt"}, {"stswi", "alignment interrupt"}, {"stswx", "alignment interrupt"}};
  if (row.privilege != Privilege::User) return "privileged";
  const auto found = kWhy.find(row.mnemonic);
  if (found != kWhy.end()) return found->second;
  const auto big = kBigOnly.find(row.mnemonic);
  return little && big != kBigOnly.end() ? big->second : nullptr;
}

std::vector<TestVector> make_vectors(bool little) {
  std::vector<TestVector> all;
  for (const Instruction& row : kTable) {
    if (not_comparable(row, little) != nullptr) continue;
    Maker maker(row);
    const unsigned count = kPerRow * (row.has(kRc | kLk) ? 2 : 1) * (row.has(kOe) ? 2 : 1);
    for (unsigned i = 0; i < count; ++i) all.push_back(maker.make());
  }
  return all;
}

}  // namespace phbsim::arch::ppc64
