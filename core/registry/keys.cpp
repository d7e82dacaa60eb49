// SPDX-License-Identifier: Apache-2.0
#include "registry/keys.h"

#include <algorithm>

#include "util/codec.h"
#include "util/crypto.h"

namespace postbell::registry {
namespace {

std::string keyed(std::string_view tenant_key, std::string_view kind, std::string_view value) {
    return util::hmacSha256(tenant_key, std::string(kind).append(value));
}

}  // namespace

std::string accountHash(std::string_view name) {
    constexpr std::string_view kWhiteSpace = " \t\r\n";
    const std::size_t begin = std::min(name.find_first_not_of(kWhiteSpace), name.size());
    const std::size_t end = name.find_last_not_of(kWhiteSpace) + 1;
    std::string normal(name.substr(begin, end > begin ? end - begin : 0));
    std::transform(normal.begin(), normal.end(), normal.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return util::hexEncode(util::sha256(normal));
}

std::string accountKey(std::string_view tenant_key, std::string_view account_hash) {
    return keyed(tenant_key, "account:", account_hash);
}

std::string deviceKey(std::string_view tenant_key, std::string_view device_hash) {
    return keyed(tenant_key, "device:", device_hash);
}

std::string tokenKey(std::string_view tenant_key, std::string_view device_token) {
    return keyed(tenant_key, "token:", device_token);
}

}  // namespace postbell::registry
