// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

namespace postbell::app {

/// Where this program's plugins were built or installed to: lib/postbell/plugins beside its own
/// folder.
inline std::filesystem::path pluginDirectory() {
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
    const std::filesystem::path beside =
        program.parent_path().parent_path() / "lib" / "postbell" / "plugins";
    return std::filesystem::exists(beside) ? beside : "/usr/lib/postbell/plugins";
}

}  // namespace postbell::app
