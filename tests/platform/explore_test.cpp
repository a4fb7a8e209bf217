// SPDX-License-Identifier: Apache-2.0
// Explorations: which points there are, that each has its result or its reason, and the processes
// that run them.
#include <csignal>
#include <sys/mman.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "platform/explore/explore.hpp"
#include "tests/platform/child.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test;
using Catch::Matchers::Contains;

namespace {

const std::string kSmall = R"(
[pe.a]
number = 1
layout = "ddw-64k"
[pe.b]
number = 2
layout = "ddw-64k"
[endpoint.a]
pe = "a"
rid = "01:00.0"
generator = { count = 50, footprint = "16M", queue_depth = 1 }
[endpoint.b]
pe = "b"
rid = "02:00.0"
generator = { count = 50, footprint = "16M", queue_depth = 1 }
)";

/// Memory that children share with the test.
template <class T>
struct Shared {
  T* p = new (::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) T{};
  ~Shared() { ::munmap(p, sizeof(T)); }
  T* operator->() { return p; }
};

void sleep_ms(unsigned n) { std::this_thread::sleep_for(std::chrono::milliseconds(n)); }

results::Exploration explore_text(const std::string& toml, const std::vector<std::string>& sets = {}) {
  const Scratch scratch;
  const std::string file = scratch.write("x.toml", toml);
  const config::ReadResult r = config::read_file(file, sets);
  for (const auto& e : r.errors) UNSCOPED_INFO(e.text());
  REQUIRE(r.ok());
  return explore::explore(r.config, sets);
}

}  // namespace

TEST_CASE("points are all combinations, the last axis fastest", "[explore]") {
  config::Config c;
  CHECK(explore::points_of(c).size() == 1);
  c.explore.axes = {{"a", {"1", "2"}}, {"b.*.c", {"\"x\"", "\"y\"", "\"z\""}}};
  const auto points = explore::points_of(c);
  REQUIRE(points.size() == 6);
  using Point = std::vector<std::pair<std::string, std::string>>;
  CHECK(points[0] == Point{{"a", "1"}, {"b.*.c", "\"x\""}});
  CHECK(points[1] == Point{{"a", "1"}, {"b.*.c", "\"y\""}});
  CHECK(points[3] == Point{{"a", "2"}, {"b.*.c", "\"x\""}});
  CHECK(points[5] == Point{{"a", "2"}, {"b.*.c", "\"z\""}});
}

TEST_CASE("an axis with * sets every name, overrides hold for every point", "[explore]") {
  const auto x = explore_text(kSmall + "[explore.axes]\n\"pe.*.layout\" = [\"ddw-4k\", \"bypass\"]\n"
                                       "\"endpoint.*.generator.queue_depth\" = [1, 2]\n",
                              {"run.seed=9"});
  CHECK(x.axes.size() == 2);
  REQUIRE(x.points.size() == 4);
  REQUIRE(x.ranking.size() == 4);
  for (const auto& p : x.points) {
    INFO(p.error);
    REQUIRE(p.error.empty());
    CHECK(p.result.manifest.seed == 9);
    for (const auto& [key, value] : p.values) {
      if (key == "pe.*.layout") {
        for (const auto& e : p.result.endpoints) CHECK("\"" + e.layout + "\"" == value);
      } else {
        CHECK_THAT(p.result.manifest.config_toml, Contains("queue_depth = " + value));
      }
    }
  }
  // Best first.
  for (std::size_t i = 1; i < x.ranking.size(); ++i) {
    CHECK(x.points[x.ranking[i - 1]].result.total().throughput() >= x.points[x.ranking[i]].result.total().throughput());
  }
}

TEST_CASE("points are ranked by what the file says", "[explore]") {
  for (const std::string by : {"latency_p50", "latency_p99", "latency_mean"}) {
    const auto x = explore_text(kSmall + "[explore]\nrank_by = \"" + by + "\"\n[explore.axes]\n" +
                                "\"pe.*.layout\" = [\"ddw-4k-l3\", \"ddw-1g\", \"bypass\"]\n");
    REQUIRE(x.ranking.size() == 3);
    CHECK(x.rank_by == by);
    CHECK(x.points[x.ranking.front()].result.total().latency.sum() <
          x.points[x.ranking.back()].result.total().latency.sum());
    CHECK(x.ranking.back() == 0);
  }
}

TEST_CASE("a point of an exploration is the same run alone", "[explore]") {
  const Scratch scratch;
  const std::string file =
      scratch.write("x.toml", kSmall + "[explore.axes]\n\"pe.*.layout\" = [\"ddw-4k\", \"bypass\"]\n");
  const auto x = explore::explore(config::read_file(file).config, {});
  const auto alone = config::read_file(file, {"pe.*.layout=\"bypass\""});
  REQUIRE(alone.ok());
  CHECK(results::to_json(x.points.at(1).result) == results::to_json(run::simulate(alone.config)));
}

