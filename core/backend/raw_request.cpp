// SPDX-License-Identifier: Apache-2.0
#include "backend/raw_request.h"

#include "plugin/text.h"

namespace postbell::backend {
namespace {

/// An empty text of a request is present.
postbell_str text(std::string_view s) {
    return {s.data(), s.size()};
}

}  // namespace

RawRequest::RawRequest(const net::Request& request, const Addressee& addressee) {
    headers_.reserve(request.headers.size());
    for (const auto& [name, value] : request.headers)
        headers_.push_back({text(name), text(value), 0});
    raw_.size = sizeof raw_;
    raw_.route = addressee.route.index;
    raw_.known = addressee.callback != nullptr ? 1 : 0;
    raw_.method = text(request.method);
    raw_.query = text(request.query);
    raw_.peer = text(request.peer);
    raw_.callback_secret = plugin::raw(addressee.secret);
    raw_.headers = headers_.data();
    raw_.header_count = headers_.size();
    raw_.body = {reinterpret_cast<const std::uint8_t*>(request.body.data()), request.body.size()};
}

}  // namespace postbell::backend
