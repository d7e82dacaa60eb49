// SPDX-License-Identifier: Apache-2.0
#include "provider/open_credential.h"

#include <stdexcept>

#include "engine/pool.h"
#include "plugin/request_check.h"
#include "plugin/text.h"
#include "provider/contract.h"
#include "util/origin.h"
#include "util/printable.h"

namespace postbell::provider {
namespace {

using plugin::view;

static_assert(engine::Answer::kMaxBodyBytes == POSTBELL_MAX_RESPONSE_BYTES);

constexpr std::size_t kMaxShownOrigin = 128;

/// Moves the texts of `encoded` into `texts`.
void keepTexts(Encoded& encoded, std::string& texts) {
    std::vector<std::string_view*> views{&encoded.method, &encoded.origin, &encoded.path,
                                         &encoded.body};
    for (engine::Header& header : encoded.headers) {
        views.push_back(&header.name);
        views.push_back(&header.value);
    }
    std::size_t bytes = 0;
    for (const std::string_view* text : views) bytes += text->size();
    texts.clear();
    texts.reserve(bytes);
    for (std::string_view* text : views) {
        const std::size_t at = texts.size();
        texts.append(*text);
        *text = {texts.data() + at, text->size()};
    }
}

/// The plugin's own sentence, if it gave one.
std::string because(const postbell_http_request& request) {
    const std::string why = plugin::sentence(request.problem);
    return why.empty() ? std::string() : ": " + why;
}

}  // namespace

OpenCredential::OpenCredential(const Provider& provider, const CredentialUpload& upload,
                               const std::string& problem)
    : provider_(provider), table_(provider.plugin().table()), self_(provider.plugin().self()) {
    const postbell_status status =
        withCredentialFile(upload, [this](const postbell_credential_file& file) {
            const plugin::TimedCall call = provider_.calling("open");
            return table_.open(self_, &file, &opened_);
        });
    if (status >= 0 && opened_ == nullptr)
        provider_.plugin().complain("open", "open() succeeded and gave no credential");
    if (status < 0 || opened_ == nullptr)
        throw std::runtime_error(
            "provider " + provider.instance() + " cannot use the credential: " +
            (problem.empty()
                 ? "no reason given (" + plugin::statusName(status) + "; the log may have one)"
                 : problem));
}

OpenCredential::~OpenCredential() {
    const plugin::TimedCall call = provider_.calling("close");
    table_.close(self_, opened_);
}

plugin::AuthorizationAnswer OpenCredential::authorize(util::WallTime now) {
    const plugin::TimedCall call = provider_.calling("authorize");
    const auto authorize = [&](postbell_authorization& given) {
        return table_.authorize(self_, opened_, util::toMs(now), &given);
    };
    return complained(plugin::askAuthorization(
        authorize, "provider " + provider_.instance() + " could not make an authorization"));
}

plugin::AuthorizationAnswer OpenCredential::authorized(const engine::Answer& answer,
                                                       util::WallTime now) {
    const plugin::TimedCall call = provider_.calling("authorized");
    const auto authorized = [&](const postbell_response& raw, postbell_authorization& given) {
        return table_.authorized(self_, opened_, &raw, util::toMs(now), &given);
    };
    return complained(plugin::readAuthorization(response(answer), authorized));
}

plugin::AuthorizationAnswer OpenCredential::complained(plugin::AuthorizationAnswer answer) const {
    if (answer.breach) provider_.plugin().complain("authorization", answer.problem);
    return answer;
}

void OpenCredential::encode(const Push& push, util::WallTime now, Encoded& encoded,
                            std::string& texts) {
    encode(push, now, encoded);
    keepTexts(encoded, texts);
}

void OpenCredential::encode(const Push& push, util::WallTime now, Encoded& encoded) {
    encoded.problem.clear();
    encoded.headers.clear();
    encoded.method = encoded.origin = encoded.path = encoded.body = {};
    postbell_http_request request{};
    request.size = sizeof request;
    const postbell_push raw = rawPush(push, push_settings_);
    util::RealTime::duration took{};
    const auto ask = [&] {
        const plugin::TimedCall call(provider_.plugin(), "request", &took);
        return table_.request(self_, opened_, &raw, util::toMs(now), &request);
    };
    // The texts of `request` are the plugin's, and are read below.
    const plugin::InPlugin blame = provider_.plugin().calling("request");
    const postbell_status status = ask();
    provider_.encoderTook(took);
    const std::string& name = provider_.instance();
    if (status == POSTBELL_EAGAIN) {
        encoded.result = Encoded::Result::Later;
        encoded.problem = "provider " + name + " cannot encode a push now" + because(request);
        provider_.plugin().mention("not now", encoded.problem);
        return;
    }
    if (status == POSTBELL_EINVAL) {
        encoded.result = Encoded::Result::Never;
        encoded.problem = "provider " + name + " can never encode this push" + because(request);
        return;
    }
    const std::string breach =
        status < 0 ? "request() failed with " + plugin::statusName(status) + because(request)
                   : requestBreach(request, push);
    if (breach.empty()) {
        fill(encoded, request);
        // In normal form, so that all pushes to it share its connections.
        if (!push.origin.empty()) encoded.origin = push.origin;
        return;
    }
    provider_.plugin().complain("request", breach);
    encoded.result = Encoded::Result::Defect;
    encoded.problem = "provider " + name + ": " + breach;
}

std::string OpenCredential::requestBreach(const postbell_http_request& request, const Push& push) {
    if (std::string breach = plugin::requestBreach(request); !breach.empty()) return breach;
    return originBreach(view(request.origin), push);
}

std::string OpenCredential::originBreach(std::string_view origin, const Push& push) {
    if (!push.origin.empty()) {
        if (origin == push.origin) return {};
        const auto parsed = util::Origin::parse(origin);
        if (parsed && parsed->text() == push.origin) return {};
        return "the origin \"" + util::printable(origin, kMaxShownOrigin) +
               "\" is not the one that the device named";
    }
    // Nearly always the same as last time.
    if (!origin.empty() && origin == checked_origin_) return {};
    if (!provider_.allows(origin))
        return "the origin \"" + util::printable(origin, kMaxShownOrigin) +
               "\" is neither the network's own nor in allowed_origins";
    if (const auto parsed = util::Origin::parse(origin); !parsed) return parsed.problem();
    checked_origin_ = origin;
    return {};
}

Outcome OpenCredential::classify(const Push& push, const engine::Answer& answer,
                                 util::WallTime now) {
    const postbell_response& raw_response = response(answer);
    const postbell_push raw_push = rawPush(push, push_settings_);
    postbell_outcome out{};
    out.size = sizeof out;
    const plugin::TimedCall call = provider_.calling("outcome");
    const postbell_status status =
        table_.outcome(self_, opened_, &raw_push, &raw_response, util::toMs(now), &out);
    if (status < 0) {
        const std::string why = plugin::sentence(out.advice);
        provider_.plugin().complain("outcome", "outcome() failed with " +
                                                   plugin::statusName(status) +
                                                   (why.empty() ? "" : ": " + why));
        return {};
    }
    if (auto outcome = outcomeOf(out)) return *std::move(outcome);
    provider_.plugin().complain("outcome's result",
                                "outcome() gave the unknown result " + std::to_string(out.result));
    return {};
}

const postbell_response& OpenCredential::response(const engine::Answer& answer) {
    const bool came = answer.failure == engine::Failure::None;
    response_.begin(came ? answer.status : 0, answer.body, answer.detail);
    for (const engine::Header& h : answer.headers) response_.addHeader(h.name, h.value);
    return response_.get();
}

}  // namespace postbell::provider
