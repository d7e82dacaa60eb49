// SPDX-License-Identifier: Apache-2.0
#include "admin/audit_commands.h"

#include <nlohmann/json.hpp>

#include "admin/arguments.h"
#include "util/rfc3339.h"
#include "web/fields.h"

namespace postbell::admin {
namespace {

constexpr std::int64_t kListed = 100;
constexpr std::int64_t kMaxListed = 1000;

}  // namespace

void AuditCommands::addTo(CommandTable& table) {
    table["audit/list"] = {[this](const Json& a) { return list(a); },
                           Effect::Reads,
                           {"tenant", "since", "limit", "before"}};
}

Json AuditCommands::list(const Json& arguments) {
    store::AuditFilter filter;
    filter.since = since(arguments);
    filter.before = web::optionalNumber(arguments, "before").value_or(0);
    filter.limit = static_cast<std::size_t>(
        web::optionalNumber(arguments, "limit", kMaxListed).value_or(kListed));
    if (filter.limit == 0) web::refuse("limit", "must be a number from 1 to 1000");
    // The name of a tenant that was removed is as good.
    if (web::anyText(arguments, "tenant")) filter.tenant = text(arguments, "tenant");
    const auto lines = directory_.listAudit(filter);
    Json audit = Json::array();
    for (const store::AuditLine& line : lines)
        audit.push_back({{"line", line.id},
                         {"at", web::timeOrNull(line.at)},
                         {"who", line.who},
                         {"change", line.what}});
    Json result = {{"audit", audit}};
    if (lines.size() == filter.limit) result["next_before"] = lines.back().id;
    return result;
}

/// A time, or how long ago.
util::WallTime AuditCommands::since(const Json& arguments) const {
    const auto given = web::anyText(arguments, "since");
    if (!given) return {};
    if (const auto time = util::parseRfc3339(*given)) return *time;
    try {
        return clock_.wall() - optionalDuration(arguments, "since").value();
    } catch (const web::Problem&) {
        web::refuse("since",
                    "must be a number with s, m, h, d or w behind it, such as 90m or 7d, or a time "
                    "such as 2026-11-28T00:00:00Z");
    }
}

}  // namespace postbell::admin
