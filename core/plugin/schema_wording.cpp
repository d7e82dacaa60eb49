// SPDX-License-Identifier: Apache-2.0
#include "plugin/schema_wording.h"

#include <nlohmann/json.hpp>

#include <vector>

#include "config/wording.h"
#include "util/printable.h"

namespace postbell::plugin {
namespace {

using nlohmann::json;

/// The schema itself, or the one that its "$ref" within the document names.
const json* resolved(const json& document, const json* schema) {
    for (int step = 0; schema != nullptr && step < 8; ++step) {
        if (!schema->is_object() || !schema->contains("$ref")) return schema;
        const json& reference = schema->at("$ref");
        if (!reference.is_string() || !reference.get<std::string>().starts_with("#"))
            return nullptr;
        try {
            schema = &document.at(json::json_pointer(reference.get<std::string>().substr(1)));
        } catch (const json::exception&) {
            return nullptr;
        }
    }
    return nullptr;
}

const json* member(const json& schema, const std::string& name) {
    if (!schema.is_object()) return nullptr;
    const auto properties = schema.find("properties");
    if (properties != schema.end() && properties->is_object() && properties->contains(name))
        return &properties->at(name);
    for (const char* others : {"items", "additionalProperties"}) {
        const auto found = schema.find(others);
        if (found != schema.end() && found->is_object()) return &*found;
    }
    return nullptr;
}

std::string typeWords(const json& schema) {
    const json type = schema.value("type", json());
    if (type == "string") return "a text";
    if (type == "integer") return "a whole number";
    if (type == "number") return "a number";
    if (type == "boolean") return "true or false";
    if (type == "array") return "an array";
    if (type == "object") return "a table";
    return {};
}

std::string boundWords(const json& schema) {
    const std::pair<const char*, const char*> kBounds[] = {
        {"minimum", " of at least "},
        {"maximum", " of at most "},
        {"minLength", ", at least this many characters: "},
        {"maxLength", ", at most this many characters: "},
        {"minItems", ", at least this many: "},
        {"maxItems", ", at most this many: "}};
    std::string words;
    if (schema.contains("minimum") && schema.contains("maximum"))
        words = " from " + schema.at("minimum").dump() + " to " + schema.at("maximum").dump();
    for (const auto& [key, text] : kBounds) {
        if (!schema.contains(key) || (!words.empty() && std::string_view(key).ends_with("imum") &&
                                      words.starts_with(" from ")))
            continue;
        words += text + schema.at(key).dump();
    }
    if (schema.contains("pattern"))
        words += " of the pattern " + util::printable(schema.at("pattern").dump(), 200);
    if (schema.contains("format"))
        words += " of the format " + util::printable(schema.at("format").dump(), 64);
    return words;
}

std::string enumWords(const json& choices) {
    std::vector<std::string> names;
    for (const json& choice : choices)
        names.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
    return config::quotedList(names);
}

}  // namespace

std::string acceptedAt(const json& document, const json::json_pointer& pointer) {
    std::vector<std::string> path;
    for (json::json_pointer rest = pointer; !rest.empty(); rest.pop_back())
        path.insert(path.begin(), rest.back());
    const json* schema = &document;
    for (const std::string& name : path) {
        schema = resolved(document, schema);
        schema = schema == nullptr ? nullptr : member(*schema, name);
    }
    schema = resolved(document, schema);
    if (path.empty() || schema == nullptr || !schema->is_object()) return {};
    std::string words;
    if (schema->contains("enum"))
        words = enumWords(schema->at("enum"));
    else if (schema->contains("const"))
        words = schema->at("const").dump();
    else if (words = typeWords(*schema); !words.empty())
        words += boundWords(*schema);
    const json description = schema->value("description", json());
    if (description.is_string() && !words.empty())
        words += " (" + util::printable(description.get<std::string>(), 300) + ")";
    return words;
}

std::string describe(std::string_view key, const json& value) {
    const bool hide = config::mayBeSecret(key);
    if (value.is_string())
        return hide ? "a text" : "the text " + config::inQuotes(value.get<std::string>());
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    if (value.is_number()) return hide ? "a number" : "the number " + value.dump();
    return value.is_array() ? "an array" : "a table";
}

}  // namespace postbell::plugin
