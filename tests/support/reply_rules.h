// SPDX-License-Identifier: Apache-2.0
// The rules of a reply, once: abi.h says them, the gateway and the SDK's FakeReply keep them, and
// each is tested against this list.
#pragma once
#include <string>
#include <vector>

#include "postbell/host.hpp"

namespace postbell::test {

/// The callback that a notification came to.
enum class RuledCallback { Unknown, Registration, Tenant };

struct EventRule {
    std::string says;
    RuledCallback callback;
    postbell_mail_event event;
    postbell_status status;
};
struct NoteRule {
    std::string says;
    RuledCallback callback;
    std::string text;
    postbell_status status;
};
struct AnswerRule {
    std::string says;
    std::int32_t code;
    std::size_t header_count;
    std::size_t body_bytes;
    postbell_status status;
};

namespace detail {

inline postbell_mail_event event(std::uint32_t kind, const char* subscription,
                                 const char* account) {
    postbell_mail_event raw{};
    raw.size = sizeof raw;
    raw.kind = kind;
    raw.unread = -1;
    if (subscription != nullptr) raw.subscription = str(subscription);
    if (account != nullptr) raw.account = str(account);
    return raw;
}
inline postbell_mail_event withKey(std::size_t bytes) {
    static const std::string kKey(POSTBELL_MAX_DEDUP_KEY_BYTES + 1, 'k');
    postbell_mail_event raw = event(POSTBELL_MAIL_NEW, "served", nullptr);
    raw.dedup_key = {kKey.data(), bytes};
    return raw;
}
inline postbell_mail_event withCanonicalFolder(std::size_t bytes) {
    static const std::string kFolder(POSTBELL_MAX_FOLDER_BYTES + 1, 'f');
    postbell_mail_event raw = event(POSTBELL_MAIL_NEW, "served", nullptr);
    raw.canonical_folder = {kFolder.data(), bytes};
    return raw;
}
inline postbell_mail_event withSize(std::uint32_t size) {
    postbell_mail_event raw = event(POSTBELL_MAIL_NEW, "served", nullptr);
    raw.size = size;
    return raw;
}

}  // namespace detail

/// "served" is a reported subscription, and the account of a tenant's callback.
inline std::vector<EventRule> eventRules() {
    using detail::event;
    constexpr auto kRegistration = RuledCallback::Registration;
    constexpr auto kTenant = RuledCallback::Tenant;
    constexpr auto kUnknown = RuledCallback::Unknown;
    return {
        {"an event is taken", kRegistration, event(POSTBELL_MAIL_NEW, "served", nullptr), 0},
        {"so is one that names no subscription", kRegistration,
         event(POSTBELL_MAIL_NEW, nullptr, nullptr), 0},
        {"an unknown kind is a sign of life", kRegistration, event(4711, "served", nullptr), 0},
        {"kind 0 is none", kRegistration, event(0, "served", nullptr), POSTBELL_EINVAL},
        {"a registration is no account", kRegistration, event(POSTBELL_MAIL_NEW, nullptr, "served"),
         POSTBELL_EINVAL},
        {"a key of the longest length", kRegistration,
         detail::withKey(POSTBELL_MAX_DEDUP_KEY_BYTES), 0},
        {"a key that is longer", kRegistration, detail::withKey(POSTBELL_MAX_DEDUP_KEY_BYTES + 1),
         POSTBELL_EINVAL},
        {"a canonical folder of the longest length", kRegistration,
         detail::withCanonicalFolder(POSTBELL_MAX_FOLDER_BYTES), 0},
        {"a canonical folder that is longer", kRegistration,
         detail::withCanonicalFolder(POSTBELL_MAX_FOLDER_BYTES + 1), POSTBELL_EINVAL},
        {"a struct of version 1", kRegistration, detail::withSize(POSTBELL_MAIL_EVENT_V1_SIZE), 0},
        {"a struct that is smaller", kRegistration,
         detail::withSize(POSTBELL_MAIL_EVENT_V1_SIZE - 1), POSTBELL_EINVAL},
        {"an unknown token serves nobody", kUnknown, event(POSTBELL_MAIL_NEW, "served", nullptr),
         POSTBELL_ENOTFOUND},
        {"what breaks the contract does so for an unknown token too", kUnknown,
         event(0, "served", nullptr), POSTBELL_EINVAL},
        {"a tenant's subscription", kTenant, event(POSTBELL_MAIL_NEW, "served", nullptr), 0},
        {"a tenant's account", kTenant, event(POSTBELL_MAIL_NEW, nullptr, "served"), 0},
        {"a tenant's event for nobody in particular", kTenant,
         event(POSTBELL_MAIL_NEW, nullptr, nullptr), POSTBELL_EINVAL},
        {"a tenant's event for both", kTenant, event(POSTBELL_MAIL_NEW, "served", "served"),
         POSTBELL_EINVAL},
    };
}

inline std::vector<NoteRule> noteRules() {
    const std::string longest(POSTBELL_MAX_NOTE_BYTES, 'n');
    return {
        {"a note is taken", RuledCallback::Registration, "verify", 0},
        {"of the longest length", RuledCallback::Registration, longest, 0},
        {"longer", RuledCallback::Registration, longest + "n", POSTBELL_EINVAL},
        {"empty", RuledCallback::Registration, "", POSTBELL_EINVAL},
        {"for an unknown token", RuledCallback::Unknown, "verify", POSTBELL_ENOTFOUND},
        {"for a whole tenant", RuledCallback::Tenant, "verify", POSTBELL_ENOTFOUND},
    };
}

inline std::vector<AnswerRule> answerRules() {
    return {
        {"an answer", 200, 1, 10, 0},
        {"of the last code", 599, 0, 0, 0},
        {"below the first code", 199, 0, 0, POSTBELL_EINVAL},
        {"above the last code", 600, 0, 0, POSTBELL_EINVAL},
        {"of the most headers", 200, POSTBELL_MAX_ANSWER_HEADERS, 0, 0},
        {"of more headers", 200, POSTBELL_MAX_ANSWER_HEADERS + 1, 0, POSTBELL_EINVAL},
        {"of the longest body", 200, 0, POSTBELL_MAX_ANSWER_BYTES, 0},
        {"of a longer body", 200, 0, POSTBELL_MAX_ANSWER_BYTES + 1, POSTBELL_EINVAL},
    };
}

/// Tries `answer` with the rule's parts.
inline postbell_status tryAnswer(postbell_reply* reply, const AnswerRule& rule) {
    const std::vector<postbell_header> headers(rule.header_count, {str("x-a"), str("b"), 0});
    const std::string body(rule.body_bytes, 'b');
    return reply->respond(reply, rule.code, headers.data(), headers.size(), bytes(body));
}

}  // namespace postbell::test
