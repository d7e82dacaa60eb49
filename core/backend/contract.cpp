// SPDX-License-Identifier: Apache-2.0
#include "backend/contract.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <new>

#include "net/limits.h"
#include "plugin/text.h"
#include "util/http_syntax.h"
#include "util/printable.h"

namespace postbell::backend {
namespace {

using plugin::fits;
using plugin::rawPresent;
using plugin::view;

static_assert(Tally::kMaxEvents == POSTBELL_MAX_EVENTS);
static_assert(net::Limits::kMaxBodyBytes == POSTBELL_MAX_NOTIFICATION_BYTES);

/// Of a header's name, in the log.
constexpr std::size_t kMaxShownName = 64;
/// No server may silence an app for longer.
constexpr std::int64_t kMaxRetryAfterMs = std::chrono::milliseconds(std::chrono::hours(24)).count();

// The contract's own enumeration: the compiler finds the kind that the switch has forgotten.
using RawKind = decltype(POSTBELL_MAIL_NEW);

/// A kind of a later contract is a sign of life.
MailKind kindOf(std::uint32_t raw) {
    if (raw < POSTBELL_MAIL_NEW || raw > POSTBELL_MAIL_ENDED) return MailKind::Heard;
    switch (static_cast<RawKind>(raw)) {
        case POSTBELL_MAIL_NEW:
            return MailKind::NewMail;
        case POSTBELL_MAIL_COUNT:
            return MailKind::CountChanged;
        case POSTBELL_MAIL_LOST:
            return MailKind::Lost;
        case POSTBELL_MAIL_RENEW:
            return MailKind::Renew;
        case POSTBELL_MAIL_ENDED:
            return MailKind::Ended;
        case POSTBELL_MAIL_HEARD:
            return MailKind::Heard;
    }
    return MailKind::Heard;
}

postbell_status statusOf(Acceptance acceptance) {
    switch (acceptance) {
        case Acceptance::Accepted:
            return POSTBELL_OK;
        case Acceptance::Malformed:
            return POSTBELL_EINVAL;
        case Acceptance::Nobody:
            return POSTBELL_ENOTFOUND;
        case Acceptance::Denied:
            return POSTBELL_EDENIED;
        case Acceptance::TooMany:
            return POSTBELL_ELIMIT;
    }
    return POSTBELL_EINTERNAL;
}

/// The clause that says how an answer breaks the contract; null: it does not.
const char* answerBreach(std::int32_t status, const postbell_header* headers, std::size_t count,
                         postbell_bytes body) {
    if (status < 200 || status > 599) return "whose status is not within 200 to 599";
    if (!fits(body, POSTBELL_MAX_ANSWER_BYTES)) return "whose body is too long";
    if (body.ptr == nullptr && body.len > 0) return "whose body points to nothing";
    if (count > POSTBELL_MAX_ANSWER_HEADERS) return "with too many headers";
    if (headers == nullptr && count > 0) return "whose headers point to nothing";
    for (std::size_t i = 0; i < count; ++i)
        if (!fits(headers[i].name, POSTBELL_MAX_HEADER_NAME_BYTES) ||
            !fits(headers[i].value, POSTBELL_MAX_HEADER_VALUE_BYTES))
            return "with a header that is too long";
    return nullptr;
}

template <class Body>
postbell_status guarded(Body&& body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return POSTBELL_ELIMIT;
    } catch (...) {
        return POSTBELL_EINTERNAL;
    }
}

}  // namespace

