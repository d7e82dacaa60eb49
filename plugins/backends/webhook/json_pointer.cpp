// SPDX-License-Identifier: Apache-2.0
#include "json_pointer.h"

#include <charconv>
#include <utility>

namespace postbell::webhook {
namespace {

using kit::Json;

/// Nothing for a wrong escape (RFC 6901, 3).
std::optional<std::string> unescaped(std::string_view step) {
    std::string text;
    for (std::size_t i = 0; i < step.size(); ++i) {
        if (step[i] != '~') {
            text += step[i];
            continue;
        }
        if (++i == step.size() || (step[i] != '0' && step[i] != '1')) return std::nullopt;
        text += step[i] == '0' ? '~' : '/';
    }
    return text;
}

/// Digits without a leading zero (RFC 6901, 4).
std::optional<std::size_t> indexIn(std::string_view step) {
    if (step.empty() || (step.size() > 1 && step.front() == '0')) return std::nullopt;
    std::size_t index = 0;
    const auto [stop, error] = std::from_chars(step.data(), step.data() + step.size(), index);
    return error == std::errc() && stop == step.data() + step.size() ? std::optional(index)
                                                                     : std::nullopt;
}

const Json& step(const Json& value, std::string_view step) {
    static const Json kNull;
    if (value.kind() != Json::Kind::Array) return value[step];
    const auto index = indexIn(step);
    return index && *index < value.elements().size() ? value.elements()[*index] : kNull;
}

}  // namespace

std::optional<JsonPointer> JsonPointer::parse(std::string_view text) {
    JsonPointer pointer;
    while (!text.empty()) {
        if (text.front() != '/') return std::nullopt;
        text.remove_prefix(1);
        auto name = unescaped(text.substr(0, text.find('/')));
        if (!name) return std::nullopt;
        pointer.steps_.push_back(std::move(*name));
        text.remove_prefix(std::min(text.size(), text.find('/')));
    }
    return pointer;
}

const Json& JsonPointer::find(const Json& document) const {
    const Json* value = &document;
    for (const std::string& name : steps_) value = &step(*value, name);
    return *value;
}

}  // namespace postbell::webhook
