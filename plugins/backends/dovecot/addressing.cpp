// SPDX-License-Identifier: Apache-2.0
#include "addressing.h"

#include <algorithm>

namespace postbell::dovecot {
namespace {

constexpr std::size_t kMinIdBytes = 43;
constexpr std::size_t kMaxIdBytes = 512;

}  // namespace

std::optional<Addressing> parseAddressing(std::string_view word) {
    if (word == "metadata") return Addressing::Metadata;
    if (word == "account") return Addressing::Account;
    return std::nullopt;
}

bool hasIdForm(std::string_view user) {
    return user.size() >= kMinIdBytes && user.size() <= kMaxIdBytes &&
           std::all_of(user.begin(), user.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

}  // namespace postbell::dovecot
