// SPDX-License-Identifier: Apache-2.0
// A command's way to the running gateway.
#pragma once
#include <Poco/Net/StreamSocket.h>
#include <sys/types.h>

#include <filesystem>
#include <string>

namespace postbell::app {

/// Connects to the admin socket `socket`. The process that answers there is given the admin token.
/// So its user must have the token anyway: root, this process's own user, or `token_owner`, the
/// owner of the file that the token was read from. Throws std::runtime_error with the end of a
/// sentence that begins with "process 7 holds the store, and".
Poco::Net::StreamSocket connectToGateway(const std::filesystem::path& socket, uid_t token_owner);

/// Why a connect() to `socket` failed with `error`: such an end of a sentence.
std::string connectFailure(const std::filesystem::path& socket, int error);

}  // namespace postbell::app
