// SPDX-License-Identifier: Apache-2.0
// A provider for platform "odd", at its section's endpoint; `sin` says what it does wrong.
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "postbell/provider.hpp"

namespace {

using postbell::str;

struct Odd {
    std::string endpoint, sin, path;
};
Odd odd;  // one instance is all that a test makes

bool sins(const char* name) {
    return odd.sin == name;
}

postbell_status create(const postbell_host* raw, void** self, char*, std::size_t) noexcept {
    const postbell::Host host(raw);
    odd.endpoint = host.config("endpoint").value_or("");
    odd.sin = host.config("sin").value_or("");
    *self = &odd;
    return POSTBELL_OK;
}
const void* extension(void*, const char*) noexcept {
    return nullptr;
}
postbell_status start(void*) noexcept {
    return POSTBELL_OK;
}
void nothing(void*) noexcept {}

const postbell_str* origins(void*, std::size_t* count) noexcept {
    *count = 0;
    return nullptr;
}
postbell_status checkToken(void*, postbell_str token,
                           void (*report)(void*, const postbell_token_check*) noexcept,
                           void* user) noexcept {
    postbell_token_check out{};
    out.size = sizeof out;
    out.normal = token;
    report(user, &out);
    return POSTBELL_OK;
}
postbell_status inspect(void*, const postbell_credential_file*, std::int64_t,
                        void (*report)(void*, const postbell_credential_report*) noexcept,
                        void* user) noexcept {
    postbell_credential_report out{};
    out.size = sizeof out;
    out.kind = str("odd-key");
    report(user, &out);
    return POSTBELL_OK;
}
postbell_status open(void*, const postbell_credential_file*, void** credential) noexcept {
    *credential = &odd;
    return POSTBELL_OK;
}
void close(void*, void*) noexcept {}
postbell_status authorize(void*, void*, std::int64_t, postbell_authorization* out) noexcept {
    if (sins("authorize-garbage")) {
        out->header.name = {nullptr, 100};
        out->header.value = {nullptr, 1u << 30};
        out->renew_ms = -5;
        out->expires_ms = -5;
        return -12345;
    }
    if (sins("authorize-absurd"))
        out->header = {str("authorization"), {"x", std::size_t{1} << 40}, 0};
    return POSTBELL_OK;
}
postbell_status authorized(void*, void*, const postbell_response*, std::int64_t,
                           postbell_authorization*) noexcept {
    return POSTBELL_EUNSUPPORTED;
}
postbell_status request(void*, void*, const postbell_push* push, std::int64_t,
                        postbell_http_request* out) noexcept {
    static postbell_header topic{};
    if (sins("request-fails")) return -12345;
    if (sins("request-blocks")) std::this_thread::sleep_for(std::chrono::seconds(16));
    odd.path = "/3/device/" + std::string(postbell::view(push->token));
    topic = {str("apns-topic"), push->app, 0};
    out->method = str("POST");
    out->origin = sins("request-elsewhere") ? str("https://127.0.0.1:1") : str(odd.endpoint);
    out->path = str(odd.path);
    out->headers = &topic;
    out->header_count = 1;
    out->body = postbell::bytes(R"({"aps":{"badge":1}})");
    if (sins("request-absurd")) out->body.len = std::size_t{1} << 40;
    if (sins("request-nothing")) {
        out->headers = nullptr;
        out->header_count = 7;
        out->body = {nullptr, 100};
        out->method = out->path = {nullptr, 9};
    }
    return POSTBELL_OK;
}
postbell_status outcome(void*, void*, const postbell_push*, const postbell_response* response,
                        std::int64_t, postbell_outcome* out) noexcept {
    out->result = response->status == 200 ? POSTBELL_OUTCOME_DELIVERED : POSTBELL_OUTCOME_RETRY;
    if (sins("outcome-garbage")) {
        out->result = 4711;
        out->scope = 4711;
        out->flags = ~0u;
        out->retry_after_ms = INT64_MIN;
        out->dead_since_ms = -1;
        out->reason = str("\xff\x01 not a word\n");
        out->advice = {nullptr, 1u << 30};
    }
    return POSTBELL_OK;
}

constexpr postbell_provider_v0 kTable{sizeof kTable, origins,   checkToken, inspect, open,
                                      close,         authorize, authorized, request, outcome};

}  // namespace

extern "C" POSTBELL_EXPORT const postbell_plugin postbell_plugin_v0;
const postbell_plugin postbell_plugin_v0 = {
    sizeof(postbell_plugin),
    POSTBELL_ABI_MAJOR,
    POSTBELL_ABI_MINOR,
    POSTBELL_ABI_MINOR,
    POSTBELL_KIND_PROVIDER,
    0,
    0,
    "odd",
    "com.example.odd-provider",
    "Odd",
    "Example",
    "1",
    "Apache-2.0",
    "",
    R"({"properties": {"endpoint": {"type": "string"}, "sin": {"type": "string"}}})",
    nullptr,
    nullptr,
    create,
    extension,
    start,
    nothing,
    nothing,
    &kTable};
