// SPDX-License-Identifier: Apache-2.0
// What nghttp2 tells a Connection.
#include <memory>

#include "connection.h"

namespace http2_simulator {

struct Connection::Http2 {
    static Connection& self(void* user_data) { return *static_cast<Connection*>(user_data); }

    static std::string_view view(const std::uint8_t* bytes, std::size_t size) {
        return {reinterpret_cast<const char*>(bytes), size};
    }

    static int onBeginFrame(nghttp2_session*, const nghttp2_frame_hd* header, void* user_data) {
        Connection& connection = self(user_data);
        if (connection.state_ != State::Open) return NGHTTP2_ERR_CALLBACK_FAILURE;
        if (connection.goaway_last_id_ && header->type == NGHTTP2_HEADERS &&
            header->stream_id > *connection.goaway_last_id_)
            connection.services_.ledger.beyondGoaway();
        return 0;
    }

    static int onBeginHeaders(nghttp2_session* session, const nghttp2_frame* frame,
                              void* user_data) {
        if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        Stream& stream = self(user_data).openStream(frame->hd.stream_id);
        nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, &stream);
        return 0;
    }

    static int onHeader(nghttp2_session* session, const nghttp2_frame* frame,
                        const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                        std::size_t value_size, std::uint8_t, void*) {
        if (auto* stream = streamOf(session, frame->hd.stream_id))
            stream->request.addHeader(view(name, name_size), view(value, value_size));
        return 0;
    }

    static int onData(nghttp2_session* session, std::uint8_t, std::int32_t stream_id,
                      const std::uint8_t* bytes, std::size_t size, void*) {
        if (auto* stream = streamOf(session, stream_id))
            stream->request.addPayload(view(bytes, size));
        return 0;
    }

    static int onFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
        Connection& connection = self(user_data);
        if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
            connection.services_.ledger.pingReceived();
        const bool request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (request && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
            if (auto* stream = streamOf(session, frame->hd.stream_id)) connection.process(*stream);
        return connection.state_ == State::Open ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    }

    static int onFrameSent(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
        // nghttp2 resets by itself what breaks HTTP's rules, such as a wrong content-length.
        if (frame->hd.type != NGHTTP2_RST_STREAM) return 0;
        const auto* stream = streamOf(session, frame->hd.stream_id);
        if (stream == nullptr || stream->reset_by_fault) return 0;
        Connection& connection = self(user_data);
        connection.services_.ledger.violation(
            connection.number_, std::string("HTTP/2: a stream had to be reset: ") +
                                    nghttp2_http2_strerror(frame->rst_stream.error_code));
        return 0;
    }

    static int onInvalidFrame(nghttp2_session*, const nghttp2_frame* frame, int error,
                              void* user_data) {
        Connection& connection = self(user_data);
        connection.services_.ledger.violation(
            connection.number_, "HTTP/2: invalid frame of type " + std::to_string(frame->hd.type) +
                                    ": " + nghttp2_strerror(error));
        return 0;
    }

    static int onError(nghttp2_session*, int, const char* message, std::size_t size,
                       void* user_data) {
        Connection& connection = self(user_data);
        connection.services_.ledger.violation(connection.number_,
                                              "HTTP/2: " + std::string(message, size));
        return 0;
    }

    static int onStreamClose(nghttp2_session* session, std::int32_t stream_id, std::uint32_t,
                             void* user_data) {
        if (auto* stream = streamOf(session, stream_id))
            self(user_data).closeStream(*stream, Outcome::Cancelled);
        return 0;
    }

    static Stream* streamOf(nghttp2_session* session, std::int32_t id) {
        return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
    }
};

nghttp2_session_callbacks* Connection::callbacks() {
    const auto make = [] {
        nghttp2_session_callbacks* made = nullptr;
        nghttp2_session_callbacks_new(&made);
        nghttp2_session_callbacks_set_on_begin_frame_callback(made, Http2::onBeginFrame);
        nghttp2_session_callbacks_set_on_begin_headers_callback(made, Http2::onBeginHeaders);
        nghttp2_session_callbacks_set_on_header_callback(made, Http2::onHeader);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, Http2::onData);
        nghttp2_session_callbacks_set_on_frame_recv_callback(made, Http2::onFrame);
        nghttp2_session_callbacks_set_on_frame_send_callback(made, Http2::onFrameSent);
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, Http2::onInvalidFrame);
        nghttp2_session_callbacks_set_error_callback2(made, Http2::onError);
        nghttp2_session_callbacks_set_on_stream_close_callback(made, Http2::onStreamClose);
        return made;
    };
    struct Delete {
        void operator()(nghttp2_session_callbacks* made) const {
            nghttp2_session_callbacks_del(made);
        }
    };
    static const std::unique_ptr<nghttp2_session_callbacks, Delete> all(make());
    return all.get();
}

}  // namespace http2_simulator
