// SPDX-License-Identifier: Apache-2.0
// How a mail server shows that it knows the secret of the tenant's callback.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mapping.h"

namespace postbell::webhook {

/// Immutable, and so thread-safe.
class Authentication {
  public:
    /// The keys `auth`, `signature_header` and `signature_prefix` of the section. Throws
    /// InvalidInput with a sentence that names the key.
    explicit Authentication(const ConfigReader& config);

    /// False: the callback's URL, which holds a secret of its own, is all that is asked for.
    bool needsSecret() const { return scheme_ != Scheme::Url; }

    /// The value of a header of the request, by its name in lower case; empty if there is none.
    using HeaderReader = std::function<std::string_view(std::string_view name)>;
    /// Never with an empty secret, where one is needed.
    bool isShown(std::string_view secret, const HeaderReader& header, std::string_view body) const;

    /// What the mail server has to send, for the log.
    std::string expectation() const;

  private:
    enum class Scheme { Url, Bearer, Basic, HmacSha256 };
    static std::optional<Scheme> schemeCalled(std::string_view word);
    bool isSigned(std::string_view secret, std::string_view signature, std::string_view body) const;

    Scheme scheme_;
    std::string signature_header_;  // in lower case
    std::string signature_prefix_;
};

}  // namespace postbell::webhook
