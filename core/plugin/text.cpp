// SPDX-License-Identifier: Apache-2.0
#include "plugin/text.h"

#include <cstring>

#include "util/printable.h"

namespace postbell::plugin {

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
