// SPDX-License-Identifier: Apache-2.0
#include "tests/qtest/deviations.hpp"

#include <cinttypes>
#include <cstdio>

namespace phbsim::qtest {

std::string_view to_string(PeerRule rule) {
  switch (rule) {
    case PeerRule::Reset:
      return "reset value";
    case PeerRule::Storage:
      return "kept as written";
    case PeerRule::Constant:
      break;
  }
  return "constant";
}

const std::vector<Deviation>& deviations() {
  static const std::vector<Deviation> all = [] {
    std::vector<Deviation> rows;
    for (const auto& part : {register_deviations(), table_deviations(), root_port_deviations(), pec_deviations()})
      rows.insert(rows.end(), part.begin(), part.end());
    return rows;
  }();
  return all;
}

Comparison::Comparison(arch::Generation generation) : generation_(generation), fired_(deviations().size()) {
  for (std::size_t i = 0; i < deviations().size(); ++i)
    if ((deviations()[i].generations & arch::set_of(generation)) != 0) rows_of_[deviations()[i].place].push_back(i);
}

void Comparison::wrote(const std::string& place, std::uint64_t element, std::uint64_t value, Op op) {
  Written& w = written_[place][element];
  w.ever = true;
  w.value = op == Op::Set ? value : op == Op::And ? w.value & value : w.value | value;
}

std::uint64_t Comparison::predict(const Deviation& row, const Written& w) const {
  return row.rule == PeerRule::Storage && w.ever ? w.value : row.value;
}

void Comparison::read(const std::string& place, std::uint64_t element, std::uint64_t peer, std::uint64_t model) {
  ++reads_;
  const std::uint64_t differs = peer ^ model;
  const Written w = written_[place][element];
  Seen& seen = places_[place];
  ++seen.reads;
  seen.differs |= differs;
  seen.ones |= peer;
  seen.zeros |= ~peer;
  if (w.ever) {
    seen.differs_written |= differs;
    seen.not_as_written |= peer ^ w.value;
  } else if (!seen.was_unwritten) {
    seen.was_unwritten = true;
    seen.unwritten = peer;
  }
  if (differs == 0) {
    ++equal_;
    return;
  }
  std::uint64_t left = differs;
  const auto rows = rows_of_.find(place);
  if (rows != rows_of_.end()) {
    for (const std::size_t i : rows->second) {
      const Deviation& row = deviations()[i];
      if (row.rule == PeerRule::Reset && w.ever) continue;
      const std::uint64_t covers = row.mask & ~(peer ^ predict(row, w));
      if ((differs & covers) != 0) ++fired_[i];
      left &= ~covers;
    }
  }
  if (left == 0) {
    ++explained_;
    return;
  }
  Unexplained& u = unexplained_[place];
  if (u.count++ == 0) u = {1, 0, element, peer, model, w.value, w.ever};
  u.bits |= left;
}

bool Comparison::report() const {
  std::uint64_t silent = 0, rows = 0;
  for (std::size_t i = 0; i < fired_.size(); ++i) {
    const Deviation& row = deviations()[i];
    if ((row.generations & arch::set_of(generation_)) == 0) continue;
    ++rows;
    std::printf("  %-36.*s %016" PRIx64 " %-15.*s %6" PRIu64 "  %.*s [%.*s]\n", static_cast<int>(row.place.size()),
                row.place.data(), row.mask, static_cast<int>(to_string(row.rule).size()), to_string(row.rule).data(),
                fired_[i], static_cast<int>(row.reason.size()), row.reason.data(),
                static_cast<int>(row.source.size()), row.source.data());
    if (fired_[i] == 0) {
      ++silent;
      std::printf("FAILED: the row above never fires\n");
    }
  }
  std::uint64_t unexplained = 0;
  for (const auto& [place, u] : unexplained_) {
    unexplained += u.count;
    std::printf("UNEXPLAINED %s [%" PRIu64 "]: %" PRIu64 " reads, bits %016" PRIx64 "; first: QEMU %016" PRIx64
                ", model %016" PRIx64 ", %s %016" PRIx64 "\n",
                place.c_str(), u.element, u.count, u.bits, u.peer, u.model, u.written ? "last written" : "not written",
                u.last);
    const Seen& s = places_.at(place);
    const std::uint64_t constant = ~(s.ones & s.zeros);
    const std::uint64_t reset = s.differs & ~s.differs_written;
    const std::uint64_t storage = s.differs_written & ~s.not_as_written;
    std::printf("  of QEMU's bits that differ: before a write only %016" PRIx64 ", as written %016" PRIx64
                ", constant %016" PRIx64 ", none of these %016" PRIx64 "; value before a write %016" PRIx64
                ", constant value %016" PRIx64 "\n",
                reset, storage, s.differs & ~reset & ~storage & constant,
                s.differs & ~reset & ~storage & ~constant, s.unwritten, s.ones & constant);
  }
  std::printf("registers and tables compared %zu, reads %" PRIu64 ", equal %" PRIu64 ", explained %" PRIu64
              " by %" PRIu64 " rows, unexplained %" PRIu64 ", rows that never fire %" PRIu64 "\n",
              places_.size(), reads_, equal_, explained_, rows, unexplained, silent);
  return unexplained == 0 && silent == 0 && reads_ != 0;
}

}  // namespace phbsim::qtest
