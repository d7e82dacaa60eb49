// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

#include "engine/answer.h"

namespace postbell::engine {

/// Why HTTP/2 would not carry the request as it is, as a sentence; empty: it would. A peer answers
/// such a request with a reset that names no reason, and nghttp2 leaves such a field out without a
/// word (RFC 9113, 8.2 and 8.3; RFC 9110, 5.5).
std::string_view http2Breach(const RequestView& request);

}  // namespace postbell::engine
