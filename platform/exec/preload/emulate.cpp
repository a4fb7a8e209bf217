// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/preload/emulate.hpp"

#include <string.h>

#if defined(__x86_64__)

namespace phbsim::exec {
namespace {

constexpr int kGregs[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
constexpr unsigned kMaxBytes = 15;

enum Flag : uint64_t { kCarry = 0x1, kParity = 0x4, kAdjust = 0x10, kZero = 0x40, kSign = 0x80, kDirection = 0x400, kOverflow = 0x800 };
constexpr uint64_t kArithmetic = kCarry | kParity | kAdjust | kZero | kSign | kOverflow;

uint64_t mask_of(unsigned bytes) { return bytes == 8 ? ~0ull : (1ull << (bytes * 8)) - 1; }
uint64_t sign_of(unsigned bytes) { return 1ull << (bytes * 8 - 1); }
uint64_t extended(uint64_t v, unsigned bytes) {
  v &= mask_of(bytes);
  return (v & sign_of(bytes)) != 0 ? v | ~mask_of(bytes) : v;
}

/// Results and flags of the eight arithmetic operations of the opcode map, in its order.
enum class Alu : unsigned { Add, Or, Adc, Sbb, And, Sub, Xor, Cmp };

uint64_t result_flags(uint64_t r, unsigned bytes) {
  uint64_t f = 0;
  if ((r & mask_of(bytes)) == 0) f |= kZero;
  if ((r & sign_of(bytes)) != 0) f |= kSign;
  if (__builtin_parityll(r & 0xff) == 0) f |= kParity;
  return f;
}

uint64_t compute(Alu op, uint64_t a, uint64_t b, unsigned bytes, uint64_t& flags) {
  const uint64_t mask = mask_of(bytes);
  a &= mask;
  b &= mask;
  const uint64_t carry = (op == Alu::Adc || op == Alu::Sbb) && (flags & kCarry) != 0 ? 1 : 0;
  uint64_t r = 0;
  uint64_t f = 0;
  switch (op) {
    case Alu::Add:
    case Alu::Adc:
      r = (a + b + carry) & mask;
      if (r < a || (carry != 0 && r == a)) f |= kCarry;
      if ((~(a ^ b) & (a ^ r) & sign_of(bytes)) != 0) f |= kOverflow;
      f |= (a ^ b ^ r) & kAdjust;
      break;
    case Alu::Sub:
    case Alu::Cmp:
    case Alu::Sbb:
      r = (a - b - carry) & mask;
      if (a < b || (carry != 0 && a == b)) f |= kCarry;
      if (((a ^ b) & (a ^ r) & sign_of(bytes)) != 0) f |= kOverflow;
      f |= (a ^ b ^ r) & kAdjust;
      break;
    case Alu::Or: r = a | b; break;
    case Alu::And: r = a & b; break;
    case Alu::Xor: r = a ^ b; break;
  }
  flags = (flags & ~kArithmetic) | f | result_flags(r, bytes);
  return r;
}

class Instruction {
 public:
  Instruction(ucontext_t& context, uintptr_t fault, Bus& bus)
      : context_(context), regs_(context.uc_mcontext.gregs), code_(reinterpret_cast<const uint8_t*>(regs_[REG_RIP])), fault_(fault), bus_(bus) {}

  bool run() {
    prefixes();
    const uint8_t op = next();
    bool done;
    if (op == 0xc5 || op == 0xc4) {
      done = vex(op);
    } else if (op == 0x0f) {
      const uint8_t second = next();
      done = second == 0x38 ? three_byte(next()) : two_byte(second);
    } else {
      done = one_byte(op);
    }
    if (!done) return false;
    if (!again_) regs_[REG_RIP] += static_cast<greg_t>(length_);
    return true;
  }

 private:
  // -- bytes -----------------------------------------------------------------------------------
  uint8_t next() { return length_ < kMaxBytes ? code_[length_++] : 0; }
  uint64_t immediate(unsigned bytes) {
    uint64_t v = 0;
    for (unsigned i = 0; i < bytes; ++i) v |= static_cast<uint64_t>(next()) << (8 * i);
    return extended(v, bytes);
  }
  void prefixes() {
    for (;; ++length_) {
      const uint8_t b = code_[length_];
      if (b == 0x66) {
        operand16_ = true;
      } else if (b == 0xf2 || b == 0xf3) {
        repeat_ = b;
      } else if (b == 0x64 || b == 0x65) {
        segment_ = true;
      } else if (b == 0x67) {
        address32_ = true;
      } else if (b != 0x2e && b != 0x36 && b != 0x3e && b != 0x26 && b != 0xf0) {
        break;
      }
    }
    if ((code_[length_] & 0xf0) == 0x40) rex_ = next();
  }
  unsigned width() const { return (rex_ & 8) != 0 ? 8 : operand16_ ? 2 : 4; }

  // -- operands --------------------------------------------------------------------------------
  /// Reads ModRM, SIB and displacement. `after`: bytes of an immediate behind them. False for a register operand.
  bool modrm(unsigned after) {
    const uint8_t m = next();
    const unsigned mod = m >> 6;
    reg_ = ((m >> 3) & 7u) | ((rex_ & 4u) << 1);
    if (mod == 3) return false;
    unsigned base = (m & 7u) | ((rex_ & 1u) << 3);
    uint64_t at = 0;
    bool relative = false;
    if ((m & 7) == 4) {
      const uint8_t sib = next();
      const unsigned index = ((sib >> 3) & 7u) | ((rex_ & 2u) << 2);
      base = (sib & 7u) | ((rex_ & 1u) << 3);
      if (index != 4) at += get(index, 8) << (sib >> 6);
      if ((sib & 7) == 5 && mod == 0) {
        at += immediate(4);
      } else {
        at += get(base, 8);
      }
    } else if ((m & 7) == 5 && mod == 0) {
      relative = true;
      at += immediate(4);
    } else {
      at += get(base, 8);
    }
    if (mod == 1) at += immediate(1);
    if (mod == 2) at += immediate(4);
    if (relative) at += static_cast<uint64_t>(regs_[REG_RIP]) + length_ + after;
    if (address32_) at &= 0xffffffffu;
    at_ = segment_ ? fault_ : at;
    return true;
  }

  uint64_t get(unsigned reg, unsigned bytes) const {
    if (bytes == 1 && rex_ == 0 && reg >= 4 && reg < 8) return (static_cast<uint64_t>(regs_[kGregs[reg - 4]]) >> 8) & 0xff;
    return static_cast<uint64_t>(regs_[kGregs[reg]]) & mask_of(bytes);
  }
  void set(unsigned reg, uint64_t v, unsigned bytes) {
    if (bytes == 1 && rex_ == 0 && reg >= 4 && reg < 8) {
      auto& whole = regs_[kGregs[reg - 4]];
      whole = static_cast<greg_t>((static_cast<uint64_t>(whole) & ~0xff00ull) | ((v & 0xff) << 8));
      return;
    }
    auto& whole = regs_[kGregs[reg]];
    const uint64_t kept = bytes >= 4 ? 0 : static_cast<uint64_t>(whole) & ~mask_of(bytes);
    whole = static_cast<greg_t>(kept | (v & mask_of(bytes)));
  }
  bool load(uint64_t& v, unsigned bytes) {
    v = 0;
    return bus_.load(at_, &v, bytes);
  }
  bool store(uint64_t v, unsigned bytes) { return bus_.store(at_, &v, bytes); }
  uint64_t flags() const { return static_cast<uint64_t>(regs_[REG_EFL]); }

  // -- groups ----------------------------------------------------------------------------------
  bool one_byte(uint8_t op) {
    const unsigned bytes = (op & 1) != 0 ? width() : 1;
    uint64_t v = 0;
    if (op < 0x40 && (op & 7) < 4) return arithmetic(static_cast<Alu>(op >> 3), (op & 2) != 0, bytes);
    switch (op) {
      case 0x80:
      case 0x81:
      case 0x83: return arithmetic_immediate(op, bytes);
      case 0x84:
      case 0x85: {
        if (!modrm(0) || !load(v, bytes)) return false;
        uint64_t f = flags();
        compute(Alu::And, v, get(reg_, bytes), bytes, f);
        regs_[REG_EFL] = static_cast<greg_t>(f);
        return true;
      }
      case 0x86:
      case 0x87:
        if (!modrm(0) || !load(v, bytes) || !store(get(reg_, bytes), bytes)) return false;
        set(reg_, v, bytes);
        return true;
      case 0x88:
      case 0x89: return modrm(0) && store(get(reg_, bytes), bytes);
      case 0x8a:
      case 0x8b:
        if (!modrm(0) || !load(v, bytes)) return false;
        set(reg_, v, bytes);
        return true;
      case 0x63:
        if (!modrm(0) || !load(v, 4)) return false;
        set(reg_, extended(v, 4), width());
        return true;
      case 0xc6:
      case 0xc7: {
        const unsigned imm = bytes == 8 ? 4 : bytes;
        if (!modrm(imm) || (reg_ & 7) != 0) return false;
        return store(immediate(imm), bytes);
      }
      case 0xf6:
      case 0xf7: return unary(bytes);
      case 0xfe:
      case 0xff: return count(bytes);
      case 0xa4:
      case 0xa5: return string(true, bytes);
      case 0xaa:
      case 0xab: return string(false, bytes);
      default: return false;
    }
  }

  bool arithmetic(Alu op, bool to_register, unsigned bytes) {
    uint64_t v = 0;
    if (!modrm(0) || !load(v, bytes)) return false;
    uint64_t f = flags();
    const uint64_t other = get(reg_, bytes);
    const uint64_t r = to_register ? compute(op, other, v, bytes, f) : compute(op, v, other, bytes, f);
    if (op != Alu::Cmp) {
      if (to_register) {
        set(reg_, r, bytes);
      } else if (!store(r, bytes)) {
        return false;
      }
    }
    regs_[REG_EFL] = static_cast<greg_t>(f);
    return true;
  }

  bool arithmetic_immediate(uint8_t op, unsigned bytes) {
    const unsigned imm = op != 0x81 ? 1 : bytes == 8 ? 4 : bytes;
    uint64_t v = 0;
    if (!modrm(imm)) return false;
    const uint64_t b = immediate(imm);
    if (!load(v, bytes)) return false;
    uint64_t f = flags();
    const auto which = static_cast<Alu>(reg_ & 7);
    const uint64_t r = compute(which, v, b, bytes, f);
    if (which != Alu::Cmp && !store(r, bytes)) return false;
    regs_[REG_EFL] = static_cast<greg_t>(f);
    return true;
  }

  bool unary(unsigned bytes) {
    const bool is_test = ((code_[length_] >> 3) & 7) < 2;
    const unsigned imm = !is_test ? 0 : bytes == 8 ? 4 : bytes;
    uint64_t v = 0;
    if (!modrm(imm)) return false;
    const uint64_t b = immediate_or_zero(imm);
    const unsigned which = reg_ & 7;
    if (which > 3 || !load(v, bytes)) return false;
    uint64_t f = flags();
    if (is_test) {
      compute(Alu::And, v, b, bytes, f);
    } else if (which == 2) {
      return store(~v, bytes);
    } else if (!store(compute(Alu::Sub, 0, v, bytes, f), bytes)) {
      return false;
    }
    regs_[REG_EFL] = static_cast<greg_t>(f);
    return true;
  }
  uint64_t immediate_or_zero(unsigned bytes) { return bytes == 0 ? 0 : immediate(bytes); }

  bool count(unsigned bytes) {
    uint64_t v = 0;
    if (!modrm(0) || (reg_ & 7) > 1 || !load(v, bytes)) return false;
    const uint64_t carry = flags() & kCarry;  // inc and dec leave it
    uint64_t f = flags();
    const uint64_t r = compute((reg_ & 7) == 0 ? Alu::Add : Alu::Sub, v, 1, bytes, f);
    if (!store(r, bytes)) return false;
    regs_[REG_EFL] = static_cast<greg_t>((f & ~static_cast<uint64_t>(kCarry)) | carry);
    return true;
  }

  /// One step; with a rep prefix the instruction runs again until rcx is 0.
  bool string(bool move, unsigned bytes) {
    if (address32_ || segment_) return false;
    uint64_t v = get(0, bytes);
    if (repeat_ != 0 && regs_[REG_RCX] == 0) return true;
    const auto to = static_cast<uintptr_t>(regs_[REG_RDI]);
    if (move && !bus_.load(static_cast<uintptr_t>(regs_[REG_RSI]), &v, bytes)) return false;
    if (!bus_.store(to, &v, bytes)) return false;
    const greg_t step = (flags() & kDirection) != 0 ? -static_cast<greg_t>(bytes) : static_cast<greg_t>(bytes);
    regs_[REG_RDI] += step;
    if (move) regs_[REG_RSI] += step;
    again_ = repeat_ != 0 && --regs_[REG_RCX] != 0;
    return true;
  }

  bool two_byte(uint8_t op) {
    uint64_t v = 0;
    switch (op) {
      case 0xb6:
      case 0xb7:
      case 0xbe:
      case 0xbf: {
        const unsigned from = (op & 1) != 0 ? 2 : 1;
        if (!modrm(0) || !load(v, from)) return false;
        set(reg_, (op & 8) != 0 ? extended(v, from) : v, width());
        return true;
      }
      case 0xc3: return modrm(0) && store(get(reg_, width()), width());
      default: return vector(op, operand16_ ? 0x66 : repeat_, false, 16);
    }
  }

  bool three_byte(uint8_t op) {
    uint64_t v = 0;
    const unsigned bytes = width();
    if (op == 0x2a && operand16_) return vector_move(16, false, false, 16);
    if (repeat_ != 0 || (op != 0xf0 && op != 0xf1) || !modrm(0)) return false;
    if (op == 0xf1) return store(__builtin_bswap64(get(reg_, bytes)) >> (64 - 8 * bytes), bytes);
    if (!load(v, bytes)) return false;
    set(reg_, __builtin_bswap64(v) >> (64 - 8 * bytes), bytes);
    return true;
  }

  bool vex(uint8_t op) {
    const uint8_t first = next();
    unsigned map = 1;
    uint8_t last = first;
    rex_ = (first & 0x80) == 0 ? 0x44 : 0x40;
    if (op == 0xc4) {
      map = first & 0x1f;
      rex_ = static_cast<uint8_t>(0x40 | ((first & 0x80) == 0 ? 4 : 0) | ((first & 0x40) == 0 ? 2 : 0) | ((first & 0x20) == 0 ? 1 : 0));
      last = next();
      if ((last & 0x80) != 0) rex_ |= 8;
    }
    constexpr uint8_t kPrefix[4] = {0, 0x66, 0xf3, 0xf2};
    const uint8_t prefix = kPrefix[last & 3];
    const unsigned bytes = (last & 4) != 0 ? 32 : 16;
    if ((last & 0x78) != 0x78) return false;  // a third operand
    const uint8_t code = next();
    if (map == 2 && code == 0x2a && prefix == 0x66) return vector_move(bytes, false, true, bytes);
    return map == 1 && vector(code, prefix, true, bytes);
  }

  /// Moves of vector registers. `bytes`: of a whole register.
  bool vector(uint8_t op, uint8_t prefix, bool clears, unsigned bytes) {
    const bool packed = prefix == 0 || prefix == 0x66;
    switch (op) {
      case 0x10:
      case 0x11: return vector_move(packed ? bytes : prefix == 0xf3 ? 4 : 8, op == 0x11, clears, bytes);
      case 0x28:
      case 0x29: return packed && vector_move(bytes, op == 0x29, clears, bytes);
      case 0x2b: return packed && vector_move(bytes, true, clears, bytes);
      case 0x6f:
      case 0x7f: return (prefix == 0x66 || prefix == 0xf3) && vector_move(bytes, op == 0x7f, clears, bytes);
      case 0xe7: return prefix == 0x66 && vector_move(bytes, true, clears, bytes);
      case 0xf0: return prefix == 0xf2 && vector_move(bytes, false, clears, bytes);
      case 0x6e: return prefix == 0x66 && vector_move((rex_ & 8) != 0 ? 8 : 4, false, clears, bytes);
      case 0x7e:
        if (prefix == 0xf3) return vector_move(8, false, clears, bytes);
        return prefix == 0x66 && vector_move((rex_ & 8) != 0 ? 8 : 4, true, clears, bytes);
      case 0xd6: return prefix == 0x66 && vector_move(8, true, clears, bytes);
      default: return false;
    }
  }

  /// `bytes` of the register; a load clears the rest of the xmm part, and with `clears` the upper half.
  bool vector_move(unsigned bytes, bool to_memory, bool clears, unsigned whole) {
    auto* const fp = context_.uc_mcontext.fpregs;
    if (fp == nullptr || !modrm(0)) return false;
    auto* const low = reinterpret_cast<uint8_t*>(&fp->_xmm[reg_]);
    uint8_t* const high = upper_half(fp);
    if (whole == 32 && high == nullptr) return false;
    uint8_t v[32] = {};
    if (to_memory) {
      memcpy(v, low, 16);
      if (high != nullptr) memcpy(v + 16, high, 16);
      return bus_.store(at_, v, bytes);
    }
    if (!bus_.load(at_, v, bytes)) return false;
    memcpy(low, v, 16);
    xsave_header(fp)[0] |= 2;
    if (clears && high != nullptr) {
      memcpy(high, v + 16, 16);
      xsave_header(fp)[0] |= 4;
    }
    return true;
  }

  // The frame of a signal holds XSAVE's standard format: bits of the parts that are there at 512, the
  // upper halves of ymm at 576. Parts whose bit is clear are in their initial state: zero.
  static uint64_t* xsave_header(void* fp) { return reinterpret_cast<uint64_t*>(static_cast<uint8_t*>(fp) + 512); }
  uint8_t* upper_half(void* fp) const {
    constexpr uint32_t kMagic = 0x46505853;  // "FPXS": the frame has more than fxsave's 512 bytes
    uint32_t magic;
    uint64_t enabled;
    memcpy(&magic, static_cast<uint8_t*>(fp) + 464, sizeof magic);
    memcpy(&enabled, static_cast<uint8_t*>(fp) + 472, sizeof enabled);
    if (magic != kMagic || (enabled & 4) == 0) return nullptr;
    uint8_t* const all = static_cast<uint8_t*>(fp) + 576;
    if ((xsave_header(fp)[0] & 4) == 0) memset(all, 0, 16 * 16);
    return all + 16 * reg_;
  }

  ucontext_t& context_;
  greg_t (&regs_)[NGREG];
  const uint8_t* code_;
  uintptr_t fault_;
  Bus& bus_;
  size_t length_ = 0;
  bool operand16_ = false;
  bool address32_ = false;
  bool segment_ = false;
  bool again_ = false;
  uint8_t repeat_ = 0;
  uint8_t rex_ = 0;
  unsigned reg_ = 0;
  uintptr_t at_ = 0;
};

}  // namespace

bool emulate(ucontext_t& context, uintptr_t fault, Bus& bus) { return Instruction(context, fault, bus).run(); }

}  // namespace phbsim::exec

#else

namespace phbsim::exec {
bool emulate(ucontext_t&, uintptr_t, Bus&) { return false; }
}  // namespace phbsim::exec

#endif
