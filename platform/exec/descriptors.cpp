// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/descriptors.hpp"

#include <fcntl.h>

#include <string>
#include <string_view>

#include "models/arch/os/allocation.hpp"
#include "platform/exec/preload/protocol.hpp"
#include "platform/exec/wire.hpp"

namespace phbsim::exec {

namespace os = arch::os;

namespace {

/// The program's eventfd, whatever else it does with it.
class ProgramsEventFd final : public os::EventFd {
 public:
  explicit ProgramsEventFd(UniqueFd fd) : fd_(std::move(fd)) {}
  void signal() noexcept override {
    const std::uint64_t one = 1;
    // A full counter is as good as a signal.
    if (::write(fd_.get(), &one, sizeof one) < 0) return;
  }

 private:
  UniqueFd fd_;
};

class ProgramsMemfd final : public os::MappableFile {
 public:
  explicit ProgramsMemfd(std::shared_ptr<SharedFile> file) : file_(std::move(file)) {}
  std::shared_ptr<os::BackingFile> backing() override { return file_; }

 private:
  std::shared_ptr<SharedFile> file_;
};

/// Any other file: the simulated kernel knows nothing to do with it.
class ForeignFile final : public os::File {};

bool is_eventfd(int fd) {
  char link[64];
  const ssize_t n = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), link, sizeof link);
  return n > 0 && std::string_view(link, static_cast<std::size_t>(n)) == "anon_inode:[eventfd]";
}

}  // namespace

std::shared_ptr<os::File> CallersFiles::get(int fd) {
  if (fd < 0) return nullptr;
  Reply question;
  question.ask = Ask::SendFd;
  question.value = fd;
  Answer answer;
  UniqueFd shown;
  if (!send_message(connection_, &question, sizeof question) || !receive_message(connection_, &answer, sizeof answer, shown) || !shown) {
    return nullptr;
  }
  if (const OpenFile* known = open_.behind(shown.get())) return known->file;
  if (is_eventfd(shown.get())) return std::make_shared<ProgramsEventFd>(std::move(shown));
  const bool memfd = ::fcntl(shown.get(), F_GET_SEALS) >= 0;
  if (memfd) {
    if (auto file = shared_.keep(std::move(shown))) return std::make_shared<ProgramsMemfd>(std::move(file));
  }
  return std::make_shared<ForeignFile>();
}

int CallersFiles::install(std::shared_ptr<os::File> file) {
  std::uint64_t id = 0;
  constexpr Node kAnonymous{0600, 0, 0};
  const UniqueFd theirs = open_.add(std::move(file), kAnonymous, id);
  Reply question;
  question.ask = Ask::Install;
  Answer answer{-1};
  UniqueFd none;
  const bool done = send_message(connection_, &question, sizeof question, theirs.get()) &&
                    receive_message(connection_, &answer, sizeof answer, none);
  if (done && answer.value >= 0) return static_cast<int>(answer.value);
  open_.remove(id);
  os::fail(os::Errno::NoMem, "the program has no descriptors left");
}

void CallersFiles::withdraw(int fd) noexcept {
  Reply question;
  question.ask = Ask::CloseFd;
  question.value = fd;
  Answer answer;
  UniqueFd none;
  if (send_message(connection_, &question, sizeof question)) receive_message(connection_, &answer, sizeof answer, none);
  open_.reap();
}

}  // namespace phbsim::exec
