// SPDX-License-Identifier: Apache-2.0
#include "plugin/text.h"

#include <cstring>

namespace postbell::plugin {
namespace {

/// Length of the well-formed sequence that `text` begins with, 0 if there is none (Unicode 15,
/// table 3-7).
std::size_t sequenceLength(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xc2   ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf5 ? 4
                                             : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    const unsigned char second = byte(1);
    const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    const bool surrogate = lead == 0xed && second > 0x9f;
    const bool beyond = lead == 0xf4 && second > 0x8f;
    return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view text, std::size_t longest) {
    std::string out;
    while (!text.empty()) {
        const std::size_t length = sequenceLength(text);
        const std::size_t taken = length == 0 ? 1 : length;
        if (out.size() + taken > longest) break;
        const bool control = static_cast<unsigned char>(text[0]) < ' ' || text[0] == 0x7f;
        if (length == 0)
            out += '?';
        else if (control)
            out += ' ';
        else
            out += text.substr(0, length);
        text.remove_prefix(taken);
    }
    return out;
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

postbell_bytes rawBytes(std::string_view bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::optional<std::string_view> boundedText(const char* text, std::size_t longest) {
    if (text == nullptr) return std::nullopt;
    const std::size_t length = ::strnlen(text, longest + 1);
    if (length > longest || !isUtf8({text, length})) return std::nullopt;
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
