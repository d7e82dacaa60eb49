// SPDX-License-Identifier: Apache-2.0
// A lane, or a dispatcher, in a world of fakes.
#pragma once
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include <unistd.h>

#include "dispatch/channel/credential_guard.h"
#include "dispatch/lane_context.h"
#include "engine/loop.h"
#include "support/eventually.h"
#include "support/fake_clock.h"
#include "unit/dispatch/fake_networks.h"
#include "unit/dispatch/fake_store.h"
#include "unit/dispatch/fake_wire.h"

namespace postbell::testing {

/// Outlives the log that is declared behind it, which makes its file anew for its last lines.
struct LogFile {
    const std::string name =
        (std::filesystem::temp_directory_path() / ("lane_test." + std::to_string(getpid())))
            .string();
    ~LogFile() { std::remove(name.c_str()); }
};

/// An app (1) of tenant "acme" with credential 1, and devices that are their own registrations.
struct LaneWorld {
    FakeClock clock;
    const LogFile log_file;
    log::Log log{log::Settings{log::Level::Debug, log::Format::Text, log_file.name}};
    engine::Loop loop{clock};
    FakeEvents events;
    FakeCredentials credentials;
    FakeDirectory directory;
    FakeNetworks networks;
    Wire wire;
    prometheus::Registry registry;
    std::vector<std::string> notes;  ///< how pushes went, as registrations keep it

    Behaviour& behaviour = networks.behaviour;

    LaneWorld() {
        store::App app;
        app.id = 1;
        app.name = "com.example.mail";
        app.tenant_name = "acme";
        app.platform = "ios";
        directory.apps[1] = app;
        store::Credential credential;
        credential.id = 1;
        credential.app = 1;
        credential.provider = "push";
        credential.upload = 1;
        credential.uploaded_at = util::fromMs(1);
        credentials.all = {credential};
    }

    /// The pending row of a new mail; its device is known to the store.
    store::Pending mail(store::Id device, std::int64_t generation = 1) {
        store::PushTarget target;
        target.registration.id = target.registration.device = device;
        target.registration.public_id = "r" + std::to_string(device);
        store::App app;
        app.id = 1;
        app.name = "com.example.mail";
        app.platform = "ios";
        target.app = std::make_shared<const store::App>(std::move(app));
        target.token = std::to_string(device);
        target.token_at = clock.wall() - std::chrono::hours(1);
        events.targets[device] = target;
        store::Pending row;
        row.registration = row.device = device;
        row.app = 1;
        row.generation = row.mail_generation = row.new_mail_generation = generation;
        row.count = 3;
        row.since = clock.wall();
        row.mail_trace = static_cast<util::Trace>(device);
        row.events = 1;
        return row;
    }
    /// All desks of the store.
    void setStore(Trouble trouble) {
        events.trouble = credentials.trouble = directory.trouble = trouble;
    }
    /// A new upload takes the credential's place.
    void renew() {
        store::Credential& credential = credentials.all[0];
        ++credential.upload;
        credential.uploaded_at = clock.wall();
        for (store::GuardState& guard : credential.guards) guard = guard.renewed(clock.wall());
    }

    /// Runs `work` on the loop's thread, and what follows from it.
    void on(const std::function<void()>& work) {
        loop.runAndWait(work);
        for (int turn = 0; turn < 6; ++turn) loop.runAndWait([] {});
    }

    /// The paths of all requests so far: "/1/2" went to device 1, then to 2.
    std::string sent() const {
        std::string paths;
        for (const Submitted& one : wire.submitted) paths += one.path;
        return paths;
    }
    std::string logged() const {
        log.flush();
        std::ifstream in(log_file.name);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }
    /// Waits until the requests so far are those, for timers of the lane's own; false: too long.
    bool comesTo(const std::string& paths) {
        return comesTrue([&] { return sent() == paths; });
    }
    /// Waits until `condition`, asked on the loop's thread, is true; false: too long.
    bool comesTrue(const std::function<bool()>& condition) {
        return testing::eventually([&] {
            bool met = false;
            on([&] { met = condition(); });
            return met;
        });
    }
    std::size_t logLines(std::string_view sentence) const {
        const std::string lines = logged();
        std::size_t count = 0;
        for (auto at = lines.find(sentence); at != std::string::npos;
             at = lines.find(sentence, at + 1))
            ++count;
        return count;
    }
    std::string metrics() { return prometheus::TextSerializer().Serialize(registry.Collect()); }
    dispatch::Surroundings surroundings(const dispatch::Networks& its_networks) {
        return {
            loop,
            events,
            credentials,
            directory,
            its_networks,
            wire.opener(),
            registry,
            log,
            {std::chrono::seconds(2), std::chrono::minutes(15)},
            [](const store::Registration&) { return registry::LifeClock{}; },
            [this](store::Id, util::WallTime, std::string_view text) { notes.emplace_back(text); },
            {}};
    }
    template <class Outcome>
    std::size_t settledAs() const {
        std::size_t count = 0;
        for (const store::Settlement& one : events.settled)
            count += std::holds_alternative<Outcome>(one.outcome) ? 1 : 0;
        return count;
    }
};

/// The world as the parts of a lane see it.
struct LaneParts : LaneWorld {
    util::TraceSource traces;
    dispatch::PushMetrics push_metrics{registry, networks.instances()};
    dispatch::StoreTrouble store_trouble{log};
    const dispatch::SettlementWriter::Sink settle = [this](const store::Settlement& s) {
        events.settle({s});
    };
    dispatch::AuthorizationTroubles authorization_troubles;
    dispatch::Surroundings around = surroundings(networks);
    const dispatch::LaneContext context{around, push_metrics, store_trouble,
                                        traces, settle,       authorization_troubles};

    dispatch::Now now() const { return {clock.wall(), clock.steady()}; }
};

}  // namespace postbell::testing
