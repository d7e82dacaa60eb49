// SPDX-License-Identifier: Apache-2.0
#include "graph_answer.h"

#include <nlohmann/json.hpp>

#include "graph_error.h"
#include "postbell/kit/retry_after.hpp"

namespace postbell::office365 {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxWords = 300;
/// The longest pause that the host takes from a mail server.
constexpr std::int64_t kMaxRetryMs = 3'600'000;

std::string printable(std::string text) {
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    if (text.size() > kMaxWords) text.resize(kMaxWords);
    // A text that was cut in the middle of a character would not be UTF-8.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80u) != 0) text.pop_back();
    return text;
}

std::string whyForbidden(const GraphError& error) {
    if (error.isOfFullMailbox() || error.mentions("maximum") || error.mentions("quota") ||
        error.mentions("limit"))
        return "the mailbox has as many subscriptions as Graph allows";
    return "give the app registration the application permission Mail.Read (or "
           "Mail.ReadBasic.All) with admin consent, or include this mailbox where the permission "
           "is limited to some (RBAC for Applications)";
}

}  // namespace

json objectIn(const Response& response) {
    json value = json::parse(response.body(), nullptr, false);
    return value.is_object() ? value : json(nullptr);
}

std::string textIn(const json& object, const char* name) {
    if (!object.is_object()) return {};
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string errorIn(const Response& response) {
    std::string error = std::to_string(response.status());
    const json answer = objectIn(response);
    const auto details = answer.is_object() ? answer.find("error") : answer.end();
    if (!answer.is_object() || details == answer.end() || !details->is_object()) return error;
    error += " " + textIn(*details, "code");
    const std::string message = textIn(*details, "message");
    return printable(message.empty() ? error : error + ": " + message);
}

void fail(const Response& response, std::int64_t now_ms, std::string_view doing, Step& out,
          std::string_view listener) {
    const int status = response.status();
    const GraphError error = readError(response);
    const std::string about = std::string(doing) + ": Graph answered " + errorIn(response);
    out.retry_after_ms = kit::retryAfterMs(response.header("retry-after"), now_ms, kMaxRetryMs);
    out.problem = about;
    if (status == 0) {
        out.result = StepResult::Retry;
        out.scope = StepScope::Instance;
        out.problem = std::string(doing) +
                      ": Graph cannot be reached: " + printable(std::string(response.detail()));
    } else if (status < 300) {
        out.result = StepResult::Retry;
        out.problem = about + ", and the rest of its answer cannot be read";
    } else if (status < 400 || status == 407) {
        out.result = StepResult::Retry;
        out.scope = StepScope::Instance;
        out.problem = about + ", which Graph does not: is there a proxy on the way?";
    } else if (status == 401) {
        out.result = StepResult::Reauthorize;
    } else if (error.isOfNotificationUrl()) {
        out.result = StepResult::Retry;
        out.problem = about + "; Graph must reach " + std::string(listener) +
                      " from the internet and be answered within ten seconds: look at the "
                      "firewall, the proxy and the certificate";
    } else if (error.passes() && !error.isOfFullMailbox()) {
        out.result = StepResult::Retry;
    } else if (error.status == 403 || error.isOfFullMailbox()) {
        out.refuse(about + "; " + whyForbidden(error));
    } else if (error.findsNothing()) {
        out.refuse(about + "; the user has no mailbox in this tenant");
    } else {
        out.refuse(about);
    }
}

void failSubscription(const Response& response, std::int64_t now_ms, std::string_view doing,
                      Step& out, std::string_view listener) {
    fail(response, now_ms, doing, out, listener);
    const int status = response.status();
    const bool asks_for_time = status == 429 || (status == 503 && out.retry_after_ms > 0);
    if (out.result == StepResult::Retry && asks_for_time && !readError(response).isOfMailboxLimit())
        out.scope = StepScope::Instance;
}

std::int64_t clockAhead(const Response& response, std::int64_t now_ms) {
    const auto date = kit::parseHttpDate(response.header("date"));
    // A server whose clock is before 1970 has none.
    return date && *date > 0 ? *date - now_ms : 0;
}

}  // namespace postbell::office365
