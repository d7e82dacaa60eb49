// SPDX-License-Identifier: Apache-2.0
// The arguments of an admin's call, checked. Every function throws a 400 Problem that names the
// argument.
#pragma once
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "api/problem.h"

namespace postbell::admin {

inline std::optional<std::string> optionalText(const nlohmann::json& arguments, const char* name) {
    const auto found = arguments.find(name);
    if (found == arguments.end() || found->is_null()) return std::nullopt;
    if (!found->is_string())
        throw api::Problem(400, "\"" + std::string(name) + "\" must be a text");
    return found->get<std::string>();
}

inline std::string text(const nlohmann::json& arguments, const char* name) {
    auto found = optionalText(arguments, name);
    if (!found || found->empty())
        throw api::Problem(400, "\"" + std::string(name) + "\" is missing");
    return *found;
}

/// A name that is safe in paths, logs and labels.
inline std::string nameText(const nlohmann::json& arguments, const char* name, std::size_t most) {
    std::string value = text(arguments, name);
    const bool plain = std::all_of(value.begin(), value.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
    });
    if (!plain || value.size() > most)
        throw api::Problem(400, "\"" + std::string(name) + "\" must be 1 to " +
                                    std::to_string(most) +
                                    " letters, digits, dots, hyphens or underscores");
    return value;
}

inline std::int64_t number(const nlohmann::json& arguments, const char* name,
                           std::int64_t otherwise) {
    const auto found = arguments.find(name);
    if (found == arguments.end() || found->is_null()) return otherwise;
    if (!found->is_number_integer() || *found < 0)
        throw api::Problem(400,
                           "\"" + std::string(name) + "\" must be a whole number of 0 or more");
    return found->get<std::int64_t>();
}

}  // namespace postbell::admin
