// SPDX-License-Identifier: Apache-2.0
#include "plugin/section_schema.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <regex>
#include <set>
#include <stdexcept>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "config/wording.h"
#include "plugin/schema_wording.h"
#include "util/bounded_json.h"

namespace postbell::plugin {
namespace {

using nlohmann::json;
using Pointer = json::json_pointer;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

constexpr util::JsonBounds kBounds{32, 65'536};  // a schema has 64 KiB at most

void compile(const json& document, valijson::Schema& schema) {
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(Adapter(document), schema);
}

void checkPattern(const std::string& pattern) {
    try {
        const std::regex compiled(pattern);
    } catch (const std::regex_error&) {
        throw std::invalid_argument("it has a pattern that is no regular expression");
    }
}

/// Faults of a schema that valijson overlooks, or finds only when the schema is used.
void checkKeywords(const json& schema) {
    static const std::set<std::string> kTypes{"null",   "boolean", "integer", "number",
                                              "string", "array",   "object"};
    if (!schema.is_structured()) return;
    for (const auto& [key, value] : schema.items()) {
        if (key == "$ref" && value.is_string() && !value.get<std::string>().starts_with('#'))
            throw std::invalid_argument("it refers to another document");
        if (key == "type" && value.is_string() && !kTypes.contains(value.get<std::string>()))
            throw std::invalid_argument("it names the type \"" + value.get<std::string>() + "\"");
        if (key == "pattern" && value.is_string()) checkPattern(value.get<std::string>());
        checkKeywords(value);
    }
}

/// A place in valijson's words: "<root>", "[name]", "[0]".
Pointer pointerOf(const std::vector<std::string>& context) {
    Pointer pointer;
    for (std::size_t i = 1; i < context.size(); ++i)
        pointer /= context[i].substr(1, context[i].size() - 2);
    return pointer;
}

class SectionCheck {
  public:
    SectionCheck(const json& schema, const config::PluginSection& section)
        : schema_(schema), section_(section), values_(*section.own) {}

    std::vector<config::Problem> run() {
        refuseUnknown();
        refuseMissing();
        validateValues();
        return std::move(problems_);
    }

  private:
    void add(const std::string& pointer, std::string key, std::string text) {
        const auto at = section_.positions.find(pointer);
        problems_.push_back(
            {at == section_.positions.end() ? section_.at : at->second,
             std::string(config::sectionName(section_.kind)) + " \"" + section_.instance + "\"",
             std::move(key), std::move(text)});
    }
    /// Also those that are "" and so do not reach the validator.
    void refuseUnknown() {
        if (schema_.value("additionalProperties", json(true)) != json(false) ||
            schema_.contains("patternProperties"))
            return;
        const json properties = schema_.value("properties", json::object());
        std::vector<std::string> known;
        for (const auto& [key, value] : properties.items()) known.push_back(key);
        std::vector<std::string> written = section_.unset;
        for (const auto& [key, value] : section_.own->items()) written.push_back(key);
        for (const std::string& key : written) {
            if (properties.contains(key)) continue;
            values_.erase(key);
            std::string hint = config::didYouMean(key, known);
            if (hint.empty() && !known.empty())
                hint = " The plugin knows " + config::quotedList(known) + ".";
            if (known.empty()) hint = " The plugin has no keys of its own.";
            add((Pointer() / key).to_string(), {},
                "the key " + config::inQuotes(key) + " is not known." + hint);
        }
    }
    void refuseMissing() {
        for (const json& required : schema_.value("required", json::array())) {
            if (!required.is_string() || section_.own->contains(required.get<std::string>()))
                continue;
            const std::string key = required.get<std::string>();
            add((Pointer() / key).to_string(), key,
                "it is missing; accepted is " + acceptedAt(schema_, Pointer() / key));
        }
    }
    void validateValues() {
        json rules = schema_;  // without the rules that were checked above, in better words
        rules.erase("required");
        if (!rules.contains("patternProperties")) rules.erase("additionalProperties");
        valijson::Schema compiled;
        compile(rules, compiled);
        valijson::ValidationResults results;
        if (valijson::Validator(valijson::Validator::kStrongTypes)
                .validate(compiled, Adapter(values_), &results))
            return;
        std::set<std::string> refused;
        for (const auto& error : results) {
            if (!isInnermost(error, results)) continue;
            const Pointer pointer = pointerOf(error.context);
            if (refused.insert(pointer.to_string()).second) refuse(pointer, error.description);
        }
    }
    static bool isInnermost(const valijson::ValidationResults::Error& error,
                            const valijson::ValidationResults& results) {
        return std::none_of(results.begin(), results.end(), [&](const auto& other) {
            return other.context.size() > error.context.size() &&
                   std::equal(error.context.begin(), error.context.end(), other.context.begin());
        });
    }
    void refuse(const Pointer& pointer, const std::string& description) {
        std::string key = pointer.to_string();
        if (!key.empty()) key.erase(0, 1);
        const std::string accepted = acceptedAt(schema_, pointer);
        const std::string found =
            values_.contains(pointer) ? "found " + describe(key, values_.at(pointer)) + "; " : "";
        add(pointer.to_string(), key,
            found + (accepted.empty() ? description : "accepted is " + accepted));
    }

    const json& schema_;
    const config::PluginSection& section_;
    json values_;
    std::vector<config::Problem> problems_;
};

}  // namespace

json parseSchema(std::string_view text) {
    json document;
    try {
        document = util::parseBounded(text, kBounds);
    } catch (const util::JsonBeyondBounds& e) {
        throw std::invalid_argument(std::string("it is ") + e.what());
    } catch (const json::exception&) {
        throw std::invalid_argument("it is not JSON");
    }
    if (!document.is_object() || document.value("type", json("object")) != json("object"))
        throw std::invalid_argument("it is no JSON Schema of an object");
    checkKeywords(document);
    valijson::Schema schema;
    compile(document, schema);
    return document;
}

std::vector<config::Problem> checkSection(const json& schema,
                                          const config::PluginSection& section) {
    return SectionCheck(schema, section).run();
}

}  // namespace postbell::plugin
