// SPDX-License-Identifier: Apache-2.0
/// Boots a firmware image on the PowerNV machine and prints its log, what nobody answered and where it ended:
///     boot IMAGE [MAX_INSTRUCTIONS [TICKS_PER_INSTRUCTION]]
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

int boot(int argc, char** argv) {
  std::ifstream file(argv[1], std::ios::binary);
  if (!file) throw UserError(std::string(argv[1]) + ": cannot be read");
  const std::vector<unsigned char> image{std::istreambuf_iterator<char>(file), {}};
  firmware::PowerNvOptions options;
  if (argc > 3) options.ticks_per_instruction = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 0));
  firmware::PowerNv machine(options, image);
  const auto end = machine.run(argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 2'000'000'000);
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
    std::fprintf(stderr, "usage: %s IMAGE [MAX_INSTRUCTIONS [TICKS_PER_INSTRUCTION]]\n", argv[0]);
    return 2;
  }
  try {
    return boot(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
    return 2;
  }
}
