// SPDX-License-Identifier: Apache-2.0
#include "request_check.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "payload_check.h"

namespace apns_simulator {

namespace {

constexpr std::size_t kMaxPayload = 4096;
constexpr std::size_t kMaxVoipPayload = 5120;
constexpr std::size_t kMaxCollapseId = 64;
constexpr std::size_t kMaxTokenDigits = 400;
constexpr double kTokenLife = 60 * 60;
constexpr double kClockLeeway = 60;

constexpr std::array<std::string_view, 11> kPushTypes = {
    "alert", "background",   "location",   "voip",    "complication", "fileprovider",
    "mdm",   "liveactivity", "pushtotalk", "widgets", "controls"};

Verdict refuse(int status, const char* reason, const char* note = "") {
    Verdict verdict;
    verdict.status = status;
    verdict.reason = reason;
    verdict.note = note;
    return verdict;
}

// Without the locale, and inlined: every push passes here.
constexpr bool isHexDigit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool isTopicCharacter(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

bool isHex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), isHexDigit);
}

bool isUuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isHexDigit(text[i])) return false;
    }
    return true;
}

bool isTopic(std::string_view text) {
    return !text.empty() && text.size() <= 255 &&
           std::all_of(text.begin(), text.end(), isTopicCharacter);
}

bool isUnixTime(const std::string& text) {
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    return error == std::errc{} && end == text.data() + text.size();
}

// The headers that are judged by themselves.
std::optional<Verdict> checkHeaders(const Request& request) {
    if (request.has(Header::Id) && !isUuid(request[Header::Id])) return refuse(400, "BadMessageId");
    const std::string& push_type = request[Header::PushType];
    if (std::find(kPushTypes.begin(), kPushTypes.end(), push_type) == kPushTypes.end())
        return refuse(400, "InvalidPushType",
                      push_type.empty() ? "apns-push-type is required" : "unknown apns-push-type");
    const std::string& priority = request[Header::Priority];
    if (request.has(Header::Priority) && priority != "10" && priority != "5" && priority != "1")
        return refuse(400, "BadPriority");
    if (push_type == "background" && priority != "5")
        return refuse(400, "BadPriority", "background needs priority 5");
    if (request.has(Header::Expiration) && !isUnixTime(request[Header::Expiration]))
        return refuse(400, "BadExpirationDate");
    if (request[Header::CollapseId].size() > kMaxCollapseId) return refuse(400, "BadCollapseId");
    return std::nullopt;
}

std::optional<Verdict> checkDevice(const Request& request, const Registry& registry,
                                   std::string_view topic, const std::string& environment,
                                   bool reject_unknown) {
    if (registry.deviceCount() == 0 && !reject_unknown) return std::nullopt;
    const auto device = registry.findDevice(*deviceToken(request));
    if (!device)
        return reject_unknown ? std::optional(refuse(400, "BadDeviceToken", "unknown token"))
                              : std::nullopt;
    if (!device->environment.empty() && device->environment != environment)
        return refuse(400, "BadDeviceToken", "the token is of the other environment");
    if (device->state == DeviceState::WrongTopic ||
        (!device->topic.empty() && device->topic != topic))
        return refuse(400, "DeviceTokenNotForTopic");
    if (device->state == DeviceState::Ok) return std::nullopt;
    Verdict dead =
        refuse(410, device->state == DeviceState::Unregistered ? "Unregistered" : "ExpiredToken");
    dead.timestamp_ms = device->timestamp_ms;
    return dead;
}

}  // namespace

std::optional<std::string_view> deviceToken(const Request& request) {
    constexpr std::string_view kDevicePath = "/3/device/";
    const std::string_view path = request[Header::Path];
    if (!path.starts_with(kDevicePath)) return std::nullopt;
    return path.substr(kDevicePath.size());
}

ConnectionCredential::ConnectionCredential(std::optional<ClientCertificate> certificate)
    : certificate_(std::move(certificate)) {
    if (certificate_) name_ = std::make_shared<const std::string>(certificate_->subject);
}

std::optional<Verdict> ConnectionCredential::check(const Request& request, Registry& registry,
                                                   const std::string& environment,
                                                   double simulated_unix) {
    // With a certificate Apple does not look at the authorization header.
    auto refusal = certificate_ ? checkCertificate(registry, environment)
                                : checkToken(request, registry, environment, simulated_unix);
    if (!refusal) authenticated_ = true;
    return refusal;
}

std::optional<Verdict> ConnectionCredential::checkCertificate(
    const Registry& registry, const std::string& environment) const {
    if (certificate_->user_id.empty())
        return refuse(403, "BadCertificate", "the certificate's subject has no UID");
    if (!registry.policy().certificate_environment) return std::nullopt;
    if (!certificate_->production && !certificate_->development)
        return refuse(403, "BadCertificate", "the certificate has none of Apple's extensions");
    if (environment == "production" ? !certificate_->production : !certificate_->development)
        return refuse(403, "BadCertificateEnvironment");
    return std::nullopt;
}

