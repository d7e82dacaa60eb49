// SPDX-License-Identifier: Apache-2.0
#include "app/check_reach.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>

#include "app/check_gateway.h"
#include "engine/loop.h"
#include "engine/pool.h"

namespace postbell::app {
namespace {

using nlohmann::json;

/// Waits for any HTTP answer of an origin, whatever the status.
class Reach final : public engine::AnswerSink {
  public:
    void answered(std::uint64_t, const engine::Answer& answer) override {
        const std::lock_guard lock(done_mutex_);
        problem_ = answer.failure == engine::Failure::None ? "" : std::string(answer.detail);
        done_ = true;
        wake_.notify_all();
    }
    void ready() override {}
    std::string wait() {
        std::unique_lock lock(done_mutex_);
        if (!wake_.wait_for(lock, std::chrono::seconds(15), [this] { return done_; }))
            return "no answer within 15 seconds";
        return problem_;
    }

  private:
    std::mutex done_mutex_;
    std::condition_variable wake_;
    bool done_ = false;
    std::string problem_;
};

/// Why the origin cannot be reached; empty if it can.
std::string reach(const config::Config& config, const std::string& origin, log::Log& log) {
    const util::SystemClock clock;
    engine::Loop loop(clock);
    Reach reach;
    std::unique_ptr<engine::Pool> pool;
    try {
        engine::PoolOptions options;
        options.origin = util::Origin::parse(origin).value();
        options.proxy = config.egress.proxy;
        options.ca_file = config.egress.ca_file;
        loop.runAndWait([&] {
            pool = std::make_unique<engine::Pool>(loop, options, reach, log);
            const std::vector<engine::Header> no_headers;
            pool->submit({"GET", "/", no_headers, {}}, 0);
        });
    } catch (const std::exception& e) {
        return e.what();
    }
    std::string problem = reach.wait();
    loop.runAndWait([&] { pool.reset(); });
    return problem;
}

/// Which of a provider's hosts its credentials push to.
struct Needed {
    std::set<std::string> origins;
    bool all = false;
    bool any_credential = false;

    Needed(const json& credentials, const ProviderHosts& provider) {
        for (const json& c : credentials) {
            if (c["provider"] != provider.instance) continue;
            any_credential = true;
            const json told = c.value("origins", json::array());
            // Without environments every host has its part, such as the one that authorizes.
            all = all || told.empty() || !provider.has_environments;
            for (const json& o : told)
                if (o["needed"] == true) origins.insert(o["origin"].get<std::string>());
        }
    }
};

}  // namespace

void checkReach(CheckReport& report, const config::Config& config,
                const std::vector<ProviderHosts>& providers, const json& credentials,
                const json& gateway) {
    log::Settings quiet;
    quiet.level = log::Level::Error;
    log::Log log(quiet);
    const std::string reachable =
        config.egress.proxy.empty() ? "reachable" : "reachable through " + config.egress.proxy;
    const std::string reachable_from_here = reachable + " from here, but ";
    for (const ProviderHosts& provider : providers) {
        const Needed needed(credentials, provider);
        bool any = false;
        for (const std::string& origin : provider.origins) {
            const std::string problem = reach(config, origin, log);
            any = any || problem.empty();
            if (const std::string failing = whyFailing(origin, gateway); !failing.empty())
                report.add(origin, Verdict::No,
                           problem.empty() ? reachable_from_here + failing : problem);
            else if (problem.empty())
                report.add(origin, Verdict::Yes, reachable);
            else if (needed.all || needed.origins.contains(origin))
                report.add(origin, Verdict::No, problem);
            else
                report.add(origin, Verdict::Yes,
                           "not needed now, and not reachable: no device is pushed to there (" +
                               problem + ")");
        }
        if (!needed.any_credential && !provider.origins.empty() && !any)
            report.add("hosts of provider " + provider.instance, Verdict::No,
                       "none can be reached");
    }
}

}  // namespace postbell::app
