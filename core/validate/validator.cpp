// SPDX-License-Identifier: Apache-2.0
#include "validate/validator.h"

#include <chrono>

#include "plugin/elf_descriptor.h"
#include "plugin/plugin_error.h"
#include "plugin/plugin_file.h"
#include "validate/cases.h"
#include "validate/child.h"

namespace postbell::validate {
namespace {

constexpr util::Milliseconds kLimit = std::chrono::seconds(60);
/// For each case after a timeout: a plugin that hangs hangs everywhere.
constexpr util::Milliseconds kLimitAfterTimeout = std::chrono::seconds(3);

void append(std::vector<Case>& all, const std::vector<Case>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

/// The options that the case needs and the subject lacks; empty: none.
std::string missingFor(const Case& each, const Subject& subject) {
    const bool credential = !subject.credential && (each.needs == Needs::Credential ||
                                                    each.needs == Needs::CredentialAndToken);
    const bool token = subject.device_token.empty() &&
                       (each.needs == Needs::Token || each.needs == Needs::CredentialAndToken);
    std::string missing = credential ? "--credential or --setting" : "";
    if (token) missing += missing.empty() ? "--device-token" : ", and --device-token";
    return missing;
}

}  // namespace

std::vector<Verdict> validate(Subject subject) {
    std::vector<Case> cases = fileCases();
    std::vector<Verdict> verdicts;
    bool is_backend = false;
    try {
        is_backend =
            plugin::readDescriptor(plugin::PluginFile(subject.file)).kind == POSTBELL_KIND_BACKEND;
    } catch (const plugin::PluginError& e) {
        return {{std::string(cases.front().name), e.what(), {}}};
    }
    subject.section.kind = is_backend ? config::PluginKind::Backend : config::PluginKind::Provider;
    if (subject.section.instance.empty()) {
        subject.section.instance = "validated";
        subject.section.grants = {"outbound", "secrets"};  // all that a plugin may ask for
    }
    append(cases, lifeCases());
    append(cases, outCases());
    append(cases, schemaCases());
    append(cases, is_backend ? backendCases() : providerCases());
    if (is_backend) append(cases, managedCases());
    util::Milliseconds limit = kLimit;
    for (const Case& each : cases) {
        const For other = is_backend ? For::Provider : For::Backend;
        if (each.kind == other) continue;
        if (std::string missing = missingFor(each, subject); !missing.empty()) {
            verdicts.push_back({std::string(each.name), {}, std::move(missing)});
            continue;
        }
        ChildEnd end = inChild([&] { each.run(subject); }, limit);
        if (end.timed_out) limit = kLimitAfterTimeout;
        verdicts.push_back({std::string(each.name), std::move(end.sin), {}});
    }
    return verdicts;
}

}  // namespace postbell::validate
