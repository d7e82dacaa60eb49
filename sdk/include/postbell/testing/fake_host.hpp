// SPDX-License-Identifier: Apache-2.0
// For tests of plugins: a host that answers from memory, and records log lines and counters.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postbell/plugin.hpp"

namespace postbell::testing {

struct LogLine {
    int level = POSTBELL_LOG_DEBUG;
    std::string text;
    std::map<std::string, std::string> fields;
};

/// Offers every service of the contract: a config that the test fills, a clock that stands still
/// until the test moves it, and records of log lines and counters. Must outlive the plugin's
/// instance. The setters are for the test's thread, before the instance runs; everything else is
/// thread-safe, as a real host is.
class FakeHost {
  public:
    explicit FakeHost(std::string instance = "test") : instance_(std::move(instance)) {
        raw_.size = sizeof(postbell_host);
        raw_.abi_major = POSTBELL_ABI_MAJOR;
        raw_.abi_minor = POSTBELL_ABI_MINOR;
        raw_.name = str("fake host");
        raw_.version = str("0");
        raw_.instance = str(instance_);
        raw_.service = &FakeHost::service;
        raw_.owner = this;
    }
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    /// The plugin's create() takes this.
    const postbell_host* raw() const noexcept { return &raw_; }

    /// Sets a key of the instance's section. As with a real host, other values than text are JSON.
    void setConfig(std::string key, std::string value) {
        config_[std::move(key)] = std::move(value);
    }
    /// From now on the service `id` is answered with NULL, as one that was not granted.
    void withhold(std::string id) { withheld_.insert(std::move(id)); }
    /// Sets a key that names a file, and the file's content.
    void setSecret(const std::string& key, std::string content) {
        config_[key] = "/secret/" + key;
        secrets_[key] = std::move(content);
    }
    /// How often the plugin asked for a refresh.
    int refreshes() const {
        const std::lock_guard lock(mutex_);
        return refreshes_;
    }
    /// Moves both clocks. They start at 2026-01-01T00:00:00Z and 0.
    void advanceMs(std::int64_t by) {
        const std::lock_guard lock(mutex_);
        elapsed_ms_ += by;
    }

    std::vector<LogLine> log() const {
        const std::lock_guard lock(mutex_);
        return log_;
    }
    /// Of the counters that the plugin made, in order, whether a gateway takes the names or not.
    std::vector<std::string> counterNames() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> names;
        for (const Counter& counter : counters_) names.push_back(counter.name);
        return names;
    }
    /// The sum added to the counter `name`; 0 if the plugin never made it.
    double counted(const std::string& name) const {
        const std::lock_guard lock(mutex_);
        for (const Counter& counter : counters_)
            if (counter.name == name) return counter.value;
        return 0;
    }

  private:
    struct Raw : postbell_host {
        FakeHost* owner;
    };
    struct Counter {
        std::string name;
        double value = 0;
    };

    static FakeHost& of(const postbell_host* host) noexcept {
        return *static_cast<const Raw*>(host)->owner;
    }

    static const void* service(const postbell_host* host, const char* id) noexcept {
        static const postbell_log_v0 log{sizeof(postbell_log_v0), logEnabled, logWrite};
        static const postbell_metrics_v0 metrics{sizeof(postbell_metrics_v0), makeCounter, addTo};
        static const postbell_time_v0 time{sizeof(postbell_time_v0), wallMs, steadyMs};
        static const postbell_config_v0 config{sizeof(postbell_config_v0), getConfig};
        static const postbell_outbound_v0 outbound{sizeof(postbell_outbound_v0), refresh};
        static const postbell_secrets_v0 secrets{sizeof(postbell_secrets_v0), lend};

        const std::string_view name(id);
        if (of(host).withheld_.count(std::string(name)) != 0) return nullptr;
        if (name == POSTBELL_SERVICE_LOG) return &log;
        if (name == POSTBELL_SERVICE_METRICS) return &metrics;
        if (name == POSTBELL_SERVICE_TIME) return &time;
        if (name == POSTBELL_SERVICE_CONFIG) return &config;
        if (name == POSTBELL_SERVICE_OUTBOUND) return &outbound;
        if (name == POSTBELL_SERVICE_SECRETS) return &secrets;
        return nullptr;
    }

    static int logEnabled(const postbell_host*, int) noexcept { return 1; }
    static void logWrite(const postbell_host* host, int level, postbell_str text,
                         const postbell_header* fields, std::size_t count) noexcept {
        LogLine line{level, std::string(view(text)), {}};
        for (std::size_t i = 0; i < count; ++i)
            line.fields.emplace(view(fields[i].name), view(fields[i].value));
        const std::lock_guard lock(of(host).mutex_);
        of(host).log_.push_back(std::move(line));
    }
    static postbell_counter makeCounter(const postbell_host* host, postbell_str name,
                                        postbell_str) noexcept {
        const std::lock_guard lock(of(host).mutex_);
        of(host).counters_.push_back({std::string(view(name)), 0});
        return of(host).counters_.size();
    }
    static void addTo(const postbell_host* host, postbell_counter counter, double amount) noexcept {
        const std::lock_guard lock(of(host).mutex_);
        if (counter - 1 < of(host).counters_.size())
            of(host).counters_[static_cast<std::size_t>(counter - 1)].value += amount;
    }
    static std::int64_t wallMs(const postbell_host* host) noexcept {
        return 1'767'225'600'000 + steadyMs(host);
    }
    static std::int64_t steadyMs(const postbell_host* host) noexcept {
        const std::lock_guard lock(of(host).mutex_);
        return of(host).elapsed_ms_;
    }
    static postbell_status getConfig(const postbell_host* host, postbell_str key,
                                     postbell_str* out) noexcept {
        const auto found = of(host).config_.find(std::string(view(key)));
        if (found == of(host).config_.end()) return POSTBELL_ENOTFOUND;
        *out = str(found->second);
        return POSTBELL_OK;
    }

    static void refresh(const postbell_host* host) noexcept {
        const std::lock_guard lock(of(host).mutex_);
        ++of(host).refreshes_;
    }
    static postbell_status lend(const postbell_host* host, postbell_str key,
                                void (*use)(void*, postbell_bytes) noexcept, void* user,
                                const postbell_sink* problem) noexcept {
        const std::string name(view(key));
        const auto found = of(host).secrets_.find(name);
        if (found != of(host).secrets_.end()) {
            use(user, bytes(found->second));
            return POSTBELL_OK;
        }
        if (of(host).config_.count(name) == 0) return POSTBELL_ENOTFOUND;
        problem->put(problem->user, bytes("the file cannot be read"));
        return POSTBELL_EDENIED;
    }

    std::string instance_;
    Raw raw_{};
    std::map<std::string, std::string> config_;
    std::map<std::string, std::string> secrets_;
    std::set<std::string> withheld_;
    mutable std::mutex mutex_;  // guards the members below
    std::vector<LogLine> log_;
    std::vector<Counter> counters_;
    std::int64_t elapsed_ms_ = 0;
    int refreshes_ = 0;
};

}  // namespace postbell::testing
