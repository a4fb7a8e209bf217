// SPDX-License-Identifier: Apache-2.0
/// A PCIe link with the transaction layers of its two ends.
///
/// Each device socket takes DMA requests of any length; the link makes TLPs of them (MRRS or MPS,
/// 4 KiB boundaries), holds read tags, waits for credits, shares the wire between the devices TLP
/// by TLP, and delivers each TLP to the PHB as a payload of its own whose time is the arrival of its
/// last byte (announced with a delay when it starts).
/// The PHB's completions come back in parts; a request is answered when its last one has arrived. A
/// write is answered when the PHB has performed it: nothing travels back for it.
/// Several devices on one link stand behind an ideal switch: it adds no latency and no credits of
/// its own.
/// Requests towards the devices (loads and stores of the host) take the same wires: `host_in` sends
/// each to the device whose window holds its address, out of `device_out`; a load's answer comes back
/// as a completion that does not pass the device's earlier writes, and is the host's when these are
/// performed in memory. A store is answered when the device has taken it. No host has to be there:
/// the sockets exist if asked for. Not modelled: replay, power states, training, virtual channels.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "models/arch/pcie_split.hpp"
#include "models/base/ring_queue.hpp"
#include "models/base/slab.hpp"
#include "models/pcie/link_direction.hpp"
#include "models/pcie/link_params.hpp"
#include "models/stats/registry.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::pcie {

