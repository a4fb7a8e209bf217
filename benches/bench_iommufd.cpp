// SPDX-License-Identifier: Apache-2.0
/// Mappings per second of host CPU time in an I/O address space (models/arch/iommufd), above a process whose
/// memory lies in a row and a domain that does nothing: the layer alone.
///
///   bench_iommufd                 areas of four sizes; then 1 TiB with 10 million areas against 1000
///   bench_iommufd --areas N       the full IOAS has N areas
///
/// The last column of the second table is the time of a call in the full IOAS over that in the small one:
/// log2(10 million) over log2(1000) is 2.3, what is above that is memory that no cache holds.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "models/arch/iommufd/ioas.hpp"

namespace phbsim::bench {
namespace {

using arch::iommufd::Ioas;
using arch::iommufd::Iova;
using arch::iommufd::Layer;
using arch::iommufd::Source;

constexpr arch::os::Protection kReadWrite{true, true};

class RowProcess final : public arch::os::AddressSpace {
 public:
  std::uint64_t pin(std::uint64_t first, std::uint64_t count, bool, arch::os::PageRuns& out) override {
    out.push_back({first << 12, count});
    return count;
  }
  void unpin(std::uint64_t, RealAddr, std::uint64_t) noexcept override {}
  bool read(std::uint64_t, unsigned char*, std::size_t) override { return false; }
  bool write(std::uint64_t, const unsigned char*, std::size_t) override { return false; }
  std::uint64_t memlock_limit() const override { return ~std::uint64_t{0}; }
  arch::os::UserAccount& user() override { return account_; }

 private:
  arch::os::UserAccount account_;
};

class NullDomain final : public arch::os::PagingDomain {
 public:
  void attach(arch::os::Device&, arch::os::Domain&) override {}
  const std::vector<arch::os::Aperture>& apertures() const override { return apertures_; }
  std::uint64_t page_sizes() const override { return 4096; }
  void map(BusAddr, RealAddr, std::uint64_t, arch::os::Protection) override {}
  void unmap(BusAddr, std::uint64_t) noexcept override {}
  void sync() noexcept override {}
  std::optional<RealAddr> to_real(BusAddr) const override { return std::nullopt; }

