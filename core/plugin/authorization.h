// SPDX-License-Identifier: Apache-2.0
// Authorizations that plugins give, as C++ values.
#pragma once
#include <string>
#include <string_view>

#include "plugin/http_request.h"
#include "postbell/abi.h"
#include "util/time.h"

namespace postbell::plugin {

/// A header that authorizes requests, and the times of its renewal.
struct Authorization {
    std::string name;          ///< of the header, in lower case; empty: no header
    std::string value;         ///< never logged
    bool none_needed = false;  ///< a TLS identity, for example, is enough
    util::WallTime renew;      ///< a new one is asked for from here on; not set: never
    util::WallTime expires;    ///< useless from here on; not set: never
    /// The other side resents an earlier one; not set: it does not.
    util::WallTime not_renewed_before;
    util::WallTime given;  ///< when it came, set by its AuthorizationKeeper
};

/// The result of authorize() or authorized().
struct AuthorizationAnswer {
    enum class Kind {
        Given,
        Exchange,  ///< `exchange` is to be sent, and its answer to be given to authorized()
        Refused,   ///< the credential was refused, and `problem` says why
        NotNow,    ///< not the credential's fault: asked for again
    };
    Kind kind = Kind::NotNow;
    Authorization authorization;
    HttpRequest exchange;
    std::string problem;                ///< a sentence
    util::Milliseconds retry_after{0};  ///< NotNow: zero leaves it to the host
    bool breach = false;  ///< NotNow: `problem` is the plugin's breach of the contract
};

/// Checks everything in `raw`. To be called while the plugin is blamed for crashes. `otherwise`:
/// the reason of NotNow if the plugin gives none.
AuthorizationAnswer authorizationAnswer(postbell_status status, const postbell_authorization& raw,
                                        std::string_view otherwise);

/// Why the exchange with this answer may have yielded no authorization.
std::string exchangeFailure(const postbell_response& answer);

/// `ask`: calls the plugin's authorize() with the struct that it fills.
template <class Ask>
AuthorizationAnswer askAuthorization(const Ask& ask, std::string_view otherwise) {
    postbell_authorization raw{};
    raw.size = sizeof raw;
    const postbell_status status = ask(raw);
    return authorizationAnswer(status, raw, otherwise);
}

/// `read`: calls the plugin's authorized() with the answer to an exchange, and the struct that it
/// fills.
template <class Read>
AuthorizationAnswer readAuthorization(const postbell_response& answer, const Read& read) {
    return askAuthorization([&](postbell_authorization& raw) { return read(answer, raw); },
                            exchangeFailure(answer));
}

}  // namespace postbell::plugin
