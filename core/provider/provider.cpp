// SPDX-License-Identifier: Apache-2.0
#include "provider/provider.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "plugin/text.h"
#include "provider/contract.h"
#include "util/printable.h"

namespace postbell::provider {
namespace {

using plugin::view;

/// In a row: one alone may be the machine that stood still.
constexpr unsigned kMaxSlowEncodes = 3;

struct ToldToken {
    TokenCheck check;
    bool told = false;
    bool lost = false;   ///< out of memory
    std::string breach;  ///< of the contract
};

struct ToldReport {
    CredentialReport report;
    bool told = false;
    bool lost = false;   ///< out of memory
    std::string breach;  ///< of the contract
};

std::string breachOf(const postbell_token_check& raw) {
    if (!plugin::fits(raw.normal, POSTBELL_MAX_DEVICE_TOKEN_BYTES))
        return "its normal form of a device token is too long";
    if (!plugin::fits(raw.origin, POSTBELL_MAX_TEXT_BYTES))
        return "its origin of a device token is " + plugin::sentence(raw.origin);
    return {};
}

void keepToken(void* user, const postbell_token_check* raw) noexcept {
    if (raw == nullptr || raw->size < POSTBELL_TOKEN_CHECK_V1_SIZE) return;
    ToldToken& told = *static_cast<ToldToken*>(user);
    told.told = true;
    try {
        told.breach = breachOf(*raw);
        TokenCheck& check = told.check;
        check.problem = plugin::sentence(raw->problem);
        if (!told.breach.empty()) return;
        check.normal = view(raw->normal);
        check.origin = view(raw->origin);
        check.expires_at = util::fromMs(raw->expires_ms);
    } catch (...) {
        told.lost = true;
    }
}

std::string breachOf(const postbell_credential_report* raw) {
    if (!plugin::fits(raw->kind, POSTBELL_MAX_PROBLEM_BYTES)) return "its kind is too long";
    if (!plugin::fits(raw->subject, POSTBELL_MAX_PROBLEM_BYTES)) return "its subject is too long";
    if (POSTBELL_HAS(raw, identity) && !plugin::fits(raw->identity, POSTBELL_MAX_IDENTITY_BYTES))
        return "its identity is too long";
    if (raw->topics == nullptr) return {};
    if (raw->topic_count > POSTBELL_MAX_TOPICS) return "it names too many topics";
    for (std::size_t i = 0; i < raw->topic_count; ++i)
        if (!plugin::fits(raw->topics[i], POSTBELL_MAX_PROBLEM_BYTES))
            return "a topic of it is too long";
    return {};
}

void keepReport(void* user, const postbell_credential_report* raw) noexcept {
    if (raw == nullptr || raw->size < POSTBELL_CREDENTIAL_REPORT_V1_SIZE) return;
    ToldReport& told = *static_cast<ToldReport*>(user);
    told.told = true;
    try {
        told.breach = breachOf(raw);
        CredentialReport& report = told.report;
        report.problem = plugin::sentence(raw->problem);
        if (!told.breach.empty()) return;
        report.kind = view(raw->kind);
        report.subject = view(raw->subject);
        for (std::size_t i = 0; raw->topics && i < raw->topic_count; ++i)
            report.topics.emplace_back(view(raw->topics[i]));
        report.tls_identity = (raw->flags & POSTBELL_CREDENTIAL_TLS_IDENTITY) != 0;
        report.production = (raw->flags & POSTBELL_CREDENTIAL_PRODUCTION) != 0;
        report.sandbox = (raw->flags & POSTBELL_CREDENTIAL_SANDBOX) != 0;
        report.valid_from = util::fromMs(raw->valid_from_ms);
        report.expires_at = util::fromMs(raw->expires_ms);
        if (POSTBELL_HAS(raw, identity) && raw->identity.ptr != nullptr)
            report.identity = plugin::view(raw->identity);
    } catch (...) {
        told.lost = true;
    }
}

/// The fault of a call that calls report() once; empty: it has none.
std::string faultOf(const char* function, postbell_status status, bool told,
                    const std::string& problem) {
    if (status >= 0) return told ? "" : std::string(function) + "() reported nothing";
    return std::string(function) + "() failed with " + plugin::statusName(status) +
           (problem.empty() ? "" : ": " + problem);
}

std::vector<util::Origin> parsed(const std::vector<std::string>& origins) {
    std::vector<util::Origin> all;
    all.reserve(origins.size());
    for (const std::string& origin : origins) all.push_back(util::Origin::parse(origin).value());
    return all;
}

}  // namespace

Provider::Provider(std::unique_ptr<plugin::ProviderPlugin> plugin)
    : plugin_(std::move(plugin)), device_origins_(parsed(plugin_->configuredOrigins())) {
    if (plugin_->descriptor().expensiveEncoder()) encoders_.start();
}

void Provider::encoderTook(util::RealTime::duration took) const {
    if (encodesBesideLoop()) return;
    if (took < plugin::TimedCall::kSlow) {
        if (slow_encodes_.load(std::memory_order_relaxed) != 0) slow_encodes_ = 0;
        return;
    }
    if (++slow_encodes_ < kMaxSlowEncodes) return;
    encoders_.start();
    plugin_->complain("slow encoder",
                      "request() was slow several times in a row: from now on it runs on threads "
                      "of its own, as POSTBELL_EXPENSIVE_ENCODER would have it");
}

TokenCheck Provider::checkToken(std::string_view token) const {
    ToldToken told;
    TokenCheck& check = told.check;
    const plugin::TimedCall call = calling("check_token");
    const postbell_status status = plugin_->table().check_token(
        plugin_->self(), {token.data(), token.size()}, keepToken, &told);
    // A refusal would be final for the device.
    if (told.lost || (status == POSTBELL_ELIMIT && check.problem.empty())) throw std::bad_alloc();
    const std::string fault = faultOf("check_token", status, told.told, check.problem);
    if (!fault.empty() && status != POSTBELL_EINVAL) return failedCheck(status, fault);
    if (!told.breach.empty()) refuse(check, told.breach);
    if (status < 0) check.normal.clear();
    if (!check.normal.empty()) checkNormal(check);
    if (!check.normal.empty()) checkOrigin(check);
    check.expires_at = std::max(check.expires_at, util::WallTime());
    if (!check.normal.empty())
        check.problem.clear();
    else if (check.problem.empty())
        check.problem = "this is not a device token of provider " + instance();
    return std::move(check);
}

TokenCheck Provider::failedCheck(postbell_status status, const std::string& fault) const {
    if (status == POSTBELL_EAGAIN)
        plugin_->mention("check_token", fault);
    else
        plugin_->complain("check_token", fault);
    TokenCheck failed;
    failed.failed = true;
    failed.problem = "provider " + instance() + " cannot check device tokens now";
    return failed;
}

void Provider::refuse(TokenCheck& check, const std::string& breach) const {
    plugin_->complain("check_token", breach);
    check.problem = "provider " + instance() + " cannot take this device token: " + breach;
    check.normal.clear();
}

void Provider::checkNormal(TokenCheck& check) const {
    if (util::isPrintable(check.normal)) return;
    refuse(check, "its normal form of a device token has a character that is none of a text");
}

void Provider::checkOrigin(TokenCheck& check) const {
    if (!devicesNameOrigin()) {
        if (check.origin.empty()) return;
        check.problem = "provider " + instance() + " may not have devices name the push server";
    } else if (const auto origin = device_origins_.parse(check.origin)) {
        check.origin = origin->text();
        return;
    } else {
        check.problem = origin.problem();
    }
    check.normal.clear();
}

util::Result<engine::NamedBy> Provider::namedBy(std::string_view origin) const {
    if (!devicesNameOrigin()) {
        if (allows(origin)) return engine::NamedBy::Network;
        return util::Problem{"it named the origin " + std::string(origin) +
                             ", which it may not use"};
    }
    const auto parsed = device_origins_.parse(origin);
    if (!parsed) return util::Problem{parsed.problem()};
    return device_origins_.namedBy(*parsed);
}

CredentialReport Provider::inspect(const CredentialUpload& upload, util::WallTime now) const {
    ToldReport told;
    CredentialReport& report = told.report;
    const auto problems = plugin_->descriptor().credentialSchema().problems(upload.settings);
    const postbell_status status =
        withCredentialFile(upload, [&](const postbell_credential_file& file) {
            const plugin::TimedCall call = calling("inspect");
            return plugin_->table().inspect(plugin_->self(), &file, util::toMs(now), keepReport,
                                            &told);
        });
    // The credential would be used for another than it is.
    if (told.lost || (status == POSTBELL_ELIMIT && report.problem.empty())) throw std::bad_alloc();
    const std::string fault = told.breach.empty()
                                  ? faultOf("inspect", status, told.told, report.problem)
                                  : "inspect() breaks the contract: " + told.breach;
    // An error with a sentence is a finding, unless it is the plugin's own failure.
    if (!fault.empty() && status != POSTBELL_EINVAL) plugin_->complain("inspect", fault);
    if (!told.breach.empty() && report.problem.empty())
        report.problem = "provider " + instance() + ": " + fault;
    if (report.problem.empty() && (status < 0 || report.kind.empty()))
        report.problem = "provider " + instance() + " could not read this file";
    if (report.problem.empty() && !problems.empty()) report.problem = problems.front();
    // A plugin of an earlier contract leaves the file as it is.
    if (report.problem.empty() && report.tls_identity && report.identity.empty())
        report.identity = upload.content;
    return std::move(report);
}

void ProviderHost::add(std::unique_ptr<Provider> provider) {
    for (const std::string& platform : provider->platforms())
        if (const Provider* other = forPlatform(platform))
            throw std::runtime_error("providers \"" + other->instance() + "\" and \"" +
                                     provider->instance() + "\" both serve platform " + platform +
                                     ": enable one of them");
    providers_.push_back(std::move(provider));
}

const Provider* ProviderHost::forPlatform(std::string_view platform) const {
    for (const auto& provider : providers_) {
        const auto& platforms = provider->platforms();
        if (std::find(platforms.begin(), platforms.end(), platform) != platforms.end())
            return provider.get();
    }
    return nullptr;
}

const Provider* ProviderHost::find(std::string_view instance) const {
    for (const auto& provider : providers_)
        if (provider->instance() == instance) return provider.get();
    return nullptr;
}

}  // namespace postbell::provider
