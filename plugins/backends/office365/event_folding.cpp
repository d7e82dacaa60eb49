// SPDX-License-Identifier: Apache-2.0
#include "event_folding.h"

#include <cstdio>
#include <unordered_map>
#include <utility>

#include "postbell/kit/dedup_hash.hpp"
#include "postbell/kit/text.hpp"

namespace postbell::office365 {
namespace {

MailKind kindOf(const NotificationItem& item) {
    if (!item.lifecycle_event.empty()) {
        if (kit::equalsIgnoringCase(item.lifecycle_event, "reauthorizationRequired"))
            return MailKind::Renew;
        if (kit::equalsIgnoringCase(item.lifecycle_event, "subscriptionRemoved"))
            return MailKind::Ended;
        if (kit::equalsIgnoringCase(item.lifecycle_event, "missed")) return MailKind::Lost;
        return MailKind::Heard;  // "new ones will be introduced in the future" (Graph's reference)
    }
    if (kit::equalsIgnoringCase(item.change_type, "created")) return MailKind::New;
    return MailKind::Count;
}

/// The changes that one mail event is made of.
int strength(MailKind kind) {
    switch (kind) {
        case MailKind::New:
            return 3;
        case MailKind::Lost:
            return 2;
        case MailKind::Count:
            return 1;
        case MailKind::Heard:
        case MailKind::Renew:
        case MailKind::Ended:
            return 0;
    }
    return 0;
}

/// One subscription, as a POST describes it.
struct Subscription {
    Subscription(std::string_view its_id, std::string_view its_proof)
        : id(its_id), proof(its_proof) {}

    std::string_view id, proof;
    MailKind mail = MailKind::Heard;
    bool renew = false;
    bool ended = false;
    kit::DedupHash hash;
    bool recognisable = true;  // each change can be told from the next one of the same mail

    void add(const NotificationItem& item) {
        const MailKind kind = kindOf(item);
        renew |= kind == MailKind::Renew;
        ended |= kind == MailKind::Ended;
        if (strength(kind) > strength(mail)) mail = kind;
        recognisable &= !item.id.empty() || !item.etag.empty();
        for (const std::string* part :
             {&item.change_type, &item.lifecycle_event, &item.id, &item.resource_id, &item.etag})
            hash.add(*part);
    }

    std::string dedupKey() const {
        if (!recognisable) return {};
        char text[32];
        const int length = std::snprintf(text, sizeof text, "%016llx.%u",
                                         static_cast<unsigned long long>(hash.value()),
                                         static_cast<unsigned>(mail));
        return {text, static_cast<std::size_t>(length)};
    }

    void tell(std::vector<FoldedEvent>& events) const {
        if (strength(mail) > 0)
            events.push_back({mail, id, proof, dedupKey()});
        else if (!renew && !ended)
            events.push_back({MailKind::Heard, id, proof, {}});
        if (renew) events.push_back({MailKind::Renew, id, proof, {}});
        if (ended) events.push_back({MailKind::Ended, id, proof, {}});
    }
};

using Key = std::pair<std::string_view, std::string_view>;
struct KeyHash {
    std::size_t operator()(const Key& key) const {
        const std::hash<std::string_view> hash;
        return hash(key.first) * 31 + hash(key.second);
    }
};

}  // namespace

std::vector<FoldedEvent> foldEvents(const Notification& notification) {
    std::vector<Subscription> subscriptions;
    std::unordered_map<Key, std::size_t, KeyHash> places;  // index into subscriptions
    for (const NotificationItem& item : notification.items) {
        if (item.subscription_id.empty()) continue;
        const Key key{item.subscription_id, item.client_state};
        const auto [place, is_new] = places.try_emplace(key, subscriptions.size());
        if (is_new) subscriptions.emplace_back(key.first, key.second);
        subscriptions[place->second].add(item);
    }
    std::vector<FoldedEvent> events;
    for (const Subscription& subscription : subscriptions) subscription.tell(events);
    return events;
}

}  // namespace postbell::office365
