// SPDX-License-Identifier: Apache-2.0
// The register model against QEMU's by its qtest protocol (qtest.sh starts QEMU).
//   phbsim_qtest phb3|phb4|phb5 SOCKET
#include <cstdio>
#include <string_view>

#include "models/base/check.hpp"
#include "tests/qtest/sequences.hpp"

namespace {

using phbsim::arch::Generation;

Generation generation_of(std::string_view name) {
  if (name == "phb3") return Generation::Phb3;
  if (name == "phb4") return Generation::Phb4;
  if (name == "phb5") return Generation::Phb5;
  throw phbsim::UserError("generation is \"" + std::string(name) + "\", must be phb3, phb4 or phb5");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw phbsim::UserError("usage: phbsim_qtest phb3|phb4|phb5 SOCKET");
    phbsim::qtest::Machine machine(generation_of(argv[1]), argv[2]);
    compare_phb(machine, 0, 1);
    if (machine.generation() != Generation::Phb3) compare_phb(machine, 1, 2);  // a small one
    compare_pec(machine, 2, 3);
    const bool good = machine.comparison().report();
    std::printf("%s against QEMU: %llu accesses\n", argv[1], static_cast<unsigned long long>(machine.accesses()));
    return good ? 0 : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "phbsim_qtest: %s\n", e.what());
    return 2;
  }
}
