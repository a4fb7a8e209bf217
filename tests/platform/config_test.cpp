// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "platform/config/presets.hpp"
#include "platform/config/read.hpp"
#include "platform/config/spelling.hpp"
#include "tests/support/catch.hpp"

using namespace phbsim;
using namespace phbsim::config;

namespace {

using Texts = std::vector<std::string>;

/// The least that runs; lines 1 to 6.
const std::string kLeast =
    "[pe.nic]\n"
    "layout = \"ddw-64k\"\n"
    "[endpoint.nic]\n"
    "[endpoint.nic.generator]\n"
    "count = 10\n"
    "\n";

ReadResult read(const std::string& text, const Texts& sets = {}) { return read_text(text, "c.toml", sets); }

Texts errors(const std::string& text, const Texts& sets = {}) {
  Texts out;
  for (const Diagnostic& d : read(text, sets).errors) out.push_back(d.text());
  return out;
}

/// Errors of the least configuration with `text` after it: it starts at line 7.
Texts more(const std::string& text, const Texts& sets = {}) { return errors(kLeast + text, sets); }

Config good(const std::string& text, const Texts& sets = {}) {
  const ReadResult r = read(text, sets);
  for (const Diagnostic& d : r.errors) UNSCOPED_INFO(d.text());
  REQUIRE(r.ok());
  return r.config;
}

Config good_more(const std::string& text, const Texts& sets = {}) { return good(kLeast + text, sets); }

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / "phbsim_config_test";
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return (path / name).string();
  }
};

}  // namespace

// -- what is there without a word -------------------------------------------------------------

TEST_CASE("a file that names a PE and an endpoint gets a POWER9 PHB") {
  const Config c = good_more("");
  CHECK(c.preset == "power9");
  CHECK(c.generation == arch::Generation::Phb4);
  REQUIRE(c.phbs.size() == 1);
  const PhbConfig& p = c.phbs[0];
  CHECK(p.name == "phb0");
  CHECK(p.index == 0);
  CHECK(p.pec == 0);
  CHECK(p.stack_limit == 64);
  CHECK(p.phb.size == arch::PhbSize::Big);
  CHECK(p.phb.clock_mhz == 1000);
  CHECK(p.phb.datapath_bytes == 32);
  CHECK(p.phb.rid_cache_entries == 128);
  CHECK(p.phb.mps == 256);
  CHECK(p.phb.rcb == 128);
  CHECK(p.link.gen == 4);
  CHECK(p.link.lanes == 16);
  CHECK(p.tce.sets == 256);
  CHECK(p.tce.ways == 4);
  CHECK(p.tce.walk_slots == 64);
  CHECK(p.tce.clock_mhz == 1000);
  CHECK(p.host.kill_policy == "pe");
  CHECK(c.pec_engines == std::map<unsigned, unsigned>{{0, 64}});
  CHECK(c.pes.at(0).phb == "phb0");
  CHECK(c.pes.at(0).number == 1);
  CHECK(c.endpoints.at(0).pe == "nic");
  CHECK(c.endpoints.at(0).rid == 0x0100);
}

TEST_CASE("preset power8 is a PHB3 with small caches, page kills and 28 engines a PHB") {
  const Config c = good_more(
      "[platform]\npreset = \"power8\"\n[phb.a]\nindex = 0\n[phb.b]\nindex = 1\n[pe.nic2]\n"
      "phb = \"a\"\nlayout = \"ddw-16m\"\nnumber = 2\n",
      {"pe.nic.phb=a", "endpoint.nic.pe=nic2"});
  CHECK(c.generation == arch::Generation::Phb3);
  REQUIRE(c.phbs.size() == 2);
  CHECK(c.phbs[1].pec == 1);
  CHECK(c.pec_engines == std::map<unsigned, unsigned>{{0, 28}, {1, 28}});
  for (const PhbConfig& p : c.phbs) {
    CHECK(p.phb.generation == arch::Generation::Phb3);
    CHECK(p.phb.size == arch::PhbSize::Big);
    CHECK(p.phb.clock_mhz == 500);
    CHECK(p.tce.clock_mhz == 500);
    CHECK(p.phb.rid_cache_entries == 64);
    CHECK(p.tce.sets == 16);
    CHECK(p.tce.walk_slots == 32);
    CHECK(p.link.gen == 3);
    CHECK(p.stack_limit == 28);
    CHECK(p.host.kill_policy == "page");
  }
}

TEST_CASE("preset power10 has Gen5 on PHB 0 and 3 only, and small PHBs elsewhere") {
  const Config c = good_more("[platform]\npreset = \"power10\"\n[phb.big]\nindex = 3\n[phb.small]\nindex = 4\n",
                             {"pe.nic.phb=small"});
  REQUIRE(c.phbs.size() == 2);
  CHECK(c.phbs[0].link.gen == 5);
  CHECK(c.phbs[0].phb.size == arch::PhbSize::Big);
  CHECK(c.phbs[0].phb.datapath_bytes == 64);
  CHECK(c.phbs[1].link.gen == 4);
  CHECK(c.phbs[1].phb.size == arch::PhbSize::Small);
  CHECK(c.phbs[1].tce.sets == 128);
  CHECK(c.phbs[1].phb.rid_cache_entries == 64);
  CHECK(c.phbs[0].pec == 1);
  CHECK(c.phbs[1].pec == 1);
  CHECK(more("[platform]\npreset = \"power10\"\n[phb.small]\nindex = 4\n[phb.small.link]\ngen = 5\n") ==
        Texts{"c.toml:12:7: phb.small.link.gen: 5 is not allowed; allowed: 1..4"});
}

