// SPDX-License-Identifier: Apache-2.0
/// Inside of Core: state, decoded code, the short way to memory, and what handlers of instructions use. Private to
/// this folder.
///
/// Code is decoded once per word into pages of Decoded. A handler gets its entry and returns the next one, or null
/// after it has set CpuState::nip: a far branch, an interrupt, a stop. Entries start as one that decodes.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "models/arch/ppc64/core.hpp"
#include "models/arch/ppc64/instructions.hpp"
#include "models/base/endian.hpp"
#include "models/base/rng.hpp"

namespace phbsim::arch::ppc64 {

struct Spr;
struct Decoded;
using Handler = const Decoded* (*)(Machine&, const Decoded*);

struct Decoded {
  Handler run = nullptr;
  std::uint64_t imm = 0;  ///< immediate, displacement, or the mask of a rotate
  std::uint32_t word = 0;
  std::uint8_t rt = 0;  ///< RT, RS, BF, BO, BT, TO
  std::uint8_t ra = 0;  ///< RA, BI, BA, BFA
  std::uint8_t rb = 0;  ///< RB, SH, NB, BB
  std::uint8_t x = 0;   ///< RC, MB, BC, FXM, L, LEV
};

constexpr unsigned kPageEntries = kCodePageBytes / 4;

struct CodePage {
  RealAddr real = 0;
  bool little = false;
  std::array<Decoded, kPageEntries + 1> entries;  ///< the last one leads to the next page
};

/// Handlers of a mnemonic. `prepare` may refine what decoding found, `index` is the entry's place in its page.
struct Binding {
  std::string_view mnemonic;
  Handler plain;
  Handler rc = nullptr;
  Handler oe = nullptr;
  Handler oe_rc = nullptr;
  void (*prepare)(Decoded&, unsigned index) = nullptr;
};
struct Bindings {
  const Binding* first;
  std::size_t count;
};
Bindings arithmetic_bindings();
Bindings divide_bindings();
Bindings logical_bindings();
Bindings rotate_bindings();
Bindings compare_bindings();
Bindings branch_bindings();
Bindings load_bindings();
Bindings store_bindings();
Bindings atomic_bindings();
Bindings cache_bindings();
Bindings system_bindings();

/// The binding of a row of kTable; null only if one is missing, which a test looks for.
const Binding* binding_of(const Instruction& instruction);

class Machine {
 public:
  Machine(const CoreOptions& core_options, Bus& core_bus);

  // --- for handlers -----------------------------------------------------------------------------------------------
  CpuState st;
  bool sf = true;   ///< 64-bit mode
  bool le = false;  ///< little-endian
  bool pr = false;  ///< problem state
  bool hv = true;
  std::uint64_t ea_mask = ~0ull;  ///< of effective addresses: 32 bits unless sf
  const CoreOptions options;
  Bus& bus;

  std::uint64_t& gpr(unsigned n) { return st.gpr[n]; }
  /// RA of address computations: register 0 stands for 0.
  std::uint64_t base(unsigned n) const { return n == 0 ? 0 : st.gpr[n]; }

  std::uint64_t nip_of(const Decoded* d) const {
    return (page_ea_ + static_cast<std::uint64_t>(d - page_first_) * 4) & ea_mask;
  }
  const Decoded* jump(std::uint64_t target) {
    st.nip = target & ea_mask & ~3ull;
    return nullptr;
  }
  void note_branch(const Decoded* d) { branch_from_ = d; }
  void resolve_branch();
  static const Spr* spr_row(unsigned number);

