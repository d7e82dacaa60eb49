// SPDX-License-Identifier: Apache-2.0
// For tests of backends: a request as a mail server sends it, and a reply that remembers the staged
// events and the answer.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "postbell/backend.hpp"

namespace postbell::testing {

/// One request. Fill the members, then hand raw() to handle(); raw() borrows from this object.
struct FakeRequest {
    std::string method = "POST";
    std::string query;
    std::string peer = "192.0.2.1";
    std::string body;
    std::string callback_secret;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::uint32_t route = 0;
    bool known = true;

    postbell_request raw() {
        raw_headers_.clear();
        for (const auto& [name, value] : headers)
            raw_headers_.push_back({str(name), str(value), 0});
        postbell_request raw{};
        raw.size = sizeof raw;
        raw.route = route;
        raw.method = str(method);
        raw.query = optionalStr(query);
        raw.peer = str(peer);
        raw.known = known ? 1 : 0;
        raw.callback_secret = optionalStr(callback_secret);
        raw.headers = raw_headers_.data();
        raw.header_count = raw_headers_.size();
        raw.body = bytes(body);
        return raw;
    }

  private:
    std::vector<postbell_header> raw_headers_;
};

/// A copy of a staged event; absent text is empty.
struct StagedEvent {
    MailKind kind = MailKind::Heard;
    std::string subscription, account, proof, folder, dedup_key;
    std::int64_t occurred_ms = 0;
    std::int32_t unread = -1;
    std::string canonical_folder = {};
    std::int64_t retry_after_ms = 0;
};

/// Takes all that one call of handle() stages, and refuses as a gateway does. Confined to that
/// call's thread.
class FakeReply {
  public:
    FakeReply() {
        raw_.size = sizeof(postbell_reply);
        raw_.event = &FakeReply::event;
        raw_.note = &FakeReply::note;
        raw_.respond = &FakeReply::respond;
        raw_.problem = &FakeReply::problem;
        raw_.owner = this;
    }
    FakeReply(const FakeReply&) = delete;
    FakeReply& operator=(const FakeReply&) = delete;

    postbell_reply* raw() noexcept { return &raw_; }

    /// The kind of callback that the request came on: POSTBELL_CALLBACK_*, of the request's route.
    std::uint32_t callback = POSTBELL_CALLBACK_REGISTRATION;
    /// As FakeRequest::known: if not, there is no subscription.
    bool known = true;

    /// Events that name `subscription` (empty: every event) are refused with `why`, as a host
    /// does with POSTBELL_ENOTFOUND where there is no subscription.
    void refuse(std::string subscription, postbell_status why = POSTBELL_ENOTFOUND) {
        refusals_.emplace_back(std::move(subscription), why);
    }

    std::vector<StagedEvent> events;   ///< accepted, in order
    std::vector<StagedEvent> refused;  ///< offered and refused
    std::vector<std::string> notes;
    std::string sentence;  ///< the last problem()
    std::string breach;    ///< how the plugin broke the contract at last; empty: it did not
    int status = 0;        ///< 0: respond() was not called
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// The answer's header `name`; empty if there is none.
    std::string header(std::string_view name) const {
        for (const auto& [key, value] : headers)
            if (key == name) return value;
        return {};
    }

  private:
    struct Raw : postbell_reply {
        FakeReply* owner;
    };
    static FakeReply& of(postbell_reply* raw) noexcept { return *static_cast<Raw*>(raw)->owner; }

