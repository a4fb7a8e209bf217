// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "models/arch/generation.hpp"
#include "models/base/check.hpp"
#include "platform/cli/commands.hpp"
#include "platform/config/spelling.hpp"
#include "platform/registers/c_header.hpp"
#include "platform/registers/describe.hpp"

namespace phbsim::cli {

namespace po = boost::program_options;

namespace {

constexpr std::string_view kDefaultGeneration = "phb4-big";

const arch::GenerationFacts& generation_named(const std::string& name) {
  std::vector<std::string> known;
  for (const arch::GenerationFacts& g : arch::kGenerations) {
    if (g.name == name) return g;
    known.emplace_back(g.name);
  }
  throw UserError("--generation is " + config::quote(name) + ", known: " + config::join(known, ", "));
}

}  // namespace

int registers_command(const Words& words) {
  po::options_description options("options");
  options.add_options()("generation", po::value<std::string>(),
                        "phb3, phb4-big (default), phb4-small, phb5-big, phb5-small")(
      "format", po::value<std::string>()->default_value("text"),
      "text; markdown: all of docs/registers.md, or one generation's; c-header: for firmware, all generations")(
      "table", po::value<std::string>()->default_value("phb"),
      "phb, or scom: what is around it. Of listing and C header");
  po::variables_map values;
  if (!parse(command_named("registers"), options, words, values)) return kOk;
  const auto& names = values["words"].as<Words>();
  const std::string format = values["format"].as<std::string>();
  const bool one_generation = values.count("generation") != 0;
  const arch::GenerationFacts& facts =
      generation_named(one_generation ? values["generation"].as<std::string>() : std::string(kDefaultGeneration));
  if (format != "text" && format != "markdown" && format != "c-header")
    throw UserError("--format is " + config::quote(format) + ", known: text, markdown, c-header");
  const std::string table = values["table"].as<std::string>();
  if (table != "phb" && table != "scom") throw UserError("--table is " + config::quote(table) + ", known: phb, scom");
  const bool scom = table == "scom";
  if (scom && format == "markdown") throw UserError("--format markdown has both tables; drop --table");
  if (scom && !names.empty()) throw UserError("a register's name says its table; drop --table");
  if (names.size() > 2) throw UserError("a register and a value at most; what is " + config::quote(names[2]) + "?");
  if (!names.empty() && format != "text") throw UserError("one register is printed as text only; drop --format");
  if (format == "c-header") {
    if (one_generation) throw UserError("a C header is for all generations; drop --generation");
    std::cout << (scom ? registers::pec_c_header() : registers::phb_c_header());
    return kOk;
  }
  if (format == "markdown") {
    std::cout << (one_generation ? registers::generation_markdown(facts.generation) : registers::registers_markdown());
    return kOk;
  }
  if (names.empty()) {
    std::cout << registers::listing(facts, scom);
    return kOk;
  }
  const registers::NamedRegister r = registers::named_register(names[0], facts);
  if (names.size() == 1) {
    std::cout << registers::detail(r, facts);
    return kOk;
  }
  const auto value = config::parse_integer(names[1]);
  if (!value) throw UserError("value " + config::quote(names[1]) + " is no 64-bit number, like 0x8000000032920000");
  std::cout << registers::decoded(r, facts, *value);
  return kOk;
}

}  // namespace phbsim::cli
