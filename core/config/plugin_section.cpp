// SPDX-License-Identifier: Apache-2.0
#include "config/plugin_section.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "config/address.h"
#include "config/sections.h"
#include "config/wording.h"

namespace postbell::config {
namespace {

constexpr int kMaxDepth = 16;
// The schema's patterns run on these texts, and std::regex recurses for each character.
constexpr std::size_t kMaxText = 4096;

bool isNameOf(std::string_view text, std::string_view extra, std::size_t longest) {
    return !text.empty() && text.size() <= longest &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      extra.find(c) != extra.npos;
           });
}

/// The first parts of paths that the gateway itself answers, or may one day: /v1, /healthz.
bool isReserved(std::string_view name) {
    static constexpr std::string_view kReserved[] = {"admin", "healthz", "metrics", "portal",
                                                     "readyz"};
    if (std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved))
        return true;
    return name.size() > 1 && name[0] == 'v' &&
           name.find_first_not_of("0123456789", 1) == name.npos;
}

/// A plugin's own value as JSON, noting the place of every part.
class ToJson {
  public:
    using Pointer = nlohmann::json::json_pointer;

    ToJson(PluginSection& section, Problems& problems) : section_(section), problems_(problems) {}

    nlohmann::json convert(const Pointer& pointer, const toml::node& node, int depth) {
        section_.positions[pointer.to_string()] = positionOf(node);
        if (const auto* value = node.as_string()) {
            if (value->get().size() <= kMaxText) return value->get();
            return refuse(pointer, "found a text of " + std::to_string(value->get().size()) +
                                       " bytes; accepted are at most " + std::to_string(kMaxText));
        }
        if (const auto* value = node.as_integer()) return value->get();
        if (const auto* value = node.as_boolean()) return value->get();
        if (const auto* value = node.as_floating_point()) {
            if (std::isfinite(value->get())) return value->get();
            return refuse(pointer,
                          "found a number that is not finite; accepted are finite numbers");
        }
        if (depth == kMaxDepth)
            return refuse(pointer, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
        if (const auto* array = node.as_array()) return fromArray(pointer, *array, depth);
        if (const auto* table = node.as_table()) return fromTable(pointer, *table, depth);
        std::ostringstream text;
        if (const auto* value = node.as_date()) text << value->get();
        if (const auto* value = node.as_time()) text << value->get();
        if (const auto* value = node.as_date_time()) text << value->get();
        return text.str();
    }

  private:
    nlohmann::json fromArray(const Pointer& pointer, const toml::array& array, int depth) {
        nlohmann::json out = nlohmann::json::array();
        for (std::size_t i = 0; i < array.size(); ++i)
            out.push_back(convert(pointer / i, array[i], depth + 1));
        return out;
    }
    nlohmann::json fromTable(const Pointer& pointer, const toml::table& table, int depth) {
        nlohmann::json out = nlohmann::json::object();
        for (auto it = table.begin(); it != table.end(); ++it) {
            const std::string key(it->first.str());
            out[key] = convert(pointer / key, it->second, depth + 1);
        }
        return out;
    }
    nlohmann::json refuse(const Pointer& pointer, std::string text) {
        problems_.errors.push_back({section_.positions[pointer.to_string()],
                                    std::string(sectionName(section_.kind)),
                                    pointer.to_string().substr(1), std::move(text)});
        return nullptr;
    }

    PluginSection& section_;
    Problems& problems_;
};

void readNames(SectionReader& reader, PluginSection& out) {
    reader.text("instance", out.instance);
    if (!isNameOf(out.instance, "-", 32))
        reader.refuse("instance", "a name of 1 to 32 characters from a-z, 0-9 and -");
    else if (isReserved(out.instance))
        reader.wrong("instance", "found " + inQuotes(out.instance) +
                                     ", a path of the gateway's own; accepted is any other name");
    reader.text("plugin", out.plugin);
    if (!isNameOf(out.plugin, "-_", 64))
        reader.refuse("plugin",
                      "the name of a file in the plugins' directory without its .so, 1 to 64 "
                      "characters from a-z, 0-9, - and _: \"ews\"");
}

void readGrants(SectionReader& reader, PluginSection& out) {
    static const std::string kGrants[] = {"outbound", "secrets"};
    reader.texts("grants", out.grants);
    for (const std::string& grant : out.grants)
        if (std::find(std::begin(kGrants), std::end(kGrants), grant) == std::end(kGrants))
            reader.wrong("grants", "found " + inQuotes(grant) + "; accepted are " +
                                       quotedList(kGrants) + "." + didYouMean(grant, kGrants));
}

/// An origin that pushes may go to.
std::optional<util::Origin> originOf(const std::string& text) {
    const auto url = parseHttpUrl(text);
    if (!url || (!url->path.empty() && url->path != "/")) return std::nullopt;
    if (!url->origin.tls && !isLoopback(url->origin.host)) return std::nullopt;
    return url->origin;
}

constexpr std::string_view kOrigin =
    "an origin: \"https://host\" or \"https://host:port\" (http:// only to a loopback address)";

void readEndpoint(SectionReader& reader, PluginSection& out) {
    reader.text("endpoint", out.endpoint);
    if (out.endpoint.empty()) return;
    if (const auto origin = originOf(out.endpoint)) {
        out.endpoint = origin->text();
        if (out.enabled && !isLoopback(origin->host))
            reader.warn("endpoint", "all pushes go to " + out.endpoint +
                                        " instead of the push network: meant for tests");
    } else {
        reader.refuse("endpoint", kOrigin);
    }
}

void readAllowedOrigins(SectionReader& reader, PluginSection& out) {
    reader.texts("allowed_origins", out.allowed_origins);
    for (std::string& allowed : out.allowed_origins) {
        if (const auto origin = originOf(allowed))
            allowed = origin->text();
        else
            reader.wrong("allowed_origins",
                         "found " + inQuotes(allowed) + "; accepted is " + std::string(kOrigin));
    }
}

PluginSection readSection(const toml::table& table, PluginKind kind, std::string_view file,
                          Problems& problems) {
    SectionReader reader(&table, std::string(sectionName(kind)), problems);
    PluginSection out;
    out.kind = kind;
    out.at = reader.at();
    out.file = file;
    reader.flag("enabled", out.enabled);
    readNames(reader, out);
    readGrants(reader, out);
    if (kind == PluginKind::Backend)
        reader.number("pool_threads", out.pool_threads, 1, 256);
    else
        readEndpoint(reader, out);
    readAllowedOrigins(reader, out);
    // The other keys are the plugin's; its schema says which of them are known.
    for (const toml::key* key : reader.unread()) {
        const std::string name(key->str());
        const ToJson::Pointer pointer = ToJson::Pointer() / name;
        if (reader.has(name)) {
            (*out.own)[name] = ToJson(out, problems).convert(pointer, *table.get(name), 1);
        } else {
            out.unset.push_back(name);
            out.positions[pointer.to_string()] = positionOf(*table.get(name));
        }
    }
    return out;
}

}  // namespace

std::string_view sectionName(PluginKind kind) {
    return kind == PluginKind::Backend ? "[[backend]]" : "[[provider]]";
}

std::vector<PluginSection> readPluginSections(const toml::table& root, PluginKind kind,
                                              std::string_view file, Problems& problems) {
    std::vector<PluginSection> sections;
    const std::string heading(sectionName(kind));
    const std::string key = heading.substr(2, heading.size() - 4);
    const toml::node* node = root.get(key);
    if (node == nullptr) return sections;
    const toml::array* array = node->as_array();
    if (array == nullptr || (!array->empty() && !array->is_array_of_tables())) {
        problems.errors.push_back({positionOf(*node),
                                   {},
                                   key,
                                   "found " + describe(key, *node) +
                                       "; accepted are sections of two brackets: " + heading});
        return sections;
    }
    for (const toml::node& element : *array)
        sections.push_back(readSection(*element.as_table(), kind, file, problems));
    return sections;
}

}  // namespace postbell::config
