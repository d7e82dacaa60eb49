// SPDX-License-Identifier: Apache-2.0
#include "support/h2_test_server.h"

#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "support/loopback.h"
#include "support/tls_server_context.h"
#include "util/openssl.h"

namespace postbell::test {
namespace {

std::vector<nghttp2_nv> toFields(const H2TestConnection::Headers& headers) {
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : headers)
        fields.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
                          name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    return fields;
}

}  // namespace

const SeenHeader* SeenRequest::find(std::string_view name) const {
    const auto it =
        std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.name == name; });
    return it == headers.end() ? nullptr : &*it;
}

class H2TestServer::Connection final : public H2TestConnection {
  public:
    Connection(H2TestServer& server, SSL_CTX* context, int descriptor, int number)
        : server_(server),
          number_(number),
          descriptor_(descriptor),
          wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
          ssl_(SSL_new(context)) {
        SSL_set_fd(ssl_.get(), descriptor_);
        thread_ = std::thread([this] { run(); });
    }
    ~Connection() override {
        stopping_ = true;
        ::eventfd_write(wake_, 1);
        ::shutdown(descriptor_, SHUT_RDWR);
        thread_.join();
        ::close(descriptor_);
        ::close(wake_);
    }

    void post(std::function<void(H2TestConnection&)> action) {
        {
            std::lock_guard lock(mutex_);
            actions_.push_back(std::move(action));
        }
        ::eventfd_write(wake_, 1);
    }

    int number() const override { return number_; }
    std::uint32_t openStreams() const override {
        return static_cast<std::uint32_t>(streams_.size());
    }

