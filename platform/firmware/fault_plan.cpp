// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/fault_plan.hpp"

#include <algorithm>
#include <sstream>

#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::firmware {

const std::vector<std::string> kFaultKinds{"poison", "link-down", "err-fatal", "err-nonfatal", "unplug", "plug"};

namespace {

std::string trimmed(const std::string& s) {
  const auto first = s.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return s.substr(first, s.find_last_not_of(" \t") - first + 1);
}

std::string kinds() {
  std::string all;
  for (const std::string& k : kFaultKinds) all += (all.empty() ? "" : ", ") + k;
  return all;
}

PlannedFault parse_one(const std::string& one, const std::string& where) {
  const auto wrong = [&](const std::string& what) {
    return UserError(where + ": \"" + one + "\": " + what + "; a fault is \"PHB KIND at TIME\" or \"PHB KIND after [N] 'WORDS'\"");
  };
  std::istringstream in(one);
  std::string kind, when, rest;
  PlannedFault f;
  in >> f.phb >> kind >> when;
  std::getline(in, rest);
  rest = trimmed(rest);
  const auto known = std::find(kFaultKinds.begin(), kFaultKinds.end(), kind);
  if (known == kFaultKinds.end()) throw wrong("kind is \"" + kind + "\", allowed are " + kinds());
  f.kind = static_cast<PlannedFault::Kind>(known - kFaultKinds.begin());
  if (when == "at") {
    const auto t = config::parse_time(rest);
    if (!t) throw wrong("\"" + rest + "\" is no time like \"120ms\"");
    f.at = *t;
  } else if (when == "after") {
    const auto number = rest.find('\'');
    if (number != 0 && number != std::string::npos) {
      const auto n = text::parse_dec(trimmed(rest.substr(0, number)));
      if (!n || *n == 0 || *n > 1000000) throw wrong("\"" + trimmed(rest.substr(0, number)) + "\" is no number from 1 to 1000000");
      f.nth = static_cast<unsigned>(*n);
      rest = rest.substr(number);
    }
    if (rest.size() < 3 || rest.front() != '\'' || rest.back() != '\'')
      throw wrong("words stand in single quotes, not " + rest);
    f.after = rest.substr(1, rest.size() - 2);
  } else {
    throw wrong("\"" + when + "\" is neither at nor after");
  }
  return f;
}

}  // namespace

std::vector<PlannedFault> parse_faults(const std::string& text, const std::string& where) {
  std::vector<PlannedFault> out;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, ';');) {
    one = trimmed(one);
    if (!one.empty()) out.push_back(parse_one(one, where));
  }
  return out;
}

namespace {
constexpr std::uint64_t event_of(std::size_t fault, unsigned phb) { return std::uint64_t{fault} << 8 | phb; }
}  // namespace

FaultPlanner::FaultPlanner(EngineDriver& driver, std::vector<PlannedFault> plan, std::vector<std::string> phbs,
                           Inject inject)
    : driver_(driver),
      plan_(std::move(plan)),
      phbs_(std::move(phbs)),
      lines_(plan_.size() * phbs_.size()),
      inject_(std::move(inject)) {
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    if (plan_[i].phb == "*" && plan_[i].at == kNever) continue;
    const unsigned phb = number_of(plan_[i]);
    if (plan_[i].at != kNever) driver_.schedule(plan_[i].at, this, 0, event_of(i, phb));
  }
}

unsigned FaultPlanner::number_of(const PlannedFault& f) const {
  const auto at = std::find(phbs_.begin(), phbs_.end(), f.phb);
  if (at == phbs_.end())
    throw UserError("firmware.faults names PHB \"" + f.phb + "\", there are " + config::join(phbs_, ", ") +
                    ", and * for the one that a console line begins with");
  return static_cast<unsigned>(at - phbs_.begin());
}

void FaultPlanner::line(const std::string& text) {
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    const PlannedFault& f = plan_[i];
    if (f.after.empty() || text.find(f.after) == std::string::npos) continue;
    unsigned phb = 0;
    if (f.phb != "*") {
      phb = number_of(f);
    } else {
      const bool named = text.size() > 4 && text.compare(0, 3, "PHB") == 0 && text[4] == ':';
      if (!named || text[3] < '0' || static_cast<unsigned>(text[3] - '0') >= phbs_.size()) continue;
      phb = static_cast<unsigned>(text[3] - '0');
    }
    if (++lines_[i * phbs_.size() + phb] != f.nth) continue;
    driver_.schedule(std::max(driver_.kernel_now(), driver_.now()), this, 0, event_of(i, phb));
  }
}

void FaultPlanner::on_event(std::uint32_t, std::uint64_t arg) {
  inject_(plan_[arg >> 8], static_cast<unsigned>(arg & 0xFF));
}

}  // namespace phbsim::firmware
