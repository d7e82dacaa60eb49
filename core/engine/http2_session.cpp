// SPDX-License-Identifier: Apache-2.0
#include "engine/http2_session.h"
#include "util/exception_text.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <exception>
#include <new>

namespace postbell::engine {
namespace {

constexpr std::int32_t kConnectionWindow = 16 * 1024 * 1024;
constexpr std::uint32_t kStreamWindow = 1024 * 1024;

std::string_view view(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

ssize_t readBody(nghttp2_session*, std::int32_t, std::uint8_t* to, std::size_t size,
                 std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& request = *static_cast<Request*>(source->ptr);
    const std::size_t count = std::min(size, request.body.size() - request.body_sent);
    std::memcpy(to, request.body.data() + request.body_sent, count);
    request.body_sent += count;
    if (request.body_sent == request.body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
}

}  // namespace

std::string errorName(std::uint32_t code) {
    if (code <= NGHTTP2_HTTP_1_1_REQUIRED) return nghttp2_http2_strerror(code);
    char text[16] = "error 0x";
    *std::to_chars(text + 8, std::end(text) - 1, code, 16).ptr = '\0';
    return text;
}

// Callbacks of nghttp2; `self` is the session's user data. No exception may pass through nghttp2,
// which is C.
struct Http2Session::Callbacks {
    static Http2Session& self(void* data) { return *static_cast<Http2Session*>(data); }

    template <class Work>
    static int guarded(void* data, Work work) noexcept {
        try {
            return work(self(data));
        } catch (...) {
            self(data).broken_ = util::exceptionText();
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }

    static int begin(nghttp2_session*, const nghttp2_frame_hd* frame, void* data) {
        return guarded(data, [&](Http2Session& session) {
            if (session.budget_.spend(*frame)) return 0;
            session.flood();
            return static_cast<int>(NGHTTP2_ERR_CALLBACK_FAILURE);
        });
    }

    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                      std::uint8_t, void* data) {
        return guarded(data, [&](Http2Session& session) {
            Request* request = session.find(frame->hd.stream_id);
            if (!request || request->addHeader(view(name, name_size), view(value, value_size)))
                return 0;
            return static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE);  // resets this stream
        });
    }

    static int frame(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        return guarded(data, [&](Http2Session& session) {
            session.frameReceived(*frame);
            return 0;
        });
    }

    static int body(nghttp2_session*, std::uint8_t, std::int32_t stream_id,
                    const std::uint8_t* bytes, std::size_t size, void* data) {
        return guarded(data, [&](Http2Session& session) {
            if (Request* request = session.find(stream_id))
                session.addBody(*request, view(bytes, size));
            return 0;
        });
    }

    static int beforeSend(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        return guarded(data, [&](Http2Session& session) {
            if (frame->hd.type == NGHTTP2_HEADERS) {
                if (Request* request = session.find(frame->hd.stream_id)) request->sent = true;
            } else if (frame->hd.type == NGHTTP2_GOAWAY) {
                session.goawaySent(frame->goaway);
            }
            return 0;
        });
    }

    static int closed(nghttp2_session*, std::int32_t stream_id, std::uint32_t code, void* data) {
        return guarded(data, [&](Http2Session& session) {
            if (Request* request = session.find(stream_id)) session.streamClosed(*request, code);
            return 0;
        });
    }

    static int error(nghttp2_session*, int, const char* text, std::size_t size, void* data) {
        return guarded(data, [&](Http2Session& session) {
            session.broken_ = "the server broke the protocol: " + std::string(text, size);
            return 0;
        });
    }

    using Table =
        std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>;
    static Table table() {
        nghttp2_session_callbacks* raw = nullptr;
        if (nghttp2_session_callbacks_new(&raw) != 0) throw std::bad_alloc();
        nghttp2_session_callbacks_set_on_begin_frame_callback(raw, begin);
        nghttp2_session_callbacks_set_on_header_callback(raw, header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(raw, frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, body);
        nghttp2_session_callbacks_set_before_frame_send_callback(raw, beforeSend);
        nghttp2_session_callbacks_set_on_stream_close_callback(raw, closed);
        nghttp2_session_callbacks_set_error_callback2(raw, error);
        return {raw, nghttp2_session_callbacks_del};
    }
};

Http2Session::Http2Session(Events& events) : events_(events) {
    const auto callbacks = Callbacks::table();
    nghttp2_session* session = nullptr;
    if (nghttp2_session_client_new(&session, callbacks.get(), this) != 0) throw std::bad_alloc();
    session_.reset(session);

    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, Request::kMaxHeadBytes},
    };
    if (nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings)) != 0 ||
        nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindow) !=
            0)
        throw std::bad_alloc();
}

Http2Session::~Http2Session() = default;

bool Http2Session::feed(std::string_view bytes) {
    if (!budget_.received(bytes.size())) {
        flood();
        return false;
    }
    const auto result = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (result >= 0) return true;
    if (broken_.empty()) broken_ = nghttp2_strerror(static_cast<int>(result));
    return false;
}

