// SPDX-License-Identifier: Apache-2.0
/// What our own payloads carry besides the generic payload. Without it a payload is served as a
/// plain TLM-2.0 transaction.
#pragma once

#include <cstdint>
#include <tlm>

#include "models/arch/faults.hpp"
#include "models/arch/tce.hpp"
#include "models/base/types.hpp"
#include "models/stats/stages.hpp"

namespace phbsim {

struct DmaExtension final : tlm::tlm_extension<DmaExtension> {
  // Set by the initiator.
  Rid rid = 0;
  bool early = false;            ///< initiator closes responses with TLM_COMPLETED (our own do)
  bool no_data = false;          ///< timing only: no byte is moved
  bool relaxed_order = false;    ///< read may pass earlier writes of its requester
  bool blocking = false;         ///< came in by b_transport
  bool taken = false;            ///< by a target of ours, behind what somebody put between
  std::uint64_t owner = 0;       ///< the initiator's own index
  tlm::tlm_generic_payload* payload = nullptr;  ///< the payload that carries this

  // Translation, between Phb and TceUnit; pe, real, permissions and page_shift are also told to
  // whoever sent the request (of its first byte), for checkers and recorders.
  PeNumber pe = 0;
  const arch::Tve* tve = nullptr;
  BusAddr bus_addr = 0;          ///< address on the bus, window bits included
  std::uint64_t offset = 0;      ///< as presented to the TVE
  RealAddr real = 0;             ///< answer
  std::uint64_t permissions = 0; ///< answer: bits of the leaf
  unsigned page_shift = 12;      ///< answer: of the window; 12 without translation

  // Answers.
  arch::Fault fault = arch::Fault::None;
  std::uint32_t chunk_bytes = 0; ///< payload of a partial completion
  Tick waited = 0;               ///< Memory: time spent waiting for a channel
  stats::SharedClock clock;

  tlm::tlm_extension_base* clone() const override { return new DmaExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const DmaExtension&>(other); }
};

/// A payload with its extension inside; owned by the module that sends it, reused, never freed by
/// reference counting.
struct DmaPayload final : tlm::tlm_generic_payload {
  DmaPayload() {
    set_mm(&Owned::manager());
    set_extension(&ext);
    ext.early = true;
    ext.payload = this;
  }
  ~DmaPayload() override { clear_extension(&ext); }
  DmaPayload(const DmaPayload&) = delete;
  DmaPayload& operator=(const DmaPayload&) = delete;

  /// Prepares a request of `length` bytes; a null `data` stands for bytes nobody looks at.
  void prepare(tlm::tlm_command command, std::uint64_t address, unsigned length, unsigned char* data) {
    static unsigned char nothing[128];
    set_command(command);
    set_address(address);
    set_data_length(length);
    set_streaming_width(length);
    set_data_ptr(data != nullptr ? data : nothing);
    set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    set_dmi_allowed(false);
    ext.no_data = data == nullptr;
    ext.fault = arch::Fault::None;
    ext.waited = 0;
  }

  DmaExtension ext;

 private:
  /// Who receives it may count references, as the standard promises; nobody frees it by them.
  struct Owned final : tlm::tlm_mm_interface {
    void free(tlm::tlm_generic_payload*) override {}
    static Owned& manager() {
      static Owned m;
      return m;
    }
  };
};

/// Ignorable phases on the backward path between our modules: a completion other than the last
/// (ext.chunk_bytes of data), and the return of the request's receive buffer.
DECLARE_EXTENDED_PHASE(PARTIAL_COMPLETION);
DECLARE_EXTENDED_PHASE(BUFFER_RELEASE);

/// The two phases as constants; DECLARE_EXTENDED_PHASE makes a function call of each use.
struct ExtendedPhases {
  static const tlm::tlm_phase& partial() {
    static const tlm::tlm_phase p = PARTIAL_COMPLETION;
    return p;
  }
  static const tlm::tlm_phase& release() {
    static const tlm::tlm_phase p = BUFFER_RELEASE;
    return p;
  }
};

}  // namespace phbsim
