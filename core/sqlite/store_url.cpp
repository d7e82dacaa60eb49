// SPDX-License-Identifier: Apache-2.0
#include "sqlite/store_url.h"

#include "store/store_error.h"

namespace postbell::sqlite {

namespace {

constexpr std::string_view kScheme = "sqlite:";
constexpr std::string_view kExample = "; an example: sqlite:///var/lib/postbell/postbell.db";

[[noreturn]] void refuse(std::string_view url, std::string_view reason) {
    std::string text = "the store's url \"";
    text.append(url).append("\" ").append(reason).append(kExample);
    throw store::StoreError(text);
}

}  // namespace

std::filesystem::path databaseFile(std::string_view url) {
    if (!url.starts_with(kScheme)) refuse(url, "does not begin with sqlite://");
    std::string_view rest = url.substr(kScheme.size());
    if (!rest.starts_with("//")) refuse(url, "must be sqlite:// and an absolute path");
    rest.remove_prefix(2);
    if (rest.empty()) refuse(url, "names no file");
    if (rest.front() != '/')
        refuse(url, "must have three slashes, and an absolute path after the second");
    if (rest.find_first_of("?#") != std::string_view::npos)
        refuse(url, "has parameters; none are known");
    if (rest.find('\0') != std::string_view::npos) refuse(url, "contains a NUL character");
    while (rest.starts_with("//")) rest.remove_prefix(1);
    if (rest.back() == '/') refuse(url, "names a directory, not a file");
    return std::filesystem::path(rest);
}

}  // namespace postbell::sqlite