 private:
  std::vector<arch::os::Aperture> apertures_{{0, 16 * kTiB - 1, 12}};
};

/// CPU time: others may use the machine, too.
double seconds_of(std::clock_t since) { return static_cast<double>(std::clock() - since) / CLOCKS_PER_SEC; }

struct Bench {
  Bench() {
    source.mm = std::make_shared<RowProcess>();
    ioas.add_domain(domain);
  }
  ~Bench() {
    ioas.unmap_all();
    ioas.remove_domain(domain);
  }
  Iova map(std::uint64_t memory, std::uint64_t length, std::optional<Iova> iova) {
    source.start = memory;
    return ioas.map(source, length, iova, kReadWrite);
  }
  NullDomain domain;
  Ioas ioas{Layer{}};
  Source source;
};

void by_size() {
  std::printf("%-10s %14s %14s %14s\n", "area", "maps/s auto", "maps/s fixed", "unmaps/s");
  constexpr struct {
    const char* name;
    std::uint64_t bytes;
  } kSizes[] = {{"4 KiB", 4 * kKiB}, {"64 KiB", 64 * kKiB}, {"2 MiB", 2 * kMiB}, {"1 GiB", kGiB}};
  constexpr unsigned kAreas = 1000;
  constexpr unsigned kRounds = 200;
  for (const auto& size : kSizes) {
    Bench b;
    double automatic = 0;
    double fixed = 0;
    double unmap = 0;
    std::vector<Iova> at(kAreas);
    for (unsigned round = 0; round < kRounds; ++round) {
      for (const bool pick : {true, false}) {
        auto start = std::clock();
        for (unsigned i = 0; i < kAreas; ++i) {
          at[i] = b.map(kTiB + i * size.bytes, size.bytes, pick ? std::nullopt : std::optional<Iova>(at[i]));
        }
        (pick ? automatic : fixed) += seconds_of(start);
        start = std::clock();
        for (const Iova iova : at) b.ioas.unmap(iova, size.bytes);
        unmap += seconds_of(start);
      }
    }
    const double calls = static_cast<double>(kRounds) * kAreas;
    std::printf("%-10s %14.0f %14.0f %14.0f\n", size.name, calls / automatic, calls / fixed, 2 * calls / unmap);
  }
}

struct Times {
  double fill = 0;       ///< of FIXED maps, in ascending order
  double fixed = 0;      ///< of an unmap at random and a FIXED map there
  double automatic = 0;  ///< of an automatic map into the one gap that takes it, and its unmap
  double bytes = 0;      ///< per area
};

/// Areas of 64 KiB, 40 KiB apart: no gap takes one, so that automatic allocation has to find the one that
/// an unmap made.
Times crowd(std::uint64_t areas) {
  constexpr std::uint64_t kArea = 64 * kKiB;
  constexpr std::uint64_t kStride = 104 * kKiB;
  constexpr unsigned kCalls = 300'000;
  Times t;
  Bench b;
  const auto used = mallinfo2();
  auto start = std::clock();
  for (std::uint64_t i = 0; i < areas; ++i) b.map(kTiB + i * kArea, kArea, (i + 1) * kStride);
  t.fill = seconds_of(start) / static_cast<double>(areas);
  const auto now = mallinfo2();
  t.bytes = static_cast<double>(now.uordblks + now.hblkhd - used.uordblks - used.hblkhd) / static_cast<double>(areas);

  std::mt19937_64 random(1);
  start = std::clock();
  for (unsigned n = 0; n < kCalls; ++n) {
    const Iova iova = (random() % areas + 1) * kStride;
    b.ioas.unmap(iova, kArea);
    b.map(kTiB + n * kArea, kArea, iova);
  }
  t.fixed = seconds_of(start) / kCalls;

  // Each automatic map is undone by a pair as above, whose time is taken off.
  start = std::clock();
  for (unsigned n = 0; n < kCalls; ++n) {
    const Iova iova = (random() % areas + 1) * kStride;
    b.ioas.unmap(iova, kArea);
    const Iova got = b.map(kTiB + 4 * kKiB + n * kArea, kArea, std::nullopt);  // an odd page: any place does
    b.ioas.unmap(got, kArea);
    b.map(kTiB + n * kArea, kArea, iova);
  }
  t.automatic = seconds_of(start) / kCalls - t.fixed;
  return t;
}

void by_areas(std::uint64_t areas) {
  const Times small = crowd(1000);
  const Times full = crowd(areas);
  std::printf("\n%-34s %14s %14llu %8s\n", "areas in the IOAS", "1000",
              static_cast<unsigned long long>(areas), "ratio");
  const auto row = [](const char* name, double a, double b) {
    std::printf("%-34s %11.0f ns %11.0f ns %8.1f\n", name, a * 1e9, b * 1e9, b / a);
  };
  row("map FIXED, ascending", small.fill, full.fill);
  row("unmap at random, map FIXED", small.fixed, full.fixed);
  row("map automatic, unmap", small.automatic, full.automatic);
  std::printf("%-34s %14.0f %14.0f\n", "bytes per area", small.bytes, full.bytes);
}

}  // namespace
}  // namespace phbsim::bench

int main(int argc, char** argv) {
  std::uint64_t areas = 10'000'000;
  if (argc == 3 && std::strcmp(argv[1], "--areas") == 0) {
    areas = std::strtoull(argv[2], nullptr, 0);
  } else if (argc != 1) {
    std::fprintf(stderr, "usage: bench_iommufd [--areas N]\n");
    return 2;
  }
  phbsim::bench::by_size();
  phbsim::bench::by_areas(areas);
  return 0;
}
