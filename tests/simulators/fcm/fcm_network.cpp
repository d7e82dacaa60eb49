// SPDX-License-Identifier: Apache-2.0
#include "fcm_network.h"

#include <cstring>

#include "message_check.h"
#include "token_endpoint.h"

namespace fcm_simulator {

using namespace http2_simulator;
using nlohmann::json;

namespace {

constexpr const char* kFcmError = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
constexpr const char* kErrorInfo = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr const char* kBadRequest = "type.googleapis.com/google.rpc.BadRequest";
/// What a fault names as its topic to strike the token endpoint; pushes have their project.
constexpr const char* kTokenTopic = "oauth";

/// The google.rpc.Code that goes with an HTTP status.
const char* statusName(int status) {
    switch (status) {
        case 400:
            return "INVALID_ARGUMENT";
        case 401:
            return "UNAUTHENTICATED";
        case 403:
            return "PERMISSION_DENIED";
        case 404:
            return "NOT_FOUND";
        case 429:
            return "RESOURCE_EXHAUSTED";
        case 500:
            return "INTERNAL";
        case 503:
            return "UNAVAILABLE";
        default:
            return "UNKNOWN";
    }
}

std::string errorBody(int status, const std::string& message, const json& details) {
    json error = {{"code", status}, {"message", message}, {"status", statusName(status)}};
    if (!details.empty()) error["details"] = details;
    return json{{"error", error}}.dump();
}

json fcmError(const std::string& code) {
    return {{"@type", kFcmError}, {"errorCode", code}};
}

json errorInfo(const char* reason) {
    return {{"@type", kErrorInfo}, {"reason", reason}, {"domain", "googleapis.com"}};
}

Verdict refuse(int status, const char* reason, const char* note, const std::string& message,
               const json& details) {
    Verdict verdict;
    verdict.status = status;
    verdict.reason = reason;
    verdict.note = note;
    verdict.body = errorBody(status, message, details);
    return verdict;
}

class FcmJudge final : public Judge {
  public:
    FcmJudge(Registry& registry, std::uint64_t connection)
        : registry_(registry), connection_(connection) {}

    Verdict judge(const Request& request, const Moment& now, std::string& id) override;
    const std::shared_ptr<const std::string>& credential() const override { return name_; }

  private:
    std::optional<Verdict> checkToken(const Request& request, const std::string& project,
                                      double now_unix);
    std::optional<Verdict> checkDevice(const MessageVerdict& message, const std::string& project);
    Verdict judgePush(const Request& request, const std::string& project, const Moment& now);

