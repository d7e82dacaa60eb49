// SPDX-License-Identifier: Apache-2.0
// One message, on stores that have the registration or that fail.
#include "backend/message_reader.h"

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <new>
#include <string>

#include "store/records/store_error.h"
#include "support/empty_registrations.h"
#include "unit/backend/instance_bench.h"
#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;

namespace {

/// A store with one callback, at which a test can let each question fail.
class OneCallback final : public EmptyEvents {
  public:
    std::function<void()> at_question = [] {};
    std::optional<store::Callback> callback;
    std::size_t batches = 0;

    std::optional<store::Callback> findCallback(std::string_view) override {
        at_question();
        return callback;
    }
    void stage(store::Batch batch) override {
        ++batches;
        batch.done(store::CommitEnd::Durable);
    }
};

struct Bench : InstanceBench {
    Bench() {
        store::Recipient known = recipient();
        known.subscription.instance = "lines";
        events.callback = store::Callback{"", store::RegistrationCallback{known}};
    }
    net::Response read(std::string body) {
        net::Request request;
        request.method = "POST";
        request.path = "/lines/token";
        request.body = std::move(body);
        const auto routes = instance.routes().find("POST", "", request.body.size());
        const backend::Arrival arrival{std::get<backend::RouteTable::Match>(routes), "hash", 1,
                                       util::realNow()};
        const auto answer = std::make_shared<Answer>();
        auto future = answer->promise.get_future();
        backend::MessageReader({events, registrations, seen, logged.log()})
            .handle(instance, arrival, lifeClock(), request, net::Responder(answer));
        return future.get();
    }

    OneCallback events;
    EmptyRegistrations registrations;
    store::SeenLedger seen;
};

constexpr const char* kMail = "new subscription=reported unread=3\n";

}  // namespace

TEST_CASE("an event for the reported subscription is stored, and answered when it is durable") {
    Bench bench;
    CHECK(bench.read(kMail).status == 200);
    CHECK(bench.events.batches == 1);
    CHECK(bench.counted("postbell_notifications_total", "ok") == 1);
}

TEST_CASE("a message for a callback that nobody has stores nothing") {
    Bench bench;
    bench.events.callback.reset();
    CHECK(bench.read(kMail).status == 404);
    CHECK(bench.events.batches == 0);
}

TEST_CASE("a message that the backend cannot read is 400, and one at which it fails 503") {
    Bench bench;
    CHECK(bench.read("invalid so it is\n").status == 400);
    CHECK(bench.counted("postbell_notifications_total", "refused") == 1);
    CHECK(bench.read("fail so it does\n").status == 503);
    CHECK(bench.counted("postbell_notifications_total", "failed") == 1);
}

TEST_CASE("whatever fails behind a message, the mail server is asked to send it again") {
    Bench bench;
    std::string line;
    SECTION("a store that is away") {
        bench.events.at_question = [] { throw store::StoreError("the disk is gone"); };
        line = "the disk is gone";
    }
    SECTION("memory") {
        bench.events.at_question = [] { throw std::bad_alloc(); };
        line = "please report this";
    }
    SECTION("something that is no exception") {
        bench.events.at_question = [] { throw 5; };  // NOLINT(hicpp-exception-baseclass)
        line = "please report this";
    }
    CHECK(bench.read(kMail).status == 503);
    CHECK(bench.counted("postbell_notifications_total", "failed") == 1);
    CHECK(bench.logged.lines(line) == 1);
    bench.events.at_question = [] {};
    CHECK(bench.read(kMail).status == 200);
}
