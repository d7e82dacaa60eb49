// SPDX-License-Identifier: Apache-2.0
#include "admin/audited_commands.h"

#include <nlohmann/json.hpp>

#include "store/store_error.h"
#include "util/printable.h"
#include "web/fields.h"
#include "web/problem.h"

namespace postbell::admin {
namespace {

constexpr std::size_t kMaxAuditedBytes = 255;  // of one argument
constexpr std::size_t kMaxAuditedSettings = 32;

/// The call and whom it concerns: arguments that name a record, and the names of settings, whose
/// values may be secret.
std::string lineOf(const std::string& name, const Json& arguments) {
    std::string line = name;
    for (const char* key : {"tenant", "app", "provider", "backend", "registration", "credential",
                            "state", "older_than", "overlap", "style"}) {
        const Json* value = web::find(arguments, key);
        if (value == nullptr || !value->is_string()) continue;
        line += " " + std::string(key) + "=" +
                util::printable(value->get_ref<const std::string&>(), kMaxAuditedBytes);
    }
    const Json* settings = web::find(arguments, "push_settings");
    if (settings == nullptr || !settings->is_object()) return line;
    std::size_t count = 0;
    for (const auto& [setting, value] : settings->items()) {
        if (++count > kMaxAuditedSettings) break;
        line += " push_setting=" + util::printable(setting, kMaxAuditedBytes);
    }
    return line;
}

}  // namespace

Json AuditedCommands::call(const std::string& name, const Json& arguments,
                           const std::string& who) const {
    const auto command = table_.find(name);
    if (command == table_.end())
        throw web::Problem(404, "there is no command \"" + util::printable(name, 64) + "\"");
    if (!command->second.changes) return command->second.run(arguments);
    const std::string line = lineOf(name, arguments);
    directory_.audit(who, line, clock_.wall());
    log_.info("an admin changes something", {{"who", who}, {"change", line}});
    try {
        return command->second.run(arguments);
    } catch (const std::exception&) {
        try {
            directory_.audit(who, line + " failed", clock_.wall());
        } catch (const store::StoreError&) {
            // The caller hears of the failure itself.
        }
        throw;
    }
}

}  // namespace postbell::admin
