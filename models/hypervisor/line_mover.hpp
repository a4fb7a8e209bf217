// SPDX-License-Identifier: Apache-2.0
/// The CPU side of memory: stores of doublewords, neighbours of one line together, and reads of
/// line pieces. Several at once; who asked counts what is still under way.
#pragma once

#include <array>
#include <cstdint>

#include "models/base/slab.hpp"
#include "models/tlm/ports.hpp"

namespace phbsim::hypervisor {

constexpr unsigned kMoverLine = 128;

class LineMover final : private InitiatorPort::Client {
 public:
  class Client {
   public:
    /// One line access of `owner` is done; of a read, `bytes` are the `n` bytes at `addr`.
    virtual void line_done(std::uint64_t owner, bool read, RealAddr addr, const unsigned char* bytes, unsigned n) = 0;

   protected:
    ~Client() = default;
  };

  LineMover(const char* port_name, EngineDriver& driver, Client& client)
      : port(port_name, driver, static_cast<InitiatorPort::Client&>(*this)), client_(client) {}

  /// mem_out of the module that owns this.
  InitiatorPort port;

  /// Sends doubleword stores (anything with `addr` and `value`) in order; returns the line writes.
  template <class Stores>
  unsigned store(const Stores& stores, std::uint64_t owner) {
    unsigned sent = 0;
    for (std::size_t i = 0; i < stores.size(); ++sent) {
      const RealAddr first = stores[i].addr;
      const std::uint32_t id = lines_.take();
      Line& line = lines_[id];
      unsigned n = 0;
      while (i < stores.size() && stores[i].addr == first + 8ull * n && stores[i].addr / kMoverLine == first / kMoverLine) {
        store_be64(line.bytes.data() + 8ull * n, stores[i].value);
        ++n;
        ++i;
      }
      send(id, true, first, 8 * n, owner);
    }
    return sent;
  }
  /// Writes bytes; returns the line writes.
  unsigned write(RealAddr addr, const unsigned char* bytes, unsigned n, std::uint64_t owner) {
    return move(true, addr, bytes, n, owner);
  }
  /// Reads bytes; returns the line reads.
  unsigned read(RealAddr addr, unsigned n, std::uint64_t owner) { return move(false, addr, nullptr, n, owner); }

 private:
  struct Line {
    DmaPayload payload;
    std::array<unsigned char, kMoverLine> bytes{};
    std::uint64_t owner = 0;
  };

  unsigned move(bool write, RealAddr addr, const unsigned char* bytes, unsigned n, std::uint64_t owner) {
    unsigned sent = 0;
    for (unsigned done = 0; done < n; ++sent) {
      const unsigned part = std::min(n - done, kMoverLine - static_cast<unsigned>((addr + done) % kMoverLine));
      const std::uint32_t id = lines_.take();
      if (write) std::copy(bytes + done, bytes + done + part, lines_[id].bytes.begin());
      send(id, write, addr + done, part, owner);
      done += part;
    }
    return sent;
  }
  void send(std::uint32_t id, bool write, RealAddr addr, unsigned n, std::uint64_t owner) {
    Line& line = lines_[id];
    line.owner = owner;
    line.payload.prepare(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, addr, n, line.bytes.data());
    line.payload.ext.owner = id;
    port.send(line.payload);
  }
  void on_response(InitiatorPort&, DmaPayload& payload) override {
    const auto id = static_cast<std::uint32_t>(payload.ext.owner);
    Line& line = lines_[id];
    // What lies outside memory reads as zeros, not as what the line held before.
    if (payload.is_read() && !payload.is_response_ok()) line.bytes.fill(0);
    client_.line_done(line.owner, payload.is_read(), payload.get_address(), line.bytes.data(), payload.get_data_length());
    lines_.put(id);
  }

  Client& client_;
  Slab<Line> lines_;
};

}  // namespace phbsim::hypervisor
