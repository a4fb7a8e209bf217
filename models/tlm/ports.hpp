// SPDX-License-Identifier: Apache-2.0
/// Socket ends that speak the whole base protocol and hand requests to a module in engine time.
///
/// TargetPort serves, on the same socket: our own initiators (extension with `early` set, one call
/// each way), foreign AT initiators (four phases, one request and one response at a time, calls at
/// true kernel time without annotated delay) and b_transport. InitiatorPort sends to any target.
///
/// Not supported, answered with the standard's error response: byte enables, streaming.
#pragma once

#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/tlm/dma_extension.hpp"
#include "models/tlm/engine_driver.hpp"

namespace phbsim {

class TargetPort final : public tlm::tlm_target_socket<64>, private tlm::tlm_fw_transport_if<>, private EventHandler {
 public:
  class Client {
   public:
    /// A request arrives at port.arrival(), which is engine().now() unless the port takes requests
    /// ahead of time. Returns a positive delay to complete it that much later without a further
    /// call, or 0 to answer later by respond().
    virtual Tick on_request(TargetPort& port, tlm::tlm_generic_payload& payload, DmaExtension& ext) = 0;
    virtual unsigned on_debug(TargetPort&, tlm::tlm_generic_payload&) { return 0; }
    /// Direct memory at `addr`: fills in the region and what it allows, or returns false, with the region that is
    /// refused. The end of a grant is told by revoke_direct().
    virtual bool on_direct(TargetPort&, std::uint64_t addr, tlm::tlm_dmi& region) {
      region.set_start_address(addr);
      region.set_end_address(addr);
      return false;
    }

   protected:
    ~Client() = default;
  };

  /// When a request leaves the receive buffer: at once, or when the client calls release().
  enum class Release : std::uint8_t { OnArrival, ByClient };
  /// Whether the client is called when a request arrives, or already when our own initiators
  /// announce it with a delay. Ahead is exact for a client that serves its requests in order of
  /// arrival and has one initiator that announces them in that order: it saves an event each.
  enum class Delivery : std::uint8_t { WhenDue, Ahead };

  TargetPort(const char* name, EngineDriver& driver, Client& client, Release release, unsigned index = 0,
             Delivery delivery = Delivery::WhenDue);

  /// Time of arrival of the request that the client is being called for.
  Tick arrival() const { return arrival_; }

  unsigned index() const { return index_; }
  /// Extension given to payloads that bring none.
  DmaExtension plain;

  /// Answers a request at engine time; the response status must be set.
  void respond(tlm::tlm_generic_payload& payload, DmaExtension& ext);
  /// The request was taken from the receive buffer, with its END_REQ if it is still due. Only calls
  /// our own initiators, who count credits by it, and foreign AT initiators.
  void release(tlm::tlm_generic_payload& payload, DmaExtension& ext);
  /// A part of the answer, `bytes` long, is on its way (to initiators with `early` only).
  void partial(tlm::tlm_generic_payload& payload, DmaExtension& ext, std::uint32_t bytes);
  /// Direct memory that was granted in [first, last] is no longer.
  void revoke_direct(std::uint64_t first, std::uint64_t last) { (*this)->invalidate_direct_mem_ptr(first, last); }

 private:
  enum Event : std::uint32_t { kArrive, kCallBack, kRespond, kUnsent };
  enum class Due : std::uint8_t { EndReq, BeginResp };
  struct ForeignCall {
    tlm::tlm_generic_payload* payload = nullptr;
    DmaExtension ext;
    bool own_extension = false;
    bool brought_early = false;  ///< the extension of a payload that came by b_transport after all
    bool blocking = false;
    bool begun = false;     ///< END_REQ (or what implies it) is out
    bool responded = false;
    sc_core::sc_event done;
    unsigned slot = 0;
  };