TEST_CASE("the file's value wins over the preset's, and what follows from it follows") {
  const Config c = good_more(
      "[pec.0]\nengines = 16\n[phb.phb0]\nclock_mhz = 800\ncheck_indirect_direction = true\n"
      "[phb.phb0.link]\nmps = 512\nrcb = 64\n[run]\nseed = 9\n");
  CHECK(c.phbs[0].tce.clock_mhz == 800);
  CHECK(c.phbs[0].phb.mps == 512);
  CHECK(c.phbs[0].phb.rcb == 64);
  CHECK(c.phbs[0].stack_limit == 16);
  CHECK(c.phbs[0].phb.options.check_indirect_direction);
  CHECK(c.phbs[0].tce.check_indirect_direction);
  CHECK(c.endpoints[0].generator.seed == 9);
  CHECK(good_more("[phb.phb0]\nclock_mhz = 800\n[phb.phb0.tce]\nclock_mhz = 500\n").phbs[0].tce.clock_mhz == 500);
}

TEST_CASE("entries keep the order of the file") {
  const Config c = good_more("[phb.z]\nindex = 1\n[phb.a]\nindex = 2\n", {"pe.nic.phb=z"});
  REQUIRE(c.phbs.size() == 2);
  CHECK(c.phbs[0].name == "z");
  CHECK(c.phbs[1].name == "a");
}

TEST_CASE("every built-in layout is valid on its generation") {
  for (const Preset& p : kPresets) {
    const auto layouts = builtin_layouts(p.generation);
    CHECK(layouts.size() == (p.generation == arch::Generation::Phb3 ? 16 : 20));
    for (const LayoutConfig& l : layouts) {
      INFO(p.name << " " << l.name);
      for (const char* memory : {"16M", "64G", "64T"}) {
        Texts sets{"pe.nic.layout=" + l.name, "platform.preset=" + std::string(p.name),
                   std::string("memory.size=") + memory};
        if (l.name == kLinuxLayout) sets.push_back("host.stack=linux-dma");
        if (l.name == kProgramLayout) sets.push_back("endpoint.*.workload=program");
        CHECK(errors(kLeast, sets).empty());
      }
      const bool later = l.name == kLinuxLayout || l.name == kProgramLayout;  // Linux or a program decides
      CHECK(l.windows.size() == (later ? 0 : 1));
      CHECK_FALSE(l.description.empty());
    }
  }
  const Config c = good_more("");
  REQUIRE(c.find_layout("ddw-2m-l3") != nullptr);
  const WindowConfig w = c.find_layout("ddw-2m-l3")->windows[0];
  CHECK(w.page_size == 2 * kMiB);
  CHECK(w.levels == 3);
  CHECK(w.offset == 1ull << 59);
  CHECK(w.mapping == Mapping::Direct);
  CHECK(window_size(w, c.memory) == 64 * kGiB);
  CHECK(c.find_layout("ddw-1g-4g")->windows[0].offset == 4 * kGiB);
  CHECK(c.find_layout("default32-4k")->windows[0].mapping == Mapping::PerIo);
  CHECK(c.find_layout("bypass")->windows[0].bypass);
  CHECK(c.find_layout("ddw-16m") == nullptr);
}

// -- spelling -----------------------------------------------------------------------------------

TEST_CASE("bytes, times, requester IDs and large integers are read in every spelling") {
  const Config c = good_more(
      "[memory]\nsize = \"128 GiB\"\nlatency = 300\nline_time = \"1.5ns\"\n"
      "[run]\nduration = \"2ms\"\nwarmup = \"10ps\"\nseed = \"0xffff_ffff_ffff_ffff\"\n",
      {"endpoint.nic.rid=03:1f.7", "endpoint.nic.generator.size=0x1000", "endpoint.nic.generator.footprint=8K"});
  CHECK(c.memory.size == 128 * kGiB);
  CHECK(c.memory.latency == 300 * kPsPerNs);
  CHECK(c.memory.line_time == 1500);
  CHECK(c.run.duration == 2 * kPsPerMs);
  CHECK(c.run.warmup == 10);
  CHECK(c.run.seed == ~std::uint64_t{0});
  CHECK(c.endpoints[0].rid == 0x03FF);
  CHECK(c.endpoints[0].generator.rid == 0x03FF);
  CHECK(c.endpoints[0].player.rid == 0x03FF);
  CHECK(c.endpoints[0].generator.sizes.at(0).bytes == 4096);
  CHECK(good_more("", {"endpoint.nic.rid=0x0210"}).endpoints[0].rid == 0x0210);
}

TEST_CASE("a time is exact or refused, and is written in its largest whole unit") {
  CHECK(parse_time("1.5us") == 1500000);
  CHECK(parse_time("0.001ns") == 1);
  CHECK(parse_time("1.000ps") == 1);
  CHECK_FALSE(parse_time("0.0001ns"));
  CHECK_FALSE(parse_time("1.0000001ps"));
  CHECK_FALSE(parse_time("5"));
  CHECK_FALSE(parse_time("5h"));
  CHECK_FALSE(parse_time("1.ns"));
  CHECK_FALSE(parse_time("99999999999s"));
  CHECK(time_text(0) == "0ns");
  CHECK(time_text(1500000) == "1500ns");
  CHECK(time_text(3 * kPsPerS) == "3s");
}

