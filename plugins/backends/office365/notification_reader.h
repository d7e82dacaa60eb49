// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>
#include <variant>

#include "change_notification.h"

namespace postbell::office365 {

/// Why a body was refused.
enum class Refusal {
    Malformed,   ///< not JSON in UTF-8
    TooComplex,  ///< a limit on depth, values or items
    Unexpected   ///< JSON, but not {"value": [...]} of objects, a text that is none, a name twice
};

/// Nesting; Graph's own has five levels.
inline constexpr std::size_t kMaxDepth = 16;
/// Numbers, texts, objects and arrays; 1 MiB from Graph has a third of that.
inline constexpr std::size_t kMaxValues = 65'536;
/// Elements of `value`; 1 MiB from Graph has half as many.
inline constexpr std::size_t kMaxItems = 4'096;
/// Graph adds one for each app and tenant.
inline constexpr std::size_t kMaxValidationTokens = 64;

/// Reads one body in one pass. Time and memory are linear in its size. Thread-safe.
std::variant<Notification, Refusal> readNotification(std::string_view body);

}  // namespace postbell::office365
