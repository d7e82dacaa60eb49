// SPDX-License-Identifier: Apache-2.0
// What a provider says of a push, as text.
#pragma once
#include <postbell/abi.h>

#include <algorithm>
#include <string_view>

namespace postbell::dispatch {

inline std::string_view view(postbell_str s) {
    return s.ptr ? std::string_view(s.ptr, s.len) : std::string_view();
}

/// A reason becomes a metric's label: only what looks like a network's word.
inline std::string_view word(postbell_str s) {
    constexpr std::size_t kLongest = 64;
    const std::string_view text = view(s);
    const bool is_word =
        text.size() <= kLongest &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return is_word ? text : std::string_view("unreadable");
}

inline std::string_view outcomeName(std::uint32_t result) {
    switch (result) {
        case POSTBELL_OUTCOME_DELIVERED:
            return "delivered";
        case POSTBELL_OUTCOME_TOKEN_DEAD:
            return "token_dead";
        case POSTBELL_OUTCOME_TOKEN_FOREIGN:
            return "token_foreign";
        case POSTBELL_OUTCOME_CREDENTIAL:
            return "credential_refused";
        case POSTBELL_OUTCOME_REAUTHORIZE:
            return "reauthorize";
        case POSTBELL_OUTCOME_REJECTED:
            return "rejected";
    }
    return "retry";
}

}  // namespace postbell::dispatch
