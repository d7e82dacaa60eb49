// SPDX-License-Identifier: Apache-2.0
#include "config/section_reader.h"

#include <algorithm>
#include <sstream>

#include "config/wording.h"

namespace postbell::config {
namespace {

bool isUnset(const toml::node& node) {
    return node.is_string() && node.as_string()->get().empty();
}

template <class Number>
std::string shortest(Number value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

}  // namespace

Position positionOf(const toml::node& node) {
    return {static_cast<unsigned>(node.source().begin.line),
            static_cast<unsigned>(node.source().begin.column)};
}

std::string describe(std::string_view key, const toml::node& node) {
    const bool hide = mayBeSecret(key);
    if (const auto* text = node.as_string())
        return hide ? "a text" : "the text " + inQuotes(text->get());
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    if (const auto* whole = node.as_integer())
        return hide ? "a number" : "the number " + shortest(whole->get());
    if (const auto* real = node.as_floating_point()) {
        if (hide) return "a number";
        const std::string digits = shortest(real->get());
        // Without the point, the refusal of 5.0 would read as that of a whole number.
        const bool looks_whole = digits.find_first_not_of("-0123456789") == digits.npos;
        return "the number " + digits + (looks_whole ? ".0" : "");
    }
    if (node.is_array_of_tables()) return "several tables";
    if (node.is_array()) return "an array";
    if (node.is_table()) return "a table";
    return "a date or time";
}

SectionReader::SectionReader(const toml::table* table, std::string name, Problems& problems)
    : table_(table), name_(std::move(name)), problems_(problems) {}

const toml::node* SectionReader::find(std::string_view key) {
    known_.emplace_back(key);
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    return node == nullptr || isUnset(*node) ? nullptr : node;
}

bool SectionReader::has(std::string_view key) const {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    return node != nullptr && !isUnset(*node);
}

Position SectionReader::at() const {
    return table_ == nullptr ? Position{} : positionOf(*table_);
}

Position SectionReader::whereIs(std::string_view key) const {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    return node == nullptr ? at() : positionOf(*node);
}

void SectionReader::wrong(std::string_view key, std::string text) {
    problems_.errors.push_back({whereIs(key), name_, std::string(key), std::move(text)});
}

void SectionReader::warn(std::string_view key, std::string text) {
    problems_.warnings.push_back({whereIs(key), name_, std::string(key), std::move(text)});
}

void SectionReader::refuse(std::string_view key, std::string_view accepted) {
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(key);
    std::string text = node == nullptr ? "it is missing" : "found " + describe(key, *node);
    wrong(key, text.append("; accepted is ").append(accepted));
}

void SectionReader::text(std::string_view key, std::string& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* value = node->as_string();
    if (value == nullptr) return refuse(key, "a text in double quotes");
    const bool has_control = std::any_of(value->get().begin(), value->get().end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
    });
    if (has_control || value->get().size() > 4096)
        return refuse(key, "a text of at most 4096 bytes without control characters");
    out = value->get();
}

void SectionReader::path(std::string_view key, const std::filesystem::path& base,
                         std::string& out) {
    std::string value;
    text(key, value);
    if (!value.empty()) out = (base / value).lexically_normal().string();
}

void SectionReader::flag(std::string_view key, bool& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (const auto* value = node->as_boolean())
        out = value->get();
    else
        refuse(key, "true or false");
}

void SectionReader::real(std::string_view key, double& out, double least, double most) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    double value = 0;
    bool is_number = true;
    if (const auto* whole = node->as_integer())
        value = static_cast<double>(whole->get());
    else if (const auto* number = node->as_floating_point())
        value = number->get();
    else
        is_number = false;
    // Written so that nan is refused as well.
    if (is_number && value >= least && value <= most)
        out = value;
    else
        refuse(key, "a number from " + shortest(least) + " to " + shortest(most));
}

void SectionReader::texts(std::string_view key, std::vector<std::string>& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) return refuse(key, "an array of texts: [\"...\", \"...\"]");
    std::vector<std::string> values;
    for (const toml::node& element : *array) {
        const auto* value = element.as_string();
        if (value == nullptr || value->get().empty()) {
            problems_.errors.push_back({positionOf(element), name_, std::string(key),
                                        "found " + describe(key, element) +
                                            " in the array; accepted are texts in double quotes"});
            return;
        }
        values.push_back(value->get());
    }
    out = std::move(values);
}

std::optional<std::int64_t> SectionReader::wholeNumber(std::string_view key, std::int64_t least,
                                                       std::int64_t most) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const auto* value = node->as_integer();
    if (value != nullptr && value->get() >= least && value->get() <= most) return value->get();
    refuse(key, "a whole number from " + shortest(least) + " to " + shortest(most));
    return std::nullopt;
}

std::optional<std::size_t> SectionReader::oneOf(std::string_view key,
                                                std::span<const std::string> names) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    const std::string written = node->is_string() ? node->as_string()->get() : std::string();
    const auto found = std::find(names.begin(), names.end(), written);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    refuse(key, quotedList(names) + "." + didYouMean(written, names));
    return std::nullopt;
}

std::vector<const toml::key*> SectionReader::unread() const {
    std::vector<const toml::key*> keys;
    if (table_ == nullptr) return keys;
    for (auto it = table_->begin(); it != table_->end(); ++it)
        if (std::find(known_.begin(), known_.end(), it->first.str()) == known_.end())
            keys.push_back(&it->first);
    return keys;
}

void SectionReader::refuseUnknown() {
    for (const toml::key* key : unread()) {
        std::string hint = didYouMean(key->str(), known_);
        if (hint.empty()) hint = " Known are " + quotedList(known_) + ".";
        const Position at{static_cast<unsigned>(key->source().begin.line),
                          static_cast<unsigned>(key->source().begin.column)};
        problems_.errors.push_back(
            {at, name_, {}, "the key " + inQuotes(key->str()) + " is not known." + hint});
    }
}

}  // namespace postbell::config
