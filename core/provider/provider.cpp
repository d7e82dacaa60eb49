// SPDX-License-Identifier: Apache-2.0
#include "provider/provider.h"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "plugin/text.h"
#include "util/printable.h"

namespace postbell::provider {
namespace {

using plugin::view;

constexpr unsigned kEncoderThreads = 2;
/// Each credential waits for one push at a time.
constexpr std::size_t kMaxQueuedEncodes = 10'000;

struct ToldToken {
    TokenCheck check;
    bool lost = false;  ///< out of memory
};

struct ToldReport {
    CredentialReport report;
    bool lost = false;  ///< out of memory
};

void keepToken(void* user, const postbell_token_check* raw) noexcept {
    if (raw == nullptr || raw->size < POSTBELL_TOKEN_CHECK_V1_SIZE) return;
    try {
        TokenCheck& check = static_cast<ToldToken*>(user)->check;
        check.normal = view(raw->normal);
        check.problem = view(raw->problem);
        check.origin = view(raw->origin);
        check.expires_at = util::fromMs(raw->expires_ms);
    } catch (...) {
        static_cast<ToldToken*>(user)->lost = true;
    }
}

void keepReport(void* user, const postbell_credential_report* raw) noexcept {
    if (raw == nullptr || raw->size < POSTBELL_CREDENTIAL_REPORT_V1_SIZE) return;
    try {
        CredentialReport& report = static_cast<ToldReport*>(user)->report;
        report.kind = view(raw->kind);
        report.subject = view(raw->subject);
        report.problem = view(raw->problem);
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
        static_cast<ToldReport*>(user)->lost = true;
    }
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
    if (plugin_->descriptor().expensiveEncoder())
        encoders_ = std::make_unique<util::WorkerPool>(kEncoderThreads, kMaxQueuedEncodes);
}

TokenCheck Provider::checkToken(std::string_view token) const {
    ToldToken told;
    TokenCheck& check = told.check;
    const ProviderCall call = calling("check_token");
    const postbell_status status = plugin_->table().check_token(
        plugin_->self(), {token.data(), token.size()}, keepToken, &told);
    // A refusal would be final for the device.
    if (told.lost || (status == POSTBELL_ELIMIT && check.problem.empty())) throw std::bad_alloc();
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

void Provider::checkNormal(TokenCheck& check) const {
    std::string breach;
    if (check.normal.size() > POSTBELL_MAX_DEVICE_TOKEN_BYTES)
        breach = "its normal form of a device token is too long";
    else if (!util::isPrintable(check.normal))
        breach = "its normal form of a device token has a character that is none of a text";
    if (breach.empty()) return;
    plugin_->complain("check_token", breach);
    check.problem = "provider " + instance() + " cannot take this device token: " + breach;
    check.normal.clear();
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

util::Result<engine::AddressPolicy> Provider::addressesOf(std::string_view device_origin) const {
    const auto origin = device_origins_.parse(device_origin);
    if (!origin) return util::Problem{origin.problem()};
    return device_origins_.addressesOf(*origin);
}

CredentialReport Provider::inspect(const CredentialUpload& upload, util::WallTime now) const {
    ToldReport told;
    CredentialReport& report = told.report;
    const auto problems = plugin_->descriptor().credentialSchema().problems(upload.settings);
    const postbell_status status =
        withCredentialFile(upload, [&](const postbell_credential_file& file) {
            const ProviderCall call = calling("inspect");
            return plugin_->table().inspect(plugin_->self(), &file, util::toMs(now), keepReport,
                                            &told);
        });
    // The credential would be used for another than it is.
    if (told.lost || (status == POSTBELL_ELIMIT && report.problem.empty())) throw std::bad_alloc();
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
