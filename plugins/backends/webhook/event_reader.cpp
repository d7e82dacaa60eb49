// SPDX-License-Identifier: Apache-2.0
#include "event_reader.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "postbell/kit/json_reader.hpp"

namespace postbell::webhook {
namespace {

using kit::Json;

/// Room for kMaxEvents of twenty values.
constexpr kit::JsonLimits kLimits{16, 20'000};

/// A text, or a number as it is written; empty for a value of another kind.
std::string_view scalar(const Json& value) {
    return value.text().value_or(value.number().value_or(std::string_view()));
}

/// Calls `use` with each scalar of an array, or with the one that `value` is.
template <class Use>
void forEachScalar(const Json& value, Use&& use) {
    if (value.kind() != Json::Kind::Array) return use(scalar(value));
    for (const Json& element : value.elements()) use(scalar(element));
}

bool contains(const std::vector<std::string>& values, std::string_view value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

bool isInbox(const Json& event, const Mapping& mapping) {
    if (!mapping.folder) return true;
    bool is_inbox = false;
    forEachScalar(mapping.folder->find(event), [&](std::string_view folder) {
        is_inbox = is_inbox || contains(mapping.inbox, folder);
    });
    return is_inbox;
}

/// Nothing for an event that means nothing for a badge.
std::optional<Event::Type> typeOf(const Json& event, const Mapping& mapping) {
    if (!isInbox(event, mapping)) return std::nullopt;
    if (!mapping.type) return Event::Type::NewMail;
    const std::string_view type = scalar(mapping.type->find(event));
    if (contains(mapping.new_mail, type)) return Event::Type::NewMail;
    if (contains(mapping.count_changed, type)) return Event::Type::CountChanged;
    return std::nullopt;
}

/// -1 for a count that is absent, no whole number, or beyond what a badge can show.
std::int32_t countOf(const Json& event, const Mapping& mapping) {
    const std::int64_t count =
        mapping.unread ? mapping.unread->find(event).integer().value_or(-1) : -1;
    return count < 0 || count > std::numeric_limits<std::int32_t>::max()
               ? -1
               : static_cast<std::int32_t>(count);
}

std::string_view idOf(const Json& event, const Mapping& mapping) {
    const std::string_view id = mapping.id ? scalar(mapping.id->find(event)) : std::string_view();
    return id.size() <= kMaxIdBytes ? id : std::string_view();
}

void read(const Json& json, const Mapping& mapping, Reading& reading) {
    const auto type = typeOf(json, mapping);
    if (!type) {
        ++reading.ignored;
        return;
    }
    const std::size_t before = reading.events.size();
    forEachScalar(mapping.account.find(json), [&](std::string_view account) {
        if (account.empty() || account.size() > kMaxAccountBytes) return;
        reading.events.push_back({*type, std::string(account), countOf(json, mapping),
                                  std::string(idOf(json, mapping))});
    });
    const std::size_t found = reading.events.size() - before;
    if (found == 0) ++reading.unreadable;
    // A count is one mailbox's.
    if (found > 1)
        for (std::size_t i = before; i < reading.events.size(); ++i) reading.events[i].unread = -1;
}

}  // namespace

std::variant<Reading, Refusal> readEvents(std::string_view body, const Mapping& mapping) {
    const std::optional<Json> json = kit::readJson(body, kLimits);
    if (!json) return Refusal::NotJson;
    const Json& events = mapping.events.find(*json);
    Reading reading;
    if (events.kind() == Json::Kind::Object) {
        read(events, mapping, reading);
    } else if (events.kind() == Json::Kind::Array) {
        for (const Json& event : events.elements()) {
            if (reading.events.size() > kMaxEvents) break;
            read(event, mapping, reading);
        }
    } else {
        return Refusal::NoEvents;
    }
    const bool many = events.kind() == Json::Kind::Array && events.elements().size() > kMaxEvents;
    if (many || reading.events.size() > kMaxEvents) return Refusal::TooMany;
    return reading;
}

}  // namespace postbell::webhook