TEST_CASE("numbers are written so that they read back") {
  CHECK(bytes_text(65536) == "64K");
  CHECK(bytes_text(1ull << 59) == "512P");
  CHECK(bytes_text(1000) == "1000");
  CHECK(integer_text(~std::uint64_t{0}) == "\"0xffffffffffffffff\"");
  CHECK(number_text(0.9) == "0.9");
  CHECK(number_text(1e6) == "1000000");
  CHECK(number_text(1e-7) == "1e-07");
  CHECK(rid_text(0x03FF) == "03:1f.7");
  CHECK_FALSE(parse_rid("01:20.0"));
  CHECK_FALSE(parse_rid("01.0"));
  CHECK(quote("a\"b\\\n") == "\"a\\\"b\\\\\\n\"");
}

// -- errors of one value ------------------------------------------------------------------------

TEST_CASE("a value out of range is refused at its place with the range") {
  CHECK(more("[phb.phb0.link]\nlanes = 3\n") ==
        Texts{"c.toml:8:9: phb.phb0.link.lanes: 3 is not allowed; allowed: 1..16, a power of two"});
  CHECK(more("[phb.phb0.link]\ngen = 5\n") == Texts{"c.toml:8:7: phb.phb0.link.gen: 5 is not allowed; allowed: 1..4"});
  CHECK(more("[phb.phb0.link]\nmps = \"96\"\n") ==
        Texts{"c.toml:8:7: phb.phb0.link.mps: \"96\" is not allowed; allowed: 128..4K, a power of two"});
  CHECK(more("[phb.phb0.tce]\nhit_cycles = -1\n") ==
        Texts{"c.toml:8:14: phb.phb0.tce.hit_cycles: -1 is not allowed; allowed: 0..1000"});
  CHECK(more("[phb.phb0.tce]\nsets = 3\nways = 65\n") ==
        Texts{"c.toml:8:8: phb.phb0.tce.sets: 3 is not allowed; allowed: 1..65536, a power of two",
              "c.toml:9:8: phb.phb0.tce.ways: 65 is not allowed; allowed: 1..64"});
  CHECK(more("[memory]\nlatency = \"0ns\"\n") ==
        Texts{"c.toml:8:11: memory.latency: \"0ns\" is not allowed; allowed: 1ps..1ms"});
  CHECK(more("", {"endpoint.nic.generator.rate=0"}) ==
        Texts{"--set endpoint.nic.generator.rate: 0 is not allowed; allowed: more than 0, up to 1000000000000"});
  CHECK(more("", {"endpoint.nic.generator.zipf_exponent=nan"}) ==
        Texts{"--set endpoint.nic.generator.zipf_exponent: nan is not allowed; allowed: 0..4"});
  CHECK(more("[platform]\npreset = \"power8\"\n[phb.a]\nindex = 4\n") ==
        Texts{"c.toml:10:9: phb.a.index: 4 is not allowed; allowed: 0..3"});
}

TEST_CASE("a value of the wrong type is refused with what is expected") {
  CHECK(
      more("[run]\nduration = \"soon\"\nwarmup = 1.5\nrun_ahead = 1\nseed = \"x\"\n") ==
      Texts{
          "c.toml:8:12: run.duration: \"soon\" is not a time like \"250ns\" or whole nanoseconds; allowed: 0ns..1000s",
          "c.toml:9:10: run.warmup: 1.5 is not a time like \"250ns\" or whole nanoseconds; allowed: 0ns..1000s",
          "c.toml:10:13: run.run_ahead: 1 is not a truth value; allowed: true, false",
          "c.toml:11:8: run.seed: \"x\" is not an integer; allowed: 0..0xffffffffffffffff"});
  CHECK(more("[memory]\nsize = \"10X\"\n") ==
        Texts{"c.toml:8:8: memory.size: \"10X\" is not a number of bytes like 4096 or \"4K\"; allowed: 16M..64T"});
  CHECK(more("[explore]\njobs = [1]\nrank_by = 7\n") ==
        Texts{"c.toml:8:8: explore.jobs: [1] is not an integer; allowed: 0..1024",
              "c.toml:9:11: explore.rank_by: 7 is not allowed; allowed: \"throughput\", \"latency_p50\", "
              "\"latency_p99\", \"latency_mean\", \"cpu_time\", \"duration\""});
  CHECK(
      more("", {"endpoint.nic.rid=01:20.0", "endpoint.nic.generator.rate=fast"}) ==
      Texts{"--set endpoint.nic.rid: \"01:20.0\" is not a requester ID like \"01:00.0\" or 0x0100; "
            "allowed: 00:00.0..ff:1f.7",
            "--set endpoint.nic.generator.rate: \"fast\" is not a number; allowed: more than 0, up to 1000000000000"});
  CHECK(errors("title = 5\n" + kLeast) == Texts{"c.toml:1:9: title: 5 is not a string"});
  CHECK(errors("phb = 5\n" + kLeast) == Texts{"c.toml:1:7: phb: 5 is not a table; allowed: [phb.<name>]",
                                              "c.toml:2:1: pe.nic.phb: missing; allowed: name of a [phb.<name>]"});
  CHECK(errors("run = 5\n" + kLeast) == Texts{"c.toml:1:7: run: 5 is not a table; allowed: [run]"});
}

TEST_CASE("a misspelt choice gets a suggestion") {
  CHECK(more("[phb.phb0.tce]\nreplacement = \"lur\"\n") ==
        Texts{"c.toml:8:15: phb.phb0.tce.replacement: \"lur\" is not allowed; allowed: \"lru\", \"plru\", \"fifo\", "
              "\"random\"; did you mean \"lru\"?"});
  CHECK(more("[platform]\npreset = \"power99\"\n") ==
        Texts{"c.toml:8:10: platform.preset: \"power99\" is not allowed; allowed: \"power8\", \"power9\", \"power10\"; "
              "did you mean \"power9\"?"});
}

