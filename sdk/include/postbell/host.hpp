// SPDX-License-Identifier: Apache-2.0
// Views of the contract's types, and the host's services as C++ functions.
#pragma once
#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "postbell/abi.h"

namespace postbell {

inline std::string_view view(postbell_str s) noexcept {
    return {s.ptr ? s.ptr : "", s.len};
}
inline std::string_view view(postbell_bytes b) noexcept {
    return {b.ptr ? reinterpret_cast<const char*>(b.ptr) : "", b.len};
}
inline postbell_str str(std::string_view s) noexcept {
    return {s.data(), s.size()};
}
/// Absent if `s` is empty.
inline postbell_str optionalStr(std::string_view s) noexcept {
    return s.empty() ? postbell_str{nullptr, 0} : str(s);
}
inline postbell_bytes bytes(std::string_view s) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

/// A header, or a named setting. Borrows its texts.
struct Header {
    std::string_view name;
    std::string_view value;
    std::uint32_t flags = 0;
};

/// The value of the header `name` (lower case) among `count` headers; empty if there is none.
inline std::string_view findHeader(const postbell_header* headers, std::size_t count,
                                   std::string_view name) noexcept {
    for (std::size_t i = 0; i < count; ++i)
        if (view(headers[i].name) == name) return view(headers[i].value);
    return {};
}

/// Thrown by a plugin for input that is wrong: becomes POSTBELL_EINVAL, and its sentence goes to
/// the admin.
class InvalidInput : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Typed access to the host. A missing or ungranted service does nothing, it never crashes.
/// Cheap to copy; valid until the plugin's destructor returned. Thread-safe.
class Host {
  public:
    explicit Host(const postbell_host* raw) noexcept
        : raw_(raw),
          log_(service<postbell_log_v0>(POSTBELL_SERVICE_LOG)),
          metrics_(service<postbell_metrics_v0>(POSTBELL_SERVICE_METRICS)),
          time_(service<postbell_time_v0>(POSTBELL_SERVICE_TIME)),
          config_(service<postbell_config_v0>(POSTBELL_SERVICE_CONFIG)),
          outbound_(service<postbell_outbound_v0>(POSTBELL_SERVICE_OUTBOUND)),
          secrets_(service<postbell_secrets_v0>(POSTBELL_SERVICE_SECRETS)) {}

    std::string_view instance() const noexcept { return view(raw_->instance); }

    bool logs(int level) const noexcept {
        return POSTBELL_HAS(log_, enabled) && log_->enabled(raw_, level) != 0;
    }
    void log(int level, std::string_view text, const std::vector<Header>& fields = {}) const {
        if (!POSTBELL_HAS(log_, write)) return;
        std::vector<postbell_header> raw;
        raw.reserve(fields.size());
        for (const Header& f : fields) raw.push_back({str(f.name), str(f.value), f.flags});
        log_->write(raw_, level, str(text), raw.data(), raw.size());
    }

    /// A counter that only goes up. To be called in the constructor.
    postbell_counter counter(std::string_view name, std::string_view help) const noexcept {
        return POSTBELL_HAS(metrics_, counter) ? metrics_->counter(raw_, str(name), str(help)) : 0;
    }
    void add(postbell_counter counter, double amount = 1) const noexcept {
        if (POSTBELL_HAS(metrics_, add) && counter != 0) metrics_->add(raw_, counter, amount);
    }

    std::int64_t wallMs() const noexcept {
        return POSTBELL_HAS(time_, wall_ms) ? time_->wall_ms(raw_) : 0;
    }
    /// Never goes back.
    std::int64_t steadyMs() const noexcept {
        return POSTBELL_HAS(time_, steady_ms) ? time_->steady_ms(raw_) : 0;
    }

    /// The value of `key` in this instance's section; a value that is no text comes as JSON.
    std::optional<std::string_view> config(std::string_view key) const noexcept {
        postbell_str out{nullptr, 0};
        if (!POSTBELL_HAS(config_, get) || config_->get(raw_, str(key), &out) < 0)
            return std::nullopt;
        return view(out);
    }

    /// Whether the admin granted "outbound", and "secrets".
    bool mayReachOut() const noexcept { return outbound_ != nullptr; }
    bool mayReadSecrets() const noexcept { return secrets_ != nullptr; }
    /// Asks for a TaskKind::Refresh soon.
    void refreshSoon() const noexcept {
        if (POSTBELL_HAS(outbound_, refresh)) outbound_->refresh(raw_);
    }
    /// Calls `use` with the content of the file that `key` names; throws InvalidInput with a
    /// sentence for the admin if there is none, and std::runtime_error if the machine cannot read
    /// it now. The content is lent for the length of the call.
    template <class Use>
    void withSecret(std::string_view key, Use&& use) const {
        struct Call {
            Use& use;
            std::exception_ptr thrown;
            std::string problem;
        } call{use, nullptr, {}};
        const auto lent = [](void* user, postbell_bytes content) noexcept {
            Call& c = *static_cast<Call*>(user);
            try {
                c.use(view(content));
            } catch (...) {
                c.thrown = std::current_exception();
            }
        };
        const postbell_sink problem{sizeof(postbell_sink),
                                    [](void* user, postbell_bytes text) noexcept {
                                        try {
                                            static_cast<Call*>(user)->problem = view(text);
                                        } catch (...) {  // told without its reason
                                        }
                                    },
                                    &call};
        if (!POSTBELL_HAS(secrets_, lend))
            throw InvalidInput(std::string(key) + " needs the grant \"secrets\"");
        const postbell_status status = secrets_->lend(raw_, str(key), lent, &call, &problem);
        if (call.thrown) std::rethrow_exception(call.thrown);
        if (status == POSTBELL_ENOTFOUND) throw InvalidInput(std::string(key) + " is not set");
        if (status == POSTBELL_OK) return;
        if (call.problem.empty()) call.problem = std::string(key) + " cannot be read";
        if (status == POSTBELL_EINTERNAL) throw std::runtime_error(call.problem);
        throw InvalidInput(call.problem);
    }

  private:
    template <class Table>
    const Table* service(const char* id) const noexcept {
        return static_cast<const Table*>(raw_->service(raw_, id));
    }

    const postbell_host* raw_;
    const postbell_log_v0* log_;
    const postbell_metrics_v0* metrics_;
    const postbell_time_v0* time_;
    const postbell_config_v0* config_;
    const postbell_outbound_v0* outbound_;
    const postbell_secrets_v0* secrets_;
};

}  // namespace postbell
