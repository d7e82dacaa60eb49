// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of staging: registrations, events, and a store that counts its questions.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/mail_event.h"
#include "registry/life_cycle.h"
#include "support/empty_events.h"
#include "util/crypto.h"

namespace postbell::testing {

constexpr util::WallTime kNow = util::fromMs(1'000'000'000);

/// Of an instance whose live subscriptions are never silent for so long.
inline registry::LifeClock lifeClock(
    util::Milliseconds resubscribe_after = std::chrono::minutes(30)) {
    return {kNow, kNow, resubscribe_after};
}

/// A registration that reported the subscription "reported" and the folder "inbox" on "ews".
inline store::Recipient recipient(store::Id id = 7) {
    store::Recipient r;
    r.id = id;
    r.device = 8;
    r.app = std::make_shared<const store::App>();
    r.created_at = kNow;
    r.subscription.instance = "ews";
    r.subscription.id_hash = util::sha256("reported");
    r.subscription.folder_hash = util::sha256("inbox");
    r.subscription.reported_at = kNow;
    return r;
}

inline std::vector<store::Recipient> recipients(store::Id count) {
    std::vector<store::Recipient> all;
    for (store::Id id = 1; id <= count; ++id) all.push_back(recipient(id));
    return all;
}

inline backend::MailEvent mail(backend::MailKind kind, std::string_view subscription = {},
                               std::optional<std::int32_t> unread = {},
                               std::string_view folder = {}) {
    backend::MailEvent event;
    event.kind = kind;
    event.subscription = subscription;
    event.unread = unread;
    event.folder = folder;
    return event;
}

/// Gives the recipients that a test put in, at any question, and keeps the staged events.
class FakeEvents final : public EmptyEvents {
  public:
    std::vector<store::Recipient> reported, proven;
    std::size_t questions = 0;
    std::string asked_id, asked_account;
    std::vector<store::Batch> batches;

    std::vector<store::Recipient> reportedBy(store::Id, std::string_view,
                                             std::string_view id_hash) override {
        ++questions;
        asked_id = id_hash;
        return reported;
    }
    std::vector<store::Recipient> provenFor(store::Id, std::string_view,
                                            std::string_view account_key) override {
        ++questions;
        asked_account = account_key;
        return proven;
    }
    void stage(store::Batch batch) override { batches.push_back(std::move(batch)); }
};

}  // namespace postbell::testing
