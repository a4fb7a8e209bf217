// SPDX-License-Identifier: Apache-2.0
/// SystemC elaborates once per process: what is to be compared runs in a child process each, and
/// tells what it found as named texts.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <sstream>
#include <string>

namespace phbsim::test {

using Facts = std::map<std::string, std::string>;

template <class T>
std::string text_of(const T& v) {
  std::ostringstream s;
  s << v;
  return s.str();
}

/// The facts that `work` finds in a child process. If it throws or dies, the only fact is "failed".
/// `work` must not use assertions of the test framework.
inline Facts forked(const std::function<Facts()>& work) {
  int ends[2];
  if (pipe(ends) != 0) return {{"failed", "no pipe"}};
  const pid_t child = fork();
  if (child < 0) return {{"failed", "no process"}};
  if (child == 0) {
    close(ends[0]);
    for (const int s : {SIGABRT, SIGSEGV, SIGTERM}) signal(s, SIG_DFL);  // not the test framework's
    alarm(100);
    std::string out;
    int code = 0;
    try {
      for (const auto& [name, value] : work()) {
        std::string line = value;
        std::replace(line.begin(), line.end(), '\n', ';');
        out += name + "\t" + line + "\n";
      }
    } catch (const std::exception& e) {
      std::string line = e.what();
      std::replace(line.begin(), line.end(), '\n', ';');
      out = "failed\t" + line + "\n";
      code = 1;
    }
    for (std::size_t at = 0; at < out.size();) {
      const ssize_t n = ::write(ends[1], out.data() + at, out.size() - at);
      if (n <= 0) break;
      at += static_cast<std::size_t>(n);
    }
    _exit(code);
  }
  close(ends[1]);
  std::string in;
  char buffer[4096];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) in.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  Facts facts;
  std::istringstream lines(in);
  for (std::string line; std::getline(lines, line);) {
    const auto tab = line.find('\t');
    if (tab != std::string::npos) facts[line.substr(0, tab)] = line.substr(tab + 1);
  }
  if (WIFSIGNALED(status)) facts = {{"failed", "signal " + std::to_string(WTERMSIG(status))}};
  return facts;
}

/// Why the child process failed; empty if it did not.
inline std::string failure(const Facts& facts) {
  const auto it = facts.find("failed");
  return it == facts.end() ? std::string() : it->second;
}

}  // namespace phbsim::test