void Http2Session::flood() {
    flooded_ = true;
    broken_ = "the server floods the connection with frames that answer nothing";
}

bool Http2Session::charge(std::size_t frames) {
    if (!budget_.spend(frames)) flood();
    return !flooded_;
}

bool Http2Session::produce(std::string& out, std::size_t limit) {
    while (out.size() < limit) {
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
        if (size == 0) return true;
        if (size < 0) {
            if (broken_.empty()) broken_ = nghttp2_strerror(static_cast<int>(size));
            return false;
        }
        out.append(view(bytes, static_cast<std::size_t>(size)));
    }
    return true;
}

bool Http2Session::finished() const {
    return nghttp2_session_want_read(session_.get()) == 0 &&
           nghttp2_session_want_write(session_.get()) == 0;
}

bool Http2Session::submit(Request& request) {
    nghttp2_data_provider body{{.ptr = &request}, readBody};
    const auto id = nghttp2_submit_request(session_.get(), nullptr, request.fields.data(),
                                           request.fields.size(),
                                           request.body.empty() ? nullptr : &body, &request);
    if (id == NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE) return false;
    if (id < 0) throw std::bad_alloc();  // the only other error of nghttp2_submit_request
    request.stream_id = id;
    ++open_;
    return true;
}

void Http2Session::abandon(Request& request) {
    request.abandoned = true;
    if (nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, request.stream_id,
                                  NGHTTP2_CANCEL) != 0)
        throw std::bad_alloc();
}

void Http2Session::ping() {
    if (nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr) != 0)
        throw std::bad_alloc();
}

void Http2Session::sayGoodbye() {
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
}

std::uint32_t Http2Session::limit() const {
    return std::min(kMaxStreams, nghttp2_session_get_remote_settings(
                                     session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
}

Request* Http2Session::find(std::int32_t stream_id) const {
    return static_cast<Request*>(nghttp2_session_get_stream_user_data(session_.get(), stream_id));
}

void Http2Session::frameReceived(const nghttp2_frame& frame) {
    switch (frame.hd.type) {
        case NGHTTP2_SETTINGS:
            if (!(frame.hd.flags & NGHTTP2_FLAG_ACK)) events_.settingsChanged();
            return;
        case NGHTTP2_GOAWAY:
            gone_away_ = true;
            events_.goawayReceived(frame.goaway.error_code,
                                   view(frame.goaway.opaque_data, frame.goaway.opaque_data_len));
            return;
        case NGHTTP2_PING:
            if (frame.hd.flags & NGHTTP2_FLAG_ACK) events_.pingAnswered();
            return;
        case NGHTTP2_HEADERS:
        case NGHTTP2_DATA:
            break;
        default:
            return;
    }
    Request* request = find(frame.hd.stream_id);
    if (!request) return;
    // RFC 9113, 8.1: any number of 1xx come before the final answer.
    if (request->status >= 200) request->head_complete = true;
    if (!(frame.hd.flags & NGHTTP2_FLAG_END_STREAM) || request->refused()) return;
    if (request->answer_complete) return;  // it was cut off
    request->answer_complete = true;
    // Likewise: an answer may be complete before the request is; the rest of the request is not
    // needed then.
    if (request->body_sent < request->body.size())
        nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, frame.hd.stream_id,
                                  NGHTTP2_NO_ERROR);
}

// nghttp2 answers a breach of the protocol with a GOAWAY that carries the reason.
void Http2Session::goawaySent(const nghttp2_goaway& goaway) {
    if (goaway.error_code == NGHTTP2_NO_ERROR || !broken_.empty()) return;
    broken_ = "the server broke the protocol: " + errorName(goaway.error_code);
    if (goaway.opaque_data_len > 0)
        broken_.append(" (").append(view(goaway.opaque_data, goaway.opaque_data_len)).append(")");
}

void Http2Session::addBody(Request& request, std::string_view bytes) {
    if (request.refused() || request.answer_complete) return;  // its last bytes
    if (request.addBody(bytes)) return budget_.delivered(bytes.size());
    request.answer_complete = true;
    if (nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, request.stream_id,
                                  NGHTTP2_CANCEL) != 0)
        throw std::bad_alloc();
}

void Http2Session::streamClosed(Request& request, std::uint32_t code) {
    --open_;
    if (request.abandoned) return events_.requestEnded(request, Ending::Abandoned, {});
    if (request.answer_complete) {
        budget_.answered();
        return events_.requestEnded(request, Ending::Answered, {});
    }
    if (!request.sent) return events_.requestEnded(request, Ending::Unprocessed, {});
    if (code == NGHTTP2_REFUSED_STREAM)
        return events_.requestEnded(request, gone_away_ ? Ending::Unprocessed : Ending::Refused,
                                    {});
    const std::string why =
        request.detail.empty() ? "the stream was reset with " + errorName(code) : request.detail;
    events_.requestEnded(request, Ending::Broken, why);
}

}  // namespace postbell::engine
