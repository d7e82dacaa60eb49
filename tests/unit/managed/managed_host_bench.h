// SPDX-License-Identifier: Apache-2.0
// The whole of core/managed on a real store, with backends that ask a scripted mail server.
#pragma once
#include <nlohmann/json.hpp>

#include <prometheus/registry.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "mail_server.h"
#include "managed/managed_host.h"
#include "support/eventually.h"
#include "support/store_fixture.h"
#include "unit/plugin/plugin_folder.h"

namespace postbell::testing {

/// A minute is a tenth of a second.
struct ManagedHostBench : store::StoreFixture {
    /// `with_other`: beside "mail" there is the instance "other".
    explicit ManagedHostBench(bool with_other = false) {
        folder.add("scripted");
        plugins.push_back(open("mail", server));
        if (with_other) plugins.push_back(open("other", other_server));
        postbell::managed::HttpSettings http;
        http.threads = 8;
        http.timeout = util::Milliseconds(5'000);
        host =
            std::make_unique<postbell::managed::ManagedHost>(postbell::managed::ManagedHost::Parts{
                StoreFixture::store().mailboxes(), clock, registry, log(),
                "https://listener.example.com", http});
        for (const auto& plugin : plugins) host->add(*plugin);
        host->start();
    }
    ~ManagedHostBench() { host->stop(); }

    store::Registration managed(const std::string& token, const std::string& mailbox,
                                const std::string& instance = "mail") {
        store::NewRegistration r = incoming(token, "anna", util::toMs(clock.wall()));
        r.managed_instance = instance;
        r.mailbox = mailbox;
        const auto id = StoreFixture::store().registrations().registerDevice(r).id;
        return StoreFixture::store().registrations().findRegistration(id).value();
    }
    store::Registration now(const store::Registration& r) {
        return StoreFixture::store().registrations().findRegistration(r.id).value();
    }
    bool subscribes(const store::Registration& r) {
        return testing::eventually([&] { return now(r).mailbox_state.subscribed; });
    }
    /// The first with this name; -1: there is none.
    double gauge(const std::string& name) {
        for (const prometheus::MetricFamily& family : registry.Collect())
            if (family.name == name && !family.metric.empty())
                return family.metric.front().gauge.value;
        return -1;
    }
    std::int32_t count(const store::Registration& r) {
        auto promise = std::make_shared<std::promise<std::int32_t>>();
        auto future = promise->get_future();
        host->count(r.mailbox_state.instance, r.mailbox_state.id, util::realNow(),
                    [promise](std::int32_t value) { promise->set_value(value); });
        return future.get();
    }

    util::SystemClock clock{600};
    prometheus::Registry registry;
    test::MailServer server;
    test::MailServer other_server;
    test::PluginFolder folder;
    std::vector<std::unique_ptr<plugin::BackendPlugin>> plugins;
    std::unique_ptr<postbell::managed::ManagedHost> host;

  private:
    std::unique_ptr<plugin::BackendPlugin> open(const std::string& instance,
                                                const test::MailServer& endpoint) {
        config::PluginSection section =
            test::Bench::section(config::PluginKind::Backend, "scripted");
        section.instance = instance;
        section.grants = {"outbound"};
        *section.own = {{"endpoint", endpoint.origin()}};
        return plugin::BackendPlugin::open(section,
                                           {folder.path().string(), log(), registry, clock, "0"});
    }
};

}  // namespace postbell::testing
