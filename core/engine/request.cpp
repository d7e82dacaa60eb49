// SPDX-License-Identifier: Apache-2.0
#include "engine/request.h"

#include <charconv>

#include "engine/request_check.h"
#include "util/release_memory.h"

namespace postbell::engine {
namespace {

constexpr std::size_t kKeptRequests = 64;     // of an idle pool
constexpr std::size_t kKeptBytes = 8 * 1024;  // of a buffer that waits for its next request

// nghttp2 only reads, but its struct has no const.
std::uint8_t* pointer(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

nghttp2_nv field(std::string_view name, std::string_view value, unsigned flags = 0) {
    return {pointer(name), pointer(value), name.size(), value.size(),
            static_cast<std::uint8_t>(flags | NGHTTP2_NV_FLAG_NO_COPY_NAME |
                                      NGHTTP2_NV_FLAG_NO_COPY_VALUE)};
}

// RFC 9110, 8.6: methods whose empty body is worth saying.
bool expectsBody(std::string_view method) {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

void trim(std::string& buffer) {
    if (buffer.capacity() > kKeptBytes) util::releaseMemory(buffer);
    buffer.clear();
}

}  // namespace

std::string_view Request::assign(const RequestView& request, std::string_view authority,
                                 std::uint64_t request_tag) {
    tag = request_tag;
    times_unprocessed = 0;
    if (const std::string_view breach = http2Breach(request); !breach.empty()) return breach;

    char length[24];
    const auto length_end = std::to_chars(length, std::end(length), request.body.size()).ptr;
    const std::string_view length_text(length, static_cast<std::size_t>(length_end - length));
    std::size_t size =
        request.method.size() + request.path.size() + length_text.size() + request.body.size();
    for (const Header& header : request.headers) size += header.name.size() + header.value.size();

    bytes.clear();
    bytes.reserve(size);  // nothing moves from here on
    const auto keep = [this](std::string_view text) {
        const std::size_t at = bytes.size();
        bytes.append(text);
        return std::string_view(bytes.data() + at, text.size());
    };
    fields.clear();
    fields.push_back(field(":method", keep(request.method)));
    fields.push_back(field(":scheme", "https"));
    fields.push_back(field(":authority", authority));
    // nghttp2 itself keeps :path and content-length out of the table.
    fields.push_back(field(":path", keep(request.path)));
    for (const Header& header : request.headers) {
        // nghttp2 has no "without indexing" to ask for, but "never indexed" costs the same on the
        // wire (RFC 7541, 6.2).
        const unsigned flags = header.secret || header.varies ? NGHTTP2_NV_FLAG_NO_INDEX : 0;
        const std::string_view name = keep(header.name);
        fields.push_back(field(name, keep(header.value), flags));
    }
    if (!request.body.empty() || expectsBody(request.method))
        fields.push_back(field("content-length", keep(length_text)));
    body = keep(request.body);
    rewind();
    return {};
}

void Request::rewind() {
    body_sent = 0;
    connection = nullptr;
    connection_number = 0;
    stream_id = 0;
    sent = false;
    status = 0;
    interim_answers = 0;
    head_bytes = 0;
    head_complete = false;
    answer_complete = false;
    answer_parts.clear();
    answer_head.clear();
    answer_body.clear();
    failure = Failure::None;
    detail.clear();
}

void Request::fail(Failure why, std::string_view text) {
    rewind();
    failure = why;
    detail = text;
}

bool Request::addHeader(std::string_view name, std::string_view value) {
    head_bytes += name.size() + value.size();
    if (head_bytes > kMaxHeadBytes || answer_parts.size() == kMaxHeaders) {
        detail = "the answer's headers are more than 100 or 32 KiB";
        return false;
    }
    if (head_complete) return true;  // trailers
    if (name == ":status") {
        // nghttp2 has checked that these are three digits.
        std::from_chars(value.data(), value.data() + value.size(), status);
        answer_head.clear();
        answer_parts.clear();
        if (status >= 200 || ++interim_answers <= kMaxInterimAnswers) return true;
        detail = "more than 16 interim answers came before the answer";
        return false;
    }
    answer_head.append(name).append(value);
    answer_parts.push_back(
        {static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
    return true;
}

bool Request::addBody(std::string_view part) {
    const std::size_t room = Answer::kMaxBodyBytes - answer_body.size();
    answer_body.append(part.substr(0, room));
    return part.size() <= room;
}

void Request::fill(Answer& answer) const {
    answer.failure = failure;
    answer.status = status;
    answer.headers.clear();
    std::string_view rest = answer_head;
    for (const Part& part : answer_parts) {
        answer.headers.push_back(
            {rest.substr(0, part.name_size), rest.substr(part.name_size, part.value_size)});
        rest.remove_prefix(part.name_size + part.value_size);
    }
    answer.body = answer_body;
    answer.detail = detail;
    answer.connection = connection_number;
}

Request& RequestSlab::take() {
    if (free_.empty()) {
        all_.push_back(std::make_unique<Request>());
        free_.reserve(all_.capacity());  // release() does not allocate
        return *all_.back();
    }
    Request& request = *free_.back();
    free_.pop_back();
    request.abandoned = false;
    return request;
}

void RequestSlab::release(Request& request) {
    trim(request.bytes);
    trim(request.answer_head);
    trim(request.answer_body);
    trim(request.detail);
    free_.push_back(&request);
    if (free_.size() == all_.size() && all_.size() > kKeptRequests) {
        free_.clear();
        all_.resize(kKeptRequests);
        for (const auto& kept : all_) free_.push_back(kept.get());
    }
}

}  // namespace postbell::engine