    void answer(std::int32_t stream_id, int status, const Headers& headers, const std::string& body,
                const Headers& trailers) override {
        const std::string status_text = std::to_string(status);
        Headers all{{":status", status_text}};
        all.insert(all.end(), headers.begin(), headers.end());
        const auto fields = toFields(all);
        Stream& stream = streams_[stream_id];
        stream.answer = body;
        stream.trailers = trailers;
        nghttp2_data_provider provider{{.ptr = &stream}, readAnswer};
        nghttp2_submit_response(session_, stream_id, fields.data(), fields.size(),
                                body.empty() && trailers.empty() ? nullptr : &provider);
    }
    void inform(std::int32_t stream_id, int status) override {
        const Headers headers{{":status", std::to_string(status)}, {"link", "</style.css>"}};
        const auto fields = toFields(headers);
        nghttp2_submit_headers(session_, 0, stream_id, nullptr, fields.data(), fields.size(),
                               nullptr);
    }
    void reset(std::int32_t stream_id, std::uint32_t code) override {
        nghttp2_submit_rst_stream(session_, 0, stream_id, code);
    }
    void goaway(std::int32_t last_stream_id, std::uint32_t code,
                const std::string& debug) override {
        nghttp2_submit_goaway(session_, 0, last_stream_id, code,
                              reinterpret_cast<const std::uint8_t*>(debug.data()), debug.size());
    }
    void settings(std::uint32_t max_streams) override {
        const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams};
        nghttp2_submit_settings(session_, 0, &entry, 1);
    }
    void initialWindow(std::uint32_t bytes) override {
        const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, bytes};
        nghttp2_submit_settings(session_, 0, &entry, 1);
    }
    void raw(const std::string& bytes) override {
        send();
        SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    }
    void updateKeys(int count) override {
        send();
        for (int i = 0; i < count; ++i) {
            SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
            if (SSL_do_handshake(ssl_.get()) != 1) return;
        }
    }
    void close() override { closed_ = true; }
    void mute() override { muted_ = true; }

  private:
    struct Stream {
        SeenRequest request;
        std::string answer;
        std::size_t answer_sent = 0;
        Headers trailers;
    };

    static Connection& self(void* data) { return *static_cast<Connection*>(data); }

    static ssize_t readAnswer(nghttp2_session* session, std::int32_t stream_id, std::uint8_t* to,
                              std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                              void*) {
        auto& stream = *static_cast<Stream*>(source->ptr);
        const std::size_t count = std::min(size, stream.answer.size() - stream.answer_sent);
        std::memcpy(to, stream.answer.data() + stream.answer_sent, count);
        stream.answer_sent += count;
        if (stream.answer_sent == stream.answer.size()) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
            if (!stream.trailers.empty()) {
                *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
                const auto fields = toFields(stream.trailers);
                nghttp2_submit_trailer(session, stream_id, fields.data(), fields.size());
            }
        }
        return static_cast<ssize_t>(count);
    }
    static int begin(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        Connection& connection = self(data);
        connection.streams_[frame->hd.stream_id].request.stream_id = frame->hd.stream_id;
        const auto open = connection.openStreams();
        auto& peak = connection.server_.peak_streams_;
        if (open > peak) peak = open;
        return 0;
    }
    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name_data,
                      std::size_t name_size, const std::uint8_t* value_data, std::size_t value_size,
                      std::uint8_t flags, void* data) {
        SeenRequest& request = self(data).streams_[frame->hd.stream_id].request;
        const std::string name(reinterpret_cast<const char*>(name_data), name_size);
        const std::string value(reinterpret_cast<const char*>(value_data), value_size);
        if (name == ":method")
            request.method = value;
        else if (name == ":path")
            request.path = value;
        else if (name == ":authority")
            request.authority = value;
        else if (name[0] != ':')
            request.headers.push_back({name, value, (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0});
        return 0;
    }
    static int chunk(nghttp2_session*, std::uint8_t, std::int32_t stream_id,
                     const std::uint8_t* bytes, std::size_t size, void* data) {
        self(data).streams_[stream_id].request.body.append(reinterpret_cast<const char*>(bytes),
                                                           size);
        return 0;
    }
    static int frame(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        if (frame->hd.type == NGHTTP2_PING && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
            ++self(data).server_.pings_;
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
        Connection& connection = self(data);
        SeenRequest request = connection.streams_[frame->hd.stream_id].request;
        request.connection = connection.number_;
        {
            std::lock_guard lock(connection.server_.mutex_);
            connection.server_.requests_.push_back(request);
        }
        const auto& script = connection.server_.script_.request;
        if (script)
            script(connection, request);
        else
            connection.answer(request.stream_id, 200, {}, {}, {});
        return 0;
    }
    static int closed(nghttp2_session*, std::int32_t stream_id, std::uint32_t, void* data) {
        self(data).streams_.erase(stream_id);
        return 0;
    }

    void run() {
        serve();
        if (!closed_) SSL_shutdown(ssl_.get());
        ERR_clear_error();
        ::shutdown(descriptor_, SHUT_RDWR);
        nghttp2_session_del(session_);
        session_ = nullptr;
        --server_.open_connections_;
    }
    void serve() {
        const auto greeting = server_.script_.greeting;
        if (greeting == H2Script::Greeting::NoTls) return waitForEnd();
        if (SSL_accept(ssl_.get()) != 1) return;
        if (SSL_session_reused(ssl_.get())) ++server_.resumed_;
        if (greeting == H2Script::Greeting::Silence) return waitForEnd();
        if (greeting == H2Script::Greeting::Close) return;
        if (greeting == H2Script::Greeting::Garbage) {
            SSL_write(ssl_.get(), "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
            return waitForEnd();
        }
        startSession();
        if (server_.script_.connected) server_.script_.connected(*this);
        send();
        while (!closed_ && !stopping_ && turn()) {
        }
    }
    void waitForEnd() {
        while (!stopping_) {
            pollfd descriptors[] = {{wake_, POLLIN, 0}, {descriptor_, POLLRDHUP, 0}};
            ::poll(descriptors, 2, -1);
            if (descriptors[1].revents != 0) return;
        }
    }
    void startSession() {
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, chunk);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, closed);
        nghttp2_session_server_new(&session_, callbacks, this);
        nghttp2_session_callbacks_del(callbacks);
        const auto limit = server_.script_.max_streams;
        const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
                                           limit.value_or(0)};
        nghttp2_submit_settings(session_, 0, &entry, limit ? 1 : 0);
    }
    bool turn() {
        pollfd descriptors[] = {{wake_, POLLIN, 0},
                                {descriptor_, static_cast<short>(muted_ ? 0 : POLLIN), 0}};
        if (SSL_pending(ssl_.get()) == 0) ::poll(descriptors, 2, -1);
        runActions();
        if (!muted_ && (SSL_pending(ssl_.get()) > 0 || descriptors[1].revents != 0) && !receive())
            return false;
        return closed_ || send();
    }
    void runActions() {
        eventfd_t count = 0;
        ::eventfd_read(wake_, &count);
        std::vector<std::function<void(H2TestConnection&)>> actions;
        {
            std::lock_guard lock(mutex_);
            actions.swap(actions_);
        }
        for (const auto& action : actions) action(*this);
    }
    bool receive() {
        std::uint8_t bytes[16 * 1024];
        ERR_clear_error();
        const int size = SSL_read(ssl_.get(), bytes, sizeof bytes);
        if (size <= 0) return false;
        return nghttp2_session_mem_recv(session_, bytes, static_cast<std::size_t>(size)) >= 0;
    }
    bool send() {
        std::string out;
        const std::uint8_t* bytes = nullptr;
        for (;;) {
            const auto size = nghttp2_session_mem_send(session_, &bytes);
            if (size < 0) return false;
            if (size == 0) break;
            out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
        }
        if (!out.empty() && SSL_write(ssl_.get(), out.data(), static_cast<int>(out.size())) <= 0)
            return false;
        return nghttp2_session_want_read(session_) || nghttp2_session_want_write(session_);
    }

    H2TestServer& server_;
    const int number_;
    const int descriptor_;
    const int wake_;
    util::OpenSslPtr<SSL> ssl_;
    nghttp2_session* session_ = nullptr;
    std::map<std::int32_t, Stream> streams_;
    bool closed_ = false;
    bool muted_ = false;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;  // guards actions_
    std::vector<std::function<void(H2TestConnection&)>> actions_;
    std::thread thread_;
};

H2TestServer::H2TestServer(CertificatePem certificate, H2Script script)
    : certificate_(std::move(certificate)), script_(std::move(script)) {
    std::tie(listener_, port_) = listenOnLoopback();
    thread_ = std::thread([this] { accept(); });
}

H2TestServer::~H2TestServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    std::list<std::unique_ptr<Connection>> ending;
    {
        std::lock_guard lock(mutex_);
        ending.swap(accepted_);
    }
}

void H2TestServer::accept() {
    const util::OpenSslPtr<SSL_CTX> context =
        tlsServerContext(certificate_, script_.alpn, script_.client_ca);
    for (;;) {
        const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0 || stopping_) {
            if (descriptor >= 0) ::close(descriptor);
            return;
        }
        const int on = 1;
        ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ++open_connections_;
        const int number = ++connections_;
        std::lock_guard lock(mutex_);
        accepted_.push_back(std::make_unique<Connection>(*this, context.get(), descriptor, number));
    }
}

void H2TestServer::each(std::function<void(H2TestConnection&)> action) {
    std::lock_guard lock(mutex_);
    for (const auto& connection : accepted_) connection->post(action);
}

std::vector<SeenRequest> H2TestServer::requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
}

std::uint16_t unusedPort() {
    const auto [listener, port] = listenOnLoopback();
    ::close(listener);
    return port;
}

}  // namespace postbell::test
