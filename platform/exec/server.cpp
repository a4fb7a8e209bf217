// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/server.hpp"

#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <ostream>

#include "models/base/check.hpp"
#include "platform/exec/wire.hpp"

namespace phbsim::exec {
namespace {

[[noreturn]] void fail_start(const char* what) { throw UserError(std::string(what) + ": " + std::strerror(errno)); }

/// Descriptors are few by default, and the server has one of each file, process and thread.
class ManyDescriptors {
 public:
  ManyDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit all = before_;
    all.rlim_cur = all.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &all);
  }
  ~ManyDescriptors() { restore(); }
  void restore() const { ::setrlimit(RLIMIT_NOFILE, &before_); }
  ManyDescriptors(const ManyDescriptors&) = delete;
  ManyDescriptors& operator=(const ManyDescriptors&) = delete;

 private:
  rlimit before_{};
};

/// Keys of the terminal are for the program; what asks the server to end is passed on to it, and the
/// server ends with it.
class Signals {
 public:
  Signals() {
    for (std::size_t i = 0; i < kCount; ++i) before_[i] = ::signal(kSignals[i], i < kIgnored ? SIG_IGN : pass_on);
  }
  ~Signals() {
    restore();
    program_ = 0;
  }
  void restore() const {
    for (std::size_t i = 0; i < kCount; ++i) ::signal(kSignals[i], before_[i]);
  }
  void pass_to(pid_t program) { program_ = program; }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  static void pass_on(int signal) {
    if (program_ <= 0) ::_exit(128 + signal);
    ::kill(program_, signal);
  }

  static constexpr std::size_t kCount = 4;
  static constexpr std::size_t kIgnored = 2;
  static constexpr int kSignals[kCount] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
  static inline volatile std::sig_atomic_t program_ = 0;
  void (*before_[kCount])(int) = {};
};

class Server {
 public:
  Server(const RunOptions& options, Kernel& kernel, Frames& frames)
      : options_(options), kernel_(kernel), frames_(frames), key_(kAddressPrefix + std::to_string(::getpid())), files_(key_),
        processes_(frames), calls_(options.calls, kernel, tree_, files_, processes_, report_) {}

  int run(std::ostream& messages) {
    kernel_.show(tree_);
    if (options_.calls.selftest) tree_.rule("selftest");
    tree_.finish();
    listen();
    start();
    while (!over()) turn();
    return finish(messages);
  }

 private:
  static constexpr std::uint64_t kListener = 0, kProcesses = 1, kFiles = 2, kFirstConnection = 16;

