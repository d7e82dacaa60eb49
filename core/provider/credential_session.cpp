// SPDX-License-Identifier: Apache-2.0
#include "provider/credential_session.h"

#include <algorithm>
#include <stdexcept>

#include "plugin/request_check.h"
#include "plugin/text.h"
#include "provider/contract.h"

namespace postbell::provider {
using plugin::view;
namespace {

constexpr std::int64_t kRefusedAgainMs = 60'000;
constexpr std::int64_t kLongestBackoffMs = 300'000;
constexpr std::int64_t kLongestRetryAfterMs = 3'600'000;

}  // namespace

/// One HTTP exchange that yields an authorization. One at a time, however many pushes wait for it.
class CredentialSession::Exchange final : public engine::AnswerSink {
  public:
    Exchange(CredentialSession& session, const postbell_http_request& request)
        : session_(session),
          method_(view(request.method)),
          path_(view(request.path)),
          body_(view({reinterpret_cast<const char*>(request.body.ptr), request.body.len})) {
        for (std::size_t i = 0; request.headers && i < request.header_count; ++i)
            headers_.emplace_back(view(request.headers[i].name), view(request.headers[i].value));
        pool_ = session.hooks_.open_pool(std::string(view(request.origin)), *this);
    }

    void send() {
        std::vector<engine::Header> headers;
        for (const auto& [name, value] : headers_) headers.push_back({name, value, true, true});
        pool_->submit({method_, path_, headers, body_}, 0);
    }
    void answered(std::uint64_t, const engine::Answer& answer) override {
        session_.exchanged(answer);  // destroys this
    }
    void ready() override {}

