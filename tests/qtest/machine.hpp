// SPDX-License-Identifier: Apache-2.0
/// The two sides of the comparison: QEMU's powernv machine of a generation, and our PHBs and PECs. Every
/// access is made on both. The model's links are held up as QEMU's are, and what its PECs would do to
/// the PHBs (fence, reset) is not passed on: QEMU's do nothing, and accesses would reach nothing after.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/arch/pec/pec_state.hpp"
#include "models/arch/phb_state.hpp"
#include "tests/qtest/deviations.hpp"
#include "tests/qtest/qtest_client.hpp"

namespace phbsim::qtest {

class Machine {
 public:
  Machine(arch::Generation generation, const std::string& socket);

  arch::Generation generation() const { return generation_; }
  arch::PhbState& phb(unsigned i) { return *phbs_[i]; }
  const arch::PecLayout& layout() const { return arch::pec_layout(generation_); }
  Comparison& comparison() { return comparison_; }
  std::uint64_t accesses() const { return peer_.accesses(); }

  /// Registers of a PHB by name; tables and the address of the IODA port are followed.
  void write_register(unsigned phb, const arch::RegSpec& row, std::uint64_t value);
  void read_register(unsigned phb, const arch::RegSpec& row);
  const arch::RegSpec& row(unsigned phb, arch::Reg reg);

  /// The same through the service bus: HV indirect of PHB4 and PHB5, ASB of PHB3.
  void write_indirect(unsigned phb, const arch::RegSpec& row, std::uint64_t value);
  void read_indirect(unsigned phb, const arch::RegSpec& row);

  /// Accesses of the register window that are not of a register: `place` is what rows name. Of
  /// configuration space the little-endian number is compared.
  void read_window(unsigned phb, const std::string& place, std::uint32_t offset, unsigned bytes);
  void write_window(unsigned phb, const std::string& place, std::uint32_t offset, unsigned bytes, std::uint64_t value);

  void write_scom(const arch::ScomPlace& place, std::uint64_t value);
  void read_scom(const arch::ScomPlace& place);
  arch::ScomPlace scom_place(unsigned phb, arch::PecUnit unit, std::uint16_t id) const;

 private:
  class Etu;
  class NoMemory;

  std::uint64_t xscom(std::uint32_t scom) const;
  std::uint64_t scom_of(const arch::ScomPlace& p) const;
  std::uint64_t window(unsigned phb, std::uint32_t offset) const;
  /// What the IODA port reaches now.
  std::string port_table(unsigned phb, std::uint64_t& element) const;
  void note_write(unsigned phb, const arch::RegSpec& row, std::uint64_t value);
  void note_read(unsigned phb, const arch::RegSpec& row, const std::string& table, std::uint64_t element,
                 std::uint64_t peer, std::uint64_t model);
  void set_up_windows();

  arch::Generation generation_;
  QtestClient peer_;
  Comparison comparison_;
  std::unique_ptr<arch::MemoryView> memory_;
  std::vector<std::unique_ptr<arch::PhbState>> phbs_;
  std::vector<std::unique_ptr<arch::EtuPort>> etus_;
  std::unique_ptr<arch::Scom> scom_;
};

}  // namespace phbsim::qtest
