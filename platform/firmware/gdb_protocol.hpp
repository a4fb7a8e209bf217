// SPDX-License-Identifier: Apache-2.0
/// GDB's remote serial protocol, bytes in and bytes out, one thread, all-stop.
///
///     protocol.receive(bytes);          // as they come
///     while (protocol.serve()) {}       // until a resume() is asked for or input ends
///     send(protocol.take_output());
///
/// What is not a packet of the protocol is answered as the protocol has it: '-' for a wrong checksum, an error for
/// arguments that make no sense, an empty answer for what is not known.
/// Not supported: non-stop mode, several threads or processes, files, tracepoints, conditions of breakpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "platform/firmware/debug_target.hpp"

namespace phbsim::firmware {

class GdbProtocol {
 public:
  explicit GdbProtocol(DebugTarget& target) : target_(target) {}

  void receive(std::string_view bytes) { input_.append(bytes); }
  /// Answers one packet; false if there is none, or the debugger has resumed the target.
  bool serve();
  std::string take_output() { return std::exchange(output_, {}); }

  /// What the debugger wants while the target is stopped; empty: to stay. Taking it sets the target running.
  std::optional<DebugResume> take_resume();
  /// The target, running until now, stands still. Tells the debugger if it waits for that.
  void stopped(const DebugStop& stop);
  /// The program is over; nothing more is asked.
  void exited(unsigned status);
  /// While running: true if the debugger asks for a stop (Ctrl-C). Forgets it.
  bool take_interrupt();

  static constexpr std::size_t kPacketBytes = 0x4000;

 private:
  void packet(std::string_view body);
  void answer(std::string_view body);
  void error(unsigned number);
  void query(std::string_view q);
  void transfer_features(std::string_view args);
  void monitor(std::string_view hex);
  void read_registers();
  void write_registers(std::string_view hex);
  void read_register(std::string_view args);
  void write_register(std::string_view args);
  void read_memory(std::string_view args);
  void write_memory(std::string_view args, bool binary);
  void point(std::string_view args, bool insert);
  void resume(DebugResume how, std::string_view address);
  void resume_threads(std::string_view actions);
  std::string stop_reply() const;
  std::string value_of(const DebugRegister& r);
  std::optional<std::uint64_t> value_from(const DebugRegister& r, std::string_view hex) const;

  DebugTarget& target_;
  std::string input_;
  std::string output_;
  std::string last_answer_;
  DebugStop stop_;
  std::optional<DebugResume> resume_;
  bool running_ = false;
  bool acknowledge_ = true;
};

/// The target description that GDB reads at connection.
std::string target_description();

}  // namespace phbsim::firmware
