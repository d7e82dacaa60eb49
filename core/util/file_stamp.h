// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>

namespace postbell::util {

/// The state of a file, to tell whether it was written or replaced: equal stamps, the same state.
struct FileStamp {
    bool there = false;
    std::uint64_t device = 0, inode = 0;
    std::int64_t bytes = 0, changed_s = 0, changed_ns = 0;

    /// Of the file that a link leads to.
    static FileStamp of(const std::filesystem::path& file) {
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0) return {};
        // Other than the time of the last write, no program sets that of the last change.
        return {true,           status.st_dev,         status.st_ino,
                status.st_size, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
    }
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

}  // namespace postbell::util
