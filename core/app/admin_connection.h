// SPDX-License-Identifier: Apache-2.0
// A command's way to the running gateway.
#pragma once
#include <Poco/Net/StreamSocket.h>

#include <filesystem>

namespace postbell::app {

/// Connects to the admin socket `socket`. Whoever answers there is given the admin token, so it
/// must be a process of a user who has the token anyway: root, this process's own user, or the
/// owner of `token_file`. Throws std::runtime_error with the end of a sentence that begins with
/// "process 7 holds the store, and".
Poco::Net::StreamSocket connectToGateway(const std::filesystem::path& socket,
                                         const std::filesystem::path& token_file);

}  // namespace postbell::app