std::optional<MailEvent> mailEventOf(const postbell_mail_event& raw) {
    if (raw.size < POSTBELL_MAIL_EVENT_V1_SIZE || raw.kind == 0 ||
        !fits(raw.dedup_key, POSTBELL_MAX_DEDUP_KEY_BYTES) ||
        !fits(raw.subscription, POSTBELL_MAX_TEXT_BYTES) ||
        !fits(raw.account, POSTBELL_MAX_TEXT_BYTES) || !fits(raw.proof, POSTBELL_MAX_TEXT_BYTES) ||
        !fits(raw.folder, POSTBELL_MAX_TEXT_BYTES))
        return std::nullopt;
    MailEvent event;
    event.kind = kindOf(raw.kind);
    event.subscription = view(raw.subscription);
    event.account = view(raw.account);
    event.proof = view(raw.proof);
    event.folder = view(raw.folder);
    event.dedup_key = view(raw.dedup_key);
    event.occurred = util::fromMs(std::max<std::int64_t>(raw.occurred_ms, 0));
    // Both came with the same minor.
    if (raw.size >= offsetof(postbell_mail_event, retry_after_ms) + sizeof raw.retry_after_ms) {
        if (!fits(raw.canonical_folder, POSTBELL_MAX_FOLDER_BYTES)) return std::nullopt;
        event.canonical_folder = view(raw.canonical_folder);
        event.retry_after =
            util::Milliseconds(std::clamp<std::int64_t>(raw.retry_after_ms, 0, kMaxRetryAfterMs));
    }
    if (raw.unread >= 0 && event.kind != MailKind::Lost) event.unread = raw.unread;
    return event;
}

Reading readingOf(postbell_status status) {
    using Result = Reading::Result;
    return {status >= 0                 ? Result::Read
            : status == POSTBELL_EINVAL ? Result::Unreadable
                                        : Result::Failed,
            plugin::statusName(status)};
}

RawRequest::RawRequest(const net::Request& request, const Addressee& addressee) {
    headers_.reserve(request.headers.size());
    for (const auto& [name, value] : request.headers)
        headers_.push_back({rawPresent(name), rawPresent(value), 0});
    raw_.size = sizeof raw_;
    raw_.route = addressee.route.index;
    raw_.known = addressee.callback != nullptr ? 1 : 0;
    raw_.method = rawPresent(request.method);
    raw_.query = rawPresent(request.query);
    raw_.peer = rawPresent(request.peer);
    raw_.callback_secret = plugin::raw(addressee.secret);
    raw_.headers = headers_.data();
    raw_.header_count = headers_.size();
    raw_.body = plugin::rawBytes(request.body);
}

RawReply::RawReply(StagedReply& reply)
    : raw_{{sizeof(postbell_reply), onEvent, onNote, onRespond, onProblem}, &reply} {}

StagedReply& RawReply::behind(postbell_reply* raw) {
    return *reinterpret_cast<Raw*>(raw)->staged;
}

postbell_status RawReply::onEvent(postbell_reply* raw, const postbell_mail_event* event) noexcept {
    return guarded([&] {
        const auto read = event == nullptr ? std::nullopt : mailEventOf(*event);
        const postbell_status status =
            read ? statusOf(behind(raw).event(*read)) : postbell_status{POSTBELL_EINVAL};
        if (status == POSTBELL_EINVAL) behind(raw).breach("event() got an event that breaks it");
        return status;
    });
}

postbell_status RawReply::onNote(postbell_reply* raw, postbell_str text) noexcept {
    return guarded([&]() -> postbell_status {
        if (fits(text, POSTBELL_MAX_NOTE_BYTES) && !view(text).empty())
            return statusOf(behind(raw).note(util::printable(view(text))));
        behind(raw).breach("note() got a text that is empty or too long");
        return POSTBELL_EINVAL;
    });
}

postbell_status RawReply::onRespond(postbell_reply* raw, std::int32_t status,
                                    const postbell_header* headers, std::size_t count,
                                    postbell_bytes body) noexcept {
    return guarded([&]() -> postbell_status {
        const char* const breach = answerBreach(status, headers, count, body);
        if (breach != nullptr) {
            behind(raw).breach(std::string("respond() got an answer ") + breach);
            return POSTBELL_EINVAL;
        }
        net::Response answer;
        answer.status = status;
        for (std::size_t i = 0; i < count; ++i) {
            const auto& [name, value] =
                answer.headers.emplace_back(view(headers[i].name), view(headers[i].value));
            if (!util::isToken(name) || !util::isFieldText(value))
                behind(raw).breach("the answer's header \"" + util::printable(name, kMaxShownName) +
                                   "\" is left out: its name or value is not allowed");
        }
        answer.body = view(body);
        behind(raw).answer(std::move(answer));
        return POSTBELL_OK;
    });
}

postbell_status RawReply::onProblem(postbell_reply* raw, postbell_str sentence) noexcept {
    return guarded([&]() -> postbell_status {
        behind(raw).problem(plugin::sentence(sentence));
        return POSTBELL_OK;
    });
}

}  // namespace postbell::backend
