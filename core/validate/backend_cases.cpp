// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "postbell/testing/fake_reply.hpp"
#include "util/real_time.h"
#include "validate/cases.h"
#include "validate/hostile.h"
#include "validate/memory.h"

namespace postbell::validate {
namespace {

using testing::FakeReply;
using testing::FakeRequest;

constexpr std::array kContentTypes{"application/json", "text/xml; charset=utf-8", "text/plain", ""};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds kNeverBlocks{2500};
#else
constexpr std::chrono::milliseconds kNeverBlocks{250};
#endif
constexpr int kThreads = 8;
constexpr std::string_view kSecret = "secret-of-the-validator";

/// A backend in use: its routes are read once after create(), as the gateway reads them.
class Backend : public Running {
  public:
    explicit Backend(const Subject& validated) : Running(validated) {
        std::size_t count = 0;
        const postbell_route* first = backend().routes(self(), &count);
        const auto* bytes = reinterpret_cast<const char*>(first);
        for (std::size_t i = 0; i < count; ++i)
            routes_.push_back(reinterpret_cast<const postbell_route*>(bytes + i * first->size));
    }

    std::size_t routeCount() const { return routes_.size(); }

    /// One message on one of the plugin's routes.
    FakeRequest requestOn(std::size_t route, const std::string& body) const {
        FakeRequest request;
        request.route = static_cast<std::uint32_t>(route);
        request.method = view(routes_[route]->method);
        request.body = body;
        if (routes_[route]->callback == POSTBELL_CALLBACK_TENANT) request.callback_secret = kSecret;
        return request;
    }

    postbell_status handle(FakeRequest& request, FakeReply& reply) const {
        reply.callback = routes_[request.route]->callback;
        reply.known = request.known;
        const postbell_request raw = request.raw();
        return backend().handle(self(), &raw, reply.raw());
    }

  private:
    std::vector<const postbell_route*> routes_;
};

/// Calls `each` for every route, content type and hostile body.
template <class Each>
void withHostileMessages(const Backend& backend, Each&& each) {
    const std::vector<std::string> bodies = hostileTexts(commonMessages());
    for (std::size_t route = 0; route < backend.routeCount(); ++route)
        for (const char* type : kContentTypes)
            for (const std::string& body : bodies) {
                FakeRequest request = backend.requestOn(route, body);
                request.headers = {{"content-type", type}};
                each(request);
            }
}

void hasRoutesThatStay(const Subject& subject) {
    const Running running(subject);
    std::size_t first_count = 0, count = 0;
    const postbell_route* first = running.backend().routes(running.self(), &first_count);
    const postbell_route* again = running.backend().routes(running.self(), &count);
    require(first_count > 0, "it names no route, so that nothing can reach it");
    require(first == again && first_count == count,
            "routes() gives another array at the second call: it must live until destroy()");
}

void survivesHostileMessages(const Subject& subject) {
    const Backend backend(subject);
    withHostileMessages(backend, [&](FakeRequest& request) {
        for (const bool known : {true, false}) {
            request.known = known;
            FakeReply reply;
            const postbell_status status = backend.handle(request, reply);
            require(status >= 0 || status == POSTBELL_EINVAL || reply.status == 0,
                    "it fails and answers at once");
            require(reply.breach.empty(), reply.breach);
        }
    });
}

void survivesRefusedEvents(const Subject& subject) {
    const Backend backend(subject);
    for (const postbell_status why : std::initializer_list<postbell_status>{
             POSTBELL_ENOTFOUND, POSTBELL_EDENIED, POSTBELL_EINVAL, POSTBELL_ELIMIT,
             POSTBELL_EINTERNAL, -12345})
        for (const std::string& body : commonMessages())
            for (std::size_t route = 0; route < backend.routeCount(); ++route) {
                FakeRequest request = backend.requestOn(route, body);
                request.headers = {{"content-type", "application/json"}};
                FakeReply reply;
                reply.refuse("", why);
                backend.handle(request, reply);
            }
}

void handlesSeveralAtOnce(const Subject& subject) {
    const Backend backend(subject);
    if (backend.routeCount() == 0) return;
    const std::vector<std::string> bodies = commonMessages();
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 200; ++round)
                for (const std::string& body : bodies) {
                    FakeRequest request = backend.requestOn(0, body);
                    request.headers = {{"content-type", "application/json"}};
                    FakeReply reply;
                    backend.handle(request, reply);
                }
        });
    for (std::thread& thread : threads) thread.join();
}

void givesItsMemoryBack(const Subject& subject) {
    const Backend backend(subject);
    const std::vector<std::string> bodies = commonMessages();
    std::size_t turn = 0;
    if (backend.routeCount() == 0) return;
    requireNoGrowth("handle()", [&] {
        const std::size_t route = turn % backend.routeCount();
        FakeRequest request = backend.requestOn(route, bodies[turn++ % bodies.size()]);
        request.headers = {{"content-type", "application/json"}};
        FakeReply reply;
        backend.handle(request, reply);
    });
}

/// The quickest of three tries counts, since the machine may be busy.
void neverBlocksIfItSaysSo(const Subject& subject) {
    const Backend backend(subject);
    if (!backend.has(POSTBELL_NEVER_BLOCKS)) return;
    withHostileMessages(backend, [&](FakeRequest& request) {
        auto quickest = util::RealTime::duration::max();
        for (int i = 0; i < 3 && quickest > kNeverBlocks; ++i) {
            FakeReply reply;
            const util::RealTime begun = util::realNow();
            backend.handle(request, reply);
            quickest = std::min(quickest, util::realNow() - begun);
        }
        require(quickest <= kNeverBlocks,
                "handle() took longer than " + std::to_string(kNeverBlocks.count()) +
                    " ms with a body of " + std::to_string(request.body.size()) +
                    " bytes, although it says POSTBELL_NEVER_BLOCKS");
    });
}

void logsNothingSecret(const Subject& subject) {
    const Backend backend(subject);
    withHostileMessages(backend, [&](FakeRequest& request) {
        request.headers.emplace_back("authorization", std::string(kSecret));
        FakeReply reply;
        backend.handle(request, reply);
    });
    for (const testing::LogLine& line : backend.host.log()) {
        bool told = line.text.find(kSecret) != std::string::npos;
        for (const auto& [name, value] : line.fields)
            told = told || value.find(kSecret) != std::string::npos;
        require(!told, "it writes a secret into the log");
    }
}

}  // namespace

std::vector<Case> backendCases() {
    return {{"has-routes-that-stay", For::Backend, hasRoutesThatStay},
            {"never-blocks-if-it-says-so", For::Backend, neverBlocksIfItSaysSo},
            {"survives-hostile-messages", For::Backend, survivesHostileMessages},
            {"survives-refused-events", For::Backend, survivesRefusedEvents},
            {"handles-several-at-once", For::Backend, handlesSeveralAtOnce},
            {"gives-its-memory-back", For::Backend, givesItsMemoryBack},
            {"logs-nothing-secret", For::Backend, logsNothingSecret}};
}

}  // namespace postbell::validate
