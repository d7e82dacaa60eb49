// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace postbell::bench {

/// An answer of HTTP/1.1 that is there as a whole. Borrows the bytes that it was read from.
struct HttpAnswer {
    int status = 0;
    std::string_view body;
    std::size_t bytes = 0;
};

/// Nothing: more bytes are needed. Throws std::runtime_error: the answer has no length.
inline std::optional<HttpAnswer> readAnswer(std::string_view in) {
    const std::size_t head_end = in.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return std::nullopt;
    HttpAnswer answer;
    std::from_chars(in.data() + 9, in.data() + 12, answer.status);
    std::size_t length = 0;
    std::string head(in.substr(0, head_end + 2));
    std::transform(head.begin(), head.end(), head.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    constexpr std::string_view kLength = "\r\ncontent-length:";
    if (const std::size_t at = head.find(kLength); at != std::string::npos) {
        std::size_t begin = at + kLength.size();
        while (head[begin] == ' ') ++begin;
        std::from_chars(head.data() + begin, head.data() + head.size(), length);
    } else if (answer.status != 204) {
        throw std::runtime_error("an answer without a length");
    }
    answer.bytes = head_end + 4 + length;
    if (in.size() < answer.bytes) return std::nullopt;
    answer.body = in.substr(head_end + 4, length);
    return answer;
}

}  // namespace postbell::bench
