// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/calls.hpp"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "models/arch/os/allocation.hpp"

namespace phbsim::exec {

namespace os = arch::os;

namespace {

constexpr std::size_t kMostBytes = 1u << 20;  // of one read or write: the rest is another call's, as for any file

/// The rest of a count-down that a task has set: the allocation that it meets fails.
class Injection {
 public:
  explicit Injection(std::uint64_t* remaining) : remaining_(remaining) {
    if (remaining_ != nullptr) os::allocation_fault().remaining = *remaining_;
  }
  ~Injection() {
    if (remaining_ != nullptr) *remaining_ = os::allocation_fault().remaining;
    os::allocation_fault().remaining = 0;
  }
  Injection(const Injection&) = delete;
  Injection& operator=(const Injection&) = delete;

 private:
  std::uint64_t* remaining_;
};

/// /proc/.../fail-nth of a task: the count-down as text (fault-injection of Linux).
class FailNthFile final : public os::File {
 public:
  explicit FailNthFile(std::uint64_t& remaining) : remaining_(remaining) {}
  std::size_t read(os::Caller&, unsigned char* out, std::size_t n, std::uint64_t offset) override {
    const std::string text = std::to_string(remaining_) + "\n";
    if (offset >= text.size()) return 0;
    n = std::min<std::size_t>(n, text.size() - offset);
    std::memcpy(out, text.data() + offset, n);
    return n;
  }
  std::size_t write(os::Caller&, const unsigned char* in, std::size_t n, std::uint64_t) override {
    std::uint64_t v = 0;
    const char* const begin = reinterpret_cast<const char*>(in);
    if (std::from_chars(begin, begin + n, v).ec != std::errc()) os::fail(os::Errno::Inval, "fail-nth takes a number");
    remaining_ = v;
    return n;
  }

 private:
  std::uint64_t& remaining_;
};

/// The task that a path .../fail-nth names; `self` for one without a number.
std::int32_t task_of(std::string_view path, std::int32_t self) {
  path.remove_suffix(std::string_view("/fail-nth").size());
  const std::string_view last = path.substr(path.rfind('/') + 1);
  std::int32_t tid = self;
  std::from_chars(last.data(), last.data() + last.size(), tid);
  return tid;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

constexpr const char* kOpNames[] = {"hello", "fork",  "open", "stat",  "ioctl", "read",
                                    "write", "mmap", "load", "store", "share", "locked"};

}  // namespace

Reply Calls::answer(Connection& from, const Request& request, UniqueFd& descriptor) noexcept {
  Reply reply;
  UniqueFd back;
  try {
    os::Caller caller;
    caller.mm = from.memory;
    caller.creds = credentials_of(request);
    CallersFiles descriptors(from.socket.get(), files_, processes_.shared());
    caller.files = &descriptors;
    if (static_cast<std::size_t>(request.op) < std::size(kOpNames)) {
      kernel_.calling(from.pid, kOpNames[static_cast<std::size_t>(request.op)],
                      request.op == Op::Ioctl ? static_cast<std::uint32_t>(request.args[0]) : 0);
    }
    const Call call{from, request, caller, reply, descriptor, request.target == 0 ? nullptr : files_.find(request.target)};
    serve(call);
    back = std::move(descriptor);
  } catch (const os::SysError& e) {
    reply.error = static_cast<std::int32_t>(e.code());
  } catch (const std::bad_alloc&) {
    reply.error = static_cast<std::int32_t>(os::Errno::NoMem);
  }
  descriptor = std::move(back);
  if (request.op == Op::Ioctl) report_.count(static_cast<std::uint32_t>(request.args[0]), reply.error);
  reply.drain = files_.update_readiness(request.target == 0 ? nullptr : files_.find(request.target)) ? 1 : 0;
  return reply;
}

void Calls::serve(const Call& call) {
  const bool needs_target = call.request.op == Op::Ioctl || call.request.op == Op::Read || call.request.op == Op::Write ||
                            call.request.op == Op::Map;
  if (needs_target && call.target == nullptr) os::fail(os::Errno::BadF, "the file is closed");
  switch (call.request.op) {
    case Op::Hello: break;
    case Op::Forked: processes_.add(static_cast<pid_t>(call.request.args[0])); break;
    case Op::Open: open(call); break;
    case Op::Stat: stat(call); break;
    case Op::Ioctl: ioctl(call); break;
    case Op::Read: read(call); break;
    case Op::Write: write(call); break;
    case Op::Map: map(call); break;
    case Op::Load: access(call, false); break;
    case Op::Store: access(call, true); break;
    case Op::Share:
      if (call.descriptor) processes_.shared().keep(std::move(call.descriptor));
      processes_.drop_unmapped();
      break;
    case Op::Locked: locked(call); break;
  }
}

os::Credentials Calls::credentials_of(const Request& request) const {
  os::Credentials creds;
  creds.uid = request.uid;
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, request.tid};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &head, data) != 0) return creds;
  const auto has = [&data](unsigned cap) { return (data[cap / 32].effective >> (cap % 32) & 1) != 0; };
  creds.ipc_lock = has(CAP_IPC_LOCK);
  creds.sys_resource = has(CAP_SYS_RESOURCE) || (options_.root_has_sys_resource && request.uid == 0);
  creds.sys_rawio = has(CAP_SYS_RAWIO);
  return creds;
}

std::string Calls::path_of(const Call& call) const {
  std::string path;
  char c = 0;
  for (os::UserAddr at = call.request.args[0]; path.size() < 4096; ++at) {
    call.caller.copy_in(at, &c, 1);
    if (c == 0) return path;
    path += c;
  }
  os::fail(os::Errno::Inval, "the path is too long");
}

