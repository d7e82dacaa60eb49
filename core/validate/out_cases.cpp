// SPDX-License-Identifier: Apache-2.0
// An older gateway's OUT structs are shorter, and the memory behind them is the gateway's.
#include <algorithm>
#include <cstring>

#include "validate/cases.h"

namespace postbell::validate {
namespace {

constexpr unsigned char kCanary = 0xA5;

/// Calls `fill` with a Struct of every size from `size` alone to more than the whole.
template <class Struct, class Fill>
void withEverySize(const char* function, Fill&& fill) {
    for (std::size_t size = sizeof(std::uint32_t); size <= sizeof(Struct); size += 4) {
        std::vector<std::uint64_t> memory(sizeof(Struct) / 8 + 16);
        auto* bytes = reinterpret_cast<unsigned char*>(memory.data());
        const std::size_t all = memory.size() * 8;
        std::memset(bytes, 0, size);
        std::memset(bytes + size, kCanary, all - size);
        auto* out = reinterpret_cast<Struct*>(bytes);
        out->size = static_cast<std::uint32_t>(size);
        fill(out);
        require(std::all_of(bytes + size, bytes + all, [](auto byte) { return byte == kCanary; }),
                std::string(function) + " writes behind a struct of " + std::to_string(size) +
                    " bytes: write with POSTBELL_SET");
    }
}

void backendOutStructs(const Subject& subject) {
    const Running running(subject);
    withEverySize<postbell_description>(
        "describe()", [&](auto* out) { running.backend().describe(running.self(), out); });
    const postbell_managed_v0* managed = running.managed();
    if (managed == nullptr) return;
    testing::FakeAnswer answer;
    const postbell_response response = answer.raw();
    withEverySize<postbell_authorization>(
        "authorize()", [&](auto* out) { managed->authorize(running.self(), 0, out); });
    withEverySize<postbell_authorization>(
        "authorized()", [&](auto* out) { managed->authorized(running.self(), &response, 0, out); });
    postbell_task task{};
    task.size = sizeof task;
    task.kind = POSTBELL_TASK_CHECK;
    withEverySize<postbell_step>("step()", [&](auto* out) {
        void* opened = nullptr;
        if (managed->open(running.self(), &task, &opened) < 0) return;
        managed->step(running.self(), opened, nullptr, 0, out);
        managed->close(running.self(), opened);
    });
}

void providerOutStructs(const Subject& subject) {
    const Running running(subject);
    const postbell_provider_v0& table = running.provider();
    testing::FakeCredentialFile file = *subject.credential;
    const postbell_credential_file raw_file = file.raw();
    testing::FakePush fake;
    fake.token = subject.device_token;
    const postbell_push push = fake.raw();
    testing::FakeAnswer answer;
    const postbell_response response = answer.raw();
    void* credential = nullptr;
    require(table.open(running.self(), &raw_file, &credential) >= 0,
            "it does not open the credential");
    withEverySize<postbell_authorization>(
        "authorize()", [&](auto* out) { table.authorize(running.self(), credential, 0, out); });
    withEverySize<postbell_authorization>("authorized()", [&](auto* out) {
        table.authorized(running.self(), credential, &response, 0, out);
    });
    withEverySize<postbell_http_request>(
        "request()", [&](auto* out) { table.request(running.self(), credential, &push, 0, out); });
    withEverySize<postbell_outcome>("outcome()", [&](auto* out) {
        table.outcome(running.self(), credential, &push, &response, 0, out);
    });
    table.close(running.self(), credential);
}

}  // namespace

std::vector<Case> outCases() {
    return {{"out-structs-are-not-overrun", For::Backend, backendOutStructs},
            {"out-structs-are-not-overrun", For::Provider, providerOutStructs, Needs::Credential}};
}

}  // namespace postbell::validate