std::optional<Verdict> ConnectionCredential::checkToken(const Request& request, Registry& registry,
                                                        const std::string& environment,
                                                        double simulated_unix) {
    if (!request.has(Header::Authorization)) return refuse(403, "MissingProviderToken");
    const std::string& authorization = request[Header::Authorization];
    const bool verified = key_ && verified_generation_ == registry.generation() &&
                          authorization == verified_authorization_;
    if (!verified) {
        constexpr std::string_view kScheme = "bearer ";
        if (authorization.size() <= kScheme.size() ||
            ::strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0)
            return refuse(403, "MissingProviderToken", "authorization is not bearer");
        const std::uint64_t generation = registry.generation();
        const auto token =
            parseProviderToken(std::string_view(authorization).substr(kScheme.size()));
        if (!token) return refuse(403, "InvalidProviderToken", "not an ES256 JWT");
        auto key = registry.findKey(token->key_id);
        if (!key) return refuse(403, "InvalidProviderToken", "unknown kid");
        if (token->issuer != key->team)
            return refuse(403, "InvalidProviderToken", "iss is not the key's team");
        if (!verifySignature(*token, *key))
            return refuse(403, "InvalidProviderToken", "the signature does not verify");
        if (!team_.empty() && team_ != key->team)
            return refuse(403, "UnrelatedKeyIdInToken", "the connection is another team's");
        if (!key->environment.empty() && key->environment != environment)
            return refuse(403, "BadEnvironmentKeyIdInToken");
        const double age = simulated_unix - static_cast<double>(token->issued_at);
        if (age > kTokenLife) return refuse(403, "ExpiredProviderToken");
        if (age < -kClockLeeway) return refuse(403, "InvalidProviderToken", "iat is in the future");
        if (!registry.admitToken(*token, simulated_unix))
            return refuse(429, "TooManyProviderTokenUpdates");
        if (!name_ || *name_ != key->id) name_ = std::make_shared<const std::string>(key->id);
        team_ = key->team;
        key_ = std::move(key);
        verified_authorization_ = authorization;
        verified_issued_at_ = token->issued_at;
        verified_generation_ = generation;
    }
    if (simulated_unix - static_cast<double>(verified_issued_at_) > kTokenLife)
        return refuse(403, "ExpiredProviderToken");
    return std::nullopt;
}

const char* ConnectionCredential::refuseTopic(std::string_view topic) const {
    if (certificate_) return certificate_->allowsTopic(topic) ? nullptr : "TopicDisallowed";
    if (key_->topics.empty() ||
        std::find(key_->topics.begin(), key_->topics.end(), topic) != key_->topics.end())
        return nullptr;
    return "TopicDisallowed";
}

std::string_view ConnectionCredential::defaultTopic() const {
    return certificate_ ? certificate_->defaultTopic() : std::string_view();
}

Verdict checkRequest(const Request& request, ConnectionCredential& credential, Registry& registry,
                     const std::string& environment, const Moment& now) {
    if (request[Header::Method] != "POST") return refuse(405, "MethodNotAllowed");
    const auto token = deviceToken(request);
    if (!token) return refuse(404, "BadPath");
    if (request.hasDuplicates()) return refuse(400, "DuplicateHeaders");
    if (auto refusal = credential.check(request, registry, environment, now.simulated_unix))
        return *refusal;
    if (token->empty()) return refuse(400, "MissingDeviceToken");
    if (!isHex(*token) || token->size() % 2 != 0 || token->size() > kMaxTokenDigits)
        return refuse(400, "BadDeviceToken", "not a token in hexadecimal");

    const std::string& given = request[Header::Topic];
    const std::string_view topic = given.empty() ? credential.defaultTopic() : given;
    if (topic.empty()) return refuse(400, "MissingTopic");
    if (!isTopic(topic)) return refuse(400, "BadTopic");
    if (const char* reason = credential.refuseTopic(topic)) return refuse(400, reason);

    if (auto refusal = checkHeaders(request)) return *refusal;
    const std::string& push_type = request[Header::PushType];
    if (request.payloadSize() > (push_type == "voip" ? kMaxVoipPayload : kMaxPayload))
        return refuse(413, "PayloadTooLarge");
    auto payload = checkPayload(request.payload(), push_type);
    if (*payload.reason != '\0') return refuse(400, payload.reason, payload.note);
    if (auto refusal =
            checkDevice(request, registry, topic, environment, registry.rejectsUnknownTokens()))
        return *refusal;

    Verdict verdict;
    verdict.violations = std::move(payload.violations);
    if (credential.hasCertificate() && request.has(Header::Authorization))
        verdict.violations.push_back("authorization beside a client certificate is ignored");
    if (!request.unknown().empty()) verdict.violations.push_back("an unknown apns- header");
    if (push_type == "voip" && !topic.ends_with(".voip"))
        verdict.violations.push_back("a voip push to a topic that does not end in .voip");
    return verdict;
}

}  // namespace apns_simulator
