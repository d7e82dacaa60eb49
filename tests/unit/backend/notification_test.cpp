// SPDX-License-Identifier: Apache-2.0
#include "backend/notification.h"

#include <catch2/catch.hpp>

#include <new>

#include "unit/backend/instance_bench.h"
#include "unit/backend/staging_bench.h"

using namespace postbell;
using namespace postbell::testing;
using backend::Staged;

namespace {

struct Bench : InstanceBench {
    void commit(Staged staged) {
        net::Response response;
        response.status = 202;
        backend::Notification({instance, events, seen, logged.log()},
                              {1, util::realNow(), kNow, backend::Result::Ok},
                              net::Responder(answer), std::move(response))
            .commit(std::move(staged));
    }
    /// 0: there is none yet.
    int answered() {
        return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready
                   ? future.get().status
                   : 0;
    }
    store::Seen seenOf(store::Id registration) {
        store::Seen found;
        seen.complete(registration, found, util::WallTime::max());
        return found;
    }

    FakeEvents events;
    store::SeenLedger seen;
    std::shared_ptr<Answer> answer = std::make_shared<Answer>();
    std::future<net::Response> future = answer->promise.get_future();
};

Staged mailFor(store::Id registration) {
    Staged staged;
    store::StagedEvent event;
    event.registration = registration;
    event.kind = store::StagedEvent::Kind::NewMail;
    staged.writes.events.push_back(event);
    staged.heard = {{registration}};
    return staged;
}

}  // namespace

TEST_CASE("a message without events is answered at once, and was heard") {
    Bench bench;
    Staged staged;
    staged.heard = {{7, true}};
    bench.commit(std::move(staged));
    CHECK(bench.answered() == 202);
    CHECK(bench.events.batches.empty());
    CHECK(bench.seenOf(7).heard_at == kNow);
    CHECK(bench.seenOf(7).own_folder_at == kNow);
    CHECK(bench.counted("postbell_notifications_total", "ok") == 1);
}

TEST_CASE("a message with events is answered, counted and heard when they are durable") {
    Bench bench;
    bench.commit(mailFor(7));
    REQUIRE(bench.events.batches.size() == 1);
    CHECK(bench.events.batches[0].events.size() == 1);
    CHECK(bench.answered() == 0);
    CHECK_FALSE(util::isSet(bench.seenOf(7).heard_at));

    bench.events.batches[0].done(store::CommitEnd::Durable);

    CHECK(bench.answered() == 202);
    CHECK(bench.seenOf(7).event_at == kNow);
    CHECK(bench.counted("postbell_events_total", "new_mail") == 1);
    CHECK(bench.counted("postbell_notifications_total", "ok") == 1);
}

TEST_CASE("whoever has the answer to a message can read that it was heard") {
    Bench bench;
    util::WallTime heard_at;
    bench.answer->at_answer = [&] { heard_at = bench.seenOf(7).heard_at; };

    SECTION("a message without events") {
        Staged staged;
        staged.heard = {{7}};
        bench.commit(std::move(staged));
    }
    SECTION("a message with events") {
        bench.commit(mailFor(7));
        bench.events.batches.at(0).done(store::CommitEnd::Durable);
    }
    CHECK(heard_at == kNow);
}

TEST_CASE("a message that could not be stored is asked for again, and nothing was heard") {
    Bench bench;
    bench.commit(mailFor(7));
    bench.events.batches.at(0).done(store::CommitEnd::Failed);
    CHECK(bench.answered() == 503);
    CHECK_FALSE(util::isSet(bench.seenOf(7).heard_at));
    CHECK(bench.counted("postbell_notifications_total", "failed") == 1);
    CHECK(bench.counted("postbell_events_total", "new_mail") == 0);
}

TEST_CASE("a change of a managed subscription is answered once it is durable") {
    Bench bench;
    Staged staged;
    staged.writes.change({3, store::MailboxChange::Kind::Ended, kNow});
    bench.commit(std::move(staged));
    CHECK(bench.answered() == 0);
    bench.events.batches.at(0).done(store::CommitEnd::Durable);
    CHECK(bench.answered() == 202);
}
