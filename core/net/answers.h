// SPDX-License-Identifier: Apache-2.0
// The answers of a reactor's connections: the bytes of each answer, and the answers that the server
// gives itself, which are counted, and logged for debugging.
#pragma once
#include <exception>
#include <string_view>

#include "net/framing.h"
#include "net/reactor_context.h"
#include "net/response_writer.h"

namespace postbell::net {

/// The bytes of `response`, in the reactor's scratch buffer.
std::string_view bytesOf(ReactorContext& reactor, const Response& response, const AnswerForm& form);

/// To a request that is malformed, too large or too slow.
Response refused(ReactorContext& reactor, const Refusal& refusal);
/// To a request for which there is no room.
Response overloaded(ReactorContext& reactor);
/// To plain HTTP on a TLS port.
Response plainHttp(ReactorContext& reactor);
void noteTlsFailure(ReactorContext& reactor, std::string_view reason);
void noteHandlerFailure(ReactorContext& reactor, std::string_view reason);

}  // namespace postbell::net