TEST_CASE("an unknown key is an error with a suggestion, or with the keys that exist") {
  CHECK(more("[phb.phb0.tce]\nwalk_slot = 4\n") ==
        Texts{"c.toml:8:1: phb.phb0.tce.walk_slot: unknown key; did you mean \"walk_slots\"?"});
  CHECK(more("[endpont.x]\n") == Texts{"c.toml:7:2: endpont: unknown key; did you mean \"endpoint\"?"});
  CHECK(more("[run]\nx = 1\n") == Texts{"c.toml:8:1: run.x: unknown key; allowed: duration, warmup, seed, run_ahead"});
  CHECK(more("[phb.phb0.lnk]\ngen = 4\n") == Texts{"c.toml:7:11: phb.phb0.lnk: unknown key; did you mean \"link\"?"});
  CHECK(more("[layout.l]\nwindows = [{ offset = 0, levles = 2, size = \"4G\", mapping = \"per_io\" }]\n") ==
        Texts{"c.toml:8:26: layout.l.windows[0].levles: unknown key; did you mean \"levels\"?"});
}

TEST_CASE("TOML's own errors have their place") {
  CHECK(errors("a = 1\na = 2\n") ==
        Texts{"c.toml:2:5: Error while parsing key-value pair: cannot redefine existing integer 'a'"});
  CHECK(errors("[phb\n") == Texts{"c.toml:1:5: Error while parsing table header: expected ']', saw '\\n'"});
}

TEST_CASE("a file that cannot be read says why") {
  CHECK(read_file("no/such.toml").errors.at(0).text() == "no/such.toml: cannot be read: No such file or directory");
  CHECK(read_file("/tmp").errors.at(0).text() == "/tmp: cannot be read: Is a directory");
}

TEST_CASE("many errors are reported at once, in the order of the file") {
  CHECK(errors("titel = \"x\"\n"
               "[phb.a]\n"
               "index = 9\n"
               "[phb.a.link]\n"
               "lanes = 3\n"
               "[pe.x]\n"
               "layout = \"ddw-64\"\n"
               "phb = \"b\"\n"
               "[endpoint.e]\n"
               "pe = \"y\"\n"
               "[run]\n"
               "rum_ahead = true\n"
               "[explore.axes]\n"
               "\"phb.*.tce.way\" = [1]\n") ==
        Texts{"c.toml:1:1: titel: unknown key; did you mean \"title\"?",
              "c.toml:3:9: phb.a.index: 9 is not allowed; allowed: 0..5",
              "c.toml:5:9: phb.a.link.lanes: 3 is not allowed; allowed: 1..16, a power of two",
              "c.toml:7:10: pe.x.layout: \"ddw-64\" is no layout; did you mean \"ddw-64k\"?",
              "c.toml:8:7: pe.x.phb: \"b\" is no phb; allowed: \"a\"",
              "c.toml:10:6: endpoint.e.pe: \"y\" is no pe; allowed: \"x\"",
              "c.toml:11:1: run.duration: 0 is not allowed: endpoint.e never ends; set a duration or a count",
              "c.toml:12:1: run.rum_ahead: unknown key; did you mean \"run_ahead\"?",
              "c.toml:14:20: explore.axes.\"phb.*.tce.way\": unknown key \"way\"; did you mean \"ways\"?"});
}

// -- rules between values -------------------------------------------------------------------------

TEST_CASE("a run needs a PE and an endpoint") {
  CHECK(errors("") == Texts{"c.toml: pe: a run needs at least one [pe.<name>]",
                            "c.toml: endpoint: a run needs at least one [endpoint.<name>]"});
  CHECK(more("[phb]\n") == Texts{"c.toml:1:1: pe.nic.phb: missing; allowed: name of a [phb.<name>]",
                                 "c.toml:7:1: phb: a run needs at least one [phb.<name>]"});
}

TEST_CASE("names must be names") {
  CHECK(more("[phb.\"a b\"]\n[phb.b]\n[pec.7]\n[pec.0]\n") ==
        Texts{"c.toml:7:6: phb.a b: \"a b\" is not a name; allowed: letters, digits, _ and -",
              "c.toml:9:6: pec.7: \"7\" is not allowed; allowed: [pec.0] to [pec.5]"});
}

TEST_CASE("PHBs have places of their own") {
  CHECK(more("[phb.a]\n[phb.b]\n", {"pe.nic.phb=a"}) ==
        Texts{"c.toml:8:1: phb.b.index: 0 is taken by phb.a; allowed: one PHB per index"});
}

TEST_CASE("a payload must fit the credits of its receiver") {
  CHECK(more("[phb.phb0.link]\nmps = 4096\ncredit_p_data = 100\n") ==
        Texts{"c.toml:9:17: phb.phb0.link.credit_p_data: 100 does not hold one payload of link.mps = 4096; "
              "allowed: 0 or at least 256"});
}

TEST_CASE("tree replacement needs a power of two of ways") {
  CHECK(more("[phb.phb0.tce]\nways = 6\nreplacement = \"plru\"\n") ==
        Texts{"c.toml:8:8: phb.phb0.tce.ways: 6 is not allowed with replacement \"plru\"; "
              "allowed: 1..32, a power of two"});
}

