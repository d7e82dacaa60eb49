// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <sstream>

#include "config/address.h"
#include "config/no_memory.h"
#include "config/sections.h"
#include "util/regular_file.h"

namespace postbell::config {
namespace {

// toml++ goes as deep into the stack as tables lie in one another, and "a.a.a" is one for two
// bytes.
constexpr std::size_t kMaxFileBytes = 64 * 1024;
// toml++ goes as deep into its own stack as a dotted key has parts.
constexpr std::ptrdiff_t kMaxDotsInLine = 1'000;
constexpr util::Milliseconds kMaxDelay = std::chrono::minutes(10);

/// One file being read.
struct Reading {
    const toml::table& root;
    std::filesystem::path folder;
    Config& config;
    Problems& problems;

    /// The table `name` of `parent`; null, and an error, if the value is no table.
    const toml::table* table(const toml::table* parent, const std::string& name,
                             const std::string& heading) {
        const toml::node* node = parent == nullptr ? nullptr : parent->get(name);
        if (node == nullptr) return nullptr;
        if (const toml::table* found = node->as_table()) return found;
        problems.errors.push_back(
            {positionOf(*node),
             {},
             name,
             "found " + describe(name, *node) + "; accepted is a section " + heading});
        return nullptr;
    }
    template <class Read>
    void section(const toml::table* parent, const std::string& name, const std::string& heading,
                 Read&& read) {
        SectionReader reader(table(parent, name, heading), heading, problems);
        read(reader);
        reader.refuseUnknown();
    }
};

void readGateway(SectionReader& reader, GatewayConfig& out) {
    reader.text("region", out.region);
    const bool plain = std::all_of(out.region.begin(), out.region.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_';
    });
    if (!plain || out.region.size() > 32)
        reader.refuse("region", "a name of at most 32 letters, digits, - and _");
    reader.real("clock_speed", out.clock_speed, 1, 100'000);
}

void readListeners(Reading& reading) {
    Config& config = reading.config;
    config.registration.name = "registration";
    config.registration.address = "127.0.0.1:8443";
    config.mailbox.name = "mailbox";
    config.mailbox.address = "127.0.0.1:8444";
    config.admin.name = "admin";
    config.admin.address = "127.0.0.1:8445";
    const toml::table* all = reading.table(&reading.root, "listener", "[listener.NAME]");
    SectionReader names(all, "[listener]", reading.problems);
    for (const char* name : {"registration", "mailbox", "admin"}) names.expect(name);
    names.refuseUnknown();
    reading.section(all, "registration", "[listener.registration]", [&](SectionReader& reader) {
        readRegistrationListener(reader, reading.folder, config.registration);
    });
    reading.section(all, "mailbox", "[listener.mailbox]", [&](SectionReader& reader) {
        readListener(reader, reading.folder, config.mailbox);
    });
    reading.section(all, "admin", "[listener.admin]", [&](SectionReader& reader) {
        readListener(reader, reading.folder, config.admin);
        reader.path("token_file", reading.folder, config.admin.token_file);
    });
}

void readStore(SectionReader& reader, StoreConfig& out) {
    reader.text("url", out.url);
    out.url_at = reader.whereIs("url");
}

void readSecrets(SectionReader& reader, const std::filesystem::path& folder, SecretsConfig& out) {
    reader.path("master_key_file", folder, out.master_key_file);
    reader.text("master_key_env", out.master_key_env);
    const bool file = reader.has("master_key_file"), env = reader.has("master_key_env");
    if (file && env)
        reader.wrong("master_key_env", "master_key_file is set as well; accepted is one of them");
    if (!file && !env)
        reader.wrong({},
                     "the master key is missing; accepted is master_key_file (make one with "
                     "`postbell master-key new FILE`) or master_key_env (an environment "
                     "variable's name)");
    const bool name = std::all_of(out.master_key_env.begin(), out.master_key_env.end(),
                                  [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
    // A key that was pasted here by mistake must not come back in a message.
    if (!name || out.master_key_env.size() > 64)
        reader.wrong("master_key_env",
                     "accepted is the name of an environment variable, not the "
                     "key itself: \"POSTBELL_MASTER_KEY\"");
}

void readEgress(SectionReader& reader, const std::filesystem::path& folder, EgressConfig& out) {
    reader.path("ca_file", folder, out.ca_file);
    std::string proxy;
    reader.text("proxy", proxy);
    if (proxy.empty()) return;
    const auto url = parseHttpUrl(proxy);
    if (!url || url->origin.tls || !url->port_given || (!url->path.empty() && url->path != "/"))
        return reader.wrong("proxy",
                            "accepted is \"http://host:port\" of a proxy that knows CONNECT "
                            "and asks for no password");
    out.proxy =
        "http://" + util::bracketed(url->origin.host) + ":" + std::to_string(url->origin.port);
}

void readLog(SectionReader& reader, const std::filesystem::path& folder, log::Settings& out) {
    using Levels = std::pair<std::string, log::Level>;
    using Formats = std::pair<std::string, log::Format>;
    static const std::array kLevels{
        Levels{"debug", log::Level::Debug}, Levels{"info", log::Level::Info},
        Levels{"warning", log::Level::Warning}, Levels{"error", log::Level::Error}};
    static const std::array kFormats{Formats{"text", log::Format::Text},
                                     Formats{"json", log::Format::Json}};
    reader.choice<log::Level>("level", kLevels, out.level);
    reader.choice<log::Format>("format", kFormats, out.format);
    reader.path("file", folder, out.file);
}

void readDispatch(SectionReader& reader, DispatchConfig& out) {
    reader.milliseconds("quiet_delay_ms", out.quiet_delay, util::Milliseconds(0), kMaxDelay);
    reader.number("connections_per_credential", out.connections_per_credential, 1, 64);
    reader.milliseconds("request_timeout_ms", out.request_timeout, util::Milliseconds(100),
                        kMaxDelay);
    reader.milliseconds("retry_max_ms", out.retry_max, util::Milliseconds(1'000),
                        std::chrono::hours(24));
}

void readSections(Reading& reading) {
    Config& config = reading.config;
    const toml::table& root = reading.root;
    SectionReader top(&root, {}, reading.problems);
    for (const char* name : {"gateway", "listener", "store", "secrets", "plugins", "egress", "log",
                             "dispatch", "backend", "provider"})
        top.expect(name);
    top.refuseUnknown();
    reading.section(&root, "gateway", "[gateway]",
                    [&](SectionReader& reader) { readGateway(reader, config.gateway); });
    readListeners(reading);
    reading.section(&root, "store", "[store]",
                    [&](SectionReader& reader) { readStore(reader, config.store); });
    reading.section(&root, "secrets", "[secrets]", [&](SectionReader& reader) {
        readSecrets(reader, reading.folder, config.secrets);
    });
    reading.section(&root, "plugins", "[plugins]", [&](SectionReader& reader) {
        reader.path("directory", reading.folder, config.plugins.directory);
    });
    reading.section(&root, "egress", "[egress]", [&](SectionReader& reader) {
        readEgress(reader, reading.folder, config.egress);
    });
    reading.section(&root, "log", "[log]",
                    [&](SectionReader& reader) { readLog(reader, reading.folder, config.log); });
    reading.section(&root, "dispatch", "[dispatch]",
                    [&](SectionReader& reader) { readDispatch(reader, config.dispatch); });
    config.backends = readPluginSections(root, PluginKind::Backend, config.file, reading.problems);
    config.providers =
        readPluginSections(root, PluginKind::Provider, config.file, reading.problems);
}

void refuseDeepKeys(std::string_view text, const std::string& file) {
    unsigned line = 1;
    while (!text.empty()) {
        const std::string_view current = text.substr(0, text.find('\n'));
        if (std::count(current.begin(), current.end(), '.') > kMaxDotsInLine)
            throw ConfigError(
                file, {{{line, 1}, {}, {}, "more than 1000 dots in one line: this is no config"}});
        text.remove_prefix(std::min(current.size() + 1, text.size()));
        ++line;
    }
}

toml::table parseToml(std::string_view text, const std::string& file) {
    if (text.size() > kMaxFileBytes)
        throw ConfigError(file, {{{}, {}, {}, "larger than 64 KiB: this is no config"}});
    refuseDeepKeys(text, file);
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& e) {
        const Position at{static_cast<unsigned>(e.source().begin.line),
                          static_cast<unsigned>(e.source().begin.column)};
        throw ConfigError(file,
                          {{at, {}, {}, "this is not TOML: " + std::string(e.description())}});
    }
}

std::string readFile(const std::filesystem::path& path) {
    // A larger file is refused as any text of its size is.
    const auto read = util::readRegularFile(path, 16 * kMaxFileBytes);
    if (read) return read->bytes;
    throw ConfigError(path.string(),
                      {{{},
                        {},
                        {},
                        read.problem() + ". Name another file with --config FILE, or make one with "
                                         "`postbell init DIRECTORY`"}});
}

}  // namespace

Config parse(std::string_view text, const std::filesystem::path& file) {
    const NoMemorySentence sentence;
    const toml::table root = parseToml(text, file.string());
    Config config;
    config.file = file.string();
    Problems problems;
    Reading reading{root, std::filesystem::absolute(file).parent_path(), config, problems};
    readSections(reading);
    checkRules(root, config, problems);
    if (!problems.errors.empty()) throw ConfigError(config.file, std::move(problems.errors));
    for (const Problem& warning : problems.warnings)
        config.warnings.push_back(format(config.file, warning));
    return config;
}

Config load(const std::filesystem::path& path) {
    return parse(readFile(path), path);
}

}  // namespace postbell::config
