// SPDX-License-Identifier: Apache-2.0
// The PCIe arithmetic of pcie-model (Neugebauer et al., SIGCOMM 2018; performance.md 3.1): its table
// of TLP-layer rates, and its effective bandwidths as the simulation delivers them.
#include "tests/support/catch.hpp"
#include "tests/theory/load.hpp"

using namespace phbsim;
using namespace phbsim::test;

namespace {

double tlp_gbps(unsigned gen, unsigned lanes, unsigned mps) {
  pcie::LinkParams p;
  p.gen = gen;
  p.lanes = lanes;
  p.mps = mps;
  const pcie::WireRate r = pcie::wire_rate(p);
  return 8000.0 * static_cast<double>(r.den) / static_cast<double>(r.num);
}
double raw_gbps(unsigned gen, unsigned lanes) {
  pcie::LinkParams p;
  p.gen = gen;
  p.lanes = lanes;
  p.dllp_overhead = false;
  const pcie::WireRate r = pcie::wire_rate(p);
  return 8000.0 * static_cast<double>(r.den) / static_cast<double>(r.num);
}

/// gen3 x8, MPS 256, MRRS 512, no ECRC; credits, tags and engines never the limit.
Load gen3_x8(unsigned size, unsigned read_percent) {
  Load l;
  auto& p = l.phb.link;
  p.gen = 3;
  p.lanes = 8;
  p.mps = 256;
  p.mrrs = 512;
  p.ecrc = false;
  p.credit_p_headers = p.credit_p_data = p.credit_np_headers = 0;
  l.engines = 1024;
  l.phb.phb.write_engines = 1024;
  l.generator.sizes = {{size, 1}};
  l.generator.read_percent = read_percent;
  l.generator.footprint = 256 * kKiB;
  return l;
}

struct Published {
  unsigned size;
  double write;
  double read;
};
constexpr Published kPublished[] = {{16, 23.15, 25.73},  {64, 42.10, 44.10},  {128, 48.75, 50.06},
                                    {256, 52.92, 53.69}, {257, 48.78, 50.09}, {512, 52.92, 53.69}};

void check_bandwidth(bool write, bool translated) {
  std::vector<Load> loads;
  for (const Published& p : kPublished) {
    loads.push_back(gen3_x8(p.size, write ? 0 : 100));
    if (translated) {
      loads.back().window.bypass = false;
      loads.back().window.page_size = 4096;
    }
  }
  Sweep sweep(loads, 250 * kPsPerNs);
  sweep.run(50 * kPsPerUs, 100 * kPsPerUs);
  for (unsigned i = 0; i < loads.size(); ++i) {
    const double expected = write ? kPublished[i].write : kPublished[i].read;
    const double got = write ? sweep.written_gbps(i) : sweep.read_gbps(i);
    WARN((write ? "write " : "read ") << kPublished[i].size << (translated ? " B, TCE hits: " : " B, bypass: ") << got
                                      << " Gb/s, published " << expected);
    CHECK(within(got, expected, 0.01));
    CHECK(sweep.tce(i)[stats::Stat::TceMisses] == 0);
    CHECK((sweep.tce(i)[stats::Stat::TceHits] > 0) == translated);
  }
}

}  // namespace

TEST_CASE("Raw link rates are those of the table") {
  CHECK(within(raw_gbps(3, 8), 63.02, 0.0005));
  CHECK(within(raw_gbps(3, 16), 126.03, 0.0005));
  CHECK(within(raw_gbps(4, 8), 126.03, 0.0005));
  CHECK(within(raw_gbps(4, 16), 252.06, 0.0005));
  CHECK(within(raw_gbps(5, 16), 504.12, 0.0005));
  CHECK(within(raw_gbps(1, 16), 32.0, 1e-9));  // 4.0 GB/s (phb.md 8.1)
  CHECK(within(raw_gbps(2, 1), 4.0, 1e-9));
}

TEST_CASE("TLP-layer rates are those of the table") {
  struct Row {
    unsigned gen, lanes;
    double mps128, mps256, mps512;
  };
  constexpr Row kRows[] = {{3, 8, 56.67, 57.88, 57.31},
                           {3, 16, 111.70, 113.70, 114.62},
                           {4, 8, 113.33, 115.77, 114.62},
                           {4, 16, 223.40, 227.40, 229.25},
                           {5, 16, 446.80, 454.80, 458.49}};
  for (const Row& r : kRows) {
    CAPTURE(r.gen, r.lanes);
    CHECK(within(tlp_gbps(r.gen, r.lanes, 128), r.mps128, 0.0005));
    CHECK(within(tlp_gbps(r.gen, r.lanes, 256), r.mps256, 0.0005));
    CHECK(within(tlp_gbps(r.gen, r.lanes, 512), r.mps512, 0.0005));
  }
}

TEST_CASE("Ack limits of gen3 are those of the base specification") {
  constexpr unsigned kLimits[4][4] = {{1, 333, 512, 655}, {4, 169, 214, 250}, {8, 163, 203, 182}, {16, 144, 168, 182}};
  for (const auto& row : kLimits) {
    CHECK(pcie::ack_limit(3, row[0], 128) == row[1]);
    CHECK(pcie::ack_limit(3, row[0], 256) == row[2]);
    CHECK(pcie::ack_limit(3, row[0], 512) == row[3]);
  }
}

TEST_CASE("Overhead per TLP is that of the model") {
  pcie::LinkParams p;
  p.ecrc = false;
  CHECK(pcie::request_overhead(p, true) == 24);
  CHECK(pcie::request_overhead(p, false) == 20);
  CHECK(pcie::completion_overhead(p) == 20);
  p.ecrc = true;
  CHECK(pcie::request_overhead(p, true) == 28);
  CHECK(pcie::completion_overhead(p) == 24);
}

TEST_CASE("Untranslated reads reach the published effective bandwidth") { check_bandwidth(false, false); }
TEST_CASE("Untranslated writes reach the published effective bandwidth") { check_bandwidth(true, false); }
TEST_CASE("Reads that hit the TCE cache reach the published effective bandwidth") { check_bandwidth(false, true); }
TEST_CASE("Writes that hit the TCE cache reach the published effective bandwidth") { check_bandwidth(true, true); }

TEST_CASE("Reads and writes mixed reach the published effective bandwidth of each direction") {
  constexpr Published kMixed[] = {{64, 33.08, 33.08}, {256, 48.75, 48.75}, {512, 50.75, 50.75}};
  std::vector<Load> loads;
  for (const Published& p : kMixed) loads.push_back(gen3_x8(p.size, 50));
  Sweep sweep(loads, 250 * kPsPerNs);
  sweep.run(50 * kPsPerUs, 1000 * kPsPerUs);
  for (unsigned i = 0; i < loads.size(); ++i) {
    // The wire up is full. What it carries differs from the list by the draw of reads and writes: of
    // some ten thousand, a share off by half a percent.
    const double up = static_cast<double>(sweep.system->phbs()[i].link->stats()[stats::Stat::LinkUpBytes]) * 8000 / 1e9;
    CHECK(within(up, 57.88, 0.001));
    const double got = (sweep.read_gbps(i) + sweep.written_gbps(i)) / 2;
    WARN("mixed " << kMixed[i].size << " B: " << got << " Gb/s each way, published " << kMixed[i].write);
    CHECK(within(got, kMixed[i].write, 0.015));
  }
}
