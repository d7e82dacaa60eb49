// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>
#include <variant>

#include "notification.h"

namespace postbell::dovecot {

constexpr std::size_t kMaxUserBytes = 1024;

enum class Refusal { NotJson, NoNotification, UserTooLong };

/// Reads the body of a PUT. Members that the gateway does not need (from, subject, snippet) may be
/// anything.
std::variant<Notification, Refusal> readNotification(std::string_view body);

}  // namespace postbell::dovecot
