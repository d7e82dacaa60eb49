// SPDX-License-Identifier: Apache-2.0
// A Connection misbehaving.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "connection.h"
#include "garbage.h"

namespace http2_simulator {

namespace {

constexpr std::int64_t kCutTimeoutMs = 50;
constexpr std::int64_t kShutdownNoticeMs = 50;

}  // namespace

void Connection::act(Stream& stream, const FaultAction& action) {
    switch (action.kind) {
        case FaultKind::Answer:
            answerAs(stream, action);
            break;
        case FaultKind::Hold:
            last_processed_id_ = std::max(last_processed_id_, stream.id);
            break;
        case FaultKind::Goaway:
            if (action.cut == 0) {
                answerPending(stream);
                sendGoaway(action);
            } else {
                if (!cut_) cut_ = Cut{action, action.cut};
                swallow(stream);
            }
            break;
        case FaultKind::RstStream:
            stream.reset_by_fault = true;
            end(stream, Outcome::Reset, action.processed, 0, "");
            nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, action.error_code);
            break;
        case FaultKind::Close:
            if (action.after_bytes > 0)
                answerPending(stream);
            else
                end(stream, Outcome::Closed, action.processed, 0, "");
            closeAs(action);
            break;
        case FaultKind::Settings:
            sendSettings(action);
            answerPending(stream);
            break;
        case FaultKind::Garbage:
            injected_ += makeGarbage(action.garbage, static_cast<std::uint32_t>(stream.id));
            answerPending(stream);
            break;
        case FaultKind::Blackhole:
            fallSilent();
            break;
        case FaultKind::Delay:
        case FaultKind::HalfOpenTls:
        case FaultKind::NotH2:
        case FaultKind::MaxConnections:
        case FaultKind::Refuse:
            answerPending(stream);
            break;
    }
}

void Connection::strike(const FaultAction& action) {
    if (state_ != State::Open && action.kind != FaultKind::Close) return;
    switch (action.kind) {
        case FaultKind::Goaway:
            sendGoaway(action);
            break;
        case FaultKind::Close:
            closeAs(action);
            break;
        case FaultKind::Settings:
            sendSettings(action);
            break;
        case FaultKind::Garbage:
            injected_ += makeGarbage(action.garbage, 1);
            break;
        case FaultKind::Blackhole:
            fallSilent();
            break;
        case FaultKind::Answer:
        case FaultKind::Delay:
        case FaultKind::Hold:
        case FaultKind::RstStream:
        case FaultKind::HalfOpenTls:
        case FaultKind::NotH2:
        case FaultKind::MaxConnections:
        case FaultKind::Refuse:
            break;
    }
    flush();
}

void Connection::answerAs(Stream& stream, const FaultAction& action) {
    last_processed_id_ = std::max(last_processed_id_, stream.id);
    end(stream, Outcome::Answered, action.processed && stream.verdict.reaches_device, action.status,
        action.reason);
    if (action.intercepted) stream.answer_id.clear();
    auto headers = action.headers;
    if (!action.retry_after.empty()) headers.emplace_back("retry-after", action.retry_after);
    submit(stream, action.status, action.body ? *action.body : services_.network.bodyOf(action),
           headers);
}

// The stream arrived and is not looked at: the GOAWAY to come will say so.
void Connection::swallow(Stream& stream) {
    if (stream.pending != 0)
        end(stream, Outcome::Unprocessed, false, 0, "");
    else
        enter(stream, Outcome::Unprocessed, cut_ ? &cut_->action : nullptr);
    if (!cut_) return;
    if (cut_->left == cut_->action.cut)
        later(kCutTimeoutMs, [](Connection& self) { self.finishCut(); });
    if (cut_->left > 0 && --cut_->left == 0) finishCut();
}

void Connection::finishCut() {
    if (goaway_last_id_) return;
    cut_->left = 0;
    sendGoaway(cut_->action);
}

void Connection::sendGoaway(const FaultAction& action) {
    const auto send = [](Connection& self, const FaultAction& how) {
        if (self.goaway_last_id_) return;
        self.goaway_last_id_ = how.last_stream_id.value_or(self.last_processed_id_);
        std::string debug;
        if (!how.debug_reason.empty())
            debug = nlohmann::json({{"reason", how.debug_reason}}).dump();
        nghttp2_submit_goaway(self.session_, NGHTTP2_FLAG_NONE, *self.goaway_last_id_,
                              how.error_code, reinterpret_cast<const std::uint8_t*>(debug.data()),
                              debug.size());
    };
    if (!action.graceful) return send(*this, action);
    // RFC 9113, section 6.8: first a GOAWAY that rules nothing out, and the real one a round trip
    // later.
    nghttp2_submit_shutdown_notice(session_);
    later(kShutdownNoticeMs, [send, action](Connection& self) { send(self, action); });
}

void Connection::sendSettings(const FaultAction& action) {
    std::vector<nghttp2_settings_entry> entries;
    const auto add = [&](std::int32_t id, const std::optional<std::uint32_t>& value) {
        if (value) entries.push_back({id, *value});
    };
    add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, action.max_concurrent_streams);
    add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, action.initial_window_size);
    add(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, action.header_table_size);
    if (action.max_concurrent_streams) waits_for_first_token_ = false;
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
}

void Connection::submitStreamLimit(std::uint32_t limit) {
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limit};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &entry, 1);
}

std::uint32_t Connection::streamLimit() const {
    const std::int64_t everyone = services_.stream_limit.load();
    return everyone < 0 ? services_.options.max_streams : static_cast<std::uint32_t>(everyone);
}

void Connection::closeAs(const FaultAction& action) {
    close_with_fin_ = action.fin;
    if (action.after_bytes > 0) {
        transport_.limitWrites(action.after_bytes);
        return;
    }
    if (!action.fin) transport_.resetOnClose();
    die();
}

void Connection::fallSilent() {
    state_ = State::Silent;
    worker_.loop.change(transport_.fd(), *this, EPOLLRDHUP);
}

}  // namespace http2_simulator
