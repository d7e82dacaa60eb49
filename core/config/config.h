// SPDX-License-Identifier: Apache-2.0
// The config file as plain values: checked, complete with defaults, paths absolute.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/plugin_section.h"
#include "config/problem.h"
#include "log/log.h"
#include "net/limits.h"
#include "util/time.h"
#include "util/trusted_owners.h"

namespace postbell::config {

struct GatewayConfig {
    std::string region = "default";
    double clock_speed = 1;
};

struct ListenerConfig {
    std::string name;     ///< "registration", "mailbox", "admin"
    std::string address;  ///< "host:port", host an IP address, IPv6 in brackets; port 0 picks one
    std::uint16_t port = 0;
    bool loopback = true;
    /// An origin, without a slash at its end; empty: port 0 and none was given.
    std::string public_url;
    std::string tls_certificate;  ///< empty: plain HTTP
    std::string tls_key;
    unsigned reactors = 1;
    net::Limits limits;

    bool tls() const { return !tls_certificate.empty(); }
};

struct RegistrationListenerConfig : ListenerConfig {
    std::uint32_t registrations_per_minute_per_address = 0;  ///< 0: no limit
    std::uint32_t registrations_per_minute_per_app = 0;      ///< 0: no limit
    std::uint32_t changes_per_minute_per_registration = 0;   ///< 0: no limit
    std::uint32_t max_registrations_per_app = 2'000'000;     ///< 0: no limit
    std::uint32_t check_every_seconds = 300;
    /// How long an app may be silent that never reported on its registration; 0: for ever.
    std::uint32_t forget_waiting_after_hours = 24;
};

struct AdminListenerConfig : ListenerConfig {
    std::string token_file;  ///< never empty: admin.token beside the store if none is named
};

struct StoreConfig {
    /// As it is written: the database engine reads it.
    std::string url = "sqlite:///var/lib/postbell/postbell.db";
    Position url_at;
};

/// Exactly one of them is set.
struct SecretsConfig {
    std::string master_key_file;
    std::string master_key_env;  ///< name of an environment variable
};

struct PluginsConfig {
    std::string directory = "/usr/lib/postbell/plugins";
};

struct EgressConfig {
    std::string proxy;    ///< "http://host:port"; empty: none
    std::string ca_file;  ///< empty: the system's
};

struct DispatchConfig {
    util::Milliseconds quiet_delay{2'000};  ///< how long a changed count waits for the next change
    unsigned connections_per_credential = 1;
    util::Milliseconds request_timeout{30'000};
    /// The longest pause between two attempts of our own choice.
    util::Milliseconds retry_max{900'000};
};

struct Config {
    std::string file;
    GatewayConfig gateway;
    RegistrationListenerConfig registration;
    ListenerConfig mailbox;
    AdminListenerConfig admin;
    StoreConfig store;
    SecretsConfig secrets;
    PluginsConfig plugins;
    EgressConfig egress;
    log::Settings log;
    DispatchConfig dispatch;
    std::vector<PluginSection> backends;
    std::vector<PluginSection> providers;
    /// Of files that the config names; app::loadConfig() knows the gateway's user.
    util::TrustedOwners trusted_owners;
    std::vector<std::string> warnings;  ///< sentences with file and line; for the log and `check`
};

/// Throws ConfigError, which names every problem of the file at once. Files that a value names are
/// not opened.
Config load(const std::filesystem::path& path);
/// Loads a text. `file` names it in messages, and its folder is where relative paths start.
Config parse(std::string_view text, const std::filesystem::path& file);

}  // namespace postbell::config
