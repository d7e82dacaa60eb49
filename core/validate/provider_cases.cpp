// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <chrono>

#include "plugin/origin.h"
#include "util/real_time.h"
#include "validate/authorization.h"
#include "validate/cases.h"
#include "validate/hostile.h"
#include "validate/memory.h"
#include "validate/setting_values.h"

namespace postbell::validate {
namespace {

using testing::FakeAnswer;
using testing::FakeCredential;
using testing::FakePush;

constexpr std::int64_t kNow = 1'767'225'600'000;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds kQuickly{500};
#else
constexpr std::chrono::milliseconds kQuickly{50};
#endif
constexpr std::array kKinds{POSTBELL_PUSH_NEW_MAIL, POSTBELL_PUSH_COUNT_CHANGED,
                            POSTBELL_PUSH_CHECK_REGISTRATION};

/// Tokens as networks hand them out, and hostile ones.
std::vector<std::string> tokens(const Subject& subject) {
    std::vector<std::string> seeds{std::string(64, 'A'), "https://push.example.com:8443/a/b?c=d",
                                   "HTTPS://PUSH.EXAMPLE.COM/a",
                                   "cx:APA91b" + std::string(130, 'x')};
    if (!subject.device_token.empty()) seeds.push_back(subject.device_token);
    return hostileTexts(seeds);
}

/// Empty where the devices name theirs.
std::vector<std::string> originsOf(const Running& running) {
    if (running.has(POSTBELL_DEVICES_NAME_ORIGIN)) return {};
    return validate::originsOf(running, Origins::Push);
}

AuthorizationCalls callsOf(FakeCredential& credential) {
    return {[&credential](std::int64_t now_ms) { return credential.authorize(now_ms); },
            [&credential](const FakeAnswer& answer, std::int64_t now_ms) {
                return credential.authorized(answer, now_ms);
            }};
}

void originsAreOrigins(const Subject& subject) {
    const Running running(subject);
    require(!originsOf(running).empty() || running.has(POSTBELL_DEVICES_NAME_ORIGIN),
            "it names no origin, and devices do not name theirs");
}

/// The report of check_token(), which must be one.
TokenCheck checkedToken(const Running& running, std::string_view token) {
    struct Reports {
        TokenCheck last;
        int count = 0;
    } reports;
    const auto keep = [](void* user, const postbell_token_check* raw) noexcept {
        auto& kept = *static_cast<Reports*>(user);
        ++kept.count;
        kept.last = {std::string(view(raw->normal)), std::string(view(raw->problem)),
                     std::string(view(raw->origin)), raw->expires_ms};
    };
    const postbell_status status =
        running.provider().check_token(running.self(), str(token), keep, &reports);
    require(reports.count == 1 || (status < 0 && reports.count == 0),
            "check_token() reports " + std::to_string(reports.count) + " times, and not once");
    if (status < 0) reports.last.normal.clear();
    return reports.last;
}

void aNormalFormIsItsOwn(const Subject& subject) {
    const Running running(subject);
    for (const std::string& token : tokens(subject)) {
        const TokenCheck first = checkedToken(running, token);
        if (first.normal.empty()) {
            require(!first.problem.empty(), "it refuses a token without a word");
            continue;
        }
        require(first.normal.size() <= POSTBELL_MAX_DEVICE_TOKEN_BYTES,
                "the normal form of a token is longer than POSTBELL_MAX_DEVICE_TOKEN_BYTES");
        const TokenCheck again = checkedToken(running, first.normal);
        require(again.normal == first.normal,
                "the normal form of a token is no token of the same normal form");
        require(again.origin == first.origin && again.expires_ms == first.expires_ms,
                "a token's normal form has another origin or end than the token");
        require(!running.has(POSTBELL_DEVICES_NAME_ORIGIN) || plugin::pushOrigin(first.origin),
                "a token's origin is " + plugin::wrongPushOrigin(first.origin));
    }
}

void takesTheDeviceToken(const Subject& subject) {
    const Running running(subject);
    const TokenCheck found = checkedToken(running, subject.device_token);
    require(!found.normal.empty(),
            "check_token() refuses the given device token: " + found.problem);
}

void survivesHostileFiles(const Subject& subject) {
    const Running running(subject);
    std::vector<std::string> seeds = commonMessages();
    if (subject.credential) seeds.push_back(subject.credential->content);
    for (const std::string& content : hostileTexts(seeds)) {
        testing::FakeCredentialFile file =
            subject.credential.value_or(testing::FakeCredentialFile());
        file.content = content;
        const postbell_credential_file raw = file.raw();
        int reports = 0;
        const auto count = [](void* user, const postbell_credential_report*) noexcept {
            ++*static_cast<int*>(user);
        };
        const postbell_status status =
            running.provider().inspect(running.self(), &raw, kNow, count, &reports);
        require(reports == 1 || (status < 0 && reports == 0),
                "inspect() reports " + std::to_string(reports) + " times, and not once");
        void* credential = nullptr;
        if (running.provider().open(running.self(), &raw, &credential) >= 0)
            running.provider().close(running.self(), credential);
    }
}

/// Every kind of push that there is.
template <class Each>
void withEveryPush(const Subject& subject, Each&& each) {
    for (const std::uint32_t kind : kKinds)
        for (const int style : std::initializer_list<int>{
                 POSTBELL_STYLE_BADGE, POSTBELL_STYLE_BADGE_SYNC, POSTBELL_STYLE_ALERT, 4711})
            for (const std::uint32_t urgency : {POSTBELL_URGENCY_QUIET, POSTBELL_URGENCY_HIGH})
                for (const std::int32_t badge : {-1, 0, INT32_MAX}) {
                    FakePush push;
                    push.kind = kind;
                    push.style = static_cast<std::uint32_t>(style);
                    push.urgency = urgency;
                    push.unread = push.badge = badge;
                    push.token = subject.device_token;
                    each(push);
                }
}

void makesRequestsThatCanBeSent(const Subject& subject) {
    const Running running(subject);
    const std::vector<std::string> origins = originsOf(running);
    FakeCredential credential(running.self(), running.provider(), *subject.credential);
    withEveryPush(subject, [&](const FakePush& push) {
        const auto said = credential.request(push, kNow);
        require(said.status >= 0, "it cannot encode a push: " + said.problem);
        requireSendable(said.request, origins);
    });
}

void takesEverySettingOfItsApps(const Subject& subject) {
    const Running running(subject);
    const std::vector<std::string> origins = originsOf(running);
    FakeCredential credential(running.self(), running.provider(), *subject.credential);
    for (const auto& setting : acceptedSettings(running)) {
        FakePush push;
        push.style = POSTBELL_STYLE_ALERT;
        push.token = subject.device_token;
        push.settings = {setting};
        const auto said = credential.request(push, kNow);
        require(said.status >= 0 || said.status == POSTBELL_EINVAL,
                "it cannot encode a push with the setting \"" + setting.first +
                    "\", which app_schema accepts: " + said.problem);
        if (said.status >= 0) requireSendable(said.request, origins);
    }
}

/// The quickest of three tries counts, since the machine may be busy.
void encodesQuicklyIfItSaysSo(const Subject& subject) {
    const Running running(subject);
    if (running.has(POSTBELL_EXPENSIVE_ENCODER)) return;
    FakeCredential credential(running.self(), running.provider(), *subject.credential);
    FakePush push;
    push.token = subject.device_token;
    auto quickest = util::RealTime::duration::max();
    for (int i = 0; i < 3 && quickest > kQuickly; ++i) {
        const util::RealTime begun = util::realNow();
        credential.request(push, kNow);
        quickest = std::min(quickest, util::realNow() - begun);
    }
    require(quickest <= kQuickly, "request() took longer than " + std::to_string(kQuickly.count()) +
                                      " ms, and holds up all pushes for so long: it does not say "
                                      "POSTBELL_EXPENSIVE_ENCODER");
}

void survivesHostileAnswers(const Subject& subject) {
    const Running running(subject);
    FakeCredential credential(running.self(), running.provider(), *subject.credential);
    FakePush push;
    push.token = subject.device_token;
    for (const std::string& body : hostileTexts(commonMessages()))
        for (const int status : {0, 200, 400, 401, 403, 404, 410, 429, 500, 503, 999}) {
            FakeAnswer answer;
            answer.status = status;
            answer.body = body.substr(0, POSTBELL_MAX_RESPONSE_BYTES);
            answer.headers = {{"retry-after", body.substr(0, 100)}};
            const auto outcome = credential.outcome(push, answer, kNow);
            require(outcome.retry_after_ms >= 0 && outcome.backoff_ms >= 0,
                    "its outcome asks for a time that is past");
        }
    requireAuthorizedSurvives(callsOf(credential), kNow);
}

void itsAuthorizationCanBePresented(const Subject& subject) {
    const Running running(subject);
    FakeCredential credential(running.self(), running.provider(), *subject.credential);
    requireAuthorization(callsOf(credential), {}, Origins::Push, kNow);
}

void givesItsMemoryBack(const Subject& subject) {
    const Running running(subject);
    FakeCredential credential(running.self(), running.provider(), *subject.credential);
    FakePush push;
    push.token = subject.device_token;
    requireNoGrowth("request()", [&] { credential.request(push, kNow); });
    requireNoGrowth("outcome()", [&] { credential.outcome(push, FakeAnswer(), kNow); });
}

void survivesHostileTokensInPushes(const Subject& subject) {
    const Running running(subject);
    FakeCredential credential(running.self(), running.provider(), *subject.credential);
    for (const std::string& token : tokens(subject)) {
        // A gateway stores normal forms alone.
        FakePush push;
        push.token = checkedToken(running, token).normal;
        if (push.token.empty()) continue;
        const auto said = credential.request(push, kNow);
        if (said.status >= 0) requireSendable(said.request, originsOf(running));
    }
}

}  // namespace

std::vector<Case> providerCases() {
    return {{"origins-are-origins", For::Provider, originsAreOrigins},
            {"a-normal-form-is-its-own", For::Provider, aNormalFormIsItsOwn},
            {"takes-the-device-token", For::Provider, takesTheDeviceToken, Needs::Token},
            {"survives-hostile-files", For::Provider, survivesHostileFiles},
            {"authorization-can-be-presented", For::Provider, itsAuthorizationCanBePresented,
             Needs::Credential},
            {"encodes-quickly-or-says-that-it-does-not", For::Provider, encodesQuicklyIfItSaysSo,
             Needs::CredentialAndToken},
            {"makes-requests-that-can-be-sent", For::Provider, makesRequestsThatCanBeSent,
             Needs::CredentialAndToken},
            {"takes-every-setting-of-its-apps", For::Provider, takesEverySettingOfItsApps,
             Needs::CredentialAndToken},
            {"survives-hostile-answers", For::Provider, survivesHostileAnswers,
             Needs::CredentialAndToken},
            {"gives-its-memory-back", For::Provider, givesItsMemoryBack, Needs::CredentialAndToken},
            {"survives-hostile-tokens", For::Provider, survivesHostileTokensInPushes,
             Needs::Credential}};
}

}  // namespace postbell::validate
