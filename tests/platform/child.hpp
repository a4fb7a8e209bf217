// SPDX-License-Identifier: Apache-2.0
/// SystemC elaborates once per process: tests that need several simulations run each in a child, a
/// few at a time, as the explorer does.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "platform/explore/pool.hpp"
#include "platform/results/writers.hpp"
#include "platform/run/simulation.hpp"
#include "platform/run/verify.hpp"
#include "platform/config/read.hpp"
#include "models/base/check.hpp"

namespace phbsim::test {

inline const std::string kSource = PHBSIM_SOURCE_DIR;
inline std::string example_trace(const std::string& name) { return kSource + "/examples/traces/" + name + ".co.xz"; }

/// A folder of its own, gone at the end of the test.
class Scratch {
 public:
  Scratch() {
    static std::atomic<unsigned> n{0};
    path_ = (std::filesystem::temp_directory_path() /
             ("phbsim-test-" + std::to_string(::getpid()) + "-" + std::to_string(n++)))
                .string();
    std::filesystem::create_directories(path_);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& text) const {
    std::string file = path_ + "/" + name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::string path_;
};

/// What verify_trace said, or the error it threw.
struct Verdict {
  run::Verification v;
  std::string error;
};

inline std::vector<Verdict> verify_all(const std::vector<std::string>& files) {
  std::vector<std::function<std::string()>> tasks;
  for (const auto& f : files) {
    tasks.push_back([f] {
      const run::Verification v = run::verify_trace(f);
      std::ostringstream out;
      out << v.translations << " " << v.reference_mismatches << " " << v.timed_mismatches << " " << v.mismatches << " " << v.hypercalls << " "
          << v.hypercall_mismatches << " "
          << v.stores << " " << v.register_writes << "\n";
      for (const auto& m : v.first) out << m.line << " " << m.model << " " << m.text << "\n";
      return out.str();
    });
  }
  std::vector<Verdict> verdicts;
  for (const auto& o : explore::run_tasks(tasks, 2)) {
    Verdict d;
    d.error = o.error;
    std::istringstream in(o.output);
    in >> d.v.translations >> d.v.reference_mismatches >> d.v.timed_mismatches >> d.v.mismatches >> d.v.hypercalls >>
        d.v.hypercall_mismatches >> d.v.stores >>
        d.v.register_writes;
    run::Mismatch m;
    while (in >> m.line >> m.model) {
      in.ignore(1);
      std::getline(in, m.text);
      d.v.first.push_back(m);
    }
    verdicts.push_back(d);
  }
  return verdicts;
}

inline config::Config config_of(const std::string& toml, const std::vector<std::string>& sets = {}) {
  const config::ReadResult r = config::read_text(toml, kSource + "/examples/test.toml", sets);
  std::string errors;
  for (const auto& e : r.errors) errors += e.text() + "\n";
  if (!r.ok()) throw UserError(errors);
  return r.config;
}

/// Results as JSON, in the order of the configs; an error's text begins with "error: ".
inline std::vector<std::string> simulate_json(const std::vector<config::Config>& configs) {
  std::vector<std::function<std::string()>> tasks;
  for (const auto& c : configs) tasks.push_back([c] { return results::to_json(run::simulate(c)); });
  std::vector<std::string> out;
  for (const auto& o : explore::run_tasks(tasks, 2)) out.push_back(o.ok ? o.output : "error: " + o.error);
  return out;
}

inline results::Result simulate_one(const config::Config& c) {
  const std::string json = simulate_json({c}).front();
  if (json.compare(0, 7, "error: ") == 0) throw UserError(json.substr(7));
  return results::result_from_json(json);
}

}  // namespace phbsim::test
