// SPDX-License-Identifier: Apache-2.0
// Where a mail server's webhook has its values: the plugin's section of the config.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_pointer.h"

namespace postbell::webhook {

struct Mapping {
    JsonPointer events;   ///< of the body: an array of events, or one event
    JsonPointer account;  ///< of an event, as all below: an address, or an array of them
    std::optional<JsonPointer> type;
    std::optional<JsonPointer> unread;
    std::optional<JsonPointer> id;
    std::optional<JsonPointer> folder;
    std::vector<std::string> new_mail;  ///< the values of `type` that mean new mail
    std::vector<std::string> count_changed;
    std::vector<std::string> inbox;  ///< the values of `folder` that mean the inbox
};

/// The value of a key of the section, as the host gives it: text, or JSON; nothing if it is absent.
using ConfigReader = std::function<std::optional<std::string_view>(const char* key)>;

/// Throws InvalidInput with a sentence that names the key.
Mapping readMapping(const ConfigReader& config);

}  // namespace postbell::webhook
