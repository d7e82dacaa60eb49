// SPDX-License-Identifier: Apache-2.0
#include "mapping.h"

#include "postbell/kit/json_reader.hpp"
#include "postbell/plugin.hpp"

namespace postbell::webhook {
namespace {

std::optional<JsonPointer> pointerAt(const ConfigReader& config, const std::string& key) {
    const auto text = config(key.c_str());
    if (!text) return std::nullopt;
    auto pointer = JsonPointer::parse(*text);
    if (!pointer)
        throw InvalidInput(key + " must be a JSON pointer, such as \"/data/to\" (RFC 6901)");
    return pointer;
}

std::vector<std::string> textsAt(const ConfigReader& config, const std::string& key) {
    const auto json = config(key.c_str());
    if (!json) return {};
    const auto list = kit::readJson(*json);
    std::vector<std::string> texts;
    if (list)
        for (const kit::Json& element : list->elements())
            if (const auto text = element.text()) texts.emplace_back(*text);
    if (texts.empty() || texts.size() != list->elements().size())
        throw InvalidInput(key + " must be a list of one text or more");
    return texts;
}

/// A pointer and the values that it may lead to need one another.
void requireBoth(bool pointer, bool values, const std::string& pointer_key,
                 const std::string& values_key) {
    if (pointer && !values)
        throw InvalidInput(pointer_key + " needs " + values_key + ": the values that count");
    if (!pointer && values)
        throw InvalidInput(values_key + " needs " + pointer_key + ": where the value is");
}

}  // namespace

Mapping readMapping(const ConfigReader& config) {
    Mapping mapping;
    mapping.events = pointerAt(config, "events").value_or(JsonPointer());
    const auto account = pointerAt(config, "account");
    if (!account)
        throw InvalidInput("account is missing: where an event has the mailbox's address");
    mapping.account = *account;
    mapping.type = pointerAt(config, "type");
    mapping.unread = pointerAt(config, "unread");
    mapping.id = pointerAt(config, "id");
    mapping.folder = pointerAt(config, "folder");
    mapping.new_mail = textsAt(config, "new");
    mapping.count_changed = textsAt(config, "count_changed");
    mapping.inbox = textsAt(config, "inbox");
    requireBoth(mapping.type.has_value(),
                !mapping.new_mail.empty() || !mapping.count_changed.empty(), "type",
                "new or count_changed");
    requireBoth(mapping.folder.has_value(), !mapping.inbox.empty(), "folder", "inbox");
    return mapping;
}

}  // namespace postbell::webhook
