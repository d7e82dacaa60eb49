// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mapping.h"

namespace postbell::webhook {

constexpr std::size_t kMaxEvents = 1000;  ///< events of one body, and mailboxes of all of them
constexpr std::size_t kMaxAccountBytes = 1024;
constexpr std::size_t kMaxIdBytes = 512;

/// One change of one mailbox's inbox.
struct Event {
    enum class Type { NewMail, CountChanged };
    Type type = Type::NewMail;
    std::string account;
    std::int32_t unread = -1;  ///< of the inbox; -1: not told
    std::string id;            ///< names the event, for good; empty: not told, or too long
    bool operator==(const Event&) const = default;
};

struct Reading {
    std::vector<Event> events;
    std::size_t ignored = 0;     ///< events of another type, or of another folder
    std::size_t unreadable = 0;  ///< events that count, without a mailbox's address
};

enum class Refusal {
    NotJson,
    NoEvents,  ///< the mapping's `events` leads to no object and no array
    TooMany
};

/// Reads the body of a POST. Members that the mapping does not name may be anything.
std::variant<Reading, Refusal> readEvents(std::string_view body, const Mapping& mapping);

}  // namespace postbell::webhook
