// SPDX-License-Identifier: Apache-2.0
#include "provider/contract.h"

#include <algorithm>

#include "plugin/text.h"

namespace postbell::provider {
namespace {

using plugin::view;

constexpr std::size_t kMaxReasonBytes = 64;
/// No push network asks for a longer pause; a huge number would overflow where it is added.
constexpr std::int64_t kMaxPauseMs = 24 * 60 * 60 * 1000;

// The contract's own enumerations: the compiler finds the enumerator that a switch has forgotten.
using RawResult = decltype(POSTBELL_OUTCOME_DELIVERED);
using RawScope = decltype(POSTBELL_SCOPE_DEVICE);

std::optional<Outcome::Result> resultOf(std::uint32_t raw) {
    using Result = Outcome::Result;
    if (raw > POSTBELL_OUTCOME_REJECTED) return std::nullopt;
    switch (static_cast<RawResult>(raw)) {
        case POSTBELL_OUTCOME_DELIVERED:
            return Result::Delivered;
        case POSTBELL_OUTCOME_RETRY:
            return Result::Retry;
        case POSTBELL_OUTCOME_TOKEN_DEAD:
            return Result::TokenDead;
        case POSTBELL_OUTCOME_TOKEN_FOREIGN:
            return Result::TokenForeign;
        case POSTBELL_OUTCOME_CREDENTIAL:
            return Result::CredentialRefused;
        case POSTBELL_OUTCOME_REAUTHORIZE:
            return Result::Reauthorize;
        case POSTBELL_OUTCOME_REJECTED:
            return Result::Rejected;
    }
    return std::nullopt;
}

/// An unknown scope slows down the least.
Outcome::Scope scopeOf(std::uint32_t raw) {
    if (raw > POSTBELL_SCOPE_ORIGIN) return Outcome::Scope::Device;
    switch (static_cast<RawScope>(raw)) {
        case POSTBELL_SCOPE_DEVICE:
            return Outcome::Scope::Device;
        case POSTBELL_SCOPE_CREDENTIAL:
            return Outcome::Scope::Credential;
        case POSTBELL_SCOPE_ORIGIN:
            return Outcome::Scope::Origin;
    }
    return Outcome::Scope::Device;
}

util::Milliseconds pause(std::int64_t ms) {
    return util::Milliseconds(std::clamp<std::int64_t>(ms, 0, kMaxPauseMs));
}

/// A reason becomes a metric's label, if it looks like a network's word.
std::string_view word(postbell_str raw) {
    if (!plugin::fits(raw, kMaxReasonBytes)) return "unreadable";
    const std::string_view reason = view(raw);
    const bool is_word =
        std::all_of(reason.begin(), reason.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return is_word ? reason : "unreadable";
}

std::uint32_t kindOf(PushKind kind) {
    switch (kind) {
        case PushKind::NewMail:
            return POSTBELL_PUSH_NEW_MAIL;
        case PushKind::CountChanged:
            return POSTBELL_PUSH_COUNT_CHANGED;
        case PushKind::CheckRegistration:
            return POSTBELL_PUSH_CHECK_REGISTRATION;
    }
    return 0;
}

std::uint32_t styleOf(store::Style style) {
    switch (style) {
        case store::Style::Badge:
            return POSTBELL_STYLE_BADGE;
        case store::Style::BadgeSync:
            return POSTBELL_STYLE_BADGE_SYNC;
        case store::Style::Alert:
            return POSTBELL_STYLE_ALERT;
    }
    return 0;
}

std::uint32_t urgencyOf(Urgency urgency) {
    switch (urgency) {
        case Urgency::Quiet:
            return POSTBELL_URGENCY_QUIET;
        case Urgency::High:
            return POSTBELL_URGENCY_HIGH;
    }
    return 0;
}

std::uint32_t environmentOf(store::Environment environment) {
    switch (environment) {
        case store::Environment::None:
            return POSTBELL_ENVIRONMENT_NONE;
        case store::Environment::Production:
            return POSTBELL_ENVIRONMENT_PRODUCTION;
        case store::Environment::Sandbox:
            return POSTBELL_ENVIRONMENT_SANDBOX;
    }
    return 0;
}

}  // namespace

postbell_push rawPush(const Push& push, std::vector<postbell_header>& settings) {
    settings.clear();
    for (const auto& [name, value] : push.settings)
        settings.push_back({plugin::raw(name), plugin::raw(value), 0});
    postbell_push raw{};
    raw.size = sizeof raw;
    raw.kind = kindOf(push.kind);
    raw.style = styleOf(push.style);
    raw.urgency = urgencyOf(push.urgency);
    raw.environment = environmentOf(push.environment);
    raw.id = plugin::raw(push.id);
    raw.token = plugin::raw(push.token);
    raw.app = plugin::raw(push.app);
    raw.platform = plugin::raw(push.platform);
    raw.registration = plugin::raw(push.registration);
    raw.unread = push.unread;
    raw.badge = push.badge;
    raw.attempt = push.attempt;
    raw.expires_ms = util::toMs(push.expires);
    raw.settings = settings.data();
    raw.setting_count = settings.size();
    return raw;
}

void fill(Encoded& encoded, const postbell_http_request& request) {
    encoded.result = Encoded::Result::Ready;
    encoded.method = view(request.method);
    encoded.origin = view(request.origin);
    encoded.path = view(request.path);
    encoded.body = view(request.body);
    for (std::size_t i = 0; i < request.header_count; ++i) {
        const postbell_header& h = request.headers[i];
        encoded.headers.push_back({view(h.name), view(h.value),
                                   (h.flags & POSTBELL_HEADER_SECRET) != 0,
                                   (h.flags & POSTBELL_HEADER_VARIES) != 0});
    }
}

std::optional<Outcome> outcomeOf(const postbell_outcome& raw) {
    const auto result = resultOf(raw.result);
    if (!result) return std::nullopt;
    Outcome outcome;
    outcome.result = *result;
    outcome.scope = scopeOf(raw.scope);
    outcome.new_connection = (raw.flags & POSTBELL_OUTCOME_NEW_CONNECTION) != 0;
    outcome.retry_after = pause(raw.retry_after_ms);
    outcome.backoff = pause(raw.backoff_ms);
    outcome.dead_since = util::fromMs(std::max<std::int64_t>(raw.dead_since_ms, 0));
    outcome.reason = word(raw.reason);
    outcome.advice = plugin::sentence(raw.advice);
    return outcome;
}

}  // namespace postbell::provider
