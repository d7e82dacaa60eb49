// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "network.h"
#include "transport.h"
#include "worker.h"

namespace http2_simulator {

/// One client's connection: TLS, HTTP/2, the network's judgement, the answer. Confined to its
/// worker's thread, owned by its worker.
class Connection final : public EventHandler {
  public:
    /// Takes the accepted, non-blocking `fd`. `fault` (may be null) is what the connection meets at
    /// once.
    Connection(Services& services, Worker& worker, int fd, std::uint64_t number,
               std::shared_ptr<const FaultAction> fault);
    ~Connection() override;

    void onEvents(std::uint32_t events) override;
    /// A fault that strikes without a request.
    void strike(const FaultAction& action);

  private:
    enum class State { Waiting, Handshaking, Open, Http1, Silent, Lingering, Dead };

    struct Stream {
        std::int32_t id = 0;
        std::size_t slot = 0;
        Request request;
        Verdict verdict;
        std::string answer_id;
        std::string body;
        std::size_t body_sent = 0;
        bool reset_by_fault = false;
        /// Its number in the ledger while it is pending there, else 0.
        std::uint64_t pending = 0;
    };

    struct Cut {
        FaultAction action;
        unsigned left = 0;
    };

    // connection.cpp: bytes in and out
    void handshake();
    void startSession();
    void readAll();
    void answerHttp1();
    void flush();
    void collect();
    void watchWrites(bool wanted);
    void linger();
    void discard();
    void die();
    void later(std::int64_t delay_ms, std::function<void(Connection&)> call);

    // connection_requests.cpp: streams and answers
    Stream& openStream(std::int32_t id);
    void closeStream(Stream& stream, Outcome outcome);
    Stream* findStream(std::int32_t id) const;
    void process(Stream& stream);
    void enter(Stream& stream, Outcome outcome, const FaultAction* fault);
    void end(Stream& stream, Outcome outcome, bool processed, int status, std::string_view reason);
    void answerPending(Stream& stream);
    void submitVerdict(Stream& stream);
    void submit(Stream& stream, int status, std::string body,
                const std::vector<std::pair<std::string, std::string>>& headers);
    void noteHeaderTable();
    static nghttp2_session_callbacks* callbacks();
    struct Http2;  // nghttp2's callbacks

    // connection_faults.cpp
    void act(Stream& stream, const FaultAction& action);
    void answerAs(Stream& stream, const FaultAction& action);
    void swallow(Stream& stream);
    void finishCut();
    void sendGoaway(const FaultAction& action);
    void sendSettings(const FaultAction& action);
    void closeAs(const FaultAction& action);
    void fallSilent();
    void submitStreamLimit(std::uint32_t limit);
    std::uint32_t streamLimit() const;

    Services& services_;
    Worker& worker_;
    const std::uint64_t number_;
    State state_ = State::Waiting;
    Transport transport_;
    std::unique_ptr<Judge> judge_;
    nghttp2_session* session_ = nullptr;
    Moment now_;
    bool watching_writes_ = false;
    bool close_with_fin_ = false;
    bool not_h2_ = false;

    std::string out_;
    std::size_t sent_ = 0;
    std::string injected_;

    std::vector<std::unique_ptr<Stream>> streams_;
    std::vector<std::unique_ptr<Stream>> spare_streams_;
    std::int32_t last_processed_id_ = 0;
    bool waits_for_first_token_ = false;
    /// The last-stream-id of our GOAWAY, once it is decided.
    std::optional<std::int32_t> goaway_last_id_;
    std::optional<Cut> cut_;

    std::uint64_t requests_ = 0;
    std::size_t header_table_size_ = 0;
    unsigned header_table_changes_ = 0;
};

}  // namespace http2_simulator
