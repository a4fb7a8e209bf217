// SPDX-License-Identifier: Apache-2.0
#include "platform/explore/explore.hpp"

#include "models/base/check.hpp"
#include "platform/config/read.hpp"
#include "platform/explore/pool.hpp"
#include "platform/results/metrics.hpp"
#include "platform/results/writers.hpp"
#include "platform/run/simulation.hpp"

namespace phbsim::explore {

std::vector<std::vector<std::pair<std::string, std::string>>> points_of(const config::Config& config) {
  std::vector<std::vector<std::pair<std::string, std::string>>> points(1);
  for (const config::Axis& axis : config.explore.axes) {
    std::vector<std::vector<std::pair<std::string, std::string>>> next;
    for (const auto& point : points) {
      for (const std::string& value : axis.values) {
        next.push_back(point);
        next.back().emplace_back(axis.key, value);
      }
    }
    points = std::move(next);
  }
  return points;
}

namespace {

std::string run_point(const std::string& file, const std::vector<std::string>& sets) {
  const config::ReadResult read = config::read_file(file, sets);
  if (!read.ok()) {
    std::string text;
    for (const auto& e : read.errors) text += (text.empty() ? "" : "; ") + e.text();
    throw UserError(text);
  }
  return results::to_json(run::simulate(read.config));
}

}  // namespace

results::Exploration explore(const config::Config& config, const std::vector<std::string>& sets,
                             const std::function<void(std::size_t, std::size_t)>& finished) {
  results::Exploration x;
  x.title = config.title;
  x.config_file = config.file;
  x.rank_by = config.explore.rank_by;
  for (const auto& a : config.explore.axes) x.axes.push_back(a.key);
  const auto points = points_of(config);
  std::vector<std::function<std::string()>> tasks;
  for (const auto& point : points) {
    std::vector<std::string> all = sets;
    for (const auto& [key, value] : point) all.push_back(key + "=" + value);
    tasks.push_back([file = config.file, all] { return run_point(file, all); });
  }
  const auto outcomes = run_tasks(tasks, config.explore.jobs, [&](std::size_t done) {
    if (finished) finished(done, points.size());
  });
  for (std::size_t i = 0; i < points.size(); ++i) {
    results::Point p;
    p.values = points[i];
    if (outcomes[i].ok) {
      p.result = results::result_from_json(outcomes[i].output);
    } else {
      p.error = outcomes[i].error;
    }
    x.points.push_back(std::move(p));
  }
  x.ranking = results::rank_points(x);
  return x;
}

}  // namespace phbsim::explore
