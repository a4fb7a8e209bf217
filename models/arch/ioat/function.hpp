// SPDX-License-Identifier: Apache-2.0
/// An I/OAT function as PCI sees it: its BAR (device registers, one channel, MSI-X), the registers of its own in
/// configuration space, and the DMA that it makes, interrupts included.
///
/// Configuration space proper belongs to whoever owns the bus; what of it matters here comes by set_control().
/// An access of the BAR may have 1, 2, 4 or 8 bytes and cover several registers or parts of them; what is no
/// register reads as zero and drops writes.
/// [MA] Without bus mastering the engine waits. MSI-X only: neither INTx nor MSI. CHANERR_INT latches what CHANERR
/// got. Not modelled: DCA, the other registers of the device.
#pragma once

#include <array>
#include <cstdint>

#include "models/arch/ioat/channel.hpp"
#include "models/arch/ioat/identity.hpp"

namespace phbsim::arch::ioat {

struct FunctionOptions {
  const Model* model = &kModels[0];
  ChannelOptions channel;
};

/// Of PCI's command register and MSI-X capability.
struct Control {
  bool bus_master = false;
  bool msix_enable = false;
  bool msix_mask = false;  ///< of the whole function
};

class Function {
 public:
  explicit Function(const FunctionOptions& options);

  const Model& model() const { return *model_; }
  const Channel& channel() const { return channel_; }
  unsigned tags() const { return channel_.tags(); }

  /// Registers in the low bytes of the value. `offset` + `bytes` within the BAR. A read may have an effect, too.
  std::uint64_t read(std::uint32_t offset, unsigned bytes);
  void write(std::uint32_t offset, unsigned bytes, std::uint64_t value);

  /// Four bytes at kConfig...; others are not this function's: zero.
  std::uint32_t read_config(std::uint32_t offset) const;
  void write_config(std::uint32_t offset, std::uint32_t value);

  void set_control(const Control& control) { control_ = control; }
  const Control& control() const { return control_; }
  /// Function-level reset; what is under way is waited for before anything new begins.
  void reset();

  /// As Channel's, with messages filled in.
  bool next(Request& request);
  void done(unsigned tag, bool ok);
  bool quiet() const { return channel_.quiet(); }

 private:
  struct Vector {
    std::array<unsigned char, kMsixEntryBytes> entry{};  ///< as in the table: address, data, vector control
    bool pending = false;
    bool masked() const { return (entry[12] & 1) != 0; }
  };

  std::uint64_t read_register(const RegSpec& spec);
  std::uint64_t peek(Reg r) const;
  void write_register(const RegSpec& spec, std::uint64_t mask, std::uint64_t value);
  bool deliverable() const { return control_.msix_enable && !control_.msix_mask && !vector_.masked(); }
  bool fill_message(Request& request);
  void latch_errors();

  const Model* model_;
  Channel channel_;
  Control control_;
  std::array<std::uint64_t, kRegs> regs_{};  ///< those of the device
  Vector vector_;
  std::uint32_t channel_errors_ = 0;  ///< as last seen
  std::uint32_t error_int_ = 0;
  std::uint32_t error_int_mask_ = 0;
};

}  // namespace phbsim::arch::ioat
