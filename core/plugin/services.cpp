// SPDX-License-Identifier: Apache-2.0
#include "plugin/services.h"

#include <nlohmann/json.hpp>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "plugin/secret_file.h"
#include "plugin/text.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

constexpr std::size_t kMaxFieldName = 64;
constexpr std::size_t kMaxFieldValue = 512;
constexpr std::size_t kMaxHelp = 256;
/// Of one call. So that no number of calls makes a counter infinite, or stops it.
constexpr double kMaxIncrement = 1e12;

log::Level levelOf(int level) {
    if (level <= POSTBELL_LOG_DEBUG) return log::Level::Debug;
    if (level == POSTBELL_LOG_INFO) return log::Level::Info;
    if (level == POSTBELL_LOG_WARNING) return log::Level::Warning;
    return log::Level::Error;
}

/// The section's values for the config service: texts as they are, the rest as JSON.
std::map<std::string, std::string, std::less<>> valuesOf(const config::PluginSection& section) {
    std::map<std::string, std::string, std::less<>> values;
    for (const auto& [key, value] : section.own->items())
        values[key] = value.is_string() ? value.get<std::string>() : value.dump();
    // A provider writes the origin into its requests, so it has to know the admin's choice; and it
    // refuses a credential file that names an origin which the admin does not allow.
    if (!section.endpoint.empty()) values["endpoint"] = section.endpoint;
    if (!section.allowed_origins.empty())
        values["allowed_origins"] = nlohmann::json(section.allowed_origins).dump();
    return values;
}

bool isCounterName(std::string_view name) {
    return !name.empty() && name.size() <= POSTBELL_MAX_COUNTER_NAME_BYTES &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

postbell_str lend(const std::string& text) {
    return {text.data(), text.size()};
}

// A plugin's function runs on its caller's thread, so its lines there are about this event.
thread_local util::Trace trace_of_thread = 0;

}  // namespace

TraceScope::TraceScope(util::Trace trace) {
    trace_of_thread = trace;
}
TraceScope::~TraceScope() {
    trace_of_thread = 0;
}

/// The contract's faces of Services: each guards the border, no exception passes.
struct ServiceTables {
    static int enabled(const postbell_host* host, int level) noexcept {
        return Services::of(host).logs(level) ? 1 : 0;
    }
    static void write(const postbell_host* host, int level, postbell_str text,
                      const postbell_header* fields, std::size_t count) noexcept {
        try {
            Services::of(host).write(level, text, fields, count);
        } catch (...) {  // a line that cannot be written is lost, as everywhere
        }
    }
    static postbell_counter counter(const postbell_host* host, postbell_str name,
                                    postbell_str help) noexcept {
        try {
            if (!fits(name, POSTBELL_MAX_TEXT_BYTES) || !fits(help, POSTBELL_MAX_TEXT_BYTES))
                return 0;
            return Services::of(host).counter(view(name), view(help));
        } catch (...) {
            return 0;
        }
    }
    static void add(const postbell_host* host, postbell_counter counter, double amount) noexcept {
        Services::of(host).add(counter, amount);
    }
    static std::int64_t wallMs(const postbell_host* host) noexcept {
        return util::toMs(Services::of(host).clock().wall());
    }
    static std::int64_t steadyMs(const postbell_host* host) noexcept {
        return std::chrono::duration_cast<util::Milliseconds>(
                   Services::of(host).clock().steady().time_since_epoch())
            .count();
    }
    static postbell_status get(const postbell_host* host, postbell_str key,
                               postbell_str* out) noexcept {
        if (out == nullptr || !fits(key, POSTBELL_MAX_TEXT_BYTES)) return POSTBELL_EINVAL;
        const std::string* value = Services::of(host).config(view(key));
        if (value == nullptr) return POSTBELL_ENOTFOUND;
        *out = lend(*value);
        return POSTBELL_OK;
    }
    static void refresh(const postbell_host* host) noexcept { Services::of(host).askForRefresh(); }
    static postbell_status lendSecret(const postbell_host* host, postbell_str key,
                                      void (*use)(void*, postbell_bytes) noexcept, void* user,
                                      const postbell_sink* problem) noexcept {
        if (use == nullptr || !fits(key, POSTBELL_MAX_TEXT_BYTES)) return POSTBELL_EINVAL;
        const auto tell = [problem](std::string_view why) {
            if (problem != nullptr)
                problem->put(problem->user,
                             {reinterpret_cast<const std::uint8_t*>(why.data()), why.size()});
        };
        try {
            const auto secret = Services::of(host).secret(view(key));
            if (!secret) return POSTBELL_ENOTFOUND;
            use(user, {reinterpret_cast<const std::uint8_t*>(secret->data()), secret->size()});
            return POSTBELL_OK;
        } catch (const SecretFileError& e) {
            tell(e.what());
            return e.isOfTheMoment() ? POSTBELL_EINTERNAL : POSTBELL_EDENIED;
        } catch (...) {
            return POSTBELL_EINTERNAL;
        }
    }
    static const void* service(const postbell_host* host, const char* id) noexcept {
        static constexpr postbell_log_v0 kLog{sizeof(postbell_log_v0), enabled, write};
        static constexpr postbell_metrics_v0 kMetrics{sizeof(postbell_metrics_v0), counter, add};
        static constexpr postbell_time_v0 kTime{sizeof(postbell_time_v0), wallMs, steadyMs};
        static constexpr postbell_config_v0 kConfig{sizeof(postbell_config_v0), get};
        static constexpr postbell_outbound_v0 kOutbound{sizeof(postbell_outbound_v0), refresh};
        static constexpr postbell_secrets_v0 kSecrets{sizeof(postbell_secrets_v0), lendSecret};
        if (id == nullptr) return nullptr;
        if (std::strcmp(id, POSTBELL_SERVICE_LOG) == 0) return &kLog;
        if (std::strcmp(id, POSTBELL_SERVICE_METRICS) == 0) return &kMetrics;
        if (std::strcmp(id, POSTBELL_SERVICE_TIME) == 0) return &kTime;
        if (std::strcmp(id, POSTBELL_SERVICE_CONFIG) == 0) return &kConfig;
        const Services& services = Services::of(host);
        if (std::strcmp(id, POSTBELL_SERVICE_OUTBOUND) == 0)
            return services.granted(POSTBELL_NEEDS_OUTBOUND) ? &kOutbound : nullptr;
        if (std::strcmp(id, POSTBELL_SERVICE_SECRETS) == 0)
            return services.granted(POSTBELL_NEEDS_SECRETS) ? &kSecrets : nullptr;
        return nullptr;
    }
};

