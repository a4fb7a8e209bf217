// SPDX-License-Identifier: Apache-2.0
#include "models/hypervisor/kill_policy.hpp"

namespace phbsim::hypervisor {

namespace {

/// True if a page kill can name pages of this size (PSEL knows four; PHB3 takes any).
bool can_name(unsigned page_shift, const arch::GenerationFacts& facts) {
  return !facts.kill_has_page_size || page_shift == 12 || page_shift == 16 || page_shift == 21 || page_shift == 30;
}

void plan_pages(PeNumber pe, BusAddr iova, std::uint64_t count, unsigned page_shift,
                const arch::GenerationFacts& facts, std::vector<std::uint64_t>& words) {
  if (!can_name(page_shift, facts)) {
    words.push_back(arch::encode_kill_pe(pe));
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i)
    words.push_back(arch::encode_kill_one(pe, iova + (i << page_shift), page_shift, facts));
}

class PageKills final : public KillPolicy {
  void plan(PeNumber pe, BusAddr iova, std::uint64_t count, unsigned page_shift, const arch::GenerationFacts& facts,
            std::vector<std::uint64_t>& words) const override {
    plan_pages(pe, iova, count, page_shift, facts, words);
  }
};

class PeKill final : public KillPolicy {
  void plan(PeNumber pe, BusAddr, std::uint64_t, unsigned, const arch::GenerationFacts&,
            std::vector<std::uint64_t>& words) const override {
    words.push_back(arch::encode_kill_pe(pe));
  }
};

class AutoKill final : public KillPolicy {
  void plan(PeNumber pe, BusAddr iova, std::uint64_t count, unsigned page_shift, const arch::GenerationFacts& facts,
            std::vector<std::uint64_t>& words) const override {
    if (count <= 8) {
      plan_pages(pe, iova, count, page_shift, facts, words);
    } else {
      words.push_back(arch::encode_kill_pe(pe));
    }
  }
};

class NoKill final : public KillPolicy {
  void plan(PeNumber, BusAddr, std::uint64_t, unsigned, const arch::GenerationFacts&,
            std::vector<std::uint64_t>&) const override {}
};

}  // namespace

std::unique_ptr<KillPolicy> make_page_kills() { return std::make_unique<PageKills>(); }
std::unique_ptr<KillPolicy> make_pe_kill() { return std::make_unique<PeKill>(); }
std::unique_ptr<KillPolicy> make_auto_kill() { return std::make_unique<AutoKill>(); }
std::unique_ptr<KillPolicy> make_no_kill() { return std::make_unique<NoKill>(); }

}  // namespace phbsim::hypervisor
