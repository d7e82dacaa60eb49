// SPDX-License-Identifier: Apache-2.0
#include "net/answers.h"

#include "util/printable.h"
#include "util/release_memory.h"

namespace postbell::net {
namespace {

/// Of the scratch buffer, between two answers.
constexpr std::size_t kKeptBytes = 1024 * 1024;
/// Of a field's name, in the log.
constexpr std::size_t kMaxShown = 64;

}  // namespace

std::string_view bytesOf(ReactorContext& reactor, const Response& response,
                         const AnswerForm& form) {
    if (reactor.out.capacity() > kKeptBytes) util::releaseMemory(reactor.out);
    reactor.out.clear();
    if (const auto* field = writeResponse(reactor.out, response, form, reactor.date.text()))
        reactor.state.log.warning(
            "an answer's header field is left out: its name or value is not allowed",
            {{"listener", reactor.state.settings.name},
             {"field", util::printable(field->first, kMaxShown)}});
    return reactor.out;
}

Response refused(ReactorContext& reactor, const Refusal& refusal) {
    ReactorCounters::bump(refusal.status == 408 ? reactor.counters.timed_out
                                                : reactor.counters.refused_malformed);
    reactor.state.log.debug("a request is refused", {{"listener", reactor.state.settings.name},
                                                     {"status", refusal.status},
                                                     {"reason", refusal.title}});
    Response response = problem(refusal.status, refusal.title);
    if (refusal.status == 415) response.headers.emplace_back("accept-encoding", "identity");
    return response;
}

Response overloaded(ReactorContext& reactor) {
    ReactorCounters::bump(reactor.counters.refused_overload);
    Response response = problem(503, "Too many requests are being worked on; try again");
    response.headers.emplace_back("retry-after", "1");
    return response;
}

Response plainHttp(ReactorContext& reactor) {
    ReactorCounters::bump(reactor.counters.tls_failures);
    return problem(400, "This port speaks HTTPS only");
}

void noteTlsFailure(ReactorContext& reactor, std::string_view reason) {
    ReactorCounters::bump(reactor.counters.tls_failures);
    reactor.state.log.debug("a TLS connection failed",
                            {{"listener", reactor.state.settings.name}, {"reason", reason}});
}

void noteHandlerFailure(ReactorContext& reactor, std::string_view reason) {
    reactor.state.log.error("a request's handler failed",
                            {{"listener", reactor.state.settings.name}, {"reason", reason}});
}

}  // namespace postbell::net
