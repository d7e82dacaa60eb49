// SPDX-License-Identifier: Apache-2.0
#include "engine/http1_session.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace postbell::engine {
namespace {

constexpr std::size_t kMaxLine = Request::kMaxHeadBytes;
constexpr std::size_t kMaxChunkLine = 256;  // with its extensions, which nobody sends

std::string_view view(const nghttp2_nv& field, bool name) {
    return name ? std::string_view(reinterpret_cast<const char*>(field.name), field.namelen)
                : std::string_view(reinterpret_cast<const char*>(field.value), field.valuelen);
}

/// The request that HTTP/2's fields stand for (RFC 9112, 3).
std::string headOf(const Request& request) {
    std::string_view method, path, authority;
    std::string rest;
    for (const nghttp2_nv& field : request.fields) {
        const std::string_view name = view(field, true), value = view(field, false);
        if (name == ":method")
            method = value;
        else if (name == ":path")
            path = value;
        else if (name == ":authority")
            authority = value;
        else if (!name.starts_with(':'))
            rest.append(name).append(": ").append(value).append("\r\n");
    }
    std::string head(method);
    head.append(" ").append(path).append(" HTTP/1.1\r\nhost: ").append(authority);
    return head.append("\r\n").append(rest).append("\r\n");
}

bool isToken(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
    });
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool isPlain(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

/// Of the whole text, in `base`; false for anything else.
bool readNumber(std::string_view text, int base, std::uint64_t& number) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    return error == std::errc() && stop == end;
}

bool listHas(std::string_view list, std::string_view wanted) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (lowered(trimmed(list.substr(0, comma))) == wanted) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

}  // namespace

bool Http1Session::fail(std::string_view why) {
    broken_ = "the server broke HTTP/1.1: ";
    broken_.append(why);
    closing_ = true;
    return false;
}

void Http1Session::close(std::string_view why) {
    closing_ = true;
    if (broken_.empty()) broken_ = why;
}

bool Http1Session::charge(std::size_t frames) {
    if (budget_.spend(frames)) return true;
    flooded_ = true;
    return fail("it floods the connection with what answers nothing");
}

bool Http1Session::submit(Request& request) {
    if (request_ != nullptr || closing_) return false;
    head_ = headOf(request);
    head_sent_ = 0;
    part_ = Part::StatusLine;
    request_ = &request;
    return true;
}

void Http1Session::abandon(Request& request) {
    request.abandoned = true;
    close("a request had no answer in time");
}

bool Http1Session::produce(std::string& out, std::size_t limit) {
    if (request_ == nullptr || said_goodbye_) return true;
    if (request_->abandoned) return false;
    const auto append = [&](std::string_view text, std::size_t& sent) {
        const std::size_t room = limit > out.size() ? limit - out.size() : 0;
        const std::string_view part = text.substr(sent, room);
        out.append(part);
        sent += part.size();
    };
    append(head_, head_sent_);
    if (head_sent_ > 0) request_->sent = true;
    if (head_sent_ == head_.size()) append(request_->body, request_->body_sent);
    return true;
}

void Http1Session::peerClosed() {
    if (request_ != nullptr && part_ == Part::BodyUntilClose) answered();
}

bool Http1Session::feed(std::string_view bytes) {
    if (!budget_.received(bytes.size())) return charge(FrameBudget::kMax);
    while (!bytes.empty()) {
        if (request_ == nullptr || !request_->sent)
            return fail("it sent an answer that no request asked for");
        if (!take(bytes)) return false;
    }
    return true;
}

/// Takes a piece of an answer.
bool Http1Session::take(std::string_view& bytes) {
    switch (part_) {
        case Part::Body:
        case Part::BodyUntilClose:
        case Part::Chunk:
            return takeBody(bytes);
        case Part::StatusLine:
        case Part::Fields:
        case Part::ChunkSize:
        case Part::ChunkEnd:
        case Part::Trailers:
            break;
    }
    const std::size_t end = bytes.find('\n');
    const bool whole = end != bytes.npos;
    line_.append(bytes.substr(0, whole ? end : bytes.size()));
    bytes.remove_prefix(whole ? end + 1 : bytes.size());
    if (line_.size() > (part_ == Part::ChunkSize ? kMaxChunkLine : kMaxLine))
        return fail("a line is too long");
    if (!whole) return true;
    if (line_.empty() || line_.back() != '\r') return fail("a line ends without CR");
    line_.pop_back();
    const std::string text = std::exchange(line_, {});
    return line(text);
}

