/* SPDX-License-Identifier: Apache-2.0 */
/* A backend that crashes while it is made or started, as its section's key `when` says. */
#include <stdlib.h>
#include <string.h>

#include "postbell/abi.h"

static char when_now[16];

static postbell_status create(const postbell_host* host, void** self, char* error, size_t size) {
    const postbell_config_v0* config = host->service(host, POSTBELL_SERVICE_CONFIG);
    const postbell_str key = {"when", 4};
    postbell_str when = {NULL, 0};
    (void)error;
    (void)size;
    *self = NULL;
    if (config->get(host, key, &when) == POSTBELL_OK && when.len < sizeof when_now)
        memcpy(when_now, when.ptr, when.len);
    if (strcmp(when_now, "create") == 0) abort();
    return POSTBELL_OK;
}
static const void* extension(void* self, const char* id) {
    (void)self;
    (void)id;
    return NULL;
}
static postbell_status start(void* self) {
    (void)self;
    if (strcmp(when_now, "start") == 0) abort();
    return POSTBELL_OK;
}
static void nothing(void* self) {
    (void)self;
}
static postbell_status describe(void* self, postbell_description* out) {
    (void)self;
    (void)out;
    return POSTBELL_OK;
}
static const postbell_route* routes(void* self, size_t* count) {
    static const postbell_route kRoute = {.size = sizeof(postbell_route),
                                          .callback = POSTBELL_CALLBACK_REGISTRATION,
                                          .method = {"POST", 4}};
    (void)self;
    *count = 1;
    return &kRoute;
}
static postbell_status handle(void* self, const postbell_request* request, postbell_reply* reply) {
    (void)self;
    (void)request;
    (void)reply;
    return POSTBELL_OK;
}

static const postbell_backend_v0 kTable = {sizeof kTable, describe, routes, handle, NULL};

POSTBELL_EXPORT extern const postbell_plugin postbell_plugin_v0;
const postbell_plugin postbell_plugin_v0 = {
    .size = sizeof(postbell_plugin),
    .abi_major = POSTBELL_ABI_MAJOR,
    .abi_minor = POSTBELL_ABI_MINOR,
    .needs_minor = POSTBELL_ABI_MINOR,
    .kind = POSTBELL_KIND_BACKEND,
    .id = "com.example.crashes",
    .name = "Crashes",
    .vendor = "Example",
    .version = "1",
    .license = "Apache-2.0",
    .url = "",
    .config_schema = "{\"properties\": {\"when\": {\"type\": \"string\"}}}",
    .create = create,
    .extension = extension,
    .start = start,
    .stop = nothing,
    .destroy = nothing,
    .table = &kTable,
};