  void wait_for(int fd, std::uint64_t what) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = what;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) fail_start("epoll");
  }

  void listen() {
    epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
    listener_ = UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path + 1, key_.data(), key_.size());
    const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + key_.size());
    if (!epoll_ || !listener_ || ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&name), bytes) != 0 ||
        ::listen(listener_.get(), SOMAXCONN) != 0) {
      fail_start("the server's socket");
    }
    wait_for(listener_.get(), kListener);
    wait_for(processes_.waits_on(), kProcesses);
    wait_for(files_.waits_on(), kFiles);
  }

  void start() {
    std::vector<char*> words;
    for (const std::string& w : options_.words) words.push_back(const_cast<char*>(w.c_str()));
    words.push_back(nullptr);
    const char* const loaded = ::getenv("LD_PRELOAD");
    const std::string preload = options_.preload + (loaded != nullptr && *loaded != 0 ? std::string(":") + loaded : "");
    const std::string value = key_.substr(sizeof kAddressPrefix - 1) + ":" + tree_.root();
    child_ = ::fork();
    if (child_ < 0) fail_start("fork");
    if (child_ == 0) {
      descriptors_.restore();
      signals_.restore();
      ::setenv("LD_PRELOAD", preload.c_str(), 1);
      ::setenv(kEnvironment, value.c_str(), 1);
      ::execvp(words[0], words.data());
      const std::string text = "phbsim exec: " + options_.words[0] + ": " + std::strerror(errno) + "\n";
      (void)!::write(2, text.data(), text.size());
      ::_exit(kNotStarted);
    }
    signals_.pass_to(child_);
    processes_.add(child_);
  }

  void turn() {
    epoll_event events[32];
    const int n = ::epoll_wait(epoll_.get(), events, 32, -1);
    if (n < 0 && errno != EINTR) throw ModelError(std::string("epoll_wait: ") + std::strerror(errno));
    bool quiet = true;
    for (int i = 0; i < n; ++i) {
      const std::uint64_t what = events[i].data.u64;
      if (what == kListener) {
        accept();
      } else {
        quiet &= what >= kFirstConnection && serve(what);
      }
    }
    if (!quiet) settle();
  }

  /// What the program has let go of is gone.
  void settle() {
    processes_.reap();
    if (!child_ended_ && !processes_.knows(child_)) child_ended_ = ::waitpid(child_, &status_, WNOHANG) == child_;
    // A release may let go of more.
    while (files_.reap()) {
    }
  }

  void accept() {
    Connection connection;
    connection.socket = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.socket) return;
    ucred peer{};
    socklen_t bytes = sizeof peer;
    if (::getsockopt(connection.socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) return;
    connection.pid = peer.pid;
    const std::uint64_t id = next_connection_++;
    connection.id = id;
    wait_for(connection.socket.get(), id);
    connections_.emplace(id, std::move(connection));
  }

  /// Answers a request, with what was let go of before it gone. False if the connection has ended.
  bool serve(std::uint64_t id) {
    const auto it = connections_.find(id);
    if (it == connections_.end()) return false;
    Connection& connection = it->second;
    Request request;
    UniqueFd descriptor;
    const bool received = receive_message(connection.socket.get(), &request, sizeof request, descriptor);
    files_.settle_mappings(id);
    if (!received) {
      connections_.erase(it);
      return false;
    }
    settle();
    if (request.op == Op::Hello) connection.image = request.args[0];
    connection.memory = processes_.memory(connection.pid, connection.image, request.uid);
    if (connection.memory == nullptr) {  // it was killed meanwhile
      connections_.erase(it);
      return false;
    }
    const Reply reply = calls_.answer(connection, request, descriptor);
    if (send_message(connection.socket.get(), &reply, sizeof reply, descriptor.get())) return true;
    connections_.erase(it);
    return false;
  }

  bool over() const {
    return child_ended_ && processes_.empty() && files_.files() == 0 && files_.mappings() == 0;
  }

  int finish(std::ostream& messages) {
    connections_.clear();
    for (const std::string& text : kernel_.violations()) messages << "phbsim exec: " << text;
    std::vector<std::string> left = kernel_.leaks();
    if (frames_.pins() != 0) left.push_back(std::to_string(frames_.pins()) + " pages are still pinned");
    if (processes_.charged() != 0) left.push_back(std::to_string(processes_.charged()) + " pages are still charged to processes");
    if (processes_.locked_by_users() != 0) left.push_back(std::to_string(processes_.locked_by_users()) + " pages are still charged to users");
    if (options_.report) {
      report_.print(messages);
      for (const std::string& line : kernel_.report()) messages << "phbsim exec: " << line << "\n";
    }
    for (const std::string& line : left) messages << "phbsim exec: internal error: " << line << " after the program's end\n";
    if (!left.empty()) return kLeaked;
    return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  }

  const RunOptions& options_;
  Kernel& kernel_;
  Frames& frames_;
  ManyDescriptors descriptors_;
  Signals signals_;
  std::string key_;
  Tree tree_;
  OpenFiles files_;
  Processes processes_;
  Report report_;
  Calls calls_;
  UniqueFd epoll_;
  UniqueFd listener_;
  std::map<std::uint64_t, Connection> connections_;
  std::uint64_t next_connection_ = kFirstConnection;
  pid_t child_ = -1;
  int status_ = 0;
  bool child_ended_ = false;
};

}  // namespace

int run(const RunOptions& options, Kernel& kernel, Frames& frames, std::ostream& messages) {
  return Server(options, kernel, frames).run(messages);
}

std::string find_preload() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& place : {folder, folder / ".." / PHBSIM_LIBDIR / "phbsim"}) {
    const fs::path library = place / "libphbsim_preload.so";
    if (fs::exists(library, error)) return fs::weakly_canonical(library, error).string();
  }
  return {};
}

}  // namespace phbsim::exec
