// SPDX-License-Identifier: Apache-2.0
// For tests of providers: a push, a credential file, and a credential in use.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "postbell/testing/fake_answers.hpp"

namespace postbell::testing {

/// One push: three unread mails, high priority. Fill the members, then hand raw() over; raw()
/// borrows from this object.
struct FakePush {
    std::uint32_t kind = POSTBELL_PUSH_NEW_MAIL;
    std::uint32_t style = POSTBELL_STYLE_BADGE;
    std::uint32_t urgency = POSTBELL_URGENCY_HIGH;
    std::uint32_t environment = POSTBELL_ENVIRONMENT_NONE;
    std::string id = "8b8e2d0c-1b5f-4a6e-9a9e-3f1b2c4d5e6f";
    std::string token;
    std::string app = "com.example.mail";
    std::string platform;
    std::string registration = "r_3kTMd9-wqV0nX2yPz";
    std::int32_t unread = 3;
    std::int32_t badge = 3;
    std::uint32_t attempt = 1;
    std::int64_t expires_ms = 1'767'225'600'000 + 86'400'000;   ///< a day behind FakeHost's start
    std::vector<std::pair<std::string, std::string>> settings;  ///< the app's

    postbell_push raw() {
        raw_settings_.clear();
        for (const auto& [name, value] : settings)
            raw_settings_.push_back({str(name), str(value), 0});
        postbell_push raw{};
        raw.size = sizeof raw;
        raw.kind = kind;
        raw.style = style;
        raw.urgency = urgency;
        raw.environment = environment;
        raw.attempt = attempt;
        raw.unread = unread;
        raw.badge = badge;
        raw.id = str(id);
        raw.token = str(token);
        raw.app = str(app);
        raw.platform = str(platform);
        raw.registration = str(registration);
        raw.expires_ms = expires_ms;
        raw.settings = raw_settings_.data();
        raw.setting_count = raw_settings_.size();
        return raw;
    }

  private:
    std::vector<postbell_header> raw_settings_;
};

/// A credential file as an admin uploads it. As FakePush.
struct FakeCredentialFile {
    std::string content;
    std::string password;
    std::vector<std::pair<std::string, std::string>> settings;
    std::string app = "com.example.mail";

    postbell_credential_file raw() {
        raw_settings_.clear();
        for (const auto& [name, value] : settings)
            raw_settings_.push_back({str(name), str(value), POSTBELL_HEADER_SECRET});
        postbell_credential_file raw{};
        raw.size = sizeof raw;
        raw.content = bytes(content);
        raw.password = optionalStr(password);
        raw.settings = raw_settings_.data();
        raw.setting_count = raw_settings_.size();
        raw.app = str(app);
        return raw;
    }

  private:
    std::vector<postbell_header> raw_settings_;
};

/// A copy of the authorization that authorize() or authorized() gave.
struct SaidAuthorization {
    postbell_status status = POSTBELL_EINTERNAL;
    std::string name, value, problem;
    std::int64_t renew_ms = 0, expires_ms = 0, retry_after_ms = 0;
    bool exchange = false;
    SentRequest request;  ///< of the exchange

    SaidAuthorization(postbell_status told, const postbell_authorization& raw)
        : status(told),
          name(view(raw.header.name)),
          value(view(raw.header.value)),
          problem(view(raw.problem)),
          renew_ms(raw.renew_ms),
          expires_ms(raw.expires_ms),
          retry_after_ms(raw.retry_after_ms),
          exchange(raw.exchange != nullptr) {
        if (exchange) request = SentRequest(*raw.exchange);
    }
};

/// A copy of the request that a credential made of a push.
struct SaidRequest {
    postbell_status status = POSTBELL_EINTERNAL;
    std::string problem;
    SentRequest request;
};

/// A copy of an outcome.
struct SaidOutcome {
    OutcomeResult result = OutcomeResult::Retry;
    RetryScope scope = RetryScope::Device;
    std::uint32_t flags = 0;
    std::int64_t retry_after_ms = 0, dead_since_ms = 0, backoff_ms = 0;
    std::string reason, advice;
};

/// A credential in use, of a loaded provider. `self` and `table` must outlive it; `file` is read
/// while it is made. Throws std::runtime_error if the provider does not open it.
class FakeCredential {
  public:
    FakeCredential(void* self, const postbell_provider_v0& table, FakeCredentialFile file)
        : self_(self), table_(table) {
        const postbell_credential_file raw = file.raw();
        if (table_.open(self_, &raw, &credential_) < 0) throw std::runtime_error("open() failed");
    }
    ~FakeCredential() { table_.close(self_, credential_); }
    FakeCredential(const FakeCredential&) = delete;
    FakeCredential& operator=(const FakeCredential&) = delete;

    SaidAuthorization authorize(std::int64_t now_ms) {
        postbell_authorization raw = empty<postbell_authorization>();
        const postbell_status status = table_.authorize(self_, credential_, now_ms, &raw);
        return {status, raw};
    }
    SaidAuthorization authorized(FakeAnswer answer, std::int64_t now_ms) {
        const postbell_response response = answer.raw();
        postbell_authorization raw = empty<postbell_authorization>();
        const postbell_status status =
            table_.authorized(self_, credential_, &response, now_ms, &raw);
        return {status, raw};
    }
    SaidRequest request(FakePush push, std::int64_t now_ms) {
        const postbell_push from = push.raw();
        postbell_http_request raw = empty<postbell_http_request>();
        SaidRequest said;
        said.status = table_.request(self_, credential_, &from, now_ms, &raw);
        said.problem = view(raw.problem);
        if (said.status >= 0) said.request = SentRequest(raw);
        return said;
    }
    SaidOutcome outcome(FakePush push, FakeAnswer answer, std::int64_t now_ms) {
        const postbell_push from = push.raw();
        const postbell_response response = answer.raw();
        postbell_outcome raw = empty<postbell_outcome>();
        if (table_.outcome(self_, credential_, &from, &response, now_ms, &raw) < 0)
            throw std::runtime_error("outcome() failed");
        return {static_cast<OutcomeResult>(raw.result),
                static_cast<RetryScope>(raw.scope),
                raw.flags,
                raw.retry_after_ms,
                raw.dead_since_ms,
                raw.backoff_ms,
                std::string(view(raw.reason)),
                std::string(view(raw.advice))};
    }

  private:
    template <class Struct>
    static Struct empty() {
        Struct raw{};
        raw.size = sizeof raw;
        return raw;
    }
    void* self_;
    const postbell_provider_v0& table_;
    void* credential_ = nullptr;
};

/// The report of check_token().
inline TokenCheck checkedToken(void* self, const postbell_provider_v0& table,
                               std::string_view token) {
    TokenCheck found;
    const auto keep = [](void* user, const postbell_token_check* raw) noexcept {
        *static_cast<TokenCheck*>(user) = {std::string(view(raw->normal)),
                                           std::string(view(raw->problem)),
                                           std::string(view(raw->origin)), raw->expires_ms};
    };
    if (table.check_token(self, str(token), keep, &found) < 0) found.normal.clear();
    return found;
}

}  // namespace postbell::testing
