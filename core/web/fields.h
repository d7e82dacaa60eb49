// SPDX-License-Identifier: Apache-2.0
// The members of a JSON body, checked one by one. Every function throws a 400 Problem that names
// the member; a member that is null counts as absent.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "util/time.h"
#include "web/problem.h"

namespace postbell::web {

/// A body as a JSON object; 415 for another content type, 400 for a body that is no JSON object or
/// is nested deeper than 8 or has more than 10,000 values.
nlohmann::json parseObject(const net::Request& request);

/// The member, or null if it is absent.
const nlohmann::json* find(const nlohmann::json& body, const char* name);
/// Throws the Problem: "\"name\" sentence".
[[noreturn]] void refuse(const char* name, const std::string& sentence);

/// A text of any length, empty ones included.
std::optional<std::string> anyText(const nlohmann::json& body, const char* name);
/// A text of 1 to `max` bytes that is printable.
std::optional<std::string> optionalText(const nlohmann::json& body, const char* name,
                                        std::size_t max);
std::string requiredText(const nlohmann::json& body, const char* name, std::size_t max);
/// A time as RFC 3339 writes it, after the epoch.
std::optional<util::WallTime> optionalTime(const nlohmann::json& body, const char* name);
/// A whole number from 0 to `max`.
std::optional<std::int64_t> optionalNumber(
    const nlohmann::json& body, const char* name,
    std::int64_t max = std::numeric_limits<std::int64_t>::max());

/// For answers: null for a time that is not set.
nlohmann::json timeOrNull(util::WallTime time);
/// For answers: null for an empty text.
nlohmann::json textOrNull(const std::string& text);
/// Bytes that are not UTF-8 become U+FFFD.
std::string dump(const nlohmann::json& body);

}  // namespace postbell::web
