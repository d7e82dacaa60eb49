// SPDX-License-Identifier: Apache-2.0
// The plugin with managed subscriptions configured, and its tasks.
#pragma once
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "fake_login.h"
#include "postbell/testing/fake_answers.hpp"
#include "postbell/testing/loaded_plugin.hpp"

namespace postbell::test {

inline constexpr const char* kTenant = "84bd8158-6d4d-4958-8b9f-9d6445542f95";
inline constexpr const char* kClient = "8e460676-ae3f-4b1e-8790-ee0fb5d6148f";
inline constexpr const char* kUser = "622eaaff-0683-4862-9de4-f2ec83c2bd98";
inline constexpr std::int64_t kNow = 1'767'225'600'000;  // FakeHost's beginning

struct ManagedBench {
    explicit ManagedBench(bool with_secret = true) {
        host.setConfig("tenant_id", kTenant);
        host.setConfig("client_id", kClient);
        if (with_secret) host.setSecret("client_secret_file", "s3cret/+&=\n");
    }
    /// Starts the plugin with what the host was told.
    const postbell_managed_v0& managed() {
        if (!instance) instance = std::make_unique<testing::PluginInstance>(plugin(), host);
        const void* table =
            plugin().descriptor().extension(instance->self(), POSTBELL_EXTENSION_MANAGED);
        if (table == nullptr) throw std::runtime_error("not managed");
        return *static_cast<const postbell_managed_v0*>(table);
    }
    std::unique_ptr<testing::FakeTask> task(Task task) {
        const postbell_managed_v0& table = managed();
        return std::make_unique<testing::FakeTask>(instance->self(), table, task);
    }
    static testing::FakeAnswer json(int status, std::string body) {
        testing::FakeAnswer answer;
        answer.status = status;
        answer.body = std::move(body);
        answer.headers = {{"content-type", "application/json"}};
        return answer;
    }
    /// Lets a task that begins with the keys have them; what follows is the task's.
    static void giveKeys(testing::FakeTask& task, const FakeLogin& login,
                         const std::string& issuer = {}) {
        const std::string base = std::string("https://login.microsoftonline.com/") + kTenant;
        task.answer(json(200, nlohmann::json{{"issuer", issuer.empty() ? base + "/v2.0" : issuer},
                                             {"jwks_uri", base + "/discovery/v2.0/keys"}}
                                  .dump()),
                    kNow);
        task.answer(json(200, login.keys()), kNow);
    }
    static const testing::LoadedPlugin& plugin() {
        static const testing::LoadedPlugin loaded(OFFICE365_PLUGIN);
        return loaded;
    }

    testing::FakeHost host{"office365"};
    std::unique_ptr<testing::PluginInstance> instance;
};

inline constexpr const char* kCallback = "https://listener.example.com/office365/TOKEN";
inline constexpr const char* kSubscription = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07";

inline Task taskOf(TaskKind kind) {
    Task task;
    task.kind = kind;
    task.mailbox = kUser;
    task.subscription = kSubscription;
    task.callback_url = kCallback;
    task.proof = "PROOF";
    return task;
}

/// Graph's answer to a creation or a renewal.
inline std::string created(const char* expires = "2026-01-07T22:40:00.0000000Z") {
    return nlohmann::json{{"id", kSubscription}, {"expirationDateTime", expires}}.dump();
}

inline testing::FakeAnswer error(int status, const std::string& code, const std::string& message) {
    return ManagedBench::json(
        status, nlohmann::json{{"error", {{"code", code}, {"message", message}}}}.dump());
}

}  // namespace postbell::test
