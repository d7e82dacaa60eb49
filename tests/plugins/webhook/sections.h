// SPDX-License-Identifier: Apache-2.0
// Sections of the config, and recorded bodies.
#pragma once
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "mapping.h"

namespace postbell::webhook {

/// The keys of a section as the host gives them: text, or JSON.
using Section = std::map<std::string, std::string>;

/// Stalwart's events, as plugins/backends/webhook/README.md has it.
inline const Section kStalwart = {
    {"auth", "hmac-sha256"},
    {"events", "/events"},
    {"type", "/type"},
    {"new", R"(["message-ingest.ham"])"},
    {"account", "/data/to"},
    {"id", "/data/messageId"},
    {"folder", "/data/mailboxId"},
    {"inbox", R"(["0"])"},
};

/// `section` must outlive the reader.
inline ConfigReader readerOf(const Section& section) {
    return [&section](const char* key) -> std::optional<std::string_view> {
        const auto found = section.find(key);
        return found == section.end() ? std::nullopt
                                      : std::optional<std::string_view>(found->second);
    };
}

inline Mapping mappingOf(const Section& section) {
    return readMapping(readerOf(section));
}

/// `name` without ".json".
inline std::string sample(const std::string& name) {
    std::ifstream in(WEBHOOK_SAMPLES "/" + name + ".json", std::ios::binary);
    if (!in) throw std::runtime_error("no sample " + name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace postbell::webhook
