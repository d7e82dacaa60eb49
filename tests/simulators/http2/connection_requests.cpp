// SPDX-License-Identifier: Apache-2.0
// A Connection's streams: from the request to the answer.
#include <algorithm>
#include <cstring>

#include "connection.h"

namespace http2_simulator {

namespace {

constexpr std::size_t kSpareStreams = 2048;
constexpr unsigned kManyTableChanges = 16;

nghttp2_nv field(std::string_view name, std::string_view value, unsigned flags) {
    // nghttp2_nv is not const-correct; nghttp2 copies or only reads.
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), static_cast<std::uint8_t>(flags)};
}

}  // namespace

Connection::Stream& Connection::openStream(std::int32_t id) {
    if (spare_streams_.empty()) {
        streams_.push_back(std::make_unique<Stream>());
    } else {
        streams_.push_back(std::move(spare_streams_.back()));
        spare_streams_.pop_back();
    }
    Stream& stream = *streams_.back();
    stream.id = id;
    stream.slot = streams_.size() - 1;
    services_.ledger.streamsOpen(streams_.size());
    return stream;
}

void Connection::closeStream(Stream& stream, Outcome outcome) {
    if (stream.pending != 0) end(stream, outcome, false, 0, "");
    const std::size_t slot = stream.slot;
    auto owned = std::move(streams_[slot]);
    if (slot + 1 != streams_.size()) {
        streams_[slot] = std::move(streams_.back());
        streams_[slot]->slot = slot;
    }
    streams_.pop_back();
    if (spare_streams_.size() >= kSpareStreams) return;
    owned->request.clear();
    owned->body.clear();
    owned->body_sent = 0;
    owned->reset_by_fault = false;
    spare_streams_.push_back(std::move(owned));
}

Connection::Stream* Connection::findStream(std::int32_t id) const {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session_, id));
}

void Connection::process(Stream& stream) {
    ++requests_;
    stream.verdict = judge_->judge(stream.request, now_, stream.answer_id);
    noteHeaderTable();
    if (waits_for_first_token_ && !judge_->waitsForToken()) {
        waits_for_first_token_ = false;
        submitStreamLimit(streamLimit());
    }
    // What was read together with the request that brought the GOAWAY on may lie beyond it.
    if (cut_ || (goaway_last_id_ && stream.id > *goaway_last_id_)) return swallow(stream);

    const auto fault =
        services_.faults.onRequest(stream.verdict.token, stream.verdict.topic, number_);
    if (!fault) {
        last_processed_id_ = std::max(last_processed_id_, stream.id);
        enter(stream, Outcome::Answered, nullptr);
        submitVerdict(stream);
        return;
    }
    enter(stream, Outcome::Pending, fault.get());
    if (fault->delay_ms == 0) return act(stream, *fault);
    later(fault->delay_ms, [id = stream.id, fault](Connection& self) {
        if (Stream* waiting = self.findStream(id)) self.act(*waiting, *fault);
    });
}

void Connection::enter(Stream& stream, Outcome outcome, const FaultAction* fault) {
    PushEntry entry;
    entry.received = now_;
    entry.connection = number_;
    entry.stream_id = stream.id;
    entry.credential = judge_->credential();
    entry.verdict = stream.verdict;
    entry.outcome = outcome;
    if (fault != nullptr) entry.fault = std::make_shared<const std::string>(fault->name);
    if (outcome == Outcome::Answered) {
        entry.status = stream.verdict.status;
        entry.reason = stream.verdict.reason;
        entry.processed = stream.verdict.reaches_device && stream.verdict.status == 200;
    }
    if (outcome != Outcome::Pending) entry.ended_monotonic_us = now_.monotonic_us;
    const std::uint64_t number =
        services_.ledger.add(std::move(entry), stream.request, stream.answer_id);
    stream.pending = outcome == Outcome::Pending ? number : 0;
}

void Connection::end(Stream& stream, Outcome outcome, bool processed, int status,
                     std::string_view reason) {
    services_.ledger.finish(stream.pending, outcome, processed, status, reason);
    stream.pending = 0;
}

void Connection::answerPending(Stream& stream) {
    const Verdict& verdict = stream.verdict;
    last_processed_id_ = std::max(last_processed_id_, stream.id);
    end(stream, Outcome::Answered, verdict.reaches_device && verdict.status == 200, verdict.status,
        verdict.reason);
    submitVerdict(stream);
}

void Connection::submitVerdict(Stream& stream) {
    const Verdict& verdict = stream.verdict;
    submit(stream, verdict.status, services_.network.bodyOf(verdict, stream.answer_id), {});
}

void Connection::submit(Stream& stream, int status, std::string body,
                        const std::vector<std::pair<std::string, std::string>>& headers) {
    constexpr unsigned kFixedName = NGHTTP2_NV_FLAG_NO_COPY_NAME;
    // An id never repeats: it must not fill the peer's table. It lives in the stream until the
    // frame is sent.
    constexpr unsigned kId = kFixedName | NGHTTP2_NV_FLAG_NO_COPY_VALUE | NGHTTP2_NV_FLAG_NO_INDEX;
    const std::string status_text = status == 200 ? std::string("200") : std::to_string(status);
    const auto [name, value] = services_.network.answerHeader(stream.answer_id);
    std::vector<nghttp2_nv> more;
    std::array<nghttp2_nv, 2> usual = {field(":status", status_text, kFixedName),
                                       field(name, value, kId)};
    const nghttp2_nv* fields = usual.data();
    std::size_t count = stream.answer_id.empty() ? 1 : usual.size();
    if (!headers.empty()) {
        more.assign(fields, fields + count);
        for (const auto& [other, text] : headers)
            more.push_back(field(other, text, NGHTTP2_NV_FLAG_NONE));
        fields = more.data();
        count = more.size();
    }
    if (body.empty()) {
        nghttp2_submit_response(session_, stream.id, fields, count, nullptr);
        return;
    }
    stream.body = std::move(body);
    nghttp2_data_provider provider{};
    provider.source.ptr = &stream;
    provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* buffer,
                                std::size_t room, std::uint32_t* flags, nghttp2_data_source* source,
                                void*) -> ssize_t {
        auto& from = *static_cast<Stream*>(source->ptr);
        const std::size_t size = std::min(room, from.body.size() - from.body_sent);
        std::memcpy(buffer, from.body.data() + from.body_sent, size);
        from.body_sent += size;
        if (from.body_sent == from.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(size);
    };
    nghttp2_submit_response(session_, stream.id, fields, count, &provider);
}

// Apple asks for path and authorization as literals without indexing: a table that changes with
// every request is no use to anyone. The first two requests fill it with what is constant.
void Connection::noteHeaderTable() {
    const std::size_t size = nghttp2_session_get_hd_inflate_dynamic_table_size(session_);
    if (requests_ > 2 && size != header_table_size_ && ++header_table_changes_ == kManyTableChanges)
        services_.ledger.violation(number_,
                                   "HPACK: headers that differ per request fill the table");
    header_table_size_ = size;
}

}  // namespace http2_simulator
