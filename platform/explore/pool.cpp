// SPDX-License-Identifier: Apache-2.0
#include "platform/explore/pool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <thread>

#include "models/base/check.hpp"

namespace phbsim::explore {

namespace {

struct Child {
  pid_t pid = -1;
  int pipe = -1;
  std::size_t task = 0;
  std::string bytes;
};

constexpr char kOk = 'o';
constexpr char kError = 'e';

void write_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t n = ::write(fd, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(3);
    at += static_cast<std::size_t>(n);
  }
}

Child spawn(const std::function<std::string()>& work, std::size_t task) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw UserError(std::string("cannot make a pipe: ") + std::strerror(errno));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int error = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    throw UserError(std::string("cannot start a process: ") + std::strerror(error));
  }
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) _exit(3);
    ::close(ends[0]);
    std::string out;
    try {
      out = kOk + work();
    } catch (const std::exception& e) {
      out = kError + std::string(e.what());
    }
    write_all(ends[1], out);
    // No destructors: SystemC's globals belong to the process that ends here.
    _exit(0);
  }
  ::close(ends[1]);
  return {pid, ends[0], task, {}};
}

Outcome reap(Child& c) {
  ::close(c.pipe);
  int status = 0;
  while (::waitpid(c.pid, &status, 0) < 0 && errno == EINTR) {
  }
  Outcome o;
  if (WIFSIGNALED(status)) {
    o.error = std::string("the process ended by signal ") + std::to_string(WTERMSIG(status)) + " (" +
              strsignal(WTERMSIG(status)) + ")";
  } else if (WEXITSTATUS(status) != 0 || c.bytes.empty()) {
    o.error = "the process ended with status " + std::to_string(WEXITSTATUS(status));
  } else if (c.bytes[0] == kOk) {
    o.ok = true;
    o.output = c.bytes.substr(1);
  } else {
    o.error = c.bytes.substr(1);
  }
  return o;
}

}  // namespace

std::vector<Outcome> run_tasks(const std::vector<std::function<std::string()>>& tasks, unsigned jobs,
                               const std::function<void(std::size_t)>& finished) {
  if (jobs == 0) jobs = std::max(1u, std::thread::hardware_concurrency());
  std::vector<Outcome> outcomes(tasks.size());
  std::vector<Child> running;
  std::size_t next = 0;
  std::size_t done = 0;
  while (next < tasks.size() || !running.empty()) {
    while (next < tasks.size() && running.size() < jobs) {
      running.push_back(spawn(tasks[next], next));
      ++next;
    }
    std::vector<pollfd> fds;
    for (const Child& c : running) fds.push_back({c.pipe, POLLIN, 0});
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) {
      throw UserError(std::string("poll: ") + std::strerror(errno));
    }
    for (std::size_t i = running.size(); i-- > 0;) {
      if (!(fds[i].revents & (POLLIN | POLLHUP | POLLERR))) continue;
      char buffer[65536];
      const ssize_t n = ::read(running[i].pipe, buffer, sizeof buffer);
      if (n > 0) {
        running[i].bytes.append(buffer, static_cast<std::size_t>(n));
      } else if (n == 0 || errno != EINTR) {
        outcomes[running[i].task] = reap(running[i]);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
        if (finished) finished(++done);
      }
    }
  }
  return outcomes;
}

}  // namespace phbsim::explore