  private:
    CredentialSession& session_;
    std::string method_, path_, body_;
    std::vector<std::pair<std::string, std::string>> headers_;
    std::unique_ptr<engine::Pool> pool_;
};

CredentialSession::CredentialSession(const Provider& provider, store::Credential credential,
                                     const std::string& app, Hooks hooks, const util::Clock& clock)
    : provider_(provider),
      table_(provider.plugin().table()),
      credential_(std::move(credential)),
      hooks_(std::move(hooks)),
      clock_(clock),
      authorization_(credential_.authorization) {
    const CredentialUpload upload{credential_.content, credential_.password, credential_.settings,
                                  app};
    const CredentialReport report = provider.inspect(upload, clock.wallMs());
    if (report.tls_identity)
        identity_ = engine::TlsIdentity::load(credential_.content, credential_.password);
    const postbell_status status =
        withCredentialFile(upload, [this](const postbell_credential_file& file) {
            const plugin::InPlugin blame = provider_.plugin().calling("open");
            return table_.open(provider_.plugin().self(), &file, &opened_);
        });
    if (status < 0 || opened_ == nullptr)
        throw std::runtime_error("provider " + provider.instance() +
                                 " cannot use the credential: " +
                                 (report.problem.empty() ? "no reason given" : report.problem));
    // The plugin's object has its own copy; nobody else needs the secret from here on.
    credential_.content.clear();
    credential_.password.clear();
}

CredentialSession::~CredentialSession() {
    exchange_.reset();
    const plugin::InPlugin blame = provider_.plugin().calling("close");
    table_.close(provider_.plugin().self(), opened_);
}

CredentialSession::Authorized CredentialSession::authorize() {
    const std::int64_t now = clock_.wallMs();
    if (presents_nothing_) return Authorized::Yes;
    const bool usable = !authorization_.name.empty() &&
                        (authorization_.expires_ms == 0 || now < authorization_.expires_ms);
    const bool renewable =
        authorization_.renew_ms != 0 && now >= authorization_.renew_ms && now >= retry_at_ms_;
    if (usable && !renewable) return Authorized::Yes;
    if (exchange_) return usable ? Authorized::Yes : Authorized::Pending;
    if (!usable && now < retry_at_ms_) return refused_ ? Authorized::Refused : Authorized::Pending;

    postbell_authorization given{};
    given.size = sizeof given;
    const auto ask = [&] {
        const plugin::InPlugin blame = provider_.plugin().calling("authorize");
        return table_.authorize(provider_.plugin().self(), opened_, now, &given);
    };
    if (ask() < 0) {
        notNow(given, "provider " + provider_.instance() + " could not make an authorization");
        hooks_.on_authorized();
        return usable ? Authorized::Yes : Authorized::Pending;
    }
    const Authorized result = take(given);
    return usable ? Authorized::Yes : result;
}

CredentialSession::Authorized CredentialSession::take(const postbell_authorization& given) {
    if (!view(given.problem).empty()) return refused(std::string(view(given.problem)));
    if (given.exchange != nullptr) return exchange(*given.exchange);
    problem_.clear();
    refused_ = false;
    retry_at_ms_ = 0;
    exchange_failures_ = 0;
    if (given.header.name.ptr == nullptr) {
        presents_nothing_ = true;
        return Authorized::Yes;
    }
    authorization_ = {std::string(view(given.header.name)), std::string(view(given.header.value)),
                      given.renew_ms, given.expires_ms, given.not_renewed_before_ms};
    hooks_.keep(authorization_);
    return Authorized::Yes;
}

CredentialSession::Authorized CredentialSession::exchange(const postbell_http_request& request) {
    if (!provider_.allows(view(request.origin)))
        return refused("the credential names " + std::string(view(request.origin)) +
                       " as its authorization server, which is neither the network's own nor in "
                       "allowed_origins");
    exchange_ = std::make_unique<Exchange>(*this, request);
    exchange_->send();
    return Authorized::Pending;
}

void CredentialSession::exchanged(const engine::Answer& answer) {
    const std::unique_ptr<Exchange> done = std::move(exchange_);
    const postbell_response raw = response(answer);
    postbell_authorization given{};
    given.size = sizeof given;
    const std::int64_t now = clock_.wallMs();
    const auto tell = [&] {
        const plugin::InPlugin blame = provider_.plugin().calling("authorized");
        return table_.authorized(provider_.plugin().self(), opened_, &raw, now, &given);
    };
    if (tell() < 0)
        notNow(given, answer.failure == engine::Failure::None
                          ? "the authorization server answered " + std::to_string(answer.status)
                          : std::string(answer.detail));
    else
        take(given);
    hooks_.on_authorized();
}

CredentialSession::Authorized CredentialSession::refused(std::string why) {
    problem_ = std::move(why);
    refused_ = true;
    retry_at_ms_ = clock_.wallMs() + kRefusedAgainMs;
    return Authorized::Refused;
}

void CredentialSession::notNow(const postbell_authorization& given, std::string otherwise) {
    problem_ =
        view(given.problem).empty() ? std::move(otherwise) : std::string(view(given.problem));
    refused_ = false;
    const std::int64_t doubled = 1'000LL << std::min(exchange_failures_++, 9u);
    retry_at_ms_ = clock_.wallMs() + (given.retry_after_ms > 0
                                          ? std::min(given.retry_after_ms, kLongestRetryAfterMs)
                                          : std::min(doubled, kLongestBackoffMs));
}

Encoded& CredentialSession::encode(const Push& push) {
    encoded_.problem.clear();
    encoded_.headers.clear();
    encoded_.method = encoded_.origin = encoded_.path = encoded_.body = {};
    postbell_http_request request{};
    request.size = sizeof request;
    const postbell_push raw = rawPush(push);
    const auto ask = [&] {
        const plugin::InPlugin blame = provider_.plugin().calling("request");
        return table_.request(provider_.plugin().self(), opened_, &raw, util::toMs(clock_.wall()),
                              &request);
    };
    const postbell_status status = ask();
    if (status == POSTBELL_EAGAIN) {
        encoded_.result = Encoded::Result::Later;
        encoded_.problem = "provider " + provider_.instance() + " cannot encode a push now";
        return encoded_;
    }
    if (status == POSTBELL_EINVAL) {
        encoded_.result = Encoded::Result::Never;
        encoded_.problem = "provider " + provider_.instance() + " can never encode this push";
        return encoded_;
    }
    if (status < 0) return defect("request() failed with " + plugin::statusName(status));
    if (std::string breach = plugin::requestBreach(request); !breach.empty()) return defect(breach);
    if (std::string breach = originBreach(view(request.origin)); !breach.empty())
        return defect(breach);
    fill(encoded_, request);
    return encoded_;
}

Encoded& CredentialSession::defect(std::string breach) {
    provider_.plugin().complain("request", breach);
    encoded_.result = Encoded::Result::Defect;
    encoded_.problem = "provider " + provider_.instance() + ": " + std::move(breach);
    return encoded_;
}

/// What was checked last is nearly always what is named again.
std::string CredentialSession::originBreach(std::string_view origin) {
    if (!origin.empty() && origin == checked_origin_) return {};
    const std::string shown = plugin::printable(origin, 128);
    if (!provider_.allows(origin))
        return "the origin \"" + shown + "\" is neither the network's own nor in allowed_origins";
    try {
        engine::Origin::parse(origin);
    } catch (const std::invalid_argument& e) {
        return std::string("the origin ") + e.what();
    }
    checked_origin_ = origin;
    return {};
}

Outcome CredentialSession::classify(const Push& push, const engine::Answer& answer) {
    const postbell_response response_to = response(answer);
    const postbell_push raw = rawPush(push);
    postbell_outcome out{};
    out.size = sizeof out;
    const auto ask = [&] {
        const plugin::InPlugin blame = provider_.plugin().calling("outcome");
        return table_.outcome(provider_.plugin().self(), opened_, &raw, &response_to,
                              util::toMs(clock_.wall()), &out);
    };
    const postbell_status status = ask();
    if (status < 0) {
        provider_.plugin().complain("outcome",
                                    "outcome() failed with " + plugin::statusName(status));
        return {};
    }
    if (auto outcome = outcomeOf(out)) return *std::move(outcome);
    provider_.plugin().complain("outcome's result",
                                "outcome() gave the unknown result " + std::to_string(out.result));
    return {};
}

bool CredentialSession::request(const postbell_push& push, postbell_http_request& out) {
    out = {};
    out.size = sizeof out;
    const plugin::InPlugin blame = provider_.plugin().calling("request");
    return table_.request(provider_.plugin().self(), opened_, &push, clock_.wallMs(), &out) >= 0;
}

postbell_response CredentialSession::response(const engine::Answer& answer) {
    response_headers_.clear();
    for (const engine::Header& h : answer.headers)
        response_headers_.push_back(
            {{h.name.data(), h.name.size()}, {h.value.data(), h.value.size()}, 0});
    postbell_response raw{};
    raw.size = sizeof raw;
    raw.status = answer.failure == engine::Failure::None ? answer.status : 0;
    raw.headers = response_headers_.data();
    raw.header_count = response_headers_.size();
    raw.body = {reinterpret_cast<const std::uint8_t*>(answer.body.data()), answer.body.size()};
    raw.detail = {answer.detail.data(), answer.detail.size()};
    return raw;
}

void CredentialSession::outcome(const postbell_push& push, const engine::Answer& answer,
                                postbell_outcome& out) {
    const postbell_response raw = response(answer);
    out = {};
    out.size = sizeof out;
    const plugin::InPlugin blame = provider_.plugin().calling("outcome");
    if (table_.outcome(provider_.plugin().self(), opened_, &push, &raw, clock_.wallMs(), &out) <
            0 ||
        out.result < POSTBELL_OUTCOME_DELIVERED || out.result > POSTBELL_OUTCOME_REJECTED)
        out.result = POSTBELL_OUTCOME_RETRY;
}

}  // namespace postbell::provider
