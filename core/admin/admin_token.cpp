// SPDX-License-Identifier: Apache-2.0
#include "admin/admin_token.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "util/crypto.h"
#include "util/file_descriptor.h"
#include "util/new_file.h"

namespace postbell::admin {
namespace {

constexpr std::size_t kMinTokenBytes = 16;

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
    throw std::runtime_error("the admin token file " + file + " " + why);
}

void writeToken(const std::string& file, const std::string& token) {
    const std::string line = token + "\n";
    const util::FileDescriptor made(util::newFile(file, 0600));
    if (!made || ::write(made.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        refuse(file, std::string("cannot be made: ") + std::strerror(errno));
}

}  // namespace

std::optional<std::string> readToken(const std::string& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return std::nullopt;
    if ((info.st_mode & 077) != 0) refuse(file, "can be read by others: chmod 600 " + file);
    std::ifstream in(file);
    std::string token;
    if (!std::getline(in, token) || token.size() < kMinTokenBytes)
        refuse(file, "must hold at least 16 characters, or not be there");
    return token;
}

std::string readOrMakeToken(const std::string& file) {
    if (auto token = readToken(file)) return *std::move(token);
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