TEST_CASE("points that fail keep their reason, the others their results", "[explore]") {
  // The trace reaches beyond 64 MiB: a smaller memory cannot hold it.
  const auto x = explore_text(R"(
[pe.nvme]
layout = "bypass"
[endpoint.nvme]
workload = "trace"
trace = { file = ")" + example_trace("ps-load-noddw") + R"(", device = "nvme", count = 100 }
[explore.axes]
"memory.size" = ["32M", "4G"]
)");
  REQUIRE(x.points.size() == 2);
  CHECK_THAT(x.points[0].error, Contains("memory.size is 32 MiB"));
  CHECK(x.points[1].error.empty());
  CHECK(x.ranking == std::vector<std::size_t>{1});
  CHECK_THAT(results::to_table(x), Contains("Without a result:") && Contains("memory.size is 32 MiB"));
}

TEST_CASE("results come in the order of the tasks, however long each takes", "[explore]") {
  std::vector<std::function<std::string()>> tasks;
  for (unsigned i = 0; i < 8; ++i) {
    tasks.push_back([i] {
      sleep_ms(i % 3 == 0 ? 60 : 1);
      return "task " + std::to_string(i);
    });
  }
  std::vector<std::size_t> told;
  const auto o = explore::run_tasks(tasks, 3, [&told](std::size_t done) { told.push_back(done); });
  REQUIRE(o.size() == 8);
  for (unsigned i = 0; i < 8; ++i) {
    CHECK(o[i].ok);
    CHECK(o[i].output == "task " + std::to_string(i));
  }
  CHECK(told == std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(explore::run_tasks({}, 2).empty());
}

TEST_CASE("a task that dies takes nothing with it", "[explore]") {
  const std::vector<std::function<std::string()>> tasks = {
      [] { return std::string("first"); },
      []() -> std::string {
        std::raise(SIGKILL);
        return {};
      },
      []() -> std::string { throw UserError("not today"); },
      []() -> std::string { std::_Exit(9); },
      []() -> std::string { throw 7; },
      [] { return std::string(3'000'000, 'x'); },
      [] { return std::string(); },
  };
  const auto o = explore::run_tasks(tasks, 2);
  REQUIRE(o.size() == tasks.size());
  CHECK(o[0].output == "first");
  CHECK_FALSE(o[1].ok);
  CHECK_THAT(o[1].error, Contains("signal 9"));
  CHECK_FALSE(o[2].ok);
  CHECK(o[2].error == "not today");
  CHECK_FALSE(o[3].ok);
  CHECK_THAT(o[3].error, Contains("status 9"));
  CHECK_FALSE(o[4].ok);
  CHECK_FALSE(o[4].error.empty());
  CHECK(o[5].output.size() == 3'000'000);
  CHECK(o[6].ok);
  CHECK(o[6].output.empty());
}

TEST_CASE("no more processes at once than asked for", "[explore]") {
  struct Count {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
  };
  for (const unsigned jobs : {1u, 2u, 4u}) {
    Shared<Count> count;
    std::vector<std::function<std::string()>> tasks(9, [&count]() -> std::string {
      const int n = ++count->now;
      for (int m = count->most; n > m && !count->most.compare_exchange_weak(m, n);) {
      }
      sleep_ms(40);
      --count->now;
      return {};
    });
    explore::run_tasks(tasks, jobs);
    CHECK(count->most == static_cast<int>(jobs));
  }
}

TEST_CASE("the children of a killed caller end with it", "[explore]") {
  struct Pids {
    std::atomic<int> pid[2];
  };
  Shared<Pids> pids;
  const pid_t caller = ::fork();
  REQUIRE(caller >= 0);
  if (caller == 0) {
    std::vector<std::function<std::string()>> tasks;
    for (unsigned i = 0; i < 2; ++i) {
      tasks.push_back([&pids, i]() -> std::string {
        pids->pid[i] = ::getpid();
        sleep_ms(60'000);
        return {};
      });
    }
    explore::run_tasks(tasks, 2);
    ::_exit(0);
  }
  for (unsigned i = 0; i < 500 && (pids->pid[0] == 0 || pids->pid[1] == 0); ++i) sleep_ms(10);
  REQUIRE(pids->pid[0] != 0);
  REQUIRE(pids->pid[1] != 0);
  ::kill(caller, SIGKILL);
  ::waitpid(caller, nullptr, 0);
  // Gone, or a zombie of whoever inherited them.
  const auto gone = [](int pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(stat, text);
    const auto at = text.rfind(')');
    return at == std::string::npos || text.compare(at, 3, ") Z") == 0 || text.compare(at, 3, ") X") == 0;
  };
  bool both = false;
  for (unsigned i = 0; i < 500 && !both; ++i) {
    both = gone(pids->pid[0]) && gone(pids->pid[1]);
    if (!both) sleep_ms(10);
  }
  CHECK(both);
}
