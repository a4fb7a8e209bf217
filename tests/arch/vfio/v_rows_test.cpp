// SPDX-License-Identifier: Apache-2.0
// Rows V01-V70 of ddw-vfio.md 9.4, as a program sees them, under both personalities.
#include <functional>
#include <string>
#include <vector>

#include "tests/arch/vfio/bench.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::test::vfio;
using os::Errno;

namespace {

using Results = std::vector<std::int64_t>;
using Kind = FakePlatform::Kind;

struct Row {
  const char* id;
  const char* call;
  std::function<Results(Bench&)> run;
  Results kernel;
  Results clean = {};           ///< empty: the same
  Kind kind = Kind::Powernv;
  bool leaks = false;           ///< Linux keeps something for good
};

constexpr std::int64_t kPerm = err(Errno::Perm), kNoEnt = err(Errno::NoEnt), kNxIo = err(Errno::NxIo),
                       kNoMem = err(Errno::NoMem), kFault = err(Errno::Fault), kBusy = err(Errno::Busy),
                       kNoDev = err(Errno::NoDev), kInval = err(Errno::Inval), kNoTty = err(Errno::NoTty),
                       kNoSpc = err(Errno::NoSpc);
constexpr std::uint64_t kV1 = abi::kSpaprTce;
constexpr std::int64_t kStart1 = std::int64_t{1} << 59;
constexpr std::uint64_t kPage = 0x10000;

/// A v2 container with the heap registered and a window of 4K pages, 1 GiB, at 0.
int mapped_up(Bench& b) {
  const int c = b.ready();
  b.remove(c, 0);
  b.create(c, 12, kGiB);
  b.reg(c, kHeap, kHeapBytes);
  return c;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"V01", "CHECK_EXTENSION 2 / 7 / 5 / 1, before and after SET_IOMMU", [](Bench& b) {
         Results r;
         const int c = b.open_container();
         for (std::uint64_t x : {2, 7, 5, 1}) r.push_back(b.me.call(c, Cmd::CheckExtension, x));
         const int d = b.ready();
         for (std::uint64_t x : {2, 7, 5, 1}) r.push_back(b.me.call(d, Cmd::CheckExtension, x));
         return r;
       }, {1, 1, 1, 0, 1, 1, 1, 0}},
      {"V02", "GET_INFO, no group", [](Bench& b) {
         abi::SpaprTceInfo i{};
         return Results{b.info(b.open_container(), i)};
       }, {kInval}},
      {"V03", "GET_INFO argsz 12", [](Bench& b) {
         abi::SpaprTceInfo i{};
         return Results{b.info(b.ready(), i, 12)};
       }, {kInval}},
      {"V04", "GET_INFO argsz 16", [](Bench& b) {
         abi::SpaprTceInfo i{};
         i.levels = 77;
         const auto r = b.info(b.ready(), i, 16);
         return Results{r, i.flags, i.dma32_window_start, i.dma32_window_size, i.levels};
       }, {0, 1, 0, 0x80000000, 77}},
      {"V05", "GET_INFO argsz 32", [](Bench& b) {
         abi::SpaprTceInfo i{};
         const auto r = b.info(b.ready(), i);
         return Results{r, i.flags, static_cast<std::int64_t>(i.pgsizes), i.max_dynamic_windows_supported, i.levels};
       }, {0, 1, 0x1211000, 2, 5}},
      {"V06", "GET_INFO argsz 32, v1", [](Bench& b) {
         abi::SpaprTceInfo i{};
         const auto r = b.info(b.ready(kV1), i);
         return Results{r, i.flags, static_cast<std::int64_t>(i.pgsizes), i.max_dynamic_windows_supported, i.levels};
       }, {0, 0, 0, 0, 0}},
      {"V07", "ENABLE, no group", [](Bench& b) { return Results{b.me.call(b.open_container(), Cmd::SpaprEnable)}; },
       {kInval}},
      {"V08", "ENABLE twice, v1; half a window of 2 GiB is charged", [](Bench& b) {
         const int c = b.ready(kV1);
         const auto r = b.me.call(c, Cmd::SpaprEnable);
         const auto charged = static_cast<std::int64_t>(b.me.mm->locked_pages);
         return Results{r, charged, b.me.call(c, Cmd::SpaprEnable), b.me.call(c, Cmd::SpaprDisable),
                        static_cast<std::int64_t>(b.me.mm->locked_pages), b.me.call(c, Cmd::SpaprDisable)};
       }, {0, 0x8000, kBusy, 0, 0, 0}},
      {"V09", "ENABLE beyond RLIMIT_MEMLOCK; with CAP_IPC_LOCK", [](Bench& b) {
         const int c = b.ready(kV1);
         b.me.mm->memlock = 0x7FFF0000;
         const auto r = b.me.call(c, Cmd::SpaprEnable);
         b.me.caller.creds.ipc_lock = true;
         return Results{r, b.me.call(c, Cmd::SpaprEnable)};
       }, {kNoMem, 0}},
      {"V10", "ENABLE, DISABLE, v2", [](Bench& b) {
         const int c = b.ready();
         return Results{b.me.call(c, Cmd::SpaprEnable), b.me.call(c, Cmd::SpaprDisable)};
       }, {kNoTty, kNoTty}},
      {"V11", "REGISTER, UNREGISTER, v1", [](Bench& b) {
         const int c = b.ready(kV1);
         return Results{b.reg(c, kHeap, kPage), b.unreg(c, kHeap, kPage)};
       }, {kNoTty, kNoTty}},
      {"V12", "MAP and UNMAP before REGISTER; before ENABLE", [](Bench& b) {
         const int c = b.ready();
         Results r{b.map(c, kHeap, 0, kPage), b.unmap(c, 0, kPage)};
         b.me.files.close_all();
         const int d = b.ready(kV1);
         r.push_back(b.map(d, kHeap, 0, kPage));
         return r;
       }, {kPerm, kPerm, kPerm}},
      {"V13", "REGISTER misaligned, wrapping, of size 0, with flags, argsz 23", [](Bench& b) {
         const int c = b.ready();
         abi::SpaprRegisterMemory a{23, 0, kHeap, kPage};
         return Results{b.reg(c, kHeap + 1, kPage), b.reg(c, kHeap, kPage + 0x1000), b.reg(c, ~0xFFFFull, 2 * kPage),
                        b.reg(c, kHeap, 0), b.reg(c, kHeap, kPage, 1), b.me.args(c, Cmd::SpaprRegisterMemory, a),
                        b.me.call(c, Cmd::SpaprRegisterMemory, kNowhere)};
       }, {kInval, kInval, kInval, kNoMem, kInval, kInval, kFault}},
      {"V14", "REGISTER twice", [](Bench& b) {
         const int c = b.ready();
         Results r{b.reg(c, kHeap, 2 * kPage), b.reg(c, kHeap, 2 * kPage)};
         r.push_back(static_cast<std::int64_t>(b.me.mm->locked_pages));
         r.push_back(static_cast<std::int64_t>(b.me.mm->total_pins()));
         return r;
       }, {0, kBusy, 2, 2}},
      {"V15", "REGISTER of what overlaps", [](Bench& b) {
         const int c = b.ready();
         Results r{b.reg(c, kHeap + kPage, 2 * kPage)};
         for (const auto& [at, pages] : {std::pair<std::uint64_t, std::uint64_t>{0, 2}, {1, 1}, {2, 1}, {2, 9}, {0, 9}}) {
           r.push_back(b.reg(c, kHeap + at * kPage, pages * kPage));
         }
         r.push_back(b.reg(c, kHeap, kPage));
         r.push_back(b.reg(c, kHeap + 3 * kPage, kPage));
         r.push_back(static_cast<std::int64_t>(b.me.mm->locked_pages));
         return r;
       }, {0, kInval, kInval, kInval, kInval, kInval, 0, 0, 4}},
      {"V16", "REGISTER in a second container of the process", [](Bench& b) {
         const int c = b.ready();
         const int d = b.open_container();
         const int g = b.open_group(1);
         Results r{b.set_container(g, d), b.me.call(d, Cmd::SetIommu, abi::kSpaprTceV2), b.reg(c, kHeap, kPage),
                   b.reg(d, kHeap, kPage)};
         r.push_back(static_cast<std::int64_t>(b.me.mm->locked_pages));
         r.push_back(b.unreg(c, kHeap, kPage));
         r.push_back(static_cast<std::int64_t>(b.me.mm->total_pins()));
         r.push_back(b.unreg(c, kHeap, kPage));
         r.push_back(b.unreg(d, kHeap, kPage));
         r.push_back(static_cast<std::int64_t>(b.me.mm->total_pins()));
         return r;
       }, {0, 0, 0, 0, 1, 0, 1, kNoEnt, 0, 0}},
      {"V17", "REGISTER of what is not there, of what is there in part, of what may not be written", [](Bench& b) {
         const int c = b.ready();
         Results r{b.reg(c, kNowhere, kPage), b.reg(c, kHeap + kHeapBytes - 3 * kPage, 5 * kPage),
                   b.reg(c, kReadOnly, kPage)};
         r.push_back(static_cast<std::int64_t>(b.me.mm->locked_pages));
         r.push_back(static_cast<std::int64_t>(b.me.mm->total_pins()));
         r.push_back(b.map(c, kHeap, 0, kPage));
         return r;
       }, {kFault, 3, kFault, 0, 0, kPerm}, {kFault, kFault, kFault, 0, 0, kPerm}},
      {"V18", "REGISTER beyond RLIMIT_MEMLOCK", [](Bench& b) {
         const int c = b.ready();
         b.me.mm->memlock = 2 * kPage;
         return Results{b.reg(c, kHeap, 3 * kPage), b.reg(c, kHeap, 2 * kPage), b.reg(c, kScattered, kPage)};
       }, {kNoMem, 0, kNoMem}},
      {"V19", "UNREGISTER of a part", [](Bench& b) {
         const int c = b.ready();
         return Results{b.reg(c, kHeap, 2 * kPage), b.unreg(c, kHeap, kPage), b.unreg(c, kHeap + kPage, kPage),
                        b.unreg(c, kHeap, 2 * kPage)};
       }, {0, kNoEnt, kNoEnt, 0}},
      {"V20", "UNREGISTER of what a TCE uses, then UNMAP, then UNREGISTER", [](Bench& b) {
         const int c = mapped_up(b);
         Results r{b.map(c, kHeap, 0, kPage), b.unreg(c, kHeap, kHeapBytes), b.unmap(c, 0, kPage),
                   b.unreg(c, kHeap, kHeapBytes)};
         r.push_back(static_cast<std::int64_t>(b.me.mm->total_pins()));
         return r;
       }, {0, 0, 0, kNoEnt, 512}, {0, kBusy, 0, 0, 0}, Kind::Powernv, true},
      {"V21", "UNREGISTER of what was never registered; before any REGISTER", [](Bench& b) {
         const int c = b.ready();
         Results r{b.unreg(c, kHeap, kPage)};
         b.reg(c, kHeap, kPage);
         r.push_back(b.unreg(c, kScattered, kPage));
         return r;
       }, {kPerm, kNoEnt}},
      {"V22", "CREATE{12, 2^30, 1}, default window pending", [](Bench& b) {
         const int c = b.ready();
         const auto start = b.create(c, 12, kGiB);
         return Results{start, static_cast<std::int64_t>(b.backend(c).window(0)->table().bytes()),
                        b.backend(c).window(0)->page_shift(), b.platform->has_window(0, 0), b.platform->has_window(0, 1),
                        static_cast<std::int64_t>(b.me.mm->locked_pages)};
       }, {kStart1, 0x80000000, 12, 1, 1, 64 + 32}},
      {"V23", "REMOVE{0} then CREATE{12, 2^30, 1}", [](Bench& b) {
         const int c = b.ready();
         return Results{b.remove(c, 0), b.create(c, 12, kGiB), b.platform->has_window(0, 0), b.platform->has_window(0, 1)};
       }, {0, 0, 1, 0}},
      {"V24", "third CREATE", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         return Results{b.create(c, 12, kGiB), b.create(c, 16, kGiB), b.create(c, 12, kGiB)};
       }, {0, kStart1, kNoSpc}},
      {"V25", "CREATE with I/O pages that are not offered", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         return Results{b.create(c, 13, kGiB), b.create(c, 64, kGiB), b.create(c, 76, kGiB)};
       }, {kInval, kInval, kInval}},
      {"V26", "CREATE of 3 GiB", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         return Results{b.create(c, 12, 3 * kGiB), static_cast<std::int64_t>(b.me.mm->locked_pages)};
       }, {kInval, 0}},
      {"V27", "CREATE of 0 and 6 levels, powernv", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         return Results{b.create(c, 12, kGiB, 0), b.create(c, 12, kGiB, 6)};
       }, {kInval, kInval}},
      {"V28", "CREATE of 2 levels, pSeries; with little memory to lock", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         Results r{b.create(c, 12, kGiB, 2), static_cast<std::int64_t>(b.me.mm->locked_pages)};
         b.me.mm->memlock = b.me.mm->locked_pages * kPage + kGiB;
         r.push_back(b.create(c, 12, kGiB, 2));
         return r;
       }, {kInval, 0xFFFF, kNoMem}, {kInval, 0, kNoMem}, Kind::Pseries, true},
      {"V29", "CREATE of 2^56 bytes, 64K pages; with CAP_IPC_LOCK", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         b.me.mm->memlock = kGiB;
         Results r{b.create(c, 16, 1ull << 56, 2)};
         b.me.caller.creds.ipc_lock = true;
         r.push_back(b.create(c, 16, 1ull << 56, 2));
         r.push_back(b.me.mm->locked_pages != 0);
         return r;
       }, {kNoMem, kInval, 1}, {kNoMem, kInval, 0}, Kind::Powernv, true},
      {"V30", "CREATE with flags; argsz 32", [](Bench& b) {
         const int c = b.ready();
         return Results{b.create(c, 12, kGiB, 1, 1), b.create(c, 12, kGiB, 1, 0, 32), b.backend(c).default_window_pending()};
       }, {kInval, kInval, 1}},
      {"V31", "CREATE, no group", [](Bench& b) { return Results{b.create(b.open_container(), 12, kGiB)}; }, {kInval}},
      {"V32", "CREATE, REMOVE, v1", [](Bench& b) {
         const int c = b.ready(kV1);
         return Results{b.create(c, 12, kGiB), b.remove(c, 0)};
       }, {kNoTty, kNoTty}},
      {"V33", "REMOVE of an address inside a window", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         b.create(c, 12, kGiB);
         return Results{b.remove(c, 0x1000), b.platform->has_window(0, 0), static_cast<std::int64_t>(b.me.mm->locked_pages)};
       }, {0, 0, 0}},
      {"V34", "REMOVE of an address in no window; flags; argsz", [](Bench& b) {
         const int c = b.ready();
         b.create(c, 12, kGiB);
         abi::SpaprTceRemove flags{sizeof flags, 1, 0}, little{15, 0, 0};
         return Results{b.remove(c, 1ull << 50), b.remove(c, 0x80000000), b.me.args(c, Cmd::SpaprTceRemove, flags),
                        b.me.args(c, Cmd::SpaprTceRemove, little)};
       }, {kInval, kInval, kInval, kInval}},
      {"V35", "MAP{R|W, 64K}", [](Bench& b) {
         const int c = mapped_up(b);
         Results r{b.map(c, kHeap + kPage, 0x20000, kPage, 3)};
         for (std::uint64_t at = 0; at < kPage; at += 0x1000) {
           r.push_back(static_cast<std::int64_t>(b.platform->perm(0, 0x20000 + at)));
           r.push_back(b.platform->real(0, 0x20000 + at) == b.me.mm->real(kHeap + kPage + at));
         }
         r.push_back(static_cast<std::int64_t>(b.platform->perm(0, 0x1F000) | b.platform->perm(0, 0x30000)));
         return r;
       }, [] {
         Results r{0};
         for (int i = 0; i < 16; ++i) r.insert(r.end(), {3, 1});
         r.push_back(0);
         return r;
       }()},
      {"V36", "MAP{R}", [](Bench& b) {
         const int c = mapped_up(b);
         const auto r = b.map(c, kHeap, 0, kPage, 1);
         return Results{r, static_cast<std::int64_t>(b.platform->perm(0, 0))};
       }, {0, 1}},
      {"V37", "MAP{W}, powernv", [](Bench& b) {
         const int c = mapped_up(b);
         const auto r = b.map(c, kHeap, 0, kPage, 2);
         return Results{r, static_cast<std::int64_t>(b.platform->perm(0, 0))};
       }, {0, 3}},
      {"V38", "MAP flags 0", [](Bench& b) { return Results{b.map(mapped_up(b), kHeap, 0, kPage, 0)}; }, {kInval}},
      {"V39", "MAP flags 4 (VADDR); argsz 31", [](Bench& b) {
         const int c = mapped_up(b);
         abi::DmaMap a{31, 3, kHeap, 0, kPage};
         return Results{b.map(c, kHeap, 0, kPage, 4), b.map(c, kHeap, 0, kPage, 7), b.me.args(c, Cmd::MapDma, a)};
       }, {kInval, kInval, kInval}},
      {"V40", "MAP outside of the windows", [](Bench& b) {
         const int c = mapped_up(b);
         return Results{b.map(c, kHeap, kGiB, kPage), b.map(c, kHeap, 1ull << 59, kPage), b.unmap(c, kGiB, kPage)};
       }, {kNxIo, kNxIo, kNxIo}},
      {"V41", "MAP size 0x800 on 4K", [](Bench& b) { return Results{b.map(mapped_up(b), kHeap, 0, 0x800)}; }, {kInval}},
      {"V42", "MAP vaddr misaligned to the I/O page", [](Bench& b) {
         return Results{b.map(mapped_up(b), kHeap + 0x800, 0, 0x1000)};
       }, {kInval}},
      {"V43", "MAP iova misaligned", [](Bench& b) {
         const int c = mapped_up(b);
         const auto r = b.map(c, kHeap, 0x800, 0x1000);
         return Results{r, static_cast<std::int64_t>(b.platform->perm(0, 0))};
       }, {1, 0}, {kInval, 0}},
      {"V44", "MAP beyond the window's end", [](Bench& b) {
         const int c = mapped_up(b);
         const auto r = b.map(c, kHeap, kGiB - 0x1000, 0x2000);
         return Results{r, static_cast<std::int64_t>(b.platform->perm(0, kGiB - 0x1000))};
       }, {0, 3}, {kInval, 0}},
      {"V45", "MAP of memory that is not registered", [](Bench& b) {
         const int c = mapped_up(b);
         const auto r = b.map(c, kHeap + kHeapBytes - kPage, 0, 2 * kPage);
         return Results{r, b.map(c, kScattered, 0, kPage), static_cast<std::int64_t>(b.platform->perm(0, 0))};
       }, {kInval, kInval, 0}},
      {"V46", "MAP across two regions side by side", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         b.create(c, 12, kGiB);
         b.create(c, 21, kGiB);
         Results r{b.reg(c, kHeap, kMiB), b.reg(c, kHeap + kMiB, kMiB), b.map(c, kHeap, 0, 2 * kMiB),
                   b.map(c, kHeap, 1ull << 59, 2 * kMiB)};
         r.push_back(static_cast<std::int64_t>(b.platform->perm(0, 2 * kMiB - 1)));
         return r;
       }, {0, 0, 0, kInval, 3}},
      {"V47", "MAP of a 16M I/O page over pages of 64K", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         b.create(c, 24, kGiB);
         for (std::uint64_t at = 0; at < 16 * kMiB; at += kPage) {
           b.me.mm->add(0x80000000 + at, kPage, 0x200000000 + 2 * at);
         }
         return Results{b.reg(c, 0x80000000, 16 * kMiB), b.map(c, 0x80000000, 0, 16 * kMiB)};
       }, {0, kInval}},
      {"V48", "MAP of a 16M I/O page over a page of 16M", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         b.create(c, 24, kGiB);
         b.reg(c, kHeap, kHeapBytes);
         const auto r = b.map(c, kHeap, 0, 2 * 16 * kMiB);
         return Results{r, b.platform->real(0, 16 * kMiB) == b.me.mm->real(kHeap + 16 * kMiB)};
       }, {0, 1}},
      {"V49", "MAP over what is mapped", [](Bench& b) {
         const int c = mapped_up(b);
         b.reg(c, kScattered, kPage);
         Results r{b.map(c, kScattered, 0, kPage), b.map(c, kHeap, 0, kPage)};
         r.push_back(b.platform->real(0, 0) == b.me.mm->real(kHeap));
         r.push_back(b.unreg(c, kScattered, kPage));  // nothing uses it any more
         return r;
       }, {0, 0, 1, 0}},
      {"V50", "MAP that fails at its 8th page", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         b.create(c, 16, kGiB);
         b.reg(c, kHeap, 7 * kPage);
         Results r{b.map(c, kHeap, 0, 8 * kPage)};
         for (std::uint64_t i = 0; i < 8; ++i) r.push_back(static_cast<std::int64_t>(b.platform->perm(0, i * kPage)));
         r.push_back(b.unreg(c, kHeap, 7 * kPage));
         return r;
       }, {kInval, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"V51", "UNMAP of a hole, of everything", [](Bench& b) {
         const int c = mapped_up(b);
         return Results{b.unmap(c, 0, kPage), b.unmap(c, 0, kGiB), b.unmap(c, 0, 0)};
       }, {0, 0, 0}},
      {"V52", "UNMAP flags 1, argsz 23, size off the page", [](Bench& b) {
         const int c = mapped_up(b);
         abi::DmaUnmap a{23, 0, 0, kPage};
         return Results{b.unmap(c, 0, kPage, 1), b.me.args(c, Cmd::UnmapDma, a), b.unmap(c, 0, 0x800)};
       }, {kInval, kInval, kInval}},
      {"V53", "UNMAP beyond the window's end; iova off the page", [](Bench& b) {
         const int c = mapped_up(b);
         b.map(c, kHeap, kGiB - 0x1000, 0x1000);
         Results r{b.unmap(c, kGiB - 0x1000, 0x2000), b.unmap(c, kGiB - 0x800, 0x1000)};
         r.push_back(static_cast<std::int64_t>(b.platform->perm(0, kGiB - 0x1000)));
         return r;
       }, {1, 1, 3}, {kInval, kInval, 3}},
      {"V54", "UNMAP of a part of a MAP", [](Bench& b) {
         const int c = mapped_up(b);
         b.map(c, kHeap, 0, kPage);
         Results r{b.unmap(c, 0x4000, 0x1000)};
         for (BusAddr at : {0x3000, 0x4000, 0x5000}) r.push_back(static_cast<std::int64_t>(b.platform->perm(0, at)));
         return r;
       }, {0, 3, 0, 3}},
      {"V55", "any command of another process", [](Bench& b) {
         const int c = mapped_up(b);
         const int theirs = b.other.files.install(b.me.files.get(c));
         Results r;
         for (Cmd cmd : {Cmd::SpaprTceGetInfo, Cmd::MapDma, Cmd::UnmapDma, Cmd::SpaprRegisterMemory,
                         Cmd::SpaprUnregisterMemory, Cmd::SpaprTceCreate, Cmd::SpaprTceRemove, Cmd::EehPeOp,
                         Cmd::SpaprEnable}) {
           r.push_back(b.other.call(theirs, cmd, kScratch));
         }
         r.push_back(b.other.call(theirs, Cmd::CheckExtension, 7));
         return r;
       }, {kPerm, kPerm, kPerm, kPerm, kPerm, kPerm, kPerm, kPerm, kPerm, 1}},
      {"V56", "second group, v1", [](Bench& b) {
         const int c = b.ready(kV1);
         const int g = b.open_group(1);
         return Results{b.set_container(g, c), b.platform->group(1).group->owner() == nullptr};
       }, {kBusy, 1}},
      {"V57", "second group, v2 with windows", [](Bench& b) {
         const int c = mapped_up(b);
         b.map(c, kHeap, 0, kPage);
         const int g = b.open_group(1);
         Results r{b.set_container(g, c), b.platform->has_window(1, 0), b.platform->has_window(1, 1)};
         r.push_back(static_cast<std::int64_t>(b.platform->perm(1, 0)));
         r.push_back(b.create(c, 16, kGiB));
         r.push_back(b.platform->has_window(1, 1));
         return r;
       }, {0, 1, 0, 3, kStart1, 1}},
      {"V58", "same group twice", [](Bench& b) {
         const int c = b.ready();
         return Results{b.set_container(b.group0, c), b.set_container(b.group0, b.open_container())};
       }, {kInval, kInval}},
      {"V59", "group without dynamic windows, v2", [](Bench& b) {
         b.fake->pes[0].max_windows = 0;
         const int c = b.open_container();
         const int g = b.open_group(0);
         Results r{b.set_container(g, c), b.me.call(c, Cmd::SetIommu, 7), b.me.call(c, Cmd::SetIommu, 2)};
         return r;
       }, {0, kInval, 0}},
      {"V60", "attach that fails in set_window", [](Bench& b) {
         const int c = b.ready();
         b.remove(c, 0);
         b.create(c, 12, kGiB);
         b.create(c, 16, kGiB);
         const int g = b.open_group(1);
         b.platform->fail_set_window = 2;
         Results r{b.set_container(g, c), b.platform->has_window(1, 0), b.platform->has_window(1, 1),
                   b.platform->has_window(0, 0), b.platform->group(1).group->owner() == nullptr};
         return r;
       }, {kNoDev, 0, 0, 1, 1}},
      {"V61", "close with mappings", [](Bench& b) {
         const int c = mapped_up(b);
         b.create(c, 16, kGiB);
         b.map(c, kHeap, 0, kMiB);
         b.map(c, kHeap, 1ull << 59, kMiB, 1);
         b.me.files.close_all();
         return Results{static_cast<std::int64_t>(b.me.mm->locked_pages), static_cast<std::int64_t>(b.me.mm->total_pins())};
       }, {0, 0}},
      {"V62", "EEH op argsz 8; flags 1", [](Bench& b) {
         const int c = b.ready();
         return Results{b.eeh(c, 4, 0, 8), b.eeh(c, 4, 0, 40, 1), b.me.call(c, Cmd::EehPeOp, kNowhere)};
       }, {kInval, kInval, kFault}},
      {"V63", "EEH op 10", [](Bench& b) { return Results{b.eeh(b.ready(), 10)}; }, {kInval}},
      {"V64", "EEH GET_STATE of a frozen PE", [](Bench& b) {
         const int c = b.ready();
         const auto before = b.eeh(c, 4);
         b.platform->freeze(0);
         return Results{before, b.eeh(c, 4)};
       }, {0, 2}},
      {"V65", "EEH INJECT func 20", [](Bench& b) {
         const int c = b.ready();
         return Results{b.eeh(c, 9, 20), b.eeh(c, 4), b.eeh(c, 9, 19), b.eeh(c, 4)};
       }, {kInval, 0, 0, 2}},
      {"V66", "EEH INJECT argsz 12", [](Bench& b) { return Results{b.eeh(b.ready(), 9, 0, 12)}; }, {kInval}},
      {"V67", "EEH UNFREEZE_IO of a healthy PE", [](Bench& b) { return Results{b.eeh(b.ready(), 2)}; }, {0}},
      {"V68", "EEH freeze, UNFREEZE_IO, RESET_HOT, DEACTIVATE, CONFIGURE, GET_STATE", [](Bench& b) {
         const int c = b.ready();
         b.platform->freeze(0);
         Results r;
         for (std::uint32_t op : {4, 2, 4, 6, 4, 5, 8, 4}) r.push_back(b.eeh(c, op));
         return r;
       }, {2, 0, 4, 0, 1, 0, 0, 0}},
      {"V69", "word 0x3B76 of a container, of a group", [](Bench& b) {
         const int c = b.ready();
         return Results{b.me.call_word(c, 0x3B76, kScratch), b.me.call_word(c, 0x20003B76, kScratch),
                        b.me.call_word(b.group0, 0x3B76, kScratch)};
       }, {kPerm, kPerm, kNoTty}},
      {"V70", "detach of the last group with windows", [](Bench& b) {
         const int c = mapped_up(b);
         b.map(c, kHeap, 0, kPage);
         Results r{b.me.call(b.group0, Cmd::GroupUnsetContainer)};
         r.push_back(b.platform->has_window(0, 0));
         r.push_back(static_cast<std::int64_t>(b.me.mm->total_pins()));
         r.push_back(b.map(c, kHeap, 0, kPage));
         r.push_back(b.set_container(b.group0, c));
         r.push_back(b.me.call(c, Cmd::SetIommu, 7));
         return r;
       }, {0, 0, 0, kInval, 0, 0}},
  };
  return all;
}

void run(const Row& row, Personality personality) {
  const bool kernel = personality == Personality::Kernel;
  Bench b(personality, row.kind);
  INFO(row.id << " " << row.call << (kernel ? " (kernel)" : " (clean)"));
  CHECK(row.run(b) == (kernel || row.clean.empty() ? row.kernel : row.clean));
  b.me.files.close_all();
  if (!(row.leaks && kernel)) CHECK(b.all_given_back());
}

}  // namespace

TEST_CASE("VFIO of POWER answers rows V01-V70 as Linux does") {
  CHECK(rows().size() == 70);
  for (const Row& row : rows()) run(row, Personality::Kernel);
}

TEST_CASE("VFIO of POWER answers rows V01-V70 as a clean model does") {
  for (const Row& row : rows()) run(row, Personality::Clean);
}
