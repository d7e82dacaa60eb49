// SPDX-License-Identifier: Apache-2.0
// The plugin of fake_managed.h.
#include <string>

#include "support/managed_script.h"

namespace {

using postbell::testing::ManagedScript;
using postbell::testing::text;

ManagedScript& at(void* self) {
    return postbell::testing::scriptOf<ManagedScript>(self);
}

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

const postbell_backend_v0 kTable{sizeof(postbell_backend_v0), describe, routes, handle, nullptr};

constexpr postbell_plugin backend() {
    postbell_plugin plugin = postbell::testing::scripted::descriptor();
    plugin.kind = POSTBELL_KIND_BACKEND;
    plugin.needs = POSTBELL_NEEDS_OUTBOUND;
    plugin.flags = POSTBELL_NEVER_BLOCKS;
    plugin.extension = extension;
    plugin.table = &kTable;
    return plugin;
}

}  // namespace

extern "C" POSTBELL_EXPORT constexpr postbell_plugin postbell_plugin_v0 = backend();
