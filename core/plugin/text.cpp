// SPDX-License-Identifier: Apache-2.0
#include "plugin/text.h"

#include <cstring>

#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kLeastPage = 4096;

}  // namespace

bool fits(postbell_str text, std::size_t max) {
    return text.ptr == nullptr || text.len <= max;
}

bool fits(postbell_bytes bytes, std::size_t max) {
    return bytes.ptr == nullptr || bytes.len <= max;
}

std::string sentence(postbell_str text, std::size_t max) {
    if (fits(text, POSTBELL_MAX_TEXT_BYTES)) return util::printable(view(text), max);
    return "(a text of " + std::to_string(text.len) + " bytes, which is not read)";
}

void touch(postbell_bytes bytes) {
    if (bytes.ptr == nullptr || bytes.len == 0) return;
    const volatile std::uint8_t* const first = bytes.ptr;
    for (std::size_t at = 0; at < bytes.len; at += kLeastPage) static_cast<void>(first[at]);
    static_cast<void>(first[bytes.len - 1]);
}

std::string_view view(postbell_str text) {
    return text.ptr == nullptr ? std::string_view() : std::string_view(text.ptr, text.len);
}

std::string_view view(postbell_bytes bytes) {
    return view({reinterpret_cast<const char*>(bytes.ptr), bytes.len});
}

postbell_str raw(std::string_view text) {
    return text.empty() ? postbell_str{nullptr, 0} : postbell_str{text.data(), text.size()};
}

postbell_str rawPresent(std::string_view text) {
    return {text.data(), text.size()};
}

postbell_bytes rawBytes(std::string_view bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::optional<std::string_view> boundedText(const char* text, std::size_t longest) {
    if (text == nullptr) return std::nullopt;
    const std::size_t length = ::strnlen(text, longest + 1);
    if (length > longest || !util::isUtf8({text, length})) return std::nullopt;
    return std::string_view(text, length);
}

std::string statusName(postbell_status status) {
    switch (status) {
        case POSTBELL_OK:
            return "POSTBELL_OK";
        case POSTBELL_EINVAL:
            return "POSTBELL_EINVAL";
        case POSTBELL_EDENIED:
            return "POSTBELL_EDENIED";
        case POSTBELL_ENOTFOUND:
            return "POSTBELL_ENOTFOUND";
        case POSTBELL_EAGAIN:
            return "POSTBELL_EAGAIN";
        case POSTBELL_ELIMIT:
            return "POSTBELL_ELIMIT";
        case POSTBELL_EUNSUPPORTED:
            return "POSTBELL_EUNSUPPORTED";
        case POSTBELL_EINTERNAL:
            return "POSTBELL_EINTERNAL";
        default:
            return "the unknown status " + std::to_string(status);
    }
}

}  // namespace postbell::plugin
