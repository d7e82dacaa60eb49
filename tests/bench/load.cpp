// SPDX-License-Identifier: Apache-2.0
// A load generator for HTTP/1.1: sends one prepared request over and over, through connections that
// are kept or each over a new one, each time with another number in it. Closed loop (as fast as
// answers come) or at a rate (then a time is counted from when the request was due, however late it
// could be sent).
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <Poco/Net/SocketAddress.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bare_commit.h"
#include "http_answer.h"
#include "load_settings.h"
#include "prepared_request.h"

namespace {

using postbell::bench::BareCommit, postbell::bench::HttpAnswer, postbell::bench::PreparedRequest;
using postbell::bench::LoadSettings, postbell::bench::readAnswer;

std::int64_t nowUs() {
    using namespace std::chrono;
    return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

struct Due {
    std::uint64_t serial = 0;
    std::int64_t at_us = 0;
};

struct Client {
    int fd = -1;
    std::unique_ptr<SSL, SslFree> ssl;
    std::string out, in;
    std::size_t sent = 0;
    Due due;
    bool busy = false;
    bool handshaking = false;
};

class Load {
  public:
    explicit Load(const LoadSettings& settings)
        : settings_(settings),
          prepared_(settings.request_file),
          random_(settings.seed),
          pick_(settings.first, settings.first + settings.count - 1),
          pause_(settings.rate > 0 ? settings.rate / 1e6 : 1),
          serial_(settings.first_serial),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
        if (!settings.commit_file.empty()) commit_.emplace(settings.commit_file);
        if (!settings.ca_file.empty()) openTls();
        clients_.resize(settings.connections);
        for (std::size_t i = 0; i < clients_.size() && !settings.fresh; ++i) connect(i);
        epoll_event event{EPOLLIN, {.u64 = clients_.size()}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event);
    }
    ~Load() {
        for (Client& client : clients_) {
            client.ssl.reset();
            if (client.fd >= 0) ::close(client.fd);
        }
        ::close(timer_);
        ::close(epoll_);
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void run() {
        start_us_ = nowUs();
        next_due_us_ = start_us_;
        if (settings_.rate > 0)
            armTimer();
        else
            for (std::size_t i = 0; i < clients_.size() && wantsMore(); ++i) begin(i, nextDue());
        std::vector<epoll_event> events(256);
        while (busy_ > 0 || wantsMore() || !waiting_.empty()) {
            const int count =
                epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1000);
            for (int i = 0; i < count; ++i) {
                const std::uint64_t which = events[static_cast<std::size_t>(i)].data.u64;
                if (which == clients_.size())
                    takeTimer();
                else
                    onEvent(which);
            }
            if (nowUs() - last_answer_us_ > static_cast<std::int64_t>(settings_.patience * 1e6) &&
                nowUs() - start_us_ > static_cast<std::int64_t>(settings_.patience * 1e6))
                throw std::runtime_error("no answer for a long time");
        }
    }

    void report() {
        std::sort(times_.begin(), times_.end());
        const auto percentile = [&](double part) {
            if (times_.empty()) return std::int64_t{0};
            const auto index =
                static_cast<std::size_t>(part * static_cast<double>(times_.size() - 1));
            return times_[index];
        };
        const double seconds = static_cast<double>(last_answer_us_ - start_us_) / 1e6;
        timespec cpu{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
        const auto answered = static_cast<double>(times_.size());
        std::printf(
            "{\"requests\": %zu, \"failed\": %llu, \"seconds\": %.4f, \"rate\": %.1f, "
            "\"start_us\": %lld, \"p50_us\": %lld, \"p99_us\": %lld, \"p999_us\": %lld, "
            "\"max_us\": %lld, \"cpu_us\": %.2f, \"answer_bytes\": %zu, \"resumed\": %llu}\n",
            times_.size(), static_cast<unsigned long long>(failed_), seconds,
            answered / std::max(seconds, 1e-9), static_cast<long long>(start_us_),
            static_cast<long long>(percentile(0.5)), static_cast<long long>(percentile(0.99)),
            static_cast<long long>(percentile(0.999)), static_cast<long long>(percentile(1)),
            (static_cast<double>(cpu.tv_sec) * 1e6 + static_cast<double>(cpu.tv_nsec) / 1e3) /
                std::max(answered, 1.0),
            answer_bytes_, static_cast<unsigned long long>(resumed_));
        if (settings_.samples_file.empty()) return;
        std::ofstream out(settings_.samples_file);
        for (const Sample& s : samples_)
            out << s.serial << ' ' << s.due_us << ' ' << s.answered_us << '\n';
    }

  private:
    struct Sample {
        std::uint64_t serial;
        std::int64_t due_us, answered_us;
    };

    void openTls() {
        tls_.reset(SSL_CTX_new(TLS_client_method()));
        if (SSL_CTX_load_verify_locations(tls_.get(), settings_.ca_file.c_str(), nullptr) != 1)
            throw std::runtime_error("cannot read " + settings_.ca_file);
        SSL_CTX_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
        if (settings_.tls != 0) {
            const int version = settings_.tls == 12 ? TLS1_2_VERSION : TLS1_3_VERSION;
            SSL_CTX_set_min_proto_version(tls_.get(), version);
            SSL_CTX_set_max_proto_version(tls_.get(), version);
        }
        if (!settings_.resume) return;
        SSL_CTX_set_session_cache_mode(tls_.get(),
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_app_data(tls_.get(), this);
        SSL_CTX_sess_set_new_cb(tls_.get(), [](SSL* ssl, SSL_SESSION* session) {
            auto* load = static_cast<Load*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
            load->session_.reset(session);
            return 1;  // it is ours now
        });
    }

    /// A new connection, whose handshake goes on as its peer answers.
    void connectAnew(std::size_t index) {
        Client& client = clients_[index];
        const Poco::Net::SocketAddress address(settings_.address);
        client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (::connect(client.fd, address.addr(), address.length()) != 0 && errno != EINPROGRESS)
            throw std::runtime_error("cannot connect to " + settings_.address);
        const int on = 1;
        setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        client.ssl.reset(SSL_new(tls_.get()));
        SSL_set_fd(client.ssl.get(), client.fd);
        SSL_set_connect_state(client.ssl.get());
        if (session_) SSL_set_session(client.ssl.get(), session_.get());
        client.handshaking = true;
        client.in.clear();
        epoll_event event{EPOLLIN | EPOLLOUT | EPOLLET, {.u64 = index}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
    }
    /// False: the handshake is not over.
    bool shakeHands(Client& client) {
        const int result = SSL_do_handshake(client.ssl.get());
        if (result != 1) {
            const int error = SSL_get_error(client.ssl.get(), result);
            if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
            throw std::runtime_error("TLS failed");
        }
        client.handshaking = false;
        resumed_ += SSL_session_reused(client.ssl.get()) != 0 ? 1 : 0;
        send(client);
        return true;
    }
    static void disconnect(Client& client) {
        // An end in order leaves the session resumable.
        SSL_shutdown(client.ssl.get());
        client.ssl.reset();
        ::close(client.fd);
        client.fd = -1;
    }

    void connect(std::size_t index) {
        Client& client = clients_[index];
        const Poco::Net::SocketAddress address(settings_.address);
        client.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::connect(client.fd, address.addr(), address.length()) != 0)
            throw std::runtime_error("cannot connect to " + settings_.address + ": " +
                                     std::strerror(errno));
        const int on = 1;
        setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (tls_) {
            client.ssl.reset(SSL_new(tls_.get()));
            SSL_set_fd(client.ssl.get(), client.fd);
            if (SSL_connect(client.ssl.get()) != 1) throw std::runtime_error("TLS failed");
        }
        fcntl(client.fd, F_SETFL, O_NONBLOCK);
        epoll_event event{EPOLLIN, {.u64 = index}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
    }

    bool wantsMore() const {
        if (settings_.requests > 0 && started_ >= settings_.requests) return false;
        return settings_.seconds <= 0 ||
               nowUs() < start_us_ + static_cast<std::int64_t>(settings_.seconds * 1e6);
    }
    Due nextDue() {
        ++started_;
        return {serial_++, nowUs()};
    }

    void begin(std::size_t index, Due due) {
        Client& client = clients_[index];
        const std::uint64_t number =
            settings_.in_turn
                ? settings_.first + (due.serial - settings_.first_serial) % settings_.count
                : pick_(random_);
        client.due = due;
        // A commit after each answer holds the next one up, which is no part of its time.
        if (commit_) client.due.at_us = nowUs();
        client.busy = true;
        ++busy_;
        client.out = prepared_.fill(number, due.serial);
        client.sent = 0;
        if (settings_.fresh)
            connectAnew(index);
        else
            send(client);
    }

    void send(Client& client) {
        while (client.sent < client.out.size()) {
            const char* from = client.out.data() + client.sent;
            const std::size_t size = client.out.size() - client.sent;
            const ssize_t count = client.ssl
                                      ? SSL_write(client.ssl.get(), from, static_cast<int>(size))
                                      : ::send(client.fd, from, size, MSG_NOSIGNAL);
            // A request is far smaller than a socket's buffer: it is never full.
            if (count <= 0) throw std::runtime_error("the server does not take a request");
            client.sent += static_cast<std::size_t>(count);
        }
    }

    void onEvent(std::size_t index) {
        Client& client = clients_[index];
        if (client.handshaking && !shakeHands(client)) return;
        char buffer[16 * 1024];
        for (;;) {
            const ssize_t count = client.ssl ? SSL_read(client.ssl.get(), buffer, sizeof buffer)
                                             : ::recv(client.fd, buffer, sizeof buffer, 0);
            if (count == 0 && settings_.fresh) break;
            if (count == 0) throw std::runtime_error("the server closed a connection");
            if (count < 0) {
                if (client.ssl ? SSL_get_error(client.ssl.get(), static_cast<int>(count)) !=
                                     SSL_ERROR_WANT_READ
                               : errno != EAGAIN)
                    throw std::runtime_error("a connection broke");
                break;
            }
            client.in.append(buffer, static_cast<std::size_t>(count));
            if (!client.ssl) break;
        }
        if (!client.busy) return;
        const auto answer = readAnswer(client.in);
        if (!answer) return;
        finish(client, *answer);
        client.in.erase(0, answer->bytes);
        if (settings_.fresh) disconnect(client);
        if (!waiting_.empty()) {
            const Due due = waiting_.front();
            waiting_.pop_front();
            begin(index, due);
        } else if (settings_.rate <= 0 && wantsMore()) {
            begin(index, nextDue());
        }
    }

    void finish(Client& client, const HttpAnswer& answer) {
        if (commit_) commit_->run();
        last_answer_us_ = nowUs();
        client.busy = false;
        --busy_;
        answer_bytes_ = answer.body.size();
        if (answer.status != settings_.status ||
            answer.body.find(settings_.expect) == std::string_view::npos) {
            if (failed_++ == 0)
                std::fprintf(stderr, "answered %d: %.300s\n", answer.status,
                             std::string(answer.body).c_str());
        }
        times_.push_back(last_answer_us_ - client.due.at_us);
        if (!settings_.samples_file.empty())
            samples_.push_back({client.due.serial, client.due.at_us, last_answer_us_});
    }

    void armTimer() {
        itimerspec when{};
        when.it_value.tv_sec = next_due_us_ / 1'000'000;
        when.it_value.tv_nsec = next_due_us_ % 1'000'000 * 1'000 + 1;
        timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
    }
    void takeTimer() {
        std::uint64_t expired = 0;
        if (::read(timer_, &expired, sizeof expired) < 0) return;
        while (wantsMore() && next_due_us_ <= nowUs()) {
            ++started_;
            const Due due{serial_++, next_due_us_};
            // Independent senders: pauses are exponential, or all would be in step.
            next_due_us_ += static_cast<std::int64_t>(pause_(random_));
            const auto idle = std::find_if(clients_.begin(), clients_.end(),
                                           [](const Client& client) { return !client.busy; });
            if (idle == clients_.end())
                waiting_.push_back(due);
            else
                begin(static_cast<std::size_t>(idle - clients_.begin()), due);
        }
        if (wantsMore()) armTimer();
    }

    const LoadSettings& settings_;
    PreparedRequest prepared_;
    std::mt19937_64 random_;
    std::uniform_int_distribution<std::uint64_t> pick_;
    std::exponential_distribution<double> pause_;
    std::uint64_t serial_;
    int epoll_, timer_;
    std::unique_ptr<SSL_CTX, SslFree> tls_;
    std::unique_ptr<SSL_SESSION, SslFree> session_;  // the newest
    std::optional<BareCommit> commit_;
    std::vector<Client> clients_;
    std::deque<Due> waiting_;
    std::vector<std::int64_t> times_;
    std::vector<Sample> samples_;
    std::uint64_t started_ = 0, busy_ = 0, failed_ = 0, resumed_ = 0;
    std::int64_t start_us_ = 0, next_due_us_ = 0, last_answer_us_ = 0;
    std::size_t answer_bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    postbell::bench::LoadSettings settings;
    if (const auto done = postbell::bench::readLoadSettings(argc, argv, settings)) return *done;
    try {
        Load load(settings);
        load.run();
        load.report();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_load: %s\n", error.what());
        return 1;
    }
    return 0;
}