TEST_CASE("a PE has a number, a layout and a PHB that exist") {
  CHECK(more("[pe.b]\nlayout = \"bypass\"\n[phb.a]\n", {"endpoint.nic.pe=nic"}) ==
        Texts{"c.toml:7:1: pe.b.number: 1 is taken by pe.nic on phb.a"});
  CHECK(
      more("", {"pe.nic.number=511"}) ==
      Texts{"--set pe.nic.number: 511 is not allowed on phb.phb0 (phb4-big); allowed: 0..510, firmware reserves 511"});
  CHECK(more("[phb.s]\nindex = 1\n", {"pe.nic.number=255"}) ==
        Texts{"--set pe.nic.number: 255 is not allowed on phb.s (phb4-small); allowed: 0..254, firmware reserves 255"});
  CHECK(more("[pe.b]\nnumber = 2\n", {"endpoint.nic.pe=nic"}) ==
        Texts{"c.toml:7:1: pe.b.layout: missing; allowed: the name of a [layout.<name>] or of a built-in layout"});
  CHECK(more("[phb.a]\n[phb.b]\nindex = 1\n") == Texts{"c.toml:1:1: pe.nic.phb: missing; allowed: \"a\", \"b\""});
  CHECK(more("[platform]\npreset = \"power8\"\n", {"pe.nic.layout=ddw-2m"}) ==
        Texts{"--set pe.nic.layout: \"ddw-2m\" is no layout; did you mean \"ddw-4k\"?"});
}

TEST_CASE("windows are checked one by one and against each other") {
  const auto windows = [](const std::string& list) { return more("[layout.l]\nwindows = [ " + list + " ]\n"); };
  CHECK(
      windows("{ offset = \"512P\", page_size = \"64K\", size = \"64G\", levels = 2, mapping = \"direct\" }").empty());
  CHECK(windows("{ bypass = true, offset = 0 }, { offset = \"4G\" }").empty());
  CHECK(windows("{ offset = \"1G\" }") ==
        Texts{"c.toml:8:24: layout.l.windows[0].offset: \"1G\" is not allowed; allowed: 0, \"4G\", \"512P\""});
  CHECK(windows("{ page_size = \"16M\" }") ==
        Texts{"c.toml:8:27: layout.l.windows[0].page_size: \"16M\" is not allowed on POWER9; allowed: \"4K\", \"64K\", "
              "\"2M\", \"1G\" (or set allow_any_page_size of its PHBs)"});
  CHECK(windows("{ page_size = \"2M\", size = \"1M\", mapping = \"per_io\" }") ==
        Texts{"c.toml:8:40: layout.l.windows[0].size: 1M is less than one page of 2M"});
  CHECK(windows("{ size = \"3G\", mapping = \"per_io\" }") ==
        Texts{"c.toml:8:22: layout.l.windows[0].size: \"3G\" is not allowed; allowed: 0..512P, 0 or a power of two"});
  CHECK(windows("{ size = \"2G\" }") ==
        Texts{"c.toml:8:22: layout.l.windows[0].size: \"2G\" cannot map all of memory.size = 64G directly; "
              "allowed: 0 or at least 64G"});
  CHECK(windows("{ levels = 6 }") == Texts{"c.toml:8:24: layout.l.windows[0].levels: 6 is not allowed; allowed: 1..5"});
  CHECK(
      windows("{ size = \"512P\", page_size = \"4K\" }") ==
      Texts{
          "c.toml:8:13: layout.l.windows[0].levels: table size is 1 PiB, allowed a power of two from 4 KiB to 4 TiB"});
  CHECK(windows("{ offset = 0 }, { offset = 0 }") ==
        Texts{"c.toml:8:40: layout.l.windows[1].offset: \"0\" is taken by windows[0]; allowed: one window per offset"});
  CHECK(windows("{ offset = \"4G\" }, { offset = \"512P\" }") ==
        Texts{"c.toml:8:43: layout.l.windows[1].offset: \"512P\" cannot stand beside \"4G\"; "
              "allowed: one window above 0, at 4G or at 512P"});
  CHECK(windows("{ bypass = true, size = \"64G\" }") ==
        Texts{"c.toml:8:37: layout.l.windows[0].size: cannot stand beside \"bypass\""});
  CHECK(windows("7") == Texts{"c.toml:8:13: layout.l.windows[0]: 7 is not a table; "
                              "allowed: [ { offset = \"512P\", page_size = \"64K\", ... }, ... ]"});
  CHECK(windows("") == Texts{"c.toml:8:11: layout.l.windows: [] is not allowed; "
                             "allowed: [ { offset = \"512P\", page_size = \"64K\", ... }, ... ]"});
  CHECK(more("[layout.l]\n") == Texts{"c.toml:7:1: layout.l.windows: missing; "
                                      "allowed: [ { offset = \"512P\", page_size = \"64K\", ... }, ... ]"});
  CHECK(more("[layout.bypass]\nwindows = [{}]\n") ==
        Texts{"c.toml:7:1: layout.bypass: the name is taken by a built-in layout"});
  CHECK(more("[platform]\npreset = \"power8\"\n[layout.l]\nwindows = [{ offset = \"4G\" }]\n") ==
        Texts{"c.toml:10:23: layout.l.windows[0].offset: \"4G\" is not allowed on POWER8, whose second TVE starts at "
              "2^59; allowed: 0, \"512P\""});
}

TEST_CASE("an odd page size is accepted if every PHB that uses it takes any") {
  const std::string layout = "[layout.l]\nwindows = [{ page_size = \"16M\" }]\n";
  CHECK(good_more(layout + "[phb.phb0]\nallow_any_page_size = true\n", {"pe.nic.layout=l"}).pes[0].layout == "l");
}

