// SPDX-License-Identifier: Apache-2.0
// Bytes from the internet, up to a whole request: nothing crashes, limits hold, and how the bytes
// are cut into pieces changes nothing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "net/request_reader.h"
#include "util/http_syntax.h"

using namespace postbell::net;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

const Limits& limits() {
    static const Limits small = [] {
        Limits made;
        made.header_bytes = 512;
        made.header_fields = 8;
        made.body_bytes = 256;
        return made;
    }();
    return small;
}

/// What a connection of these bytes hands out, up to the first refusal, and that one's status.
struct Outcome {
    std::vector<Request> requests;
    int refused = 0;
};

void checkRequest(const Request& request) {
    require(postbell::util::isToken(request.method));
    require(!request.path.empty() && (request.path.front() == '/' || request.path == "*"));
    require(request.body.size() <= limits().body_bytes);
    require(request.headers.size() <= limits().header_fields);
    for (const auto& [name, value] : request.headers)
        require(postbell::util::isToken(name) && postbell::util::isFieldText(value));
}

Outcome readAll(std::string_view bytes, std::size_t piece) {
    RequestReader reader(limits());
    Outcome outcome;
    std::string waiting;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        waiting.append(bytes.substr(at, piece));
        for (bool goes_on = true; goes_on;) {
            switch (reader.progress()) {
                case RequestReader::Progress::Head: {
                    const std::size_t used = reader.readHead(waiting);
                    require(used <= waiting.size());
                    waiting.erase(0, used);
                    goes_on = reader.progress() != RequestReader::Progress::Head;
                    break;
                }
                case RequestReader::Progress::HeadDone:
                case RequestReader::Progress::Body: {
                    const std::size_t used = reader.readBody(waiting);
                    require(used <= waiting.size());
                    waiting.erase(0, used);
                    goes_on = reader.progress() != RequestReader::Progress::Body;
                    break;
                }
                case RequestReader::Progress::Complete:
                    outcome.requests.push_back(reader.take());
                    checkRequest(outcome.requests.back());
                    goes_on = !waiting.empty();
                    break;
                case RequestReader::Progress::Refused:
                    outcome.refused = reader.refusal().status;
                    return outcome;
            }
        }
        require(waiting.size() <= limits().header_bytes);
    }
    return outcome;
}

bool same(const Request& a, const Request& b) {
    return a.method == b.method && a.path == b.path && a.query == b.query &&
           a.headers == b.headers && a.body == b.body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const void* bytes = data;
    const std::string_view text(static_cast<const char*>(bytes), size);
    const Outcome whole = readAll(text, size + 1);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
        const Outcome cut = readAll(text, piece);
        require(cut.refused == whole.refused && cut.requests.size() == whole.requests.size());
        for (std::size_t i = 0; i < cut.requests.size(); ++i)
            require(same(cut.requests[i], whole.requests[i]));
    }
    return 0;
}