Services::Services(const config::PluginSection& section, const PluginContext& context,
                   std::uint32_t granted)
    : instance_(section.instance),
      gateway_version_(context.gateway_version),
      granted_(granted),
      folder_(std::filesystem::path(section.file).parent_path()),
      trusted_owners_(context.trusted_owners),
      log_(context.log),
      registry_(context.registry),
      clock_(context.clock),
      slow_calls_(prometheus::BuildCounter()
                      .Name("postbell_slow_plugin_calls_total")
                      .Help("Calls of a plugin that held up a loop for half a second or longer")
                      .Register(registry_)
                      .Add({{"plugin_instance", instance_}})),
      config_(valuesOf(section)),
      view_{{sizeof(postbell_host),
             POSTBELL_ABI_MAJOR,
             POSTBELL_ABI_MINOR,
             {"postbell", 8},
             lend(gateway_version_),
             lend(instance_),
             ServiceTables::service},
            this} {
    static_assert(std::is_standard_layout_v<View>);
}

Services& Services::of(const postbell_host* host) {
    return *reinterpret_cast<const View*>(host)->self;
}

bool Services::logs(int level) const {
    return log_.enabled(levelOf(level));
}

void Services::write(int level, postbell_str text, const postbell_header* fields,
                     std::size_t count) {
    if (!logs(level)) return;
    if (fields == nullptr) count = 0;
    count = std::min(count, std::size_t{POSTBELL_MAX_LOG_FIELDS});
    std::vector<std::string> texts;
    texts.reserve(2 * count + 1);  // the fields below refer to them
    std::vector<log::Field> written{{"instance", instance_}};
    if (trace_of_thread != 0)
        written.emplace_back("trace", texts.emplace_back(util::traceText(trace_of_thread)));
    for (std::size_t i = 0; i < count; ++i) {
        const bool secret = (fields[i].flags & POSTBELL_HEADER_SECRET) != 0;
        const std::string& name = texts.emplace_back(sentence(fields[i].name, kMaxFieldName));
        const std::string& value =
            texts.emplace_back(secret ? "(secret)" : sentence(fields[i].value, kMaxFieldValue));
        written.emplace_back(name, value);
    }
    log_.write(levelOf(level), sentence(text, POSTBELL_MAX_LOG_TEXT_BYTES), written.data(),
               written.size());
}

postbell_counter Services::counter(std::string_view name, std::string_view help) {
    const std::size_t index = counter_count_.load(std::memory_order_relaxed);
    if (!isCounterName(name)) {
        log_.error("a counter of the plugin has a name that is not 1 to 64 of a-z, 0-9 and _",
                   {{"instance", instance_}, {"counter", util::printable(name, kMaxFieldValue)}});
        return 0;
    }
    if (index == POSTBELL_MAX_COUNTERS) {
        log_.error("the plugin has more counters than an instance may have",
                   {{"instance", instance_}, {"counter", name}});
        return 0;
    }
    // Throws if the name belongs to a metric of another type.
    auto& family = prometheus::BuildCounter()
                       .Name("postbell_plugin_" + std::string(name) + "_total")
                       .Help(util::printable(help, kMaxHelp))
                       .Register(registry_);
    // Not "instance": Prometheus gives this label to the gateway that it scrapes.
    counters_[index] = &family.Add({{"plugin_instance", instance_}});
    counter_count_.store(index + 1, std::memory_order_release);
    return index + 1;
}

void Services::countSlow() const {
    slow_calls_.Increment();
}

void Services::add(postbell_counter counter, double amount) {
    if (counter == 0 || counter > counter_count_.load(std::memory_order_acquire)) return;
    if (amount > 0 && amount <= kMaxIncrement) counters_[counter - 1]->Increment(amount);
}

const std::string* Services::config(std::string_view key) const {
    const auto found = config_.find(key);
    return found == config_.end() ? nullptr : &found->second;
}

std::optional<std::string> Services::secret(std::string_view key) const {
    const std::string* file = config(key);
    if (file == nullptr) return std::nullopt;
    return readSecretFile(folder_ / *file, trusted_owners_);
}

}  // namespace postbell::plugin
