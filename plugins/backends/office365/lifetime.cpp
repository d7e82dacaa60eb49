// SPDX-License-Identifier: Apache-2.0
#include "lifetime.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "graph_answer.h"
#include "graph_error.h"
#include "graph_time.h"

namespace postbell::office365 {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
/// Clocks that differ by less are as good as equal: a lifetime that is asked for leaves more room.
constexpr std::int64_t kSkewMs = 60'000;
// Graph's for messages: a shorter lifetime is prolonged to 45 minutes.
constexpr std::int64_t kMinMinutes = 45;
constexpr std::int64_t kMaxMinutes = 10'080;

}  // namespace

bool LifetimeLimit::learns(const Response& refusal) {
    const auto named = namedLifetime(readError(refusal));
    if (!named || *named < kMinMinutes || *named >= minutes_) return false;
    // Not the limit itself, as clocks differ.
    minutes_ = *named - std::max<std::int64_t>(1, *named / 100);
    host_.log(POSTBELL_LOG_WARNING,
              "Graph grants shorter subscriptions than expiration_minutes asks for: they are "
              "renewed more often",
              {{"granted_minutes", std::to_string(*named)},
               {"wanted_minutes", std::to_string(minutes_)}});
    return true;
}

std::string Lifetime::wanted(std::int64_t now_ms) const {
    return writeTime(now_ms + ahead_ms_ + limit_.minutes() * kMinuteMs);
}

bool Lifetime::learns(const Response& refusal, std::int64_t now_ms) {
    if (!learned_limit_ && limit_.learns(refusal)) return learned_limit_ = true;
    const std::int64_t ahead = clockAhead(refusal, now_ms);
    if (learned_clock_ || (ahead < kSkewMs && ahead > -kSkewMs)) return false;
    learned_clock_ = true;
    ahead_ms_ = ahead;
    return true;
}

std::int64_t Lifetime::granted(const Response& response, const nlohmann::json& subscription,
                               std::int64_t now_ms) const {
    const auto ends = readTime(textIn(subscription, "expirationDateTime"));
    if (!ends) return now_ms + limit_.minutes() * kMinuteMs;
    return std::min(*ends - clockAhead(response, now_ms), now_ms + kMaxMinutes * kMinuteMs);
}

}  // namespace postbell::office365
