// SPDX-License-Identifier: Apache-2.0
#include "api/mailbox_claim.h"

#include <nlohmann/json.hpp>

#include "web/fields.h"

namespace postbell::api {
namespace {

using web::Problem;
constexpr std::size_t kMaxGrantBytes = 16 * 1024;

}  // namespace

std::optional<ClaimedMailbox> claimMailbox(const Parts& parts, const nlohmann::json& body) {
    const nlohmann::json* grants = web::find(body, "grants");
    if (grants == nullptr) return std::nullopt;
    if (!grants->is_object()) throw Problem(400, "\"grants\" must be an object of instances");
    if (grants->empty()) return std::nullopt;
    if (grants->size() > 1)
        throw Problem(400, "\"grants\" must name one instance: a registration has one mailbox");
    const std::string& instance = grants->begin().key();
    const nlohmann::json& grant = grants->begin().value();
    const std::string where = "\"grants\", \"" + instance.substr(0, 64) + "\": ";
    if (!parts.backends.has(instance))
        throw Problem(400, "\"grants\": there is no such backend instance");
    if (!parts.mailboxes.has(instance))
        throw Problem(400, where + "this backend instance takes none");
    if (!grant.is_object()) throw Problem(400, where + "must be an object");
    const std::string text = web::dump(grant);
    if (text.size() > kMaxGrantBytes)
        throw Problem(
            400, where + "must be at most " + std::to_string(kMaxGrantBytes) + " bytes of JSON");
    managed::Claim claim = parts.mailboxes.claim(instance, text);
    switch (claim.kind) {
        case managed::Claim::Kind::Proven:
            break;
        case managed::Claim::Kind::Refused:
            throw Problem(403, where + claim.problem);
        case managed::Claim::Kind::Unavailable:
            throw Problem(503, where + claim.problem);
    }
    return ClaimedMailbox{instance, std::move(claim.mailbox)};
}

}  // namespace postbell::api
