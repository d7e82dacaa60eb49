// SPDX-License-Identifier: Apache-2.0
// One request on its way, kept to be sent again, with its answer as far as it has come.
#pragma once
#include <nghttp2/nghttp2.h>

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/answer.h"
#include "util/time.h"

namespace postbell::engine {

class Connection;

/// Plain data, reused by RequestSlab: its buffers keep their memory, so that a request costs no
/// allocation of ours. `fields` points into `bytes`, from which nghttp2 reads without a copy until
/// the stream is closed.
struct Request {
    using Hook = boost::intrusive::list_member_hook<
        boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    /// Of an answer, interim answers and trailers included.
    static constexpr std::size_t kMaxHeadBytes = 32 * 1024;
    static constexpr std::size_t kMaxHeaders = 100;
    static constexpr unsigned kMaxInterimAnswers = 16;  ///< 1xx (RFC 9110, 15.2)

    Hook place;     ///< in one list: waiting, sent, to be retried, or answered
    Hook deadline;  ///< in the list of unanswered requests, in the order of submit()
    std::uint64_t tag = 0;
    std::uint64_t expires_at_tick = 0;
    util::SteadyTime retry_at;

    std::string bytes;
    std::vector<nghttp2_nv> fields;
    std::string_view body;
    std::size_t body_sent = 0;

    Connection* connection = nullptr;     ///< that carries it
    std::uint64_t connection_number = 0;  ///< outlives the connection
    std::uint32_t answers_before = 0;     ///< of the connection, when it took the request
    std::int32_t stream_id = 0;
    unsigned times_unprocessed = 0;  ///< how often the peer certainly did not process it
    bool sent = false;               ///< its HEADERS left for the socket
    bool abandoned = false;          ///< answered already; nghttp2 still holds it

    struct Part {
        std::uint32_t name_size;
        std::uint32_t value_size;
    };
    int status = 0;
    unsigned interim_answers = 0;
    std::size_t head_bytes = 0;  ///< of interim answers and trailers as well
    bool head_complete = false;
    bool answer_complete = false;
    std::vector<Part> answer_parts;
    std::string answer_head;  ///< names and values, one after another
    std::string answer_body;
    Failure failure = Failure::None;
    std::string detail;

    Request() = default;
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;

    /// Takes a copy of `request`. `authority` must live as long as this. Returns why the request
    /// cannot be sent, as a sentence; empty: it can.
    std::string_view assign(const RequestView& request, std::string_view authority,
                            std::uint64_t request_tag);
    /// Back to before it was sent.
    void rewind();
    void fail(Failure why, std::string_view text);
    /// Takes a part of the answer. False: the answer is refused, and `detail` says why.
    bool addHeader(std::string_view name, std::string_view value);
    /// False: the body is cut off.
    bool addBody(std::string_view part);
    /// Its answer was refused, while the stream may still be open.
    bool refused() const { return !detail.empty(); }
    /// `answer` refers to this afterwards.
    void fill(Answer& answer) const;
};

using PlaceList =
    boost::intrusive::list<Request,
                           boost::intrusive::member_hook<Request, Request::Hook, &Request::place>,
                           boost::intrusive::constant_time_size<false>>;
using DeadlineList = boost::intrusive::list<
    Request, boost::intrusive::member_hook<Request, Request::Hook, &Request::deadline>,
    boost::intrusive::constant_time_size<false>>;

/// Owns the requests of a pool. Confined to the loop's thread.
class RequestSlab {
  public:
    Request& take();
    /// Precondition: in no list.
    void release(Request& request);

  private:
    std::vector<std::unique_ptr<Request>> all_;
    std::vector<Request*> free_;
};

}  // namespace postbell::engine
