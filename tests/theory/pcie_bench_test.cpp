// SPDX-License-Identifier: Apache-2.0
// pcie-bench's sweep of the window behind an IOMMU (Neugebauer et al., SIGCOMM 2018; data
// github.com/pcie-bench/data, Apache-2.0; performance.md 3.1): NFP6000, gen3 x8, Broadwell, host warm,
// random reads, 4 KiB pages.
//
// From the paper: 64 entries. From performance.md 3.1, which fitted it to this data: 36 tags, 430 ns
// without a miss, 6 walks at once, LRU. Fitted here: the device's pace, to the run without IOMMU
// (32.55 Gb/s of 64-byte reads: one each 15.73 ns), and the walk, to the last point of the 64-byte run
// (9.83 Gb/s: 52.1 ns a miss, times 6: two reads of 156 ns). The other points, and all points of the
// 128-byte reads but their pace, follow.
#include <cmath>

#include "tests/support/catch.hpp"
#include "tests/theory/load.hpp"

using namespace phbsim;
using namespace phbsim::test;

namespace {

struct Point {
  std::uint64_t window;
  double gbps;  // measured, IOMMU on
};

constexpr Tick kMemory = 156 * kPsPerNs;

Load host(unsigned size, double gap_ns, std::uint64_t window) {
  Load l;
  auto& p = l.phb.link;
  p.gen = 3;
  p.lanes = 8;
  p.mps = 256;
  p.mrrs = 512;
  p.ecrc = false;
  p.tags = 36;
  p.credit_np_headers = 0;
  // 430 ns: 24 bytes up and 84 down at 57.88 Gb/s, 12 clocks and 3 for the hit, memory, and the rest
  // in the air.
  const double wire = (24 + 84) * 8 / 57.88;
  p.propagation = static_cast<Tick>((430 - wire - 12 - 3 - 156) / 2 * 1000);
  l.phb.tce.sets = 1;
  l.phb.tce.ways = 64;
  l.phb.tce.replacement = "lru";
  l.phb.tce.walk_slots = 6;
  l.window.bypass = false;
  l.window.page_size = 4096;
  l.window.levels = 2;  // two dependent reads
  l.generator.sizes = {{size, 1}};
  l.generator.footprint = window;
  l.generator.queue_depth = 36;
  // A device that starts a read each gap while it has a tag; what it cannot start is never born.
  l.generator.arrival = "paced";
  l.generator.rate = 1e9 / gap_ns;
  l.generator.backlog = 1;
  return l;
}

struct Outcome {
  std::vector<double> gbps;
  double rms = 0;
  double worst = 0;
};

Outcome run(const std::vector<Point>& points, unsigned size, double gap_ns) {
  std::vector<Load> loads;
  for (const Point& p : points) loads.push_back(host(size, gap_ns, p.window));
  Sweep sweep(loads, kMemory);
  sweep.run(300 * kPsPerUs, 1000 * kPsPerUs);
  Outcome o;
  double sum = 0;
  for (unsigned i = 0; i < points.size(); ++i) {
    const double got = sweep.read_gbps(i);
    const double error = got / points[i].gbps - 1;
    o.gbps.push_back(got);
    sum += error * error;
    o.worst = std::max(o.worst, std::abs(error));
    WARN(size << " B, window " << points[i].window / kKiB << " KiB: " << got << " Gb/s, measured " << points[i].gbps
              << " (" << error * 100 << " %)");
  }
  o.rms = std::sqrt(sum / static_cast<double>(points.size()));
  WARN("RMS " << o.rms * 100 << " %, worst " << o.worst * 100 << " %");
  return o;
}

}  // namespace

TEST_CASE("The window sweep of 64-byte reads has pcie-bench's cliff and plateau") {
  const std::vector<Point> points = {{4 * kKiB, 31.38}, {256 * kKiB, 32.43}, {512 * kKiB, 22.34}, {kMiB, 15.19},
                                     {3 * kMiB / 2, 13.04}, {2 * kMiB, 12.13}, {4 * kMiB, 10.92}, {8 * kMiB, 10.41},
                                     {16 * kMiB, 10.15}, {64 * kMiB, 9.83}};
  const Outcome o = run(points, 64, 64 * 8 / 32.55);
  // The cliff: full speed up to the reach of the cache, 64 x 4 KiB, and not beyond. Just beyond, the
  // model is faster than the measurement (10 %): misses to one page merge.
  CHECK(within(o.gbps[0], 32.55, 0.001));
  CHECK(within(o.gbps[1], 32.55, 0.001));
  CHECK(o.gbps[2] < 0.8 * 32.55);
  for (unsigned i = 2; i < points.size(); ++i) CHECK(o.gbps[i] < o.gbps[i - 1]);
  // The plateau.
  for (unsigned i = 6; i < points.size(); ++i) {
    CHECK(o.gbps[i] > 9.8);
    CHECK(o.gbps[i] < 10.92);
  }
  CHECK(o.rms < 0.05);
}

TEST_CASE("The window sweep of 128-byte reads follows from that of 64-byte reads") {
  const std::vector<Point> points = {{4 * kKiB, 43.64}, {256 * kKiB, 43.73}, {512 * kKiB, 38.81}, {kMiB, 29.22},
                                     {3 * kMiB / 2, 25.41}, {2 * kMiB, 23.69}, {4 * kMiB, 21.53}, {8 * kMiB, 20.58},
                                     {16 * kMiB, 20.11}, {64 * kMiB, 19.51}};
  const Outcome o = run(points, 128, 128 * 8 / 43.82);
  CHECK(within(o.gbps[1], 43.82, 0.001));
  CHECK(o.gbps[3] < 0.8 * 43.82);
  CHECK(o.rms < 0.05);
  // From 1 MiB on, where merging no longer counts.
  for (unsigned i = 3; i < points.size(); ++i) CHECK(within(o.gbps[i], points[i].gbps, 0.02));
}
