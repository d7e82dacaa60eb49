// SPDX-License-Identifier: Apache-2.0
// The plugin of fake_provider.h: plain C structs, so that a test can break every rule of the
// contract.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "support/provider_script.h"

namespace {

using postbell::testing::ProviderScript;
using postbell::testing::text;

ProviderScript& at(void* self) {
    return *static_cast<ProviderScript*>(self);
}

postbell_status create(const postbell_host* host, void** self, char*, std::size_t) noexcept {
    const auto* config =
        static_cast<const postbell_config_v0*>(host->service(host, POSTBELL_SERVICE_CONFIG));
    postbell_str script{};
    if (config->get(host, text("script"), &script) < 0) return POSTBELL_EINVAL;
    const std::string address(script.ptr, script.len);
    *self = reinterpret_cast<void*>(std::strtoull(address.c_str(), nullptr, 10));
    return POSTBELL_OK;
}
const void* extension(void*, const char*) noexcept {
    return nullptr;
}
postbell_status start(void*) noexcept {
    return POSTBELL_OK;
}
void stop(void*) noexcept {}
void destroy(void*) noexcept {}

const postbell_str* origins(void*, std::size_t* count) noexcept {
    static const postbell_str kOrigins[] = {text("https://push.example.com")};
    *count = 1;
    return kOrigins;
}
postbell_status checkToken(void* self, postbell_str token,
                           void (*report)(void*, const postbell_token_check*) noexcept,
                           void* user) noexcept {
    postbell_token_check found{};
    found.size = sizeof found;
    found.normal = token;
    const postbell_status status =
        at(self).check_token ? at(self).check_token(token, found) : POSTBELL_OK;
    report(user, &found);
    return status;
}
postbell_status inspect(void* self, const postbell_credential_file* file, std::int64_t,
                        void (*report)(void*, const postbell_credential_report*) noexcept,
                        void* user) noexcept {
    if (at(self).inspect)
        return at(self).inspect(
            *file, [&](const postbell_credential_report& found) { report(user, &found); });
    postbell_credential_report found{};
    found.size = sizeof found;
    found.kind = text("fake");
    report(user, &found);
    return POSTBELL_OK;
}
postbell_status open(void* self, const postbell_credential_file*, void** credential) noexcept {
    if (!at(self).opens) return POSTBELL_EINVAL;
    ++at(self).open_credentials;
    *credential = self;
    return POSTBELL_OK;
}
void close(void* self, void*) noexcept {
    --at(self).open_credentials;
}
postbell_status authorize(void* self, void*, std::int64_t now_ms,
                          postbell_authorization* out) noexcept {
    return at(self).authorize ? at(self).authorize(now_ms, *out) : POSTBELL_OK;
}
postbell_status authorized(void* self, void*, const postbell_response* response, std::int64_t,
                           postbell_authorization* out) noexcept {
    return at(self).authorized ? at(self).authorized(*response, *out) : POSTBELL_OK;
}
postbell_status request(void* self, void*, const postbell_push* push, std::int64_t,
                        postbell_http_request* out) noexcept {
    out->method = text("POST");
    out->origin = text("https://push.example.com");
    out->path = text("/push");
    return at(self).request ? at(self).request(*push, *out) : POSTBELL_OK;
}
postbell_status outcome(void* self, void*, const postbell_push* push,
                        const postbell_response* response, std::int64_t,
                        postbell_outcome* out) noexcept {
    out->result = POSTBELL_OUTCOME_DELIVERED;
    return at(self).outcome ? at(self).outcome(*push, *response, *out) : POSTBELL_OK;
}

const postbell_provider_v0 kTable{sizeof(postbell_provider_v0),
                                  origins,
                                  checkToken,
                                  inspect,
                                  open,
                                  close,
                                  authorize,
                                  authorized,
                                  request,
                                  outcome};

}  // namespace

extern "C" POSTBELL_EXPORT const postbell_plugin postbell_plugin_v0;
const postbell_plugin postbell_plugin_v0 = {
    .size = sizeof(postbell_plugin),
    .abi_major = POSTBELL_ABI_MAJOR,
    .abi_minor = POSTBELL_ABI_MINOR,
    .needs_minor = POSTBELL_ABI_MINOR,
    .kind = POSTBELL_KIND_PROVIDER,
    .needs = 0,
    .flags = FLAGS,
    .platforms = "ios",
    .id = "com.example.fake-provider",
    .name = "A fake provider",
    .vendor = "Example",
    .version = "1",
    .license = "Apache-2.0",
    .url = "",
    .config_schema = R"({"properties": {"script": {"type": "string"}}})",
    .credential_schema = nullptr,
    .app_schema = nullptr,
    .create = create,
    .extension = extension,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .table = &kTable,
};
