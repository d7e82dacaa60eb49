// SPDX-License-Identifier: Apache-2.0
#include "admin/audited_commands.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <variant>

#include "store/records/store_error.h"
#include "util/printable.h"
#include "web/fields.h"
#include "web/problem.h"

namespace postbell::admin {
namespace {

constexpr std::size_t kMaxAuditedBytes = 255;  // of one argument
constexpr std::size_t kMaxAuditedSettings = 32;
constexpr std::size_t kMaxShown = 64;  // bytes of a name that is not known

/// The call, its arguments that name a record, and the names of settings, whose values may be
/// secret. The tenant comes first: lists of the trail look for it there.
std::string lineOf(const std::string& name, const std::string& tenant, const Json& arguments) {
    std::string line = name;
    if (!tenant.empty()) line += " tenant=" + util::printable(tenant, kMaxAuditedBytes);
    for (const char* key : {"app", "provider", "backend", "registration", "credential", "state",
                            "older_than", "overlap", "style"}) {
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

/// A misspelt filter of a removal must not make it one of everything.
void requireKnown(const Command& command, const Json& arguments) {
    for (const auto& [name, value] : arguments.items())
        if (std::find(command.arguments.begin(), command.arguments.end(), name) ==
            command.arguments.end())
            throw web::Problem(
                400, "this command has no argument \"" + util::printable(name, kMaxShown) + "\"");
}

/// A change whose line is in the trail.
class AuditedChange {
  public:
    AuditedChange(store::Directory& directory, const util::Clock& clock, std::string who,
                  std::string line)
        : directory_(directory), clock_(clock), who_(std::move(who)), line_(std::move(line)) {
        directory_.audit(who_, line_, clock_.wall());
    }

    /// Leaves a second line, once.
    void failed() {
        if (told_.exchange(true)) return;
        try {
            directory_.audit(who_, line_ + " failed", clock_.wall());
        } catch (const store::StoreError&) {
            // The caller hears of the failure itself.
        }
    }

  private:
    store::Directory& directory_;
    const util::Clock& clock_;
    const std::string who_, line_;
    std::atomic<bool> told_{false};
};

/// The same reply; work that fails says so in the trail.
Reply audited(Reply reply, const std::shared_ptr<AuditedChange>& change) {
    Work* const work = std::get_if<Work>(&reply);
    if (work == nullptr) return reply;
    return Work([change, work = std::move(*work)](Operation& operation) {
        try {
            return work(operation);
        } catch (...) {
            change->failed();
            throw;
        }
    });
}

}  // namespace

Json AuditedCommands::call(const std::string& name, const Json& arguments, const std::string& who,
                           const Finish& finish) const {
    const auto command = table_.find(name);
    if (command == table_.end())
        throw web::Problem(404, "there is no command \"" + util::printable(name, kMaxShown) + "\"");
    requireKnown(command->second, arguments);
    if (command->second.effect == Effect::Reads) return finish(command->second.run(arguments));
    const std::string line = lineOf(name, owner_of_(arguments), arguments);
    const auto change = std::make_shared<AuditedChange>(directory_, clock_, who, line);
    log_.info("an admin changes something", {{"who", who}, {"change", line}});
    try {
        return finish(audited(command->second.run(arguments), change));
    } catch (const std::exception&) {
        change->failed();
        throw;
    }
}

}  // namespace postbell::admin
