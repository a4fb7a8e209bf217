// SPDX-License-Identifier: Apache-2.0
/// Open files of the simulated kernel and their mappings, held open by descriptors and memory maps of
/// the program. Its system counts for us, through dup, fork, exec, SCM_RIGHTS and kill.
///
/// A descriptor is one end of a socket pair (preload/protocol.hpp); when nobody has it any more, ours
/// hangs up. What poll(2), select and epoll say of it is a message that lies in it while the file is
/// readable: taken out by the next call on the file. So after a change that is nobody's read, poll may
/// say readable once too often; and it says writable always.
///
/// A mapping is a memfd without bytes, mapped without permission. F_SEAL_WRITE is refused while
/// anybody has it mapped, so that one call tells whether the last mapping is gone. It is not tried
/// before the thread that asked for the mapping has made it: that is known from its next request.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "models/arch/os/file.hpp"
#include "platform/exec/kernel.hpp"
#include "platform/exec/unique_fd.hpp"

namespace phbsim::exec {

struct OpenFile {
  std::uint64_t id = 0;
  std::shared_ptr<arch::os::File> file;
  Node node;
  UniqueFd ours;
  std::uint64_t position = 0;
  bool signalled = false;  ///< the message is in the socket
};

struct OpenMapping {
  std::uint64_t id = 0;
  arch::os::Mapping mapping;
  std::shared_ptr<arch::os::File> file;
  UniqueFd memory;
  std::uint64_t made_by = 0;  ///< connection that has not mapped it yet, 0: it has
};

class OpenFiles {
 public:
  explicit OpenFiles(std::string key);
  ~OpenFiles();

  /// Readable when a file may have been closed: for the server's own waiting.
  int waits_on() const { return epoll_.get(); }

  /// The program's end. Throws NoMem if the system has no descriptors left.
  UniqueFd add(std::shared_ptr<arch::os::File> file, Node node, std::uint64_t& id);
  OpenFile* find(std::uint64_t id);
  /// The file whose program's end is `fd`.
  OpenFile* behind(int fd);
  void remove(std::uint64_t id) noexcept;

  /// Descriptor to map.
  UniqueFd add_mapping(std::shared_ptr<arch::os::File> file, arch::os::Mapping mapping, std::uint64_t bytes,
                       std::uint64_t connection, std::uint64_t& id);
  /// The connection goes on or is closed: what it asked for is mapped, or never will be.
  void settle_mappings(std::uint64_t connection) noexcept;
  OpenMapping* find_mapping(std::uint64_t id);
  void remove_mapping(std::uint64_t id) noexcept;

  /// Releases what nobody holds any more. True if there was something.
  bool reap() noexcept;
  /// Brings readiness in line with what the files say. True if the caller's library is to take the
  /// message out of `target`'s socket.
  bool update_readiness(OpenFile* target) noexcept;

  std::size_t files() const { return files_.size(); }
  std::size_t mappings() const { return mappings_.size(); }

 private:
  bool update(OpenFile& file, bool by_caller) noexcept;

  std::string key_;
  UniqueFd epoll_;
  std::map<std::uint64_t, OpenFile> files_;
  std::map<std::uint64_t, OpenMapping> mappings_;
  std::uint64_t next_id_ = 1;
  bool unmade_ = false;  // a mapping waits for its thread
};

}  // namespace phbsim::exec
