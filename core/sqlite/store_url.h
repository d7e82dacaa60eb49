// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string_view>
#include <utility>

#include "util/result.h"

namespace postbell::sqlite {

/// The `[store] url` of this engine: `sqlite://` and an absolute path, hence three slashes
/// ("sqlite:///var/lib/postbell/postbell.db"); a fourth one, as other programs want it, changes
/// nothing. A relative path is refused: a service's working directory was not chosen.
class StoreUrl {
  public:
    /// The problem is a sentence that says what is accepted.
    static util::Result<StoreUrl> parse(std::string_view url);

    /// The database's, without "." and "..".
    const std::filesystem::path& file() const { return file_; }

  private:
    explicit StoreUrl(std::filesystem::path file) : file_(std::move(file)) {}

    std::filesystem::path file_;
};

}  // namespace postbell::sqlite
