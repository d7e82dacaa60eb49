// SPDX-License-Identifier: Apache-2.0
#include "event_folding.h"

#include <cstdio>
#include <unordered_map>
#include <utility>

#include "postbell/kit/dedup_hash.hpp"

namespace postbell::ews {
namespace {

/// The contract's order: new mail is stronger than a changed count, that than a sign of life.
int strength(MailKind kind) {
    if (kind == MailKind::New) return 2;
    return kind == MailKind::Count ? 1 : 0;
}

/// ErrorReadEventsFailed, ErrorEventNotFound and their like mean that the subscription is gone;
/// other errors cannot be told from them safely, and subscribing again cures all. A warning beside
/// a notification is a success.
bool endsSubscription(const ResponseMessage& message) {
    switch (message.response_class) {
        case ResponseClass::Error:
            return true;
        case ResponseClass::Warning:
            return !message.has_notification;
        case ResponseClass::Success:
            return false;
    }
    return false;
}

class Folding {
  public:
    void add(const ResponseMessage& message) {
        if (endsSubscription(message)) {
            folded_.push_back(
                {MailKind::Ended, message.subscription_id, {}, {}, 0, -1, message.back_off_ms});
            places_.clear();  // events before an end are not mixed with later ones
            return;
        }
        bool touched = false;
        for (const MailboxEvent& event : message.events) touched |= add(message, event);
        if (!touched) slot(message.subscription_id, {});
        noteWatermark(message);
    }
    std::vector<FoldedEvent> take() { return std::move(folded_); }

  private:
    /// False if the event touches no folder.
    bool add(const ResponseMessage& message, const MailboxEvent& event) {
        if (event.type == EventType::SignOfLife) return false;
        const bool of_folder = !event.folder_id.empty();
        FoldedEvent& place =
            slot(message.subscription_id, of_folder ? event.folder_id : event.parent_folder_id);
        touch(place, event.type == EventType::NewMail ? MailKind::New : MailKind::Count, event);
        // Only a folder's own event tells the folder's count, and a count below zero tells nothing.
        if (of_folder && event.unread.value_or(-1) >= 0) place.unread = *event.unread;
        const bool left_a_folder = event.type == EventType::Moved && !of_folder;
        if (left_a_folder && !event.old_parent_folder_id.empty())
            touch(slot(message.subscription_id, event.old_parent_folder_id), MailKind::Count,
                  event);
        return true;
    }

    static void touch(FoldedEvent& place, MailKind kind, const MailboxEvent& event) {
        if (strength(kind) > strength(place.kind)) place.kind = kind;
        if (event.occurred_ms != 0) place.occurred_ms = event.occurred_ms;
    }

    FoldedEvent& slot(std::string_view subscription, std::string_view folder) {
        const auto [place, is_new] = places_.try_emplace({subscription, folder}, folded_.size());
        if (is_new) folded_.push_back({MailKind::Heard, subscription, folder, {}, 0, -1, 0});
        return folded_[place->second];
    }

    void noteWatermark(const ResponseMessage& message) {
        if (message.last_watermark.empty()) return;
        for (auto it = folded_.rbegin(); it != folded_.rend(); ++it) {
            if (it->subscription != message.subscription_id) continue;
            if (it->kind == MailKind::Ended) break;
            it->watermark = message.last_watermark;
        }
    }

    using Place = std::pair<std::string_view, std::string_view>;
    struct PlaceHash {
        std::size_t operator()(const Place& place) const {
            const std::hash<std::string_view> hash;
            return hash(place.first) * 31 + hash(place.second);
        }
    };
    std::vector<FoldedEvent> folded_;
    std::unordered_map<Place, std::size_t, PlaceHash> places_;  // index into folded_
};

}  // namespace

std::string FoldedEvent::dedupKey() const {
    if (watermark.empty() || strength(kind) == 0) return {};
    kit::DedupHash hash;
    hash.add(subscription);
    hash.add(folder);
    hash.add(watermark);
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%016llx.%u.%d",
                                     static_cast<unsigned long long>(hash.value()),
                                     static_cast<unsigned>(kind), unread);
    return {text, static_cast<std::size_t>(length)};
}

std::vector<FoldedEvent> foldEvents(const SendNotification& notification) {
    Folding folding;
    for (const ResponseMessage& message : notification.messages) folding.add(message);
    std::vector<FoldedEvent> folded = folding.take();
    // Without a single message it is still a server that knows the callback.
    if (folded.empty()) folded.emplace_back();
    return folded;
}

}  // namespace postbell::ews