  void set_cr0(std::uint64_t result) {
    const auto v = sf ? static_cast<std::int64_t>(result) : static_cast<std::int32_t>(result);
    const unsigned nibble = (v < 0 ? cr::kLt : v > 0 ? cr::kGt : cr::kEq) | st.xer.so;
    st.cr = (st.cr & 0x0fff'ffff) | nibble << 28;
  }

  /// Loads and stores of T in the order of MSR[LE]. False: an interrupt was taken or the core stops, return null.
  template <typename T>
  bool load(const Decoded* d, std::uint64_t ea, T& out) {
    ea &= ea_mask;
    const Way& way = read_ways_[ea >> 12 & (kWays - 1)];
    const std::uint64_t offset = ea & 0xfff;
    if (way.tag != (ea ^ offset) || offset > kCodePageBytes - sizeof(T)) return load_slow(d, ea, out);
    out = from_bytes<T>(way.host + offset);
    return true;
  }
  template <typename T>
  bool store(const Decoded* d, std::uint64_t ea, T value) {
    ea &= ea_mask;
    const Way& way = write_ways_[ea >> 12 & (kWays - 1)];
    const std::uint64_t offset = ea & 0xfff;
    if (way.tag != (ea ^ offset) || offset > kCodePageBytes - sizeof(T)) return store_slow(d, ea, value);
    to_bytes<T>(way.host + offset, value);
    return true;
  }
  /// Raw bytes, any way; the slow ones of the above.
  bool load_bytes(const Decoded* d, std::uint64_t ea, unsigned char* bytes, unsigned count, Access access);
  bool store_bytes(const Decoded* d, std::uint64_t ea, const unsigned char* bytes, unsigned count, Access access);

  template <typename T>
  T from_bytes(const unsigned char* p) const {
    using boost::endian::endian_load;
    using boost::endian::order;
    return le ? endian_load<T, sizeof(T), order::little>(p) : endian_load<T, sizeof(T), order::big>(p);
  }
  template <typename T>
  void to_bytes(unsigned char* p, T v) const {
    using boost::endian::endian_store;
    using boost::endian::order;
    if (le) endian_store<T, sizeof(T), order::little>(p, v);
    else endian_store<T, sizeof(T), order::big>(p, v);
  }
  RealAddr real(std::uint64_t ea) const;

  /// An interrupt because of `d`; SRR0 is its address.
  const Decoded* raise(const Decoded* d, Exception e, std::uint64_t srr1_bits = 0);
  const Decoded* raise_program(const Decoded* d, std::uint64_t reason) { return raise(d, Exception::Program, reason); }
  const Decoded* raise_alignment(const Decoded* d, std::uint64_t ea);
  /// `d` is no instruction here: what CoreOptions::on_illegal says.
  const Decoded* illegal(const Decoded* d);
  /// True if the state may execute it; otherwise the interrupt has been taken.
  bool allowed(const Decoded* d, Privilege privilege);
  /// Stops at `d`, which does not count as executed.
  const Decoded* halt(const Decoded* d, StopReason reason, std::uint64_t address = 0);
  /// Ends the straight run behind the current instruction, so that interrupts and requests are looked at.
  void break_run();
  /// Continues behind `d` through run(): after changes of MSR and of what gates interrupts.
  const Decoded* resume_behind(const Decoded* d) {
    poll_ = true;
    return jump(nip_of(d) + 4);
  }
  void interrupt(Exception e, std::uint64_t return_nip, std::uint64_t srr1_bits, bool to_hypervisor = false);
  void set_msr(std::uint64_t value);
  void sleep(bool waiting_only);
  void end_of_timer_batch();
  void no_trace() { trace_suppressed_ = true; }

  std::uint64_t read_spr(unsigned number);
  void write_spr(unsigned number, std::uint64_t value);
  std::uint64_t random(unsigned kind);
  void reset_code(RealAddr addr, std::uint64_t bytes);
  void forget_ways();
  void take_doorbell(bool hypervisor, bool level);

  // --- for Core ---------------------------------------------------------------------------------------------------
  Stop run(std::uint64_t max_instructions);
  void reset();
  void system_reset();
  void set_line(Line line, bool level);
  bool line(Line line) const { return lines_[static_cast<unsigned>(line)]; }
  std::uint64_t next_timer_event() const;
  bool idle() const { return idle_ != Idle::No; }
  void request_stop();
  std::uint64_t executed_in_run() const { return budget_ - remaining_ - cut_; }
  std::uint64_t executed() const { return executed_before_ + executed_in_run(); }
  bool debug_access(std::uint64_t ea, unsigned char* out, const unsigned char* in, std::uint64_t count);
  void set_breakpoint(std::uint64_t ea, bool present);
  void set_watchpoint(std::uint64_t ea, std::uint64_t bytes, Watch watch, bool present);
  void invalidate_decoded(RealAddr addr, std::uint64_t bytes);

  // --- entries that are no instructions ---------------------------------------------------------------------------
  static const Decoded* decode_entry(Machine& m, const Decoded* d);
  static const Decoded* page_end(Machine& m, const Decoded* d);
  static const Decoded* at_breakpoint(Machine& m, const Decoded* d);
  static const Decoded* unknown(Machine& m, const Decoded* d) { return m.illegal(d); }

 private:
  static constexpr unsigned kWays = 256;
  static constexpr unsigned kPageSlots = 64;
  static constexpr std::uint64_t kNoTag = 1;
  struct Way {
    std::uint64_t tag = kNoTag;
    unsigned char* host = nullptr;
  };
  struct PageSlot {
    std::uint64_t tag = kNoTag;
    CodePage* page = nullptr;
  };
  struct Watchpoint {
    std::uint64_t first, bytes;
    Watch watch;
    bool operator<(const Watchpoint& o) const {
      return std::tie(first, bytes, watch) < std::tie(o.first, o.bytes, o.watch);
    }
  };
  enum class Idle : std::uint8_t { No, Waiting, PowerSaving };

  template <typename T>
  bool load_slow(const Decoded* d, std::uint64_t ea, T& out) {
    unsigned char bytes[sizeof(T)];
    if (!load_bytes(d, ea, bytes, sizeof(T), Access::Data)) return false;
    out = from_bytes<T>(bytes);
    return true;
  }
  template <typename T>
  bool store_slow(const Decoded* d, std::uint64_t ea, T value) {
    unsigned char bytes[sizeof(T)];
    to_bytes<T>(bytes, value);
    return store_bytes(d, ea, bytes, sizeof(T), Access::Data);
  }

  // memory.cpp
  bool translated(const Decoded* d, std::uint64_t ea);
  bool failed(const Decoded* d, std::uint64_t ea, BusResult result);
  void watch(const Decoded* d, std::uint64_t ea, unsigned count, bool write);
  bool watched(std::uint64_t page) const;
  bool has_code(RealAddr page) const;
  CodePage* code_page(RealAddr real, bool little);
  // machine.cpp
  const Decoded* enter();
  bool decode(Decoded& entry, unsigned index);
  const Decoded* step(const Decoded* d);
  // interrupts.cpp
  void take_interrupts();
  bool wake();
  bool little_after(std::uint64_t new_msr) const;
  bool power9() const { return options.pvr >> 16 >= 0x4e; }
  // time.cpp
  std::uint64_t now();
  unsigned decrementer_bits(bool hypervisor) const;
  bool expired(bool hypervisor) const;

  std::uint64_t page_ea_ = 0;
  const Decoded* page_first_ = nullptr;
  const Decoded* branch_from_ = nullptr;
  std::uint64_t remaining_ = 0, cut_ = 0, budget_ = 0, executed_before_ = 0;
  bool poll_ = true, stopping_ = false, stop_requested_ = false, timers_changed_ = false;
  bool trace_suppressed_ = false;
  bool fetch_translated_ = false, data_translated_ = false;
  Stop stop_;
  std::uint64_t passed_breakpoint_ = kNoTag;

  std::array<Way, kWays> read_ways_{}, write_ways_{};
  std::array<PageSlot, kPageSlots> page_slots_{};
  std::unordered_map<std::uint64_t, std::unique_ptr<CodePage>> pages_;  ///< by real address | little
  std::set<std::uint64_t> breakpoints_;
  std::set<Watchpoint> watchpoints_;

  Idle idle_ = Idle::No;
  bool reset_pending_ = false;
  std::array<bool, 3> lines_{};
  bool doorbell_ = false, hypervisor_doorbell_ = false;

  std::uint64_t last_timebase_ = 0;
  std::uint64_t tb_offset_ = 0, vtb_offset_ = 0, purr_offset_ = 0, spurr_offset_ = 0, ic_offset_ = 0;
  /// Time bases at which DEC and HDEC are 0.
  std::uint64_t dec_zero_ = 0, hdec_zero_ = 0;
  RandomStream random_;
};

}  // namespace phbsim::arch::ppc64