class PcieLink final : public sc_core::sc_module,
                       private TargetPort::Client,
                       private InitiatorPort::Client,
                       private EventHandler {
 public:
  /// The first `host_devices` of the devices take loads and stores of the host.
  PcieLink(const sc_core::sc_module_name& name, EngineDriver& driver, const LinkParams& params, unsigned devices,
           stats::Registry& registry, unsigned host_devices = 0);

  TargetPort& device_in(unsigned i) { return *devices_[i].in; }
  InitiatorPort phb_out;
  /// With host_devices only; device_out(i) of these.
  TargetPort& host_in() { return *host_in_; }
  InitiatorPort& device_out(unsigned i) { return *devices_[i].out; }
  /// Addresses [base, base + bytes) of host_in belong to a device, one of host_devices.
  void add_window(BusAddr base, std::uint64_t bytes, unsigned device) { windows_.push_back({base, bytes, device}); }
  /// Takes a device's windows away: its BARs answer no more.
  void remove_windows(unsigned device) {
    windows_.erase(std::remove_if(windows_.begin(), windows_.end(), [&](const Window& w) { return w.device == device; }),
                   windows_.end());
  }

  const LinkParams& params() const { return params_; }
  /// Counters, with those of the two directions brought up to date.
  const stats::Block& stats();

 private:
  enum Event : std::uint32_t { kPumpUp, kPumpDown, kComplete, kHostArrive, kHostDone };

  /// A DMA request of a device, in the making of its TLPs.
  struct Request {
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension* ext = nullptr;
    unsigned device = 0;
    BusAddr next = 0;
    std::uint64_t offset = 0;
    std::uint64_t left = 0;        ///< not yet made into TLPs
    std::uint64_t unfinished = 0;  ///< not yet completed
    std::uint64_t age = 0;
    std::uint64_t next_length(const LinkParams& p, TlpClass cls) const {
      return arch::request_part(next, left, cls == TlpClass::Posted ? p.mps : p.mrrs);
    }
    arch::Fault fault = arch::Fault::None;
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
  };
  struct Tlp {
    std::uint32_t request = 0;
    unsigned length = 0;
    unsigned answered = 0;  ///< bytes handed to the downward direction
    std::uint64_t write = 0;  ///< which of its device's writes
    // Large and rarely all touched: behind what each step looks at.
    DmaPayload payload;
  };
  /// A load or store of the host on its way to a device.
  struct HostRequest {
    DmaPayload payload;
    tlm::tlm_generic_payload* origin = nullptr;
    DmaExtension* ext = nullptr;
    unsigned device = 0;
    std::uint64_t age = 0;
    std::uint64_t follows = 0;  ///< a load's answer: writes of the device that were sent before it
    unsigned unperformed = 0;   ///< of these
    bool arrived = false;       ///< it waits for them only
  };
  struct Window {
    BusAddr base;
    std::uint64_t bytes;
    unsigned device;
  };
  struct Device {
    std::unique_ptr<TargetPort> in;
    std::unique_ptr<InitiatorPort> out;
    RingQueue<std::uint32_t> answers;  ///< loads of the host that the device has answered
    RingQueue<std::uint32_t> answers_sent;  ///< of these, on the wire or waiting for writes
    std::uint64_t writes = 0;  ///< TLPs sent
    unsigned unperformed = 0;  ///< of these
    TlpOffer answer_offer;
    std::array<RingQueue<std::uint32_t>, 2> queues;  ///< requests: posted, non-posted
    std::array<TlpOffer, 2> offers;
    unsigned tags = 0;
    bool tag_stalled = false;
  };
  struct Chunk {
    std::uint32_t tlp;
    unsigned bytes;
    bool last;
    std::uint64_t age;
  };

  struct Up final : LinkDirection::Sources {
    explicit Up(PcieLink& l) : link(l) {}
    const TlpOffer* head(unsigned source, TlpClass cls) override { return link.up_head(source, cls); }
    bool sent(unsigned source, TlpClass cls, Tick start, Tick end) override {
      return link.up_sent(source, cls, start, end);
    }
    PcieLink& link;
  };
  struct Down final : LinkDirection::Sources {
    explicit Down(PcieLink& l) : link(l) {}
    const TlpOffer* head(unsigned, TlpClass cls) override { return link.down_head(cls); }
    bool sent(unsigned, TlpClass cls, Tick start, Tick end) override { return link.down_sent(cls, start, end); }
    PcieLink& link;
  };

  Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) override;
  void on_response(InitiatorPort& port, DmaPayload& payload) override;
  void on_partial(InitiatorPort& port, DmaPayload& payload) override;
  void on_release(InitiatorPort& port, DmaPayload& payload) override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;

  const TlpOffer* up_head(unsigned source, TlpClass cls);
  bool up_sent(unsigned source, TlpClass cls, Tick start, Tick end);
  TlpOffer offer_of(const Request& r, TlpClass cls) const;
  void send_tlp(std::uint32_t request, TlpClass cls, Tick start, Tick end);
  void send_completion(const Chunk& chunk, Tick start, Tick end);
  const TlpOffer* down_head(TlpClass cls);
  bool down_sent(TlpClass cls, Tick start, Tick end);
  Tick host_request(tlm::tlm_generic_payload& payload, DmaExtension& ext);
  TlpOffer host_offer(const HostRequest& h, TlpClass cls) const;
  void host_answered(std::uint32_t id);
  void host_arrived(std::uint32_t id);
  void host_done(std::uint32_t id);
  void performed(Device& device, std::uint64_t write);
  void pump_up();
  void pump_down();
  void queue_completion(std::uint32_t tlp, unsigned bytes, bool last);
  void finish(std::uint32_t tlp);

  EngineDriver& driver_;
  Engine& engine_;
  LinkParams params_;
  stats::Block stats_;
  Up up_sources_{*this};
  Down down_sources_{*this};
  LinkDirection up_;
  LinkDirection down_;
  std::vector<Device> devices_;
  Slab<Request> requests_;
  Slab<Tlp> tlps_;
  RingQueue<Chunk> completions_;
  std::unique_ptr<TargetPort> host_in_;
  Slab<HostRequest> host_requests_;
  std::array<RingQueue<std::uint32_t>, 2> host_queues_;  ///< stores, loads
  std::array<TlpOffer, 2> host_offers_;
  std::vector<Window> windows_;
  TlpOffer completion_offer_;
  std::uint64_t next_age_ = 0;
  Tick up_pump_at_ = kNever;
  Tick down_pump_at_ = kNever;
};

}  // namespace phbsim::pcie