    /// How the event breaks the contract on this kind of callback; empty: it keeps it.
    std::string_view breachOf(const postbell_mail_event& e) const noexcept {
        if (e.size < POSTBELL_MAIL_EVENT_V1_SIZE) return "an event is smaller than in version 1";
        if (e.kind == 0) return "an event has the kind 0";
        if (e.dedup_key.len > POSTBELL_MAX_DEDUP_KEY_BYTES)
            return "an event's dedup_key is longer than POSTBELL_MAX_DEDUP_KEY_BYTES";
        const postbell_mail_event* const event = &e;
        if (POSTBELL_HAS(event, canonical_folder) &&
            e.canonical_folder.len > POSTBELL_MAX_FOLDER_BYTES)
            return "an event's canonical_folder is longer than POSTBELL_MAX_FOLDER_BYTES";
        for (const postbell_str& text : {e.subscription, e.account, e.proof, e.folder})
            if (text.ptr != nullptr && text.len > POSTBELL_MAX_TEXT_BYTES)
                return "a text of an event is longer than POSTBELL_MAX_TEXT_BYTES";
        const bool account = e.account.len > 0;
        if (callback == POSTBELL_CALLBACK_TENANT && (e.subscription.len > 0) == account)
            return "an event on a tenant's callback names both, subscription and account, or none";
        if (callback != POSTBELL_CALLBACK_TENANT && account)
            return "an event on a registration's callback names an account";
        return {};
    }
    /// The same of an answer's frame.
    static std::string_view breachOf(std::int32_t code, const postbell_header* headers,
                                     std::size_t count, postbell_bytes body) noexcept {
        if (code < 200 || code > 599) return "an answer's status is not 200 to 599";
        if (count > POSTBELL_MAX_ANSWER_HEADERS)
            return "an answer has more headers than POSTBELL_MAX_ANSWER_HEADERS";
        if (body.len > POSTBELL_MAX_ANSWER_BYTES)
            return "an answer's body is longer than POSTBELL_MAX_ANSWER_BYTES";
        if ((headers == nullptr && count > 0) || (body.ptr == nullptr && body.len > 0))
            return "an answer has a length, but no pointer";
        for (std::size_t i = 0; i < count; ++i)
            if (headers[i].name.len > POSTBELL_MAX_HEADER_NAME_BYTES ||
                headers[i].value.len > POSTBELL_MAX_HEADER_VALUE_BYTES)
                return "an answer has a header that is longer than POSTBELL_MAX_HEADER_..._BYTES";
        return {};
    }
    /// A header that the gateway leaves out of the answer, without a word to the mail server.
    static bool isSent(const postbell_header& header) noexcept {
        const std::string_view name = view(header.name);
        if (name.empty() || name == "content-length" || name == "transfer-encoding" ||
            name == "connection")
            return false;
        for (const char c : name)
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos))
                return false;
        for (const char c : view(header.value))
            if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
        return true;
    }
    static postbell_status event(postbell_reply* raw, const postbell_mail_event* e) noexcept {
        FakeReply& self = of(raw);
        const std::string_view breach = e == nullptr ? "an event is NULL" : self.breachOf(*e);
        if (!breach.empty()) {
            self.breach = breach;
            return POSTBELL_EINVAL;
        }
        if (self.events.size() + self.refused.size() >= POSTBELL_MAX_EVENTS) return POSTBELL_ELIMIT;
        StagedEvent copy{static_cast<MailKind>(e->kind),
                         std::string(view(e->subscription)),
                         std::string(view(e->account)),
                         std::string(view(e->proof)),
                         std::string(view(e->folder)),
                         std::string(view(e->dedup_key)),
                         e->occurred_ms,
                         e->unread};
        if (POSTBELL_HAS(e, canonical_folder)) copy.canonical_folder = view(e->canonical_folder);
        if (POSTBELL_HAS(e, retry_after_ms)) copy.retry_after_ms = e->retry_after_ms;
        if (!self.known) {
            self.refused.push_back(std::move(copy));
            return POSTBELL_ENOTFOUND;
        }
        for (const auto& [subscription, why] : self.refusals_) {
            if (!subscription.empty() && subscription != copy.subscription) continue;
            self.refused.push_back(std::move(copy));
            return why;
        }
        self.events.push_back(std::move(copy));
        return POSTBELL_OK;
    }
    static postbell_status note(postbell_reply* raw, postbell_str text) noexcept {
        if (text.len == 0 || text.len > POSTBELL_MAX_NOTE_BYTES) return POSTBELL_EINVAL;
        if (!of(raw).known || of(raw).callback == POSTBELL_CALLBACK_TENANT)
            return POSTBELL_ENOTFOUND;
        of(raw).notes.emplace_back(view(text));
        return POSTBELL_OK;
    }
    static postbell_status problem(postbell_reply* raw, postbell_str sentence) noexcept {
        of(raw).sentence = view(sentence);
        return POSTBELL_OK;
    }
    static postbell_status respond(postbell_reply* raw, std::int32_t code,
                                   const postbell_header* headers, std::size_t count,
                                   postbell_bytes body) noexcept {
        FakeReply& self = of(raw);
        const std::string_view breach = breachOf(code, headers, count, body);
        if (!breach.empty()) {
            self.breach = breach;
            return POSTBELL_EINVAL;
        }
        self.status = code;
        self.headers.clear();
        for (std::size_t i = 0; i < count; ++i) {
            self.headers.emplace_back(view(headers[i].name), view(headers[i].value));
            if (!isSent(headers[i]))
                self.breach = "an answer has the header \"" + self.headers.back().first +
                              "\": names are lower case, of a token's characters, values without "
                              "controls, and the frame's headers are the gateway's";
        }
        self.body = view(body);
        return POSTBELL_OK;
    }

    Raw raw_{};
    std::vector<std::pair<std::string, postbell_status>> refusals_;
};

}  // namespace postbell::testing
