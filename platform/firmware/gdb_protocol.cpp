// SPDX-License-Identifier: Apache-2.0
#include "platform/firmware/gdb_protocol.hpp"

#include <algorithm>
#include <utility>

#include "models/base/text.hpp"
#include "platform/firmware/gdb_text.hpp"

namespace phbsim::firmware {

namespace {

constexpr unsigned kBadArguments = 22, kBadAddress = 14, kNotHere = 28;  // numbers that GDB only prints
constexpr std::size_t kLongestInput = 4 * GdbProtocol::kPacketBytes;
constexpr std::string_view kFeatures =
    "PacketSize=4000;QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+";

bool starts_with(std::string_view s, std::string_view prefix) { return s.substr(0, prefix.size()) == prefix; }

/// Splits at the first `at`; the rest is what is behind it.
std::string_view cut(std::string_view& rest, char at) {
  const auto i = rest.find(at);
  const std::string_view first = rest.substr(0, i);
  rest = i == std::string_view::npos ? std::string_view{} : rest.substr(i + 1);
  return first;
}

}  // namespace

// ---------------------------------------------------------------------------------------------
// Frames

bool GdbProtocol::serve() {
  while (!input_.empty() && !resume_ && !running_) {
    const char first = input_[0];
    if (first != '$') {
      if (first == '-' && acknowledge_) output_ += last_answer_;
      input_.erase(0, 1);  // acknowledgements, a late Ctrl-C, noise
      continue;
    }
    const auto hash = input_.find('#');
    if (hash == std::string::npos || input_.size() < hash + 3) {
      if (input_.size() > kLongestInput) input_.clear();  // no debugger sends this
      return false;
    }
    const std::string body = input_.substr(1, hash - 1);
    const auto sum = text::parse_hex(std::string_view(input_).substr(hash + 1, 2));
    input_.erase(0, hash + 3);
    if (acknowledge_) {
      if (!sum || *sum != gdb::checksum(body)) {
        output_ += '-';
        return true;
      }
      output_ += '+';
    }
    packet(body);
    return true;
  }
  return false;
}

void GdbProtocol::answer(std::string_view body) {
  last_answer_ = gdb::frame(body);
  output_ += last_answer_;
}

void GdbProtocol::error(unsigned number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const char code[] = {'E', kDigits[number / 16], kDigits[number % 16]};
  answer({code, sizeof code});
}

bool GdbProtocol::take_interrupt() {
  // Nothing but Ctrl-C is for a running target; what else came is read when it stands still.
  const auto at = input_.find('\x03');
  if (at == std::string::npos) return false;
  input_.erase(at, 1);
  return true;
}

std::optional<DebugResume> GdbProtocol::take_resume() {
  const auto how = std::exchange(resume_, std::nullopt);
  if (how) running_ = true;
  return how;
}

void GdbProtocol::stopped(const DebugStop& stop) {
  stop_ = stop;
  if (!running_) return;  // the debugger asks for the reason when it comes
  running_ = false;
  if (!stop.text.empty()) answer("O" + gdb::to_hex(stop.text + "\n"));
  answer(stop_reply());
}

void GdbProtocol::exited(unsigned status) {
  running_ = false;
  answer("W" + gdb::to_hex(std::string(1, static_cast<char>(status))));
}

std::string GdbProtocol::stop_reply() const {
  std::string reply = "T" + gdb::to_hex(std::string(1, static_cast<char>(stop_.signal)));
  if (stop_.watchpoint) {
    reply += stop_.watch == Point::Write ? "watch:" : stop_.watch == Point::Read ? "rwatch:" : "awatch:";
    reply += text::hex(stop_.address).substr(2) + ";";
  }
  return reply + "thread:1;";
}

// ---------------------------------------------------------------------------------------------
// Packets

void GdbProtocol::packet(std::string_view body) {
  if (body.empty()) return answer("");
  const std::string_view args = body.substr(1);
  switch (body[0]) {
    case '?':
      return answer(stop_reply());
    case 'g':
      return read_registers();
    case 'G':
      return write_registers(args);
    case 'p':
      return read_register(args);
    case 'P':
      return write_register(args);
    case 'm':
      return read_memory(args);
    case 'M':
      return write_memory(args, false);
    case 'X':
      return write_memory(args, true);
    case 'Z':
      return point(args, true);
    case 'z':
      return point(args, false);
    case 'c':
      return resume(DebugResume::Continue, args);
    case 's':
      return resume(DebugResume::Step, args);
    case 'C':
    case 'S': {
      std::string_view rest = args;  // a signal, which means nothing here, and perhaps an address
      cut(rest, ';');
      return resume(body[0] == 'C' ? DebugResume::Continue : DebugResume::Step, rest);
    }
    case 'H':
    case 'T':
      return answer("OK");  // there is one thread
    case 'D':
      answer("OK");
      target_.remove_all();
      resume_ = DebugResume::Detach;
      return;
    case 'k':
      resume_ = DebugResume::Kill;
      return;
    case 'v':
      if (body == "vCont?") return answer("vCont;c;C;s;S");
      if (starts_with(body, "vCont;")) return resume_threads(body.substr(6));
      if (starts_with(body, "vKill")) {
        answer("OK");
        resume_ = DebugResume::Kill;
        return;
      }
      return answer("");
    case 'q':
    case 'Q':
      return query(body);
    default:
      return answer("");
  }
}

void GdbProtocol::query(std::string_view q) {
  if (starts_with(q, "qSupported")) return answer(kFeatures);
  if (q == "QStartNoAckMode") {
    answer("OK");
    acknowledge_ = false;
    return;
  }
  if (q == "qC") return answer("QC1");
  if (q == "qfThreadInfo") return answer("m1");
  if (q == "qsThreadInfo") return answer("l");
  if (starts_with(q, "qAttached")) return answer("1");
  if (starts_with(q, "qSymbol")) return answer("OK");
  if (starts_with(q, "qXfer:features:read:")) return transfer_features(q.substr(20));
  if (starts_with(q, "qRcmd,")) return monitor(q.substr(6));
  answer("");
}

void GdbProtocol::transfer_features(std::string_view args) {
  const std::string_view annex = cut(args, ':');
  const auto offset = text::parse_hex(cut(args, ','));
  const auto length = text::parse_hex(args);
  if (annex != "target.xml") return answer("E00");
  if (!offset || !length) return error(kBadArguments);
  const std::string all = target_description();
  if (*offset >= all.size()) return answer("l");
  const std::string part = all.substr(*offset, std::min<std::uint64_t>(*length, kPacketBytes / 2));
  answer((*offset + part.size() < all.size() ? "m" : "l") + gdb::escape(part));
}

void GdbProtocol::monitor(std::string_view hex) {
  const auto command = gdb::from_hex(hex);
  if (!command) return error(kBadArguments);
  std::string text = target_.monitor(*command);
  if (text.empty()) return answer("OK");
  if (text.size() > kPacketBytes / 2 - 8) text.resize(kPacketBytes / 2 - 8);
  answer(gdb::to_hex(text));
}

// ---------------------------------------------------------------------------------------------
// Registers and memory

std::string GdbProtocol::value_of(const DebugRegister& r) {
  if (r.kind == DebugRegister::Kind::Absent) return std::string(2 * r.bytes, 'x');
  const std::uint64_t v = target_.read_register(r);
  std::string bytes;
  for (unsigned i = 0; i < r.bytes; ++i)
    bytes += static_cast<char>(v >> 8 * (target_.little_endian() ? i : r.bytes - 1 - i));
  return gdb::to_hex(bytes);
}

std::optional<std::uint64_t> GdbProtocol::value_from(const DebugRegister& r, std::string_view hex) const {
  const auto bytes = gdb::from_hex(hex);
  if (!bytes || bytes->size() != r.bytes) return std::nullopt;
  std::uint64_t v = 0;
  for (unsigned i = 0; i < r.bytes; ++i)
    v = v << 8 | static_cast<unsigned char>((*bytes)[target_.little_endian() ? r.bytes - 1 - i : i]);
  return v;
}

void GdbProtocol::read_registers() {
  std::string all;
  for (const DebugRegister& r : kDebugRegisters) all += value_of(r);
  answer(all);
}

void GdbProtocol::write_registers(std::string_view hex) {
  std::array<std::uint64_t, kDebugRegisterCount> values{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const DebugRegister& r = kDebugRegisters[i];
    const bool absent = r.kind == DebugRegister::Kind::Absent;
    const auto v = absent             ? std::optional<std::uint64_t>(0)
                   : at <= hex.size() ? value_from(r, hex.substr(at, 2 * r.bytes))
                                      : std::nullopt;
    if (!v) return error(kBadArguments);
    values[i] = *v;
    at += 2 * r.bytes;
  }
  if (at != hex.size()) return error(kBadArguments);
  // Those that did not change are let alone: writing a timer is not without effect.
  for (std::size_t i = 0; i < values.size(); ++i)
    if (kDebugRegisters[i].kind != DebugRegister::Kind::Absent &&
        target_.read_register(kDebugRegisters[i]) != values[i])
      target_.write_register(kDebugRegisters[i], values[i]);
  answer("OK");
}

void GdbProtocol::read_register(std::string_view args) {
  const auto n = text::parse_hex(args);
  if (!n || *n >= kDebugRegisters.size()) return error(kBadArguments);
  answer(value_of(kDebugRegisters[*n]));
}

void GdbProtocol::write_register(std::string_view args) {
  const auto n = text::parse_hex(cut(args, '='));
  if (!n || *n >= kDebugRegisters.size()) return error(kBadArguments);
  const DebugRegister& r = kDebugRegisters[*n];
  if (r.kind == DebugRegister::Kind::Absent) return error(kNotHere);
  const auto v = value_from(r, args);
  if (!v) return error(kBadArguments);
  target_.write_register(r, *v);
  answer("OK");
}

void GdbProtocol::read_memory(std::string_view args) {
  const auto addr = text::parse_hex(cut(args, ','));
  const auto length = text::parse_hex(args);
  if (!addr || !length) return error(kBadArguments);
  // GDB asks again for what a shorter answer leaves out.
  std::string bytes(std::min<std::uint64_t>(*length, kPacketBytes / 2 - 8), '\0');
  if (!target_.read_memory(*addr, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()))
    return error(kBadAddress);
  answer(gdb::to_hex(bytes));
}

void GdbProtocol::write_memory(std::string_view args, bool binary) {
  const auto addr = text::parse_hex(cut(args, ','));
  const auto length = text::parse_hex(cut(args, ':'));
  const auto bytes = binary ? gdb::unescape(args) : gdb::from_hex(args);
  if (!addr || !length || !bytes || bytes->size() != *length) return error(kBadArguments);
  if (!bytes->empty() &&
      !target_.write_memory(*addr, reinterpret_cast<const unsigned char*>(bytes->data()), bytes->size()))
    return error(kBadAddress);
  answer("OK");
}

void GdbProtocol::point(std::string_view args, bool insert) {
  const auto kind = text::parse_hex(cut(args, ','));
  const auto addr = text::parse_hex(cut(args, ','));
  const auto bytes = text::parse_hex(cut(args, ';'));
  if (!kind || !addr || !bytes) return error(kBadArguments);
  if (*kind > static_cast<unsigned>(Point::Access)) return answer("");
  const auto point = static_cast<Point>(*kind);
  if (insert ? target_.insert(point, *addr, *bytes) : target_.remove(point, *addr, *bytes)) return answer("OK");
  error(kNotHere);
}

// ---------------------------------------------------------------------------------------------
// Execution

void GdbProtocol::resume(DebugResume how, std::string_view address) {
  if (!address.empty()) {
    const auto pc = text::parse_hex(address);
    if (!pc) return error(kBadArguments);
    const auto* r = std::find_if(kDebugRegisters.begin(), kDebugRegisters.end(),
                                 [](const DebugRegister& d) { return d.kind == DebugRegister::Kind::Pc; });
    target_.write_register(*r, *pc);
  }
  resume_ = how;
}

/// Actions are for threads; ours takes the first, whose thread is the one there is, or none.
void GdbProtocol::resume_threads(std::string_view actions) {
  switch (actions.empty() ? '\0' : actions[0]) {
    case 'c':
    case 'C':
      return resume(DebugResume::Continue, {});
    case 's':
    case 'S':
      return resume(DebugResume::Step, {});
    default:
      return error(kBadArguments);
  }
}

}  // namespace phbsim::firmware
