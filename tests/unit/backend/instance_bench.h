// SPDX-License-Identifier: Apache-2.0
// A backend instance of the plugin that reads lines of words, and a log that a test can read.
#pragma once
#include <prometheus/registry.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <string>

#include "backend/backend_instance.h"
#include "net/http_server.h"
#include "support/store_fixture.h"

namespace postbell::testing {

/// Takes one request's answer.
struct Answer final : net::Responder::Target {
    std::promise<net::Response> promise;
    std::function<void()> at_answer;  ///< what the peer does once it has the answer
    void answer(net::Response&& response) override {
        if (at_answer) at_answer();
        promise.set_value(std::move(response));
    }
    void drop() noexcept override { answer(net::problem(500, "dropped")); }
};

class ReadableLog {
  public:
    log::Log& log() { return log_; }
    std::string text() const {
        log_.flush();
        std::ifstream in(directory_.path() / "log");
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::size_t lines(const std::string& words) const {
        std::size_t found = 0;
        const std::string all = text();
        for (auto at = all.find(words); at != std::string::npos; at = all.find(words, at + 1))
            ++found;
        return found;
    }

  private:
    store::TemporaryDirectory directory_;
    log::Log log_{{log::Level::Info, log::Format::Text, (directory_.path() / "log").string()}};
};

inline std::unique_ptr<plugin::BackendPlugin> openLines(const plugin::PluginContext& context) {
    config::PluginSection section;
    section.kind = config::PluginKind::Backend;
    section.instance = "lines";
    section.plugin = "tenant_backend";
    section.enabled = true;
    return plugin::BackendPlugin::open(section, context);
}

struct InstanceBench {
    ReadableLog logged;
    FakeClock clock;
    prometheus::Registry registry;
    backend::BackendMetrics metrics{registry};
    backend::BackendInstance instance{
        openLines({POSTBELL_TEST_PLUGINS, logged.log(), registry, clock, "0"}), 1, metrics, clock,
        logged.log()};

    /// The value of the series of `family` that has the label's value.
    double counted(const std::string& family, const std::string& label) {
        for (const auto& found : registry.Collect())
            for (const auto& metric : found.metric)
                for (const auto& l : metric.label)
                    if (found.name == family && l.value == label) return metric.counter.value;
        return 0;
    }
};

}  // namespace postbell::testing
