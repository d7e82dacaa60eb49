// SPDX-License-Identifier: Apache-2.0
#include "claims.h"

#include <algorithm>
#include <optional>

#include "encoding.h"
#include "postbell/kit/text.hpp"

namespace postbell::office365 {
namespace {

/// Clocks differ; Microsoft's own libraries allow as much.
constexpr std::int64_t kSkewMs = 5 * 60'000;
/// The application that signs for Graph's change notifications.
constexpr std::string_view kNotifier = "0bf30f3b-4a52-48df-9a82-234910c4a086";

std::optional<std::int64_t> time(const SignedToken& token, const char* claim) {
    const auto found = token.claims.find(claim);
    if (found == token.claims.end() || !found->is_number()) return std::nullopt;
    const double seconds = found->get<double>();
    if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
    return static_cast<std::int64_t>(seconds * 1000);
}

/// Empty, or the fault.
std::string_view outOfTime(const SignedToken& token, std::int64_t now_ms) {
    const auto expires = time(token, "exp");
    if (!expires) return "it does not say when it ends";
    if (now_ms >= *expires + kSkewMs) return "it has expired";
    const auto begins = time(token, "nbf");
    if (token.claims.contains("nbf") && !begins) return "it does not say when it begins";
    if (begins && now_ms < *begins - kSkewMs) return "it is not valid yet: the clocks differ";
    return {};
}

bool isFor(const SignedToken& token, const ManagedSettings& settings) {
    const std::string audience = token.text("aud");
    return std::any_of(settings.audiences.begin(), settings.audiences.end(),
                       [&](const std::string& a) { return kit::equalsIgnoringCase(a, audience); });
}

Proof refuse(std::string_view why) {
    return {{}, "the id token is refused: " + std::string(why)};
}

}  // namespace

Proof checkIdToken(const SignedToken& token, const ManagedSettings& settings,
                   std::string_view issuer, std::int64_t now_ms) {
    if (issuer.empty() || token.text("iss") != issuer)
        return refuse("it was issued by another login than the tenant's");
    if (!kit::equalsIgnoringCase(token.text("tid"), settings.tenant_id))
        return refuse("its user belongs to another tenant");
    if (!isFor(token, settings)) return refuse("it was made for another application");
    if (const std::string_view why = outOfTime(token, now_ms); !why.empty()) return refuse(why);
    // A token of another kind that the same keys sign: access tokens name scopes or roles.
    if (token.claims.contains("scp") || token.claims.contains("roles"))
        return refuse("it is an access token; the id token of the user is expected");
    const auto user = guid(token.text("oid"));
    if (!user) return refuse("it does not name its user (oid): the scope \"profile\" is needed");
    return {*user, {}};
}

Verdict checkValidationToken(std::string_view text, const ManagedSettings& settings,
                             const PublishedKeys& keys, std::int64_t now_ms) {
    const auto token = parseToken(text);
    if (!token) return Verdict::Bad;
    const PublishedKeys::Found found = keys.find(token->key_id, now_ms);
    if (!found.key) return Verdict::Unknown;
    const std::string v1 = "https://sts.windows.net/" + settings.tenant_id + "/";
    const std::string issuer = token->text("iss");
    const std::string appid = token->text("appid");
    const std::string azp = token->text("azp");
    // Microsoft's documentation names appid, its Java SDK checks azp: whichever is there.
    const bool notifier = !(appid.empty() && azp.empty()) &&
                          (appid.empty() || appid == kNotifier) &&
                          (azp.empty() || azp == kNotifier);
    const bool good = verifies(*token, *found.key) &&
                      (issuer == found.issuer || kit::equalsIgnoringCase(issuer, v1)) && notifier &&
                      kit::equalsIgnoringCase(token->text("tid"), settings.tenant_id) &&
                      isFor(*token, settings) && outOfTime(*token, now_ms).empty();
    return good ? Verdict::Good : Verdict::Bad;
}

}  // namespace postbell::office365
