// SPDX-License-Identifier: Apache-2.0
/// The long way to memory: pages seen for the first time, devices, accesses across pages, watchpoints; decoded code.
#include <algorithm>

#include "models/arch/ppc64/machine.hpp"
#include "models/arch/ppc64/spr.hpp"

namespace phbsim::arch::ppc64 {
namespace {

constexpr std::uint64_t kOffset = kCodePageBytes - 1;

/// Hypervisor real mode ignores the upper four bits of an effective address.
constexpr std::uint64_t kRealBits = ~0ull >> 4;

}  // namespace

RealAddr Machine::real(std::uint64_t ea) const {
  const bool real_mode = (st.msr & (msr::kIr | msr::kDr)) == 0;
  const std::uint64_t offset = real_mode && ea >> 63 == 0 ? st.spr[spr::kHrmor] : 0;
  return (ea & kRealBits) | offset;
}

bool Machine::translated(const Decoded* d, std::uint64_t ea) {
  if (!data_translated_) return true;
  halt(d, StopReason::Translation, ea);
  return false;
}

/// The machine check of an access that nobody answered; always false.
bool Machine::failed(const Decoded* d, std::uint64_t ea, BusResult) {
  if ((st.msr & msr::kMe) == 0) {
    halt(d, StopReason::Checkstop, ea);
    return false;
  }
  // SRR1[42]: a load or store, DAR and DSISR say which. Fetches: SRR0 is where.
  const bool fetch = nip_of(d) == ea;
  if (!fetch) {
    st.spr[spr::kDar] = ea;
    st.spr[spr::kDsisr] = 0x8000;  // bit 48, load or store error
  }
  interrupt(Exception::MachineCheck, nip_of(d), fetch ? ppc_bit(43) : ppc_bit(42));
  return false;
}

bool Machine::watched(std::uint64_t page) const {
  return std::any_of(watchpoints_.begin(), watchpoints_.end(), [page](const Watchpoint& w) {
    return w.first <= page + kOffset && page < w.first + w.bytes;
  });
}

void Machine::watch(const Decoded* d, std::uint64_t ea, unsigned count, bool write) {
  for (const Watchpoint& w : watchpoints_) {
    if (w.watch == (write ? Watch::Read : Watch::Write)) continue;
    if (ea + count <= w.first || ea >= w.first + w.bytes) continue;
    stop_ = {StopReason::Watchpoint, nip_of(d), d->word, std::max(ea, w.first), 0};
    stopping_ = true;
    break_run();
    return;
  }
}

bool Machine::load_bytes(const Decoded* d, std::uint64_t ea, unsigned char* bytes, unsigned count, Access access) {
  ea &= ea_mask;
  if (!translated(d, ea)) return false;
  if (!watchpoints_.empty()) watch(d, ea, count, false);
  const std::uint64_t offset = ea & kOffset;
  const RealAddr at = real(ea);
  const DirectPage page = bus.direct(at & ~kOffset);
  const unsigned here = static_cast<unsigned>(std::min<std::uint64_t>(count, kCodePageBytes - offset));
  if (page.bytes != nullptr) {
    DirectPage next;
    if (here < count) next = bus.direct(real((ea + here) & ea_mask) & ~kOffset);
    if (here == count || next.bytes != nullptr) {
      std::copy_n(page.bytes + offset, here, bytes);
      std::copy_n(next.bytes, count - here, bytes + here);
      if (!watched(ea & ~kOffset)) read_ways_[ea >> 12 & (kWays - 1)] = {ea & ~kOffset, page.bytes};
      return true;
    }
  }
  if (d != nullptr) st.nip = nip_of(d);  // who is behind the bus may ask
  const BusResult result = bus.load(at, bytes, count, access);
  return result == BusResult::Ok || failed(d, ea, result);
}

bool Machine::store_bytes(const Decoded* d, std::uint64_t ea, const unsigned char* bytes, unsigned count,
                          Access access) {
  ea &= ea_mask;
  if (!translated(d, ea)) return false;
  if (!watchpoints_.empty()) watch(d, ea, count, true);
  const std::uint64_t offset = ea & kOffset;
  const RealAddr at = real(ea);
  const DirectPage page = bus.direct(at & ~kOffset);
  const unsigned here = static_cast<unsigned>(std::min<std::uint64_t>(count, kCodePageBytes - offset));
  if (page.bytes != nullptr && page.writable) {
    const RealAddr next_at = real((ea + here) & ea_mask) & ~kOffset;
    DirectPage next;
    if (here < count) next = bus.direct(next_at);
    if (here == count || (next.bytes != nullptr && next.writable)) {
      std::copy_n(bytes, here, page.bytes + offset);
      std::copy_n(bytes + here, count - here, next.bytes);
      reset_code(at, here);
      if (here < count) reset_code(next_at, count - here);
      if (!watched(ea & ~kOffset) && !has_code(at & ~kOffset))
        write_ways_[ea >> 12 & (kWays - 1)] = {ea & ~kOffset, page.bytes};
      return true;
    }
  }
  if (d != nullptr) st.nip = nip_of(d);
  const BusResult result = bus.store(at, bytes, count, access);
  if (result != BusResult::Ok) return failed(d, ea, result);
  reset_code(at, count);
  return true;
}

bool Machine::has_code(RealAddr page) const { return pages_.count(page) != 0 || pages_.count(page | 1) != 0; }

CodePage* Machine::code_page(RealAddr real_page, bool little) {
  std::unique_ptr<CodePage>& page = pages_[real_page | (little ? 1 : 0)];
  if (page == nullptr) {
    page = std::make_unique<CodePage>();
    page->real = real_page;
    page->little = little;
    for (Decoded& entry : page->entries) entry.run = &Machine::decode_entry;
    page->entries.back().run = &Machine::page_end;
    // From now on stores to it must be seen.
    write_ways_.fill({});
  }
  return page.get();
}

void Machine::reset_code(RealAddr addr, std::uint64_t bytes) {
  if (pages_.empty() || bytes == 0) return;
  const RealAddr last = addr + bytes - 1;
  const auto drop = [addr, last](CodePage& page) {
    const RealAddr end = page.real + kOffset;
    if (last < page.real || addr > end) return;
    const auto first_entry = (std::max(addr, page.real) - page.real) / 4;
    const auto last_entry = (std::min(last, end) - page.real) / 4;
    for (auto i = first_entry; i <= last_entry; ++i) page.entries[i].run = &Machine::decode_entry;
  };
  if (bytes >= pages_.size() * kCodePageBytes) {
    for (auto& entry : pages_) drop(*entry.second);
    return;
  }
  for (RealAddr page = addr & ~kOffset; page <= last; page += kCodePageBytes) {
    for (const RealAddr key : {page, page | 1}) {
      const auto found = pages_.find(key);
      if (found != pages_.end()) drop(*found->second);
    }
    if (page + kCodePageBytes == 0) break;
  }
}

void Machine::invalidate_decoded(RealAddr addr, std::uint64_t bytes) {
  reset_code(addr, bytes);
  const Reservation& r = st.reservation;
  if (r.held && addr < r.addr + r.bytes && r.addr < addr + bytes) st.reservation.held = false;
}

bool Machine::debug_access(std::uint64_t ea, unsigned char* out, const unsigned char* in, std::uint64_t count) {
  while (count != 0) {
    ea &= ea_mask;
    const RealAddr at = real(ea);
    const DirectPage page = bus.direct(at & ~kOffset);
    std::uint64_t chunk = std::min(count, kCodePageBytes - (at & kOffset));
    if (page.bytes != nullptr && (in == nullptr || page.writable)) {
      if (in != nullptr) std::copy_n(in, chunk, page.bytes + (at & kOffset));
      else std::copy_n(page.bytes + (at & kOffset), chunk, out);
    } else {
      // A device: the widest access that is aligned.
      chunk = 8;
      while (chunk > count || (at & (chunk - 1)) != 0) chunk /= 2;
      const auto width = static_cast<unsigned>(chunk);
      const BusResult result =
          in != nullptr ? bus.store(at, in, width, Access::Data) : bus.load(at, out, width, Access::Data);
      if (result != BusResult::Ok) return false;
    }
    if (in != nullptr) {
      invalidate_decoded(at, chunk);
      in += chunk;
    } else {
      out += chunk;
    }
    ea += chunk;
    count -= chunk;
  }
  return true;
}

}  // namespace phbsim::arch::ppc64
