// SPDX-License-Identifier: Apache-2.0
/// Charts of an exploration as inline SVG. Colours come from the classes of the page's style sheet:
/// s0..s11 fill a stage, c0..c6 stroke a curve. Every chart is drawn for one width in pixels.
#pragma once

#include <string>
#include <vector>

#include "platform/results/metrics.hpp"

namespace phbsim::results {

/// Mean latency by stage, a bar per point in rank order.
std::string attribution_chart(const std::vector<Ranked>& ranked, int width);
/// Share of requests answered within a time, a curve per point.
std::string latency_chart(const std::vector<Ranked>& ranked, int width);
/// Throughput, a bar per point in rank order.
std::string throughput_chart(const std::vector<Ranked>& ranked, int width);

/// A stage's name is legible on its colour in light ink, else in dark ink.
bool stage_takes_light_ink(unsigned stage);
/// Class of the curve of the n-th point (0: best): colour and dash, 28 of them.
std::string curve_class(std::size_t n);

}  // namespace phbsim::results