    Registry& registry_;
    const std::uint64_t connection_;
    std::uint64_t answers_ = 0;
    std::shared_ptr<const std::string> name_;
    // What was verified last: the same header comes with every push.
    std::string verified_authorization_;
    std::shared_ptr<const AccessToken> verified_;
    std::uint64_t verified_generation_ = 0;
};

/// The project in "/v1/projects/PROJECT/messages:send".
std::optional<std::string> projectOf(std::string_view path) {
    constexpr std::string_view kBefore = "/v1/projects/";
    constexpr std::string_view kAfter = "/messages:send";
    if (!path.starts_with(kBefore) || !path.ends_with(kAfter) ||
        path.size() <= kBefore.size() + kAfter.size())
        return std::nullopt;
    path.remove_prefix(kBefore.size());
    path.remove_suffix(kAfter.size());
    if (path.find('/') != path.npos) return std::nullopt;
    return std::string(path);
}

Verdict FcmJudge::judge(const Request& request, const Moment& now, std::string& id) {
    const std::string& path = request[Header::Path];
    if (path == "/token") {
        Verdict verdict = answerTokenRequest(request, registry_, now);
        verdict.topic = kTokenTopic;
        verdict.reaches_device = false;
        id.clear();
        return verdict;
    }
    const auto project = projectOf(path);
    if (!project || request[Header::Method] != "POST") {
        Verdict verdict;
        verdict.status = 404;
        verdict.reason = "NotFound";
        verdict.note = "no such path";
        verdict.body = "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>";
        return verdict;
    }
    Verdict verdict = judgePush(request, *project, now);
    verdict.topic = *project;
    id.assign("projects/")
        .append(*project)
        .append("/messages/0:")
        .append(std::to_string(connection_))
        .append("%")
        .append(std::to_string(++answers_));
    return verdict;
}

Verdict FcmJudge::judgePush(const Request& request, const std::string& project, const Moment& now) {
    MessageVerdict message = checkMessage(request.payload());
    const auto finish = [&](Verdict verdict) {
        verdict.token = message.token;
        return verdict;
    };
    if (auto refusal = checkToken(request, project, now.simulated_unix)) return finish(*refusal);
    if (!request[Header::ContentType].starts_with("application/json"))
        return finish(refuse(400, "INVALID_ARGUMENT", "content-type is not application/json",
                             "Invalid content type", json::array()));
    if (!message.message.empty()) {
        json details = json::array();
        if (message.fcm_error) details.push_back(fcmError("INVALID_ARGUMENT"));
        if (!message.field.empty())
            details.push_back({{"@type", kBadRequest},
                               {"fieldViolations",
                                {{{"field", message.field}, {"description", message.message}}}}});
        return finish(refuse(400, "INVALID_ARGUMENT",
                             message.field == "message.token" ? "token" : "message",
                             message.message, details));
    }
    if (auto refusal = checkDevice(message, project)) return finish(*refusal);
    Verdict verdict;
    verdict.violations = std::move(message.violations);
    return finish(std::move(verdict));
}

std::optional<Verdict> FcmJudge::checkToken(const Request& request, const std::string& project,
                                            double now_unix) {
    constexpr std::string_view kScheme = "Bearer ";
    const auto unauthenticated = [](const char* reason, const char* note) {
        return refuse(401, "UNAUTHENTICATED", note,
                      "Request had invalid authentication credentials. Expected OAuth 2 access "
                      "token, login cookie or other valid authentication credential.",
                      json::array({errorInfo(reason)}));
    };
    const std::string& authorization = request[Header::Authorization];
    if (!verified_ || verified_generation_ != registry_.generation() ||
        authorization != verified_authorization_) {
        if (!authorization.starts_with(kScheme))
            return unauthenticated("CREDENTIALS_MISSING", "no bearer token");
        const std::uint64_t generation = registry_.generation();
        auto token = registry_.findToken(authorization.substr(kScheme.size()));
        if (!token) return unauthenticated("ACCESS_TOKEN_TYPE_UNSUPPORTED", "not issued here");
        name_ = std::make_shared<const std::string>(token->account->email);
        verified_ = std::move(token);
        verified_authorization_ = authorization;
        verified_generation_ = generation;
    }
    if (verified_->expires_unix <= now_unix)
        return unauthenticated("ACCESS_TOKEN_EXPIRED", "expired");
    const auto denied = [](const char* reason, const char* note, const char* message) {
        return refuse(403, "PERMISSION_DENIED", note, message, json::array({errorInfo(reason)}));
    };
    if (!registry_.apiEnabled(project))
        return denied("SERVICE_DISABLED", "the API is disabled",
                      "Firebase Cloud Messaging API has not been used in this project before or it "
                      "is disabled.");
    // The account as it is now: its role may have been taken away since the token was issued.
    const auto account = registry_.findAccount(verified_->account->email);
    if (verified_->account->project != project || !account || !account->may_push)
        return denied("IAM_PERMISSION_DENIED", "another project, or no role",
                      "Permission 'cloudmessaging.messages.create' denied on resource (or it may "
                      "not exist).");
    return std::nullopt;
}

std::optional<Verdict> FcmJudge::checkDevice(const MessageVerdict& message,
                                             const std::string& project) {
    if (message.for_apple && !registry_.appleKeyGood(project))
        return refuse(
            401, "THIRD_PARTY_AUTH_ERROR", "", "Auth error from APNS or Web Push Service",
            json::array({fcmError("THIRD_PARTY_AUTH_ERROR"),
                         {{"@type", "type.googleapis.com/google.firebase.fcm.v1.ApnsError"},
                          {"statusCode", 403},
                          {"reason", "InvalidProviderToken"}}}));
    const bool reject_unknown = registry_.policy().reject_unknown_tokens;
    if (registry_.deviceCount() == 0 && !reject_unknown) return std::nullopt;
    const auto device = registry_.findDevice(message.token);
    const auto unregistered = [] {
        return refuse(404, "UNREGISTERED", "", "Requested entity was not found.",
                      json::array({fcmError("UNREGISTERED")}));
    };
    if (!device) return reject_unknown ? std::optional(unregistered()) : std::nullopt;
    if (!device->project.empty() && device->project != project)
        return refuse(403, "SENDER_ID_MISMATCH", "", "SenderId mismatch",
                      json::array({fcmError("SENDER_ID_MISMATCH")}));
    if (device->state == DeviceState::Unregistered) return unregistered();
    return std::nullopt;
}

/// The HTTP status's own word needs no FcmError: a fault that names it has none, as in Google's
/// answers that come from before FCM itself.
bool isStatusName(const std::string& reason) {
    for (const char* name : {"UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND"})
        if (reason == name) return true;
    return false;
}

}  // namespace

std::unique_ptr<Judge> FcmNetwork::meet(X509*, std::uint64_t connection) {
    return std::make_unique<FcmJudge>(registry_, connection);
}

std::string FcmNetwork::bodyOf(const Verdict& verdict, const std::string& id) const {
    if (!verdict.body.empty()) return verdict.body;
    return "{\n  \"name\": \"" + id + "\"\n}\n";
}

std::string FcmNetwork::bodyOf(const FaultAction& fault) const {
    if (fault.reason.empty()) return {};
    // OAuth's errors are in lower case.
    if (fault.reason.front() >= 'a' && fault.reason.front() <= 'z')
        return json{{"error", fault.reason}, {"error_description", "asked for by a fault"}}.dump();
    json details = json::array();
    if (!isStatusName(fault.reason)) details.push_back(fcmError(fault.reason));
    return errorBody(fault.status, "asked for by a fault", details);
}

}  // namespace fcm_simulator
