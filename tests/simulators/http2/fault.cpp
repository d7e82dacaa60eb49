// SPDX-License-Identifier: Apache-2.0
#include "fault.h"

namespace http2_simulator {

namespace {

// The words fit; now the counts and the dice.
bool takesTurn(FaultRule& rule) {
    const FaultMatch& match = rule.match;
    if (match.next && rule.hits >= *match.next) return false;
    const std::uint64_t turn = ++rule.seen;
    if (turn <= match.skip || (turn - match.skip) % match.every != 0) return false;
    if (match.probability < 1.0 &&
        std::uniform_real_distribution<>(0, 1)(rule.random) >= match.probability)
        return false;
    ++rule.hits;
    return true;
}

}  // namespace

void FaultBook::add(std::vector<FaultRule> rules) {
    std::lock_guard lock(mutex_);
    for (auto& rule : rules) {
        rule.random.seed(rule.match.seed);
        rules_.push_back(std::move(rule));
    }
    any_.store(!rules_.empty(), std::memory_order_release);
}

void FaultBook::clear() {
    std::lock_guard lock(mutex_);
    rules_.clear();
    any_.store(false, std::memory_order_release);
}

std::vector<FaultRule> FaultBook::rules() const {
    std::lock_guard lock(mutex_);
    return rules_;
}

std::shared_ptr<const FaultAction> FaultBook::onRequest(std::string_view token,
                                                        std::string_view topic,
                                                        std::uint64_t connection) {
    if (!any_.load(std::memory_order_acquire)) return nullptr;
    std::lock_guard lock(mutex_);
    for (auto& rule : rules_) {
        const FaultMatch& match = rule.match;
        if (rule.action->point == FaultPoint::Request && token.starts_with(match.token_prefix) &&
            (match.topic.empty() || match.topic == topic) &&
            (!match.connection || *match.connection == connection) && takesTurn(rule))
            return rule.action;
    }
    return nullptr;
}

std::shared_ptr<const FaultAction> FaultBook::onAccept(std::uint64_t connection, std::size_t open) {
    if (!any_.load(std::memory_order_acquire)) return nullptr;
    std::lock_guard lock(mutex_);
    for (auto& rule : rules_) {
        if (rule.action->point == FaultPoint::Accept &&
            (!rule.match.connection || *rule.match.connection == connection) &&
            (rule.action->kind != FaultKind::MaxConnections || open >= rule.action->limit) &&
            takesTurn(rule))
            return rule.action;
    }
    return nullptr;
}

}  // namespace http2_simulator
