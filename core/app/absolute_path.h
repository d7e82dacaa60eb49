// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace postbell::app {

/// The whole path of a file that a command names. Throws std::runtime_error with a sentence.
inline std::filesystem::path absolutePath(const std::string& file) {
    if (file.empty()) throw std::runtime_error("an empty text names no file");
    std::error_code error;
    const std::filesystem::path path = std::filesystem::absolute(file, error);
    if (error)
        throw std::runtime_error(file + " has no whole path, since the current folder is gone (" +
                                 error.message() + "): name it with one");
    return path.lexically_normal();
}

}  // namespace postbell::app
