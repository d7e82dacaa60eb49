// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/stat.h>

#include <filesystem>

#include "support/temporary_folder.h"

namespace postbell::test {

/// A copy of a plugin in a folder that only its owner may write to, whatever the build's rights.
class PluginCopy {
  public:
    explicit PluginCopy(const std::filesystem::path& plugin) {
        ::chmod(folder_.path().c_str(), 0755);
        if (!std::filesystem::exists(plugin)) return;  // a test of a missing file
        std::filesystem::copy_file(plugin, file());
        ::chmod(file().c_str(), 0644);
    }

    std::filesystem::path file() const { return folder_.path() / "plugin.so"; }

  private:
    testing::TemporaryFolder folder_;
};

}  // namespace postbell::test
