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

namespace postbell::config {

struct GatewayConfig {
    std::string region = "default";
    double clock_speed = 1;
};

struct ListenerLimits {
    std::size_t connections = 10'000;
    std::size_t connections_per_address = 1'000;  ///< on a loopback address: as many as connections
    std::size_t body_bytes = 1024 * 1024;
    std::int64_t header_timeout_ms = 10'000;
    std::int64_t body_timeout_ms = 30'000;
    std::int64_t idle_timeout_ms = 75'000;
    std::size_t in_work = 10'000;
};

struct ListenerConfig {
    std::string name;     ///< "registration", "mailbox", "admin"
    std::string address;  ///< "host:port", host an IP address, IPv6 in brackets; port 0 picks one
    std::uint16_t port = 0;
    bool loopback = true;
    std::string
        public_url;  ///< an origin, without a slash at its end; empty: port 0 and none was given
    std::string tls_certificate;  ///< empty: plain HTTP
    std::string tls_key;
    unsigned reactors = 1;
    ListenerLimits limits;

    bool tls() const { return !tls_certificate.empty(); }
};

struct RegistrationListenerConfig : ListenerConfig {
    std::uint32_t registrations_per_minute_per_address = 0;  ///< 0: no limit
    std::uint32_t registrations_per_minute_per_app = 0;      ///< 0: no limit
    std::uint32_t check_every_seconds = 300;
};

struct AdminListenerConfig : ListenerConfig {
    std::string token_file;  ///< never empty: admin.token beside the store if none is named
};

struct StoreConfig {
    std::string url = "sqlite:///var/lib/postbell/postbell.db";
    std::string path;  ///< of the database file
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
    std::int64_t quiet_delay_ms = 2'000;  ///< how long a changed count waits for the next change
    unsigned connections_per_credential = 1;
    std::int64_t request_timeout_ms = 30'000;
    std::int64_t retry_max_ms =
        900'000;  ///< the longest pause between two attempts of our own choice
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
    std::vector<std::string> warnings;  ///< sentences with file and line; for the log and `check`
};

/// Throws ConfigError, which names every problem of the file at once. Files that a value names are
/// not opened.
Config load(const std::filesystem::path& path);
/// The same for a text; `file` is what messages call it, and its folder is what relative paths
/// start at.
Config parse(std::string_view text, const std::filesystem::path& file);

}  // namespace postbell::config
