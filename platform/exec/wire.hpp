// SPDX-License-Identifier: Apache-2.0
/// Messages with a descriptor along, the server's side of preload/protocol.hpp.
#pragma once

#include <cstddef>

#include "platform/exec/unique_fd.hpp"

namespace phbsim::exec {

/// One message, whole. False if the other side is gone.
bool send_message(int socket, const void* data, std::size_t bytes, int descriptor = -1) noexcept;
/// One message of exactly `bytes`; waits for it. `descriptor`: what came along.
bool receive_message(int socket, void* data, std::size_t bytes, UniqueFd& descriptor) noexcept;

}  // namespace phbsim::exec
