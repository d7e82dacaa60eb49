// SPDX-License-Identifier: Apache-2.0
// A backend that does what the body of a notification says. With NEVER_BLOCKS it promises never to
// block, and breaks that.
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>

#include "postbell/backend.hpp"

#ifndef FLAGS
#define FLAGS 0
#endif

namespace {

using postbell::str;

postbell_status create(const postbell_host*, void** self, char*, std::size_t) noexcept {
    *self = nullptr;
    return POSTBELL_OK;
}
const void* extension(void*, const char*) noexcept {
    return nullptr;
}
postbell_status start(void*) noexcept {
    return POSTBELL_OK;
}
void nothing(void*) noexcept {}
postbell_status describe(void*, postbell_description*) noexcept {
    return POSTBELL_OK;
}
const postbell_route* routes(void*, std::size_t* count) noexcept {
    static const postbell_route kRoute = postbell::registrationRoute("POST");
    *count = 1;
    return &kRoute;
}

postbell_status garbage(postbell_reply* reply) noexcept {
    reply->event(reply, nullptr);
    postbell_mail_event event{};
    event.size = 3;
    reply->event(reply, &event);
    event.size = sizeof event;
    event.kind = 4711;
    event.subscription = {nullptr, 1u << 30};
    event.folder = {nullptr, 12};
    event.unread = -77;
    event.occurred_ms = -1;
    reply->event(reply, &event);
    event.dedup_key = {nullptr, 512};
    event.kind = POSTBELL_MAIL_NEW;
    reply->event(reply, &event);
    reply->note(reply, {nullptr, 200});
    reply->problem(reply, {nullptr, 1u << 30});
    reply->problem(reply, postbell::str("\xff\x01 not a sentence\n"));
    reply->respond(reply, 99, nullptr, 0, {nullptr, 0});
    reply->respond(reply, 200, nullptr, 50, {nullptr, 0});
    reply->respond(reply, 200, nullptr, 0, {nullptr, 1000});
    const postbell_header header{str("bad name\r\n"), str("a\r\nb: c"), 0};
    reply->respond(reply, 200, &header, 1, postbell::bytes("\xff\xfe"));
    return -12345;
}

postbell_status handle(void*, const postbell_request* request, postbell_reply* reply) noexcept {
    const std::string what(postbell::view(request->body));
    if (what == "garbage") return garbage(reply);
    return postbell::detail::guard([&] {
        if (what == "throw") throw std::runtime_error("the mailbox is on another planet");
        if (what == "throw wrong input") throw postbell::InvalidInput("no such thing");
        if (what == "throw anything") throw 42;
        if (what == "crash") *static_cast<volatile int*>(nullptr) = 1;
        if (what == "exit") std::exit(0);
        if (what == "crash elsewhere")
            std::thread([] { *static_cast<volatile int*>(nullptr) = 1; }).join();
        if (what.rfind("block ", 0) == 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(std::atoi(what.c_str() + 6)));
    });
}

constexpr postbell_backend_v0 kTable{sizeof kTable, describe, routes, handle, nullptr};

}  // namespace

extern "C" POSTBELL_EXPORT const postbell_plugin postbell_plugin_v0;
const postbell_plugin postbell_plugin_v0 = {sizeof(postbell_plugin),
                                            POSTBELL_ABI_MAJOR,
                                            POSTBELL_ABI_MINOR,
                                            POSTBELL_ABI_MINOR,
                                            POSTBELL_KIND_BACKEND,
                                            0,
                                            FLAGS,
                                            "",
                                            "com.example.odd",
                                            "Odd",
                                            "Example",
                                            "1",
                                            "Apache-2.0",
                                            "",
                                            "{}",
                                            nullptr,
                                            nullptr,
                                            create,
                                            extension,
                                            start,
                                            nothing,
                                            nothing,
                                            &kTable};
