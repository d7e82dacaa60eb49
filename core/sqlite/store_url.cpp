// SPDX-License-Identifier: Apache-2.0
#include "sqlite/store_url.h"

#include <string>

namespace postbell::sqlite {

namespace {

constexpr std::string_view kBegin = "sqlite://";

}  // namespace

util::Result<StoreUrl> StoreUrl::parse(std::string_view url) {
    std::string_view path = url;
    if (path.starts_with(kBegin)) path.remove_prefix(kBegin.size());
    while (path.starts_with("//")) path.remove_prefix(1);
    const std::filesystem::path file = std::filesystem::path(path).lexically_normal();
    if (url.starts_with(kBegin) && path.starts_with('/') && file.has_filename() &&
        path.find_first_of(std::string_view("?#\0", 3)) == path.npos)
        return StoreUrl(file);
    return util::Problem{"found the text \"" + std::string(url) +
                         "\"; accepted is \"sqlite://\" and the absolute path of a file: "
                         "\"sqlite:///var/lib/postbell/postbell.db\""};
}

}  // namespace postbell::sqlite
