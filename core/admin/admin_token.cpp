// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_token.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "util/crypto.h"
#include "util/new_file.h"
#include "util/regular_file.h"

namespace postbell::admin {
namespace {

constexpr std::size_t kMinTokenBytes = 16;
constexpr std::size_t kMaxFileBytes = 4096;

constexpr const char* kCure =
    ": remove it, and a start, or a reload (SIGHUP) of the gateway that runs, writes it again";

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw std::runtime_error("the admin token file " + file + " " + why);
}

void writeToken(const std::string& file, const std::string& token) {
    if (const std::error_code error = util::writeNewFile(file, token + "\n", 0600))
        refuse(file, "cannot be made: " + error.message());
}

}  // namespace

std::optional<StoredToken> readToken(const std::string& file, util::TrustedOwners owners) {
    std::error_code error;
    if (!std::filesystem::exists(file, error) && !error) return std::nullopt;
    const auto read = util::readRegularFile(file, kMaxFileBytes);
    if (!read) refuse(file, read.problem() + (errno == 0 ? kCure : ""));
    if ((read->status.st_mode & 077) != 0) refuse(file, "can be read by others: chmod 600 " + file);
    if (!owners.admit(read->status.st_uid))
        refuse(file, "belongs to user id " + std::to_string(read->status.st_uid) +
                         ", who knows it; it must belong to root or to the user that Postbell runs "
                         "as");
    std::string token = read->bytes.substr(0, read->bytes.find_first_of("\r\n"));
    if (token.size() < kMinTokenBytes)
        refuse(file, std::string(token.empty() ? "is empty" : "is too short") +
                         "; it must hold at least 16 characters, or not be there" + kCure);
    return StoredToken{std::move(token), read->status.st_uid};
}

std::string readOrMakeToken(const std::string& file, util::TrustedOwners owners) {
    if (auto stored = readToken(file, owners)) return std::move(stored->text);
    std::string token = util::randomToken();
    writeToken(file, token);
    return token;
}

bool restoreToken(const std::string& file, const std::string& token) {
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0) return false;
    writeToken(file, token);
    return true;
}

}  // namespace postbell::admin
