// SPDX-License-Identifier: Apache-2.0
// The waist of the contract: its structs on one side, values on the other.
#pragma once
#include <postbell/abi.h>

#include <optional>
#include <vector>

#include "backend/addressee.h"
#include "backend/mail_event.h"
#include "backend/reading.h"
#include "backend/staged_reply.h"
#include "net/http_server.h"

namespace postbell::backend {

/// Borrows from `raw`. Nothing: the event breaks the contract.
std::optional<MailEvent> mailEventOf(const postbell_mail_event& raw);

/// `status`: of the plugin's handle().
Reading readingOf(postbell_status status);

/// A mail server's request as the contract has it. Borrows from the request and the addressee.
class RawRequest {
  public:
    RawRequest(const net::Request& request, const Addressee& addressee);
    RawRequest(const RawRequest&) = delete;
    RawRequest& operator=(const RawRequest&) = delete;

    const postbell_request* get() const { return &raw_; }

  private:
    std::vector<postbell_header> headers_;
    postbell_request raw_{};
};

/// The host's side of postbell_reply: gives a StagedReply, which outlives it, all that the plugin
/// says within the contract's limits.
class RawReply {
  public:
    explicit RawReply(StagedReply& reply);
    RawReply(const RawReply&) = delete;
    RawReply& operator=(const RawReply&) = delete;

    postbell_reply* get() { return &raw_.reply; }

  private:
    // The plugin sees the first member; the host finds the second behind it.
    struct Raw {
        postbell_reply reply;
        StagedReply* staged;
    };
    static StagedReply& behind(postbell_reply* raw);
    static postbell_status onEvent(postbell_reply* raw, const postbell_mail_event* event) noexcept;
    static postbell_status onNote(postbell_reply* raw, postbell_str text) noexcept;
    static postbell_status onRespond(postbell_reply* raw, std::int32_t status,
                                     const postbell_header* headers, std::size_t count,
                                     postbell_bytes body) noexcept;
    static postbell_status onProblem(postbell_reply* raw, postbell_str sentence) noexcept;

    Raw raw_;
};

}  // namespace postbell::backend
