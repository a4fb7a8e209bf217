// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "tests/conformance/rows.hpp"

namespace phbsim::conformance {

namespace {

struct Family {
  char letter;
  std::string_view title;
};
constexpr Family kFamilies[] = {
    {'D', "RTAS: dynamic DMA windows"},
    {'H', "TCE hypercalls"},
    {'L', "Linux's decision, with the partition as its firmware"},
};

// In a cell, '|' would end it and '*' or '_' could be taken for emphasis.
std::string cell(const std::string& s) {
  std::string out;
  for (const char c : s) {
    if (c == '|' || c == '*' || c == '_' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string markdown(const Rows& rows) {
  std::ostringstream out;
  out << "# Conformance: PAPR's windows and TCE hypercalls\n\n"
         "<!-- Written by phbsim_conformance_table from "
      << rows.file
      << "; do not edit. -->\n\n"
         "Each row of the vector catalogue (ddw-vfio.md 9) as `models/arch/papr` answers it under "
         "its three\n"
         "personalities, on a PHB with real tables: a DMA of a row is a translation of "
         "`arch::translate()`. The expected\n"
         "answers are in `"
      << rows.file
      << "`, taken from the reference; the test that compares them also compares this\n"
         "page with what it would be now.\n\n"
         "Fixture F0: a PE with its default window L0 (0x80000000: 4K pages, 1 GiB from bus "
         "address 0), room for L1, page\n"
         "sizes 0x107 (4K, 64K, 2M, 16M), 4 GiB of memory. F1: F0 and L1 (64K pages, 2^40 bytes at "
         "2^59). \"less L0\": L0\n"
         "removed. Letters behind an id are further cases of its row.\n\n"
         "Answers: RTAS status and, of a query, windows, TCEs, page mask; of a create, LIOBN and "
         "start. Hypercalls: status,\n"
         "R4 where it means something; \"9999, 0\" is KVM's kernel part leaving the call to QEMU, "
         "which then answers 0. \"rd\n"
         "0x1000 at 0x2000\": a device's read of bus address 0x1000 reaches the partition's "
         "address 0x2000. † the reference\n"
         "leaves it open (\"may\", \"assumed\", or silence): the model's choice. –: the row does "
         "not name this personality.\n";
  for (const Family& f : kFamilies) {
    out << "\n## " << f.title
        << "\n\n| row | call | precondition | papr | qemu | kvm |\n|---|---|---|---|---|---|\n";
    std::string notes;
    for (const Row& row : rows.rows) {
      if (row.id[0] != f.letter) continue;
      out << "| " << row.id << " | " << cell(row.call) << " | " << cell(row.precondition);
      for (unsigned p = 0; p < kPersonalities; ++p) {
        out << " | ";
        if (row.under[p]) {
          out << cell(run(rows, row, static_cast<Personality>(p)).answer)
              << (row.choice[p] ? " †" : "");
        } else {
          out << "–";
        }
      }
      out << " |\n";
      for (const std::string& n : row.notes) notes += "- " + row.id + ": " + cell(n) + "\n";
    }
    if (!notes.empty()) out << "\n" << notes;
  }
  out << "\n## Rows that are not run here\n\n| rows | why |\n|---|---|\n";
  for (const LeftOut& l : rows.left) out << "| " << l.ids << " | " << cell(l.reason) << " |\n";
  PerPersonality<unsigned> count{};
  for (const Row& row : rows.rows)
    for (unsigned p = 0; p < kPersonalities; ++p) count[p] += row.under[p] ? 1 : 0;
  out << "\nRun: " << count[0] << " cases under papr, " << count[1] << " under qemu, " << count[2]
      << " under kvm.\n";
  return out.str();
}

}  // namespace phbsim::conformance
