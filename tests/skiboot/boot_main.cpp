// SPDX-License-Identifier: Apache-2.0
/// Boots a firmware image on the PowerNV machine and prints its log, what nobody answered and where it ended:
///     boot IMAGE [instructions=N] [ticks=TICKS_PER_INSTRUCTION] [cards=0,1,3] [memory=MIB] [held=1]
/// Exit status 0 if the payload was entered.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>

#include "models/base/check.hpp"
#include "models/base/text.hpp"
#include "platform/firmware/powernv.hpp"

namespace {

using namespace phbsim;

void print(const firmware::DeviceTreeNode& node, const std::string& path) {
  const auto* vendor = node.property("vendor-id");
  const auto* device = node.property("device-id");
  if (vendor != nullptr && device != nullptr && vendor->size() == 4 && device->size() == 4)
    std::printf("pci %s vendor %02x%02x device %02x%02x\n", path.c_str(), (*vendor)[2], (*vendor)[3], (*device)[2],
                (*device)[3]);
  for (const auto& child : node.children()) print(*child, path + "/" + child->name());
}

std::uint64_t number(const std::string& text, const std::string& where) {
  char* end = nullptr;
  const std::uint64_t v = std::strtoull(text.c_str(), &end, 0);
  if (text.empty() || *end != '\0') throw UserError(where + ": value is \"" + text + "\", must be a number");
  return v;
}

int boot(int argc, char** argv) {
  std::ifstream file(argv[1], std::ios::binary);
  if (!file) throw UserError(std::string(argv[1]) + ": cannot be read");
  const std::vector<unsigned char> image{std::istreambuf_iterator<char>(file), {}};
  firmware::PowerNvOptions options;
  std::uint64_t instructions = 1'000'000'000;
  for (int i = 2; i < argc; ++i) {
    const std::string arg = argv[i];
    const std::size_t equals = arg.find('=');
    const std::string name = arg.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : arg.substr(equals + 1);
    if (name == "instructions") {
      instructions = number(value, name);
    } else if (name == "ticks") {
      options.ticks_per_instruction = static_cast<unsigned>(number(value, name));
    } else if (name == "memory") {
      options.memory_bytes = number(value, name) * kMiB;
    } else if (name == "held") {
      options.links_held_up = number(value, name) != 0;
    } else if (name == "cards") {
      options.cards.clear();
      for (std::size_t at = 0; at < value.size();) {
        const std::size_t comma = std::min(value.find(',', at), value.size());
        options.cards.insert(static_cast<unsigned>(number(value.substr(at, comma - at), name)));
        at = comma + 1;
      }
    } else {
      throw UserError("argument is \"" + arg + "\", must be instructions=, ticks=, memory=, held= or cards=");
    }
  }
  firmware::PowerNv machine(options, image);
  const auto end = machine.run(instructions);
  std::printf("-- console\n%s\n-- log\n%s\n-- unanswered\n", machine.console().c_str(), machine.memory_log().c_str());
  for (const auto& [what, count] : machine.unanswered())
    std::printf("%s (%llu)\n", what.c_str(), static_cast<unsigned long long>(count));
  std::printf("-- devices\n");
  if (const auto tree = machine.payload_tree()) print(*tree, "");
  std::printf("-- end\n%s; %llu instructions, %.3f s of the time base, pc %s, lr %s\n", end.text.c_str(),
              static_cast<unsigned long long>(end.executed), static_cast<double>(machine.now()) / 512e6,
              text::hex(machine.core().state().nip).c_str(), text::hex(machine.core().state().lr).c_str());
  return end.payload ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s IMAGE [instructions=N] [ticks=N] [memory=MIB] [held=1] [cards=N,N]\n", argv[0]);
    return 2;
  }
  try {
    return boot(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 2;
  }
}