  // tlm_fw_transport_if
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) override;
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& region) override;
  unsigned transport_dbg(tlm::tlm_generic_payload& payload) override { return client_.on_debug(*this, payload); }

  void start_of_simulation() override;
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  tlm::tlm_sync_enum begin_native(tlm::tlm_generic_payload& payload, DmaExtension& ext, tlm::tlm_phase& phase,
                                  sc_core::sc_time& delay);
  ForeignCall& open(tlm::tlm_generic_payload& payload, bool blocking);
  void close(ForeignCall& call);
  ForeignCall* find(const tlm::tlm_generic_payload& payload);
  void arrive(ForeignCall& call);
  void queue_call_back(ForeignCall& call, Due due);
  void call_back(ForeignCall& call, Due due);
  void send_response(ForeignCall& call);
  tlm::tlm_sync_enum call_initiator(tlm::tlm_generic_payload& payload, tlm::tlm_phase phase);
  void respond_through(tlm::tlm_generic_payload& payload);
  void send_through(tlm::tlm_generic_payload& payload);
  void closed_through(const tlm::tlm_generic_payload& payload, Tick at);
  void response_closed();
  static bool acceptable(tlm::tlm_generic_payload& payload);

  EngineDriver& driver_;
  Client& client_;
  Release release_;
  Delivery delivery_;
  unsigned index_;
  Tick arrival_ = 0;
  std::vector<std::unique_ptr<ForeignCall>> calls_;
  std::vector<unsigned> free_calls_;
  std::deque<ForeignCall*> ready_;        ///< foreign responses behind one that is not closed
  ForeignCall* open_response_ = nullptr;  ///< BEGIN_RESP sent, END_RESP awaited

  // Our own initiators behind something that somebody put between: it may close a response later.
  struct Responding {
    const tlm::tlm_generic_payload* payload;
    bool closed;
    Responding* outer;
  };
  bool native_ = false;                                 ///< the initiator is ours and nobody is between
  Responding* responding_ = nullptr;                    ///< calls of BEGIN_RESP that have not returned
  const tlm::tlm_generic_payload* unclosed_ = nullptr;  ///< END_RESP awaited
  std::deque<tlm::tlm_generic_payload*> unsent_;        ///< responses behind it
};

class InitiatorPort final : public tlm::tlm_initiator_socket<64>, private tlm::tlm_bw_transport_if<>, private EventHandler {
 public:
  class Client {
   public:
    /// A request of ours was answered; engine().now() is the time.
    virtual void on_response(InitiatorPort& port, DmaPayload& payload) = 0;
    virtual void on_partial(InitiatorPort&, DmaPayload&) {}
    virtual void on_release(InitiatorPort&, DmaPayload&) {}

   protected:
    ~Client() = default;
  };

  InitiatorPort(const char* name, EngineDriver& driver, Client& client, unsigned index = 0);

  unsigned index() const { return index_; }
  /// Sends a prepared payload so that it arrives `ahead` after engine time. It stays the caller's,
  /// untouched, until on_response.
  void send(DmaPayload& payload, Tick ahead = 0) {
    if (in_request_ != nullptr) {
      waiting_.push_back({&payload, driver_.now() + ahead});
      return;
    }
    transmit(payload, driver_.now() + ahead);
  }

 private:
  enum Event : std::uint32_t { kResponse, kRequestFree, kPartial, kRelease };

  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) override;
  void invalidate_direct_mem_ptr(sc_dt::uint64, sc_dt::uint64) override {}
  void on_event(std::uint32_t kind, std::uint64_t arg) override;
  struct Waiting {
    DmaPayload* payload;
    Tick at;
  };

  void start_of_simulation() override;
  void transmit(DmaPayload& payload, Tick at);
  void answered(DmaPayload& payload);
  void request_free();

  EngineDriver& driver_;
  Client& client_;
  unsigned index_;
  bool native_ = false;               ///< the target is ours and nobody is between
  DmaPayload* in_request_ = nullptr;  ///< BEGIN_REQ sent, END_REQ due (foreign targets only)
  std::deque<Waiting> waiting_;
};

}  // namespace phbsim
