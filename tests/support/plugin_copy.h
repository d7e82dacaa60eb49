// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace postbell::test {

/// A copy of a plugin in a folder that nobody else may write to, whatever the rights of the build.
class PluginCopy {
  public:
    explicit PluginCopy(const std::filesystem::path& plugin) {
        std::string name =
            (std::filesystem::temp_directory_path() / "postbell_copy.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = std::filesystem::canonical(name);
        ::chmod(folder_.c_str(), 0755);
        if (!std::filesystem::exists(plugin)) return;  // a test of what is not there
        std::filesystem::copy_file(plugin, file());
        ::chmod(file().c_str(), 0644);
    }
    ~PluginCopy() { std::filesystem::remove_all(folder_); }
    PluginCopy(const PluginCopy&) = delete;
    PluginCopy& operator=(const PluginCopy&) = delete;

    std::filesystem::path file() const { return folder_ / "plugin.so"; }

  private:
    std::filesystem::path folder_;
};

}  // namespace postbell::test