TEST_CASE("PEs of one PHB split their addresses at the same place") {
  const std::string two = "[pe.b]\nnumber = 2\nlayout = \"ddw-64k-4g\"\n";
  CHECK(more(two, {"endpoint.nic.pe=nic"}) ==
        Texts{"c.toml:2:10: pe.nic.layout: \"ddw-64k\" has a window at 512P, but pe.b has one at 4G, and all PEs of "
              "phb.phb0 split their addresses at the same place"});
  CHECK(more(two + "[layout.low]\nwindows = [{ offset = 0 }]\n", {"endpoint.nic.pe=nic", "pe.nic.layout=low"}) ==
        Texts{"--set pe.nic.layout: \"low\" has a window of 64G at 0, but pe.b has one at 4G, and all PEs of phb.phb0 "
              "split their addresses at the same place; allowed: up to 4G"});
  CHECK(more(two, {"endpoint.nic.pe=nic", "pe.nic.layout=default32-64k"}).empty());
}

TEST_CASE("an endpoint has a window and an ID of its own") {
  CHECK(more("", {"endpoint.nic.window=1"}) ==
        Texts{"--set endpoint.nic.window: 1 is not allowed: layout \"ddw-64k\" has 1 window; allowed: 0"});
  CHECK(more("[endpoint.b.generator]\ncount = 1\n") ==
        Texts{"c.toml:7:1: endpoint.b.rid: \"01:00.0\" is taken by endpoint.nic on phb.phb0"});
}

TEST_CASE("a generator's footprint holds its requests and lies in its window") {
  CHECK(more("", {"endpoint.nic.generator.size=2M"}) ==
        Texts{"c.toml:4:1: endpoint.nic.generator.footprint: 1M does not hold the largest request of 2M"});
  CHECK(more("", {"pe.nic.layout=default32-64k", "endpoint.nic.generator.footprint=4G"}) ==
        Texts{"--set endpoint.nic.generator.footprint: 4G does not fit the window of 2G"});
  CHECK(more("", {"endpoint.nic.generator.footprint=128G"}) ==
        Texts{"--set endpoint.nic.generator.footprint: 128G does not fit memory.size = 64G"});
}

TEST_CASE("request sizes are one size or a list of shares") {
  const Config c = good_more("", {"endpoint.nic.generator.sizes=[ { bytes = \"4K\", weight = 3 }, { bytes = 512 } ]"});
  REQUIRE(c.endpoints[0].generator.sizes.size() == 2);
  CHECK(c.endpoints[0].generator.sizes[0].weight == 3);
  CHECK(c.endpoints[0].generator.sizes[1].bytes == 512);
  CHECK(
      errors(
          "[pe.p]\nlayout = \"bypass\"\n[endpoint.e.generator]\ncount = 1\nsize = \"8K\"\nsizes = [{ bytes = 1 }]\n") ==
      Texts{"c.toml:5:8: endpoint.e.generator.size: cannot stand beside \"sizes\""});
}

TEST_CASE("a trace needs a file that exists and a device") {
  const Folder folder;
  const std::string text = "[pe.p]\nlayout = \"bypass\"\n[endpoint.e]\nworkload = \"trace\"\n[endpoint.e.trace]\n";
  const std::string path = folder.write("c.toml", text + "file = \"t.co\"\ndevice = \"nvme\"\n");
  CHECK(read_file(path).errors.at(0).text() ==
        path + ":6:8: endpoint.e.trace.file: there is no file \"" + (folder.path / "t.co").string() + "\"");
  folder.write("t.co", "");
  const ReadResult r = read_file(path);
  REQUIRE(r.ok());
  CHECK(r.config.endpoints[0].trace.file == (folder.path / "t.co").string());
  CHECK(to_toml(r.config).find("file = \"t.co\"") != std::string::npos);
  CHECK(errors(text) == Texts{"c.toml:5:1: endpoint.e.trace.file: missing; the workload \"trace\" needs a file",
                              "c.toml:5:1: endpoint.e.trace.device: missing; the workload \"trace\" needs a device of "
                              "the trace"});
  CHECK(read_file(path, {"endpoint.e.trace.repeat=true"}).errors.at(0).text() ==
        path + ": run.duration: 0 is not allowed: endpoint.e never ends; set a duration or a count");
}

TEST_CASE("a run ends, and later than its warm-up") {
  CHECK(more("", {"endpoint.nic.generator.count=0"}) ==
        Texts{"c.toml: run.duration: 0 is not allowed: endpoint.nic never ends; set a duration or a count"});
  CHECK(more("[run]\nduration = \"1us\"\nwarmup = \"1us\"\n") ==
        Texts{"c.toml:9:10: run.warmup: \"1us\" is not allowed; allowed: less than run.duration = 1us"});
  CHECK(more("[memory]\nsize = \"100000K\"\n") ==
        Texts{"c.toml:8:8: memory.size: 100000K is not allowed; allowed: a multiple of 16M"});
}

// -- --set ------------------------------------------------------------------------------------------

TEST_CASE("A --set takes TOML or a bare word and wins over the file") {
  const Config c = good_more("[run]\nduration = \"1ms\"\n",
                             {"run.duration=2us", "title=a b", "run.run_ahead=false", "phb.phb0.tce.hash=\"modulo\"",
                              "phb.phb0.tce.ways=2", "phb.phb0.tce.ways=8", "explore.axes.\"run.seed\"=[1, 2]"});
  CHECK(c.run.duration == 2 * kPsPerUs);
  CHECK(c.title == "a b");
  CHECK_FALSE(c.run.run_ahead);
  CHECK(c.phbs[0].tce.hash == "modulo");
  CHECK(c.phbs[0].tce.ways == 8);
  REQUIRE(c.explore.axes.size() == 1);
  CHECK(c.explore.axes[0].values == Texts{"1", "2"});
}