void Calls::open(const Call& call) {
  const std::string path = path_of(call);
  std::shared_ptr<os::File> file;
  Node node{0100644, 0, 0};
  if (options_.selftest && ends_with(path, "/fail-nth")) {
    file = std::make_shared<FailNthFile>(fail_nth_[task_of(path, call.request.tid)]);
  } else {
    const Node* const known = tree_.find(path);
    if (known == nullptr) os::fail(os::Errno::NoEnt, "no such device");
    node = *known;
    const Injection injection(options_.selftest ? &fail_nth_[call.request.tid] : nullptr);
    file = kernel_.open(path, call.caller);
  }
  std::uint64_t id = 0;
  call.descriptor = files_.add(std::move(file), node, id);
}

void Calls::stat(const Call& call) {
  Node node;
  if (call.target != nullptr) {
    node = call.target->node;
  } else if (call.request.args[0] == 0) {
    os::fail(os::Errno::BadF, "the file is closed");
  } else {
    const std::string path = path_of(call);
    const Node* const known = tree_.find(path);
    if (known == nullptr && !(options_.selftest && ends_with(path, "/fail-nth"))) os::fail(os::Errno::NoEnt, "no such device");
    node = known != nullptr ? *known : Node{0100644, 0, 0};
  }
  call.reply.data[0] = node.mode;
  call.reply.data[1] = node.major_number;
  call.reply.data[2] = node.minor_number;
}

void Calls::ioctl(const Call& call) {
  // The file may be closed by its own call; it stays for its end.
  const std::shared_ptr<os::File> file = call.target->file;
  const Injection injection(options_.selftest ? &fail_nth_[call.request.tid] : nullptr);
  call.reply.value = file->ioctl(call.caller, static_cast<std::uint32_t>(call.request.args[0]), call.request.args[1]);
}

void Calls::read(const Call& call) {
  const std::shared_ptr<os::File> file = call.target->file;
  std::vector<unsigned char> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(call.request.args[1], kMostBytes)));
  const bool positioned = call.request.args[3] != 0;
  std::size_t n;
  {
    const bool injects = options_.selftest && dynamic_cast<FailNthFile*>(file.get()) == nullptr;
    const Injection injection(injects ? &fail_nth_[call.request.tid] : nullptr);
    n = file->read(call.caller, bytes.data(), bytes.size(), positioned ? call.request.args[2] : call.target->position);
  }
  call.caller.copy_out(call.request.args[0], bytes.data(), n);
  if (!positioned) call.target->position += n;
  call.reply.value = static_cast<std::int64_t>(n);
}

void Calls::write(const Call& call) {
  const std::shared_ptr<os::File> file = call.target->file;
  std::vector<unsigned char> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(call.request.args[1], kMostBytes)));
  const bool positioned = call.request.args[3] != 0;
  call.caller.copy_in(call.request.args[0], bytes.data(), bytes.size());
  std::size_t n;
  {
    const bool injects = options_.selftest && dynamic_cast<FailNthFile*>(file.get()) == nullptr;
    const Injection injection(injects ? &fail_nth_[call.request.tid] : nullptr);
    n = file->write(call.caller, bytes.data(), bytes.size(), positioned ? call.request.args[2] : call.target->position);
  }
  if (!positioned) call.target->position += n;
  call.reply.value = static_cast<std::int64_t>(n);
}

void Calls::map(const Call& call) {
  const auto [bytes, offset] = std::pair(call.request.args[0], call.request.args[1]);
  const std::shared_ptr<os::File> file = call.target->file;
  os::Mapping mapping = file->mmap(call.caller, offset, bytes, call.request.args[2] != 0);
  // Known from here on: what follows may fail, and then the mapping is gone.
  const std::function<void()> unmapped = mapping.unmapped;
  try {
    std::uint64_t id = 0;
    call.descriptor = files_.add_mapping(file, std::move(mapping), bytes, call.from.id, id);
    call.reply.value = static_cast<std::int64_t>(id);
  } catch (...) {
    if (unmapped) unmapped();
    throw;
  }
}

void Calls::access(const Call& call, bool store) {
  const OpenMapping* const found = files_.find_mapping(call.request.args[0]);
  const std::uint64_t within = call.request.args[1];
  const auto n = static_cast<std::size_t>(call.request.args[2]);
  if (found == nullptr || n == 0 || n > 8 || within + n > found->mapping.length) os::fail(os::Errno::Fault, "nothing is mapped there");
  const OpenMapping at{found->id, found->mapping, found->file, {}, 0};
  unsigned char bytes[8] = {};
  const std::uint64_t offset = at.mapping.offset + within;
  const bool pages = at.mapping.kind == os::Mapping::Kind::Pages;
  if (store) {
    std::memcpy(bytes, &call.request.args[3], n);
    if (pages ? !at.mapping.pages->write(offset, bytes, n) : at.file->write(call.caller, bytes, n, offset) != n) {
      os::fail(os::Errno::Io, "the device does not take the access");
    }
  } else {
    if (pages ? !at.mapping.pages->read(offset, bytes, n) : at.file->read(call.caller, bytes, n, offset) != n) {
      os::fail(os::Errno::Io, "the device does not answer");
    }
    std::memcpy(&call.reply.value, bytes, n);
  }
}

void Calls::locked(const Call& call) {
  const auto memory = processes_.find(static_cast<pid_t>(call.request.args[0]));
  if (memory == nullptr) os::fail(os::Errno::NoEnt, "the process made no calls");
  call.reply.data[0] = memory->locked_pages;
  call.reply.data[1] = memory->pinned_pages;
}

}  // namespace phbsim::exec
