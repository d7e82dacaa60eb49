// SPDX-License-Identifier: Apache-2.0
// The plugin of fake_provider.h.
#include "support/provider_script.h"

namespace {

using postbell::testing::ProviderScript;
using postbell::testing::text;

ProviderScript& at(void* self) {
    return postbell::testing::scriptOf<ProviderScript>(self);
}

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

constexpr postbell_plugin provider() {
    postbell_plugin plugin = postbell::testing::scripted::descriptor();
    plugin.kind = POSTBELL_KIND_PROVIDER;
    plugin.flags = FLAGS;
    plugin.platforms = "ios";
    plugin.table = &kTable;
    return plugin;
}

}  // namespace

extern "C" POSTBELL_EXPORT constexpr postbell_plugin postbell_plugin_v0 = provider();