bool Http1Session::line(std::string_view text) {
    switch (part_) {
        case Part::StatusLine:
            return statusLine(text);
        case Part::Fields:
            return text.empty() ? headEnded() : field(text);
        case Part::ChunkSize:
            return chunkSize(text);
        case Part::ChunkEnd:
            part_ = Part::ChunkSize;
            return text.empty() || fail("a chunk is longer than it says");
        case Part::Trailers:
            if (!text.empty()) return field(text);
            answered();
            return true;
        case Part::Body:
        case Part::BodyUntilClose:
        case Part::Chunk:
            break;
    }
    return true;
}

/// "HTTP/1.1 201 Created" (RFC 9112, 4).
bool Http1Session::statusLine(std::string_view text) {
    constexpr std::size_t kVersion = std::string_view("HTTP/1.1").size();
    const bool current = text.starts_with("HTTP/1.1 ");
    if (!current && !text.starts_with("HTTP/1.0 ")) return fail("it sent no status line");
    const std::string_view code = text.substr(kVersion + 1, 3);
    std::uint64_t status = 0;
    if (code.size() != 3 || !readNumber(code, 10, status) || status < 100 ||
        (text.size() > kVersion + 4 && text[kVersion + 4] != ' '))
        return fail("it sent no status");
    if (status == 101) return fail("it switched to a protocol that nobody asked for");
    if (!current) close("the server speaks HTTP/1.0, and closes after each answer");
    framing_ = {};
    part_ = Part::Fields;
    return request_->addHeader(":status", code) || fail(request_->detail);
}

bool Http1Session::field(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string name = lowered(text.substr(0, std::min(colon, text.size())));
    if (colon == text.npos || !isToken(name)) return fail("a field has no name");
    const std::string_view value = trimmed(text.substr(colon + 1));
    if (!isPlain(value)) return fail("a field has a control character");
    if (part_ == Part::Fields && !framing(name, value)) return false;
    return request_->addHeader(name, value) || fail(request_->detail);
}

/// RFC 9112, 6.3. A doubt about where an answer ends is the end of the connection.
bool Http1Session::framing(std::string_view name, std::string_view value) {
    if (name == "connection" && listHas(value, "close"))
        close("the server closes after its answer");
    if (name == "transfer-encoding") {
        if (framing_.chunked || lowered(value) != "chunked")
            return fail("it sent a transfer coding other than chunked");
        framing_.chunked = true;
    }
    if (name == "content-length") {
        std::uint64_t length = 0;
        if (!readNumber(value, 10, length) || (framing_.length_seen && framing_.length != length))
            return fail("it sent no number as content-length");
        framing_.length = length;
        framing_.length_seen = true;
    }
    if (framing_.chunked && framing_.length_seen)
        return fail("it sent a length beside a transfer coding");
    return true;
}

bool Http1Session::headEnded() {
    if (request_->status < 200) {
        part_ = Part::StatusLine;  // RFC 9110, 15.2: any number of these come before the answer
        return true;
    }
    request_->head_complete = true;
    const std::string_view method = view(request_->fields.front(), false);
    const bool none = request_->status == 204 || request_->status == 304 || method == "HEAD";
    if (none || (framing_.length_seen && framing_.length == 0)) {
        answered();
    } else if (framing_.chunked) {
        part_ = Part::ChunkSize;
    } else if (framing_.length_seen) {
        part_ = Part::Body;
        left_ = framing_.length;
    } else {
        part_ = Part::BodyUntilClose;
        left_ = std::numeric_limits<std::uint64_t>::max();
        close("the server closes after its answer");
    }
    return true;
}

bool Http1Session::chunkSize(std::string_view text) {
    if (!readNumber(trimmed(text.substr(0, text.find(';'))), 16, left_))
        return fail("a chunk has no size");
    part_ = left_ == 0 ? Part::Trailers : Part::Chunk;
    return true;
}

bool Http1Session::takeBody(std::string_view& bytes) {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    const std::string_view part = bytes.substr(0, size);
    bytes.remove_prefix(size);
    left_ -= size;
    if (!request_->addBody(part)) {
        close("an answer was longer than 64 KiB");
        answered();
        bytes = {};
        return true;
    }
    budget_.delivered(size);
    if (left_ > 0) return true;
    if (part_ == Part::Chunk)
        part_ = Part::ChunkEnd;
    else
        answered();
    return true;
}

void Http1Session::answered() {
    Request& request = *std::exchange(request_, nullptr);
    request.answer_complete = true;
    // What is left of the request would be read as the next one.
    if (head_sent_ < head_.size() || request.body_sent < request.body.size())
        close("the server answered before it had the request");
    part_ = Part::StatusLine;
    budget_.answered();
    events_.requestEnded(request, request.abandoned ? Ending::Abandoned : Ending::Answered, {});
}

}  // namespace postbell::engine