TEST_CASE("* in a set stands for every name, the preset's too") {
  CHECK(good_more("", {"phb.*.tce.ways=2"}).phbs[0].tce.ways == 2);
  CHECK(good_more("", {"pec.*.engines=7"}).pec_engines.at(0) == 7);
  const Config c = good_more("[phb.a]\n[phb.b]\nindex = 3\n", {"pe.*.phb=b", "phb.*.link.gen=2"});
  CHECK(c.phbs[0].link.gen == 2);
  CHECK(c.phbs[1].link.gen == 2);
  CHECK(c.pes[0].phb == "b");
  CHECK(more("", {"layout.*.description=x"}) ==
        Texts{"--set layout.*.description: * stands for no name: there is no [layout.<name>]"});
}

TEST_CASE("a set reaches into a list of windows") {
  const std::string text = "[layout.l]\nwindows = [{ offset = 0 }, { offset = \"512P\" }]\n";
  CHECK(good_more(text, {"layout.l.windows[1].levels=3"}).find_layout("l")->windows[1].levels == 3);
  CHECK(more(text, {"layout.l.windows[1].levels=7"}) ==
        Texts{"--set layout.l.windows[1].levels: 7 is not allowed; allowed: 1..5"});
  CHECK(more(text, {"layout.l.windows[2].levels=1"}) ==
        Texts{"--set layout.l.windows[2].levels: there is no \"windows[2]\" in the file"});
  CHECK(more(text, {"layout.l.windows.levels=1"}) ==
        Texts{"--set layout.l.windows.levels: no key lies below \"layout.l.windows\""});
}

TEST_CASE("a set of one size replaces the file's list of sizes") {
  const std::string text = "[pe.p]\nlayout = \"bypass\"\n[endpoint.e.generator]\ncount = 1\nsizes = [{ bytes = 1 }]\n";
  CHECK(good(text, {"endpoint.*.generator.size=8K"}).endpoints[0].generator.sizes.at(0).bytes == 8192);
}

TEST_CASE("a wrong set is named") {
  CHECK(more("", {"phb.x.index=0", "run.sed=1", "ti=1", "run", "phb.phb0.tce=1", "run.seed.x=1", "run.seed=[1",
                  "run.seed=1\nduration=1", "phb.phb0.link.lanes=3", "phb.*.tce.foo_bar=1", "pe.nik.layout=bypass"}) ==
        Texts{"--set phb.x.index: no phb is named \"x\"; allowed: \"phb0\"",
              "--set run.sed: unknown key \"sed\"; did you mean \"seed\"?",
              "--set ti: unknown key \"ti\"; allowed: title, platform, memory, pec, phb, pe, endpoint, host, linux, vfio, hypervisor, firmware, run, "
              "explore, layout",
              "--set run: no value; allowed: key=value", "--set phb.phb0.tce: this is a table; name one of its keys",
              "--set run.seed.x: no key lies below \"run.seed\"",
              "--set run.seed: the value is not TOML: Error while parsing array: encountered end-of-file",
              "--set run.seed: the value is more than one value",
              "--set phb.*.tce.foo_bar: unknown key \"foo_bar\"; allowed: clock_mhz, sets, ways, hash, replacement, "
              "lookup_cycles, hit_cycles, lookup_interval, walk_slots, walk_order, walk_cache_entries, prefetch, "
              "cache_invalid, kill_one_cycles",
              "--set pe.nik.layout: no pe is named \"nik\"; did you mean \"nic\"?",
              "--set phb.phb0.link.lanes: 3 is not allowed; allowed: 1..16, a power of two"});
}

// -- axes -------------------------------------------------------------------------------------------

TEST_CASE("axes keep their values as TOML text") {
  const Config c = good_more(
      "[explore]\nrank_by = \"latency_p99\"\njobs = 2\n[explore.axes]\n\"pe.*.layout\" = [\"bypass\", \"ddw-4k\"]\n"
      "\"phb.*.tce.walk_slots\" = [4, 0x8]\nrun.seed = [1]\n\"endpoint.nic.generator.sizes\" = [[{ bytes = 64 }]]\n");
  REQUIRE(c.explore.axes.size() == 4);
  CHECK(c.explore.rank_by == "latency_p99");
  CHECK(c.explore.axes[0].key == "endpoint.nic.generator.sizes");
  CHECK(c.explore.axes[0].values == Texts{"[{ bytes = 64 }]"});
  CHECK(c.explore.axes[1].values == Texts{"\"bypass\"", "\"ddw-4k\""});
  CHECK(c.explore.axes[2].values == Texts{"4", "8"});
  CHECK(c.explore.axes[3].key == "run.seed");
  // Each value works as a set.
  for (const Axis& a : c.explore.axes)
    for (const std::string& v : a.values) CHECK(more("", {a.key + "=" + v}).empty());
}

TEST_CASE("an axis names keys that exist, and each of its values is tried") {
  CHECK(
      more("[explore.axes]\n"
           "\"pe.*.layout\" = [\"bypass\", \"ddw-3k\"]\n"
           "\"phb.*.tce.walk_slot\" = [4]\n"
           "\"phb.b.link.gen\" = [4]\n"
           "\"phb.*.link.lanes\" = [1, 3, 4, 5]\n"
           "\"run.seed\" = 7\n"
           "\"memory.size\" = [\"64G\", \"32G\"]\n"
           "[layout.l]\n"
           "windows = [{ size = \"32G\", mapping = \"per_io\" }, { offset = \"512P\", size = \"64G\" }]\n"
           "[phb.phb0]\n"
           "index = 1\n"
           "[phb.phb3]\n"
           "index = 3\n",
           {"pe.nic.phb=phb0"}) ==
      Texts{
          "c.toml:8:28: explore.axes.\"pe.*.layout\": \"ddw-3k\" is no layout; did you mean \"ddw-4k\"?",
          "c.toml:9:26: explore.axes.\"phb.*.tce.walk_slot\": unknown key \"walk_slot\"; did you mean \"walk_slots\"?",
          "c.toml:10:21: explore.axes.\"phb.b.link.gen\": no phb is named \"b\"; allowed: \"phb0\", \"phb3\"",
          "c.toml:11:26: explore.axes.\"phb.*.link.lanes\": 3 is not allowed; allowed: 1..16, a power of two",
          "c.toml:11:32: explore.axes.\"phb.*.link.lanes\": 5 is not allowed; allowed: 1..16, a power of two",
          "c.toml:12:14: explore.axes.\"run.seed\": 7 is not allowed; allowed: a list of values"});
}

