// SPDX-License-Identifier: Apache-2.0
/// One debugger on a loopback TCP port or a UNIX socket. Single-threaded: the processor asks poll() now and then
/// and calls stopped() when it stands still.
#pragma once

#include <memory>
#include <string>

#include "platform/firmware/gdb_protocol.hpp"

namespace phbsim::firmware {

class GdbServer {
 public:
  /// Listens on "PORT" or "127.0.0.1:PORT" (0: any free one) or "unix:PATH". Throws UserError.
  GdbServer(const std::string& where, DebugTarget& target);
  ~GdbServer();
  GdbServer(const GdbServer&) = delete;
  GdbServer& operator=(const GdbServer&) = delete;

  /// As a debugger is to be given it: "127.0.0.1:1234" or a path.
  const std::string& address() const { return address_; }
  bool connected() const { return client_ >= 0; }
  /// Waits until a debugger is there.
  void wait_for_debugger();
  /// While the target runs: true if it shall stop, for Ctrl-C or because a debugger has come.
  bool poll();
  /// The target stands still: serves the debugger until it says how to go on. Without one: Detach, at once.
  DebugResume stopped(const DebugStop& stop);
  /// The program is over: tells a debugger that is there.
  void exited(unsigned status);

 private:
  void listen_tcp(unsigned port);
  void listen_unix(const std::string& path);
  bool accept_debugger();
  bool receive(bool wait);
  void flush();
  void disconnect();

  DebugTarget& target_;
  std::unique_ptr<GdbProtocol> protocol_;
  std::string address_;
  std::string path_;  ///< to remove at the end
  int listener_ = -1;
  int client_ = -1;
};

}  // namespace phbsim::firmware
