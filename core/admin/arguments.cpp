// SPDX-License-Identifier: Apache-2.0
#include "admin/arguments.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <map>

#include "util/printable.h"
#include "web/fields.h"

namespace postbell::admin {

using web::Problem;

std::string text(const Json& arguments, const char* name) {
    auto found = web::anyText(arguments, name);
    if (!found || found->empty()) web::refuse(name, "is missing");
    if (!util::isPrintable(*found)) web::refuse(name, "must not contain control characters");
    return std::move(*found);
}

std::string nameText(const Json& arguments, const char* name, std::size_t max) {
    std::string value = text(arguments, name);
    const bool plain = std::all_of(value.begin(), value.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
    });
    if (!plain || value.size() > max)
        web::refuse(name, "must be 1 to " + std::to_string(max) +
                              " letters, digits, dots, hyphens or underscores");
    return value;
}

std::optional<util::Milliseconds> optionalDuration(const Json& arguments, const char* name) {
    using namespace std::chrono;
    static const std::map<char, seconds> kUnits{
        {'s', seconds(1)}, {'m', minutes(1)}, {'h', hours(1)}, {'d', days(1)}, {'w', weeks(1)}};
    constexpr seconds kMax = days(10 * 365);
    constexpr std::int64_t kMaxNumber = seconds(kMax).count();
    const auto given = web::anyText(arguments, name);
    if (!given) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = given->data() + given->size();
    const auto [rest, error] = std::from_chars(given->data(), end, number);
    const auto unit = rest + 1 == end ? kUnits.find(*rest) : kUnits.end();
    if (error != std::errc() || number < 0 || number > kMaxNumber || unit == kUnits.end())
        web::refuse(name, "must be a number with s, m, h, d or w behind it, such as 90m or 1d");
    if (number * unit->second > kMax) web::refuse(name, "must be ten years at most");
    return number * unit->second;
}

void requireConfirmation(const Json& arguments, const std::string& name) {
    if (web::anyText(arguments, "confirm") != name)
        web::refuse("confirm", "must repeat the name " + name +
                                   ": its registrations and credentials go for good (--confirm)");
}

store::Tenant tenantOf(store::Directory& directory, const Json& arguments) {
    const std::string name = text(arguments, "tenant");
    auto found = directory.findTenant(name);
    if (!found)
        throw Problem(404, "there is no tenant \"" + name +
                               "\": `postbell tenant list` has those that there are");
    return std::move(*found);
}

std::optional<store::Tenant> tenantIfNamed(store::Directory& directory, const Json& arguments) {
    if (!web::anyText(arguments, "tenant")) return std::nullopt;
    return tenantOf(directory, arguments);
}

store::App appOf(store::Directory& directory, const Json& arguments) {
    const store::Tenant owner = tenantOf(directory, arguments);
    const std::string name = text(arguments, "app");
    auto found = directory.findApp(owner.id, name);
    if (!found) throw Problem(404, "tenant " + owner.name + " has no app \"" + name + "\"");
    return std::move(*found);
}

std::optional<store::App> appIfNamed(store::Directory& directory, const Json& arguments) {
    if (!web::anyText(arguments, "app")) return std::nullopt;
    return appOf(directory, arguments);
}

store::Registration registrationOf(store::Registrations& registrations, const Json& arguments) {
    const std::string id = text(arguments, "registration");
    auto found = registrations.findRegistration(id);
    if (!found) throw Problem(404, "there is no registration \"" + id + "\"");
    return std::move(*found);
}

}  // namespace postbell::admin