TEST_CASE("a value of an axis that breaks another key says which") {
  CHECK(
      more("[explore.axes]\n\"memory.size\" = [\"64G\", \"128G\"]\n"
           "[layout.l]\nwindows = [{ offset = \"512P\", size = \"64G\" }]\n") ==
      Texts{"c.toml:8:25: explore.axes.\"memory.size\": \"128G\" makes layout.l.windows[0].size wrong: \"64G\" cannot "
            "map all of memory.size = 128G directly; allowed: 0 or at least 128G"});
}

// -- writing ----------------------------------------------------------------------------------------

TEST_CASE("what is written reads back as the same configuration") {
  const std::string full =
      "title = \"all \\\"kinds\\\"\"\n"
      "[memory]\nlatency = \"250.5ns\"\n"
      "[pec.2]\nengines = 48\n"
      "[phb.z]\nindex = 3\nstack_limit = 10\ncheck_indirect_direction = true\n[phb.z.link]\nmps = 512\n"
      "[phb.a]\nindex = 1\n[phb.a.tce]\nclock_mhz = 750\nreplacement = \"plru\"\n"
      "[layout.mine]\ndescription = \"two\"\nwindows = [ { offset = 0, size = \"2G\", mapping = \"per_io\" },"
      " { bypass = true, offset = \"512P\" } ]\n"
      "[pe.x]\nphb = \"z\"\nlayout = \"mine\"\n[pe.y]\nphb = \"a\"\nlayout = \"ddw-2m-l2\"\n"
      "[endpoint.e]\npe = \"x\"\nwindow = 1\nrid = 0x1234\n[endpoint.e.generator]\nrate = 0.1\nzipf_exponent = 1.1\n"
      "sizes = [{ bytes = 1000, weight = 2 }, { bytes = \"1M\" }]\ncount = \"0xffffffffffffffff\"\n"
      "[endpoint.f]\npe = \"y\"\n"
      "[run]\nduration = \"1.5us\"\nseed = \"0x8000_0000_0000_0000\"\n"
      "[explore.axes]\n\"phb.*.link.gen\" = [1, 2]\n\"pe.y.layout\" = [\"bypass\"]\n";
  for (const std::string& text : {full, kLeast, kLeast + "[platform]\npreset = \"power8\"\n"}) {
    const Config c = good(text);
    for (const bool comments : {true, false}) {
      const std::string written = to_toml(c, comments);
      CHECK(to_toml(good(written), comments) == written);
      CHECK(to_toml(good(written), false) == to_toml(c, false));
    }
  }
  const Config c = good(to_toml(good(full)));
  CHECK(c.run.seed == 1ull << 63);
  CHECK(c.endpoints[0].generator.rate == 0.1);
  CHECK(c.phbs[0].stack_limit == 10);
  CHECK(c.pec_engines == std::map<unsigned, unsigned>{{1, 64}, {2, 48}});
}

TEST_CASE("comments of a written configuration give meaning, range and mark") {
  const std::string text = to_toml(good_more(""));
  CHECK(text.find("ways = 4                            # entries of a set; plausible 1-16 (phb.md 4.1); 1..64; "
                  "assumption\n") != std::string::npos);
  CHECK(to_toml(good_more(""), false).find('#') == std::string::npos);
}

TEST_CASE("every key that is listed can be set to its default") {
  const Texts skipped{"platform.preset", "pe.<name>.phb", "pe.<name>.layout", "endpoint.<name>.pe",
                      "endpoint.<name>.generator.count"};
  for (const KeyInfo& k : all_keys()) {
    INFO(k.key);
    CHECK_FALSE(k.meaning.empty());
    CHECK_FALSE(k.allowed.empty());
    if (k.standard.empty() || k.key.find('[') != std::string::npos) continue;
    if (std::find(skipped.begin(), skipped.end(), k.key) != skipped.end()) continue;
    if (k.key.rfind("layout", 0) == 0) continue;
    std::string key = k.key;
    for (const std::string place : {"<name>", "<number>"}) {
      const auto at = key.find(place);
      if (at != std::string::npos) key.replace(at, place.size(), "*");
    }
    CHECK(more("", {key + "=" + k.standard}).empty());
    CHECK(to_toml(good_more("", {key + "=" + k.standard})) == to_toml(good_more("")));
  }
}

TEST_CASE("docs/config-reference.md is what keys_markdown() writes") {
  std::ifstream in(PHBSIM_SOURCE_DIR "/docs/config-reference.md", std::ios::binary);
  REQUIRE(in);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  CHECK((text == keys_markdown()));  // if not: phbsim list keys --markdown > docs/config-reference.md
}

TEST_CASE("presets are listed with one line each") {
  REQUIRE(presets().size() == 3);
  CHECK(presets()[0].name == "power8");
  for (const PresetInfo& p : presets()) CHECK_FALSE(p.description.empty());
}
