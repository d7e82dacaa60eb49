// SPDX-License-Identifier: Apache-2.0
// A managed backend of plain C structs, so that a test can break every rule of the contract.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "support/managed_script.h"

namespace {

using postbell::testing::ManagedScript;
using postbell::testing::text;

ManagedScript& at(void* self) {
    return *static_cast<ManagedScript*>(self);
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
postbell_status start(void*) noexcept {
    return POSTBELL_OK;
}
void stop(void*) noexcept {}
void destroy(void*) noexcept {}

const postbell_route* routes(void*, std::size_t* count) noexcept {
    *count = 0;
    return nullptr;
}
postbell_status handle(void*, const postbell_request*, postbell_reply*) noexcept {
    return POSTBELL_OK;
}

const postbell_str* origins(void*, std::size_t* count) noexcept {
    static const postbell_str kOrigins[] = {text("http://127.0.0.1:1")};
    *count = 1;
    return kOrigins;
}
postbell_status authorize(void* self, std::int64_t, postbell_authorization* out) noexcept {
    return at(self).authorize ? at(self).authorize(*out) : POSTBELL_OK;
}
postbell_status authorized(void* self, const postbell_response* response, std::int64_t,
                           postbell_authorization* out) noexcept {
    return at(self).authorized ? at(self).authorized(*response, *out) : POSTBELL_OK;
}
postbell_status open(void* self, const postbell_task* task, void** opened) noexcept {
    const postbell_status status = at(self).open ? at(self).open(*task) : POSTBELL_OK;
    if (status < 0) return status;
    ++at(self).open_tasks;
    *opened = self;
    return status;
}
postbell_status step(void* self, void*, const postbell_response* response, std::int64_t,
                     postbell_step* out) noexcept {
    out->result = POSTBELL_STEP_DONE;
    return at(self).step ? at(self).step(response, *out) : POSTBELL_OK;
}
void close(void* self, void*) noexcept {
    --at(self).open_tasks;
}

const postbell_managed_v0 kManaged{
    sizeof(postbell_managed_v0), origins, authorize, authorized, open, step, close};

const void* extension(void*, const char* id) noexcept {
    return std::string(id) == POSTBELL_EXTENSION_MANAGED ? &kManaged : nullptr;
}

postbell_status describe(void*, postbell_description*) noexcept {
    return POSTBELL_OK;
}

const postbell_backend_v0 kTable{sizeof(postbell_backend_v0), describe, routes, handle};

}  // namespace

extern "C" POSTBELL_EXPORT const postbell_plugin postbell_plugin_v0;
const postbell_plugin postbell_plugin_v0 = {
    .size = sizeof(postbell_plugin),
    .abi_major = POSTBELL_ABI_MAJOR,
    .abi_minor = POSTBELL_ABI_MINOR,
    .needs_minor = POSTBELL_ABI_MINOR,
    .kind = POSTBELL_KIND_BACKEND,
    .needs = POSTBELL_NEEDS_OUTBOUND,
    .flags = POSTBELL_NEVER_BLOCKS,
    .platforms = "",
    .id = "com.example.fake-managed",
    .name = "A fake managed backend",
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
