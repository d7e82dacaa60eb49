// SPDX-License-Identifier: Apache-2.0
#include "net/request_reader.h"

#include <algorithm>

#include "util/release_memory.h"

namespace postbell::net {
namespace {

/// Memory that is reserved on a client's word alone; the rest grows with the bytes that come.
constexpr std::size_t kReserveBytes = 4 * 1024;
/// What an allocation costs beside its bytes: a field has two, its name and its value.
constexpr std::size_t kAllocationBytes = 16;

std::size_t memoryOf(const RequestHead& head, std::size_t text_bytes) {
    return text_bytes + head.headers.capacity() * sizeof(HeaderList::value_type) +
           head.headers.size() * 2 * kAllocationBytes;
}

}  // namespace

RequestReader::RequestReader(const Limits& limits)
    : limits_(limits), scanner_({limits.header_bytes, limits.header_fields}) {}

void RequestReader::refuse(const Refusal& refusal) {
    refusal_ = refusal;
    progress_ = Progress::Refused;
}

std::size_t RequestReader::readHead(std::string_view bytes) {
    switch (scanner_.scan(bytes)) {
        case HeadScanner::Progress::Incomplete:
            return 0;
        case HeadScanner::Progress::Refused:
            refuse(scanner_.refusal());
            return 0;
        case HeadScanner::Progress::Complete:
            break;
    }
    const std::string_view head = bytes.substr(scanner_.begin(), scanner_.end() - scanner_.begin());
    if (const auto refusal = parseHead(head, head_)) {
        refuse(*refusal);
    } else if (head_.content_length > limits_.body_bytes) {
        refuse({413, "The body is too large"});
    } else {
        progress_ = Progress::HeadDone;
        head_bytes_ = memoryOf(head_, head.size());
    }
    return scanner_.end();
}

std::size_t RequestReader::readBody(std::string_view bytes) {
    if (progress_ == Progress::HeadDone) {
        progress_ = Progress::Body;
        if (head_.chunked)
            chunked_.emplace(ChunkedLimits{.body_bytes = limits_.body_bytes});
        else
            body_.reserve(
                std::min<std::size_t>(head_.content_length, std::max(bytes.size(), kReserveBytes)));
    }
    std::size_t used = 0;
    if (chunked_) {
        used = chunked_->feed(bytes, body_);
        if (chunked_->refusal())
            refuse(*chunked_->refusal());
        else if (chunked_->done())
            progress_ = Progress::Complete;
        return used;
    }
    used = std::min<std::size_t>(bytes.size(), head_.content_length - body_.size());
    body_.append(bytes.data(), used);
    if (body_.size() == head_.content_length) progress_ = Progress::Complete;
    return used;
}

void RequestReader::trim() {
    if (body_.capacity() - body_.size() > kReserveBytes) body_.shrink_to_fit();
}

Request RequestReader::take() {
    Request request{std::move(head_.method),  std::move(head_.path), std::move(head_.query),
                    std::move(head_.headers), std::move(body_),      {}};
    reset();
    return request;
}

void RequestReader::reset() {
    progress_ = Progress::Head;
    scanner_.reset();
    head_ = RequestHead();
    head_bytes_ = 0;
    chunked_.reset();
    util::releaseMemory(body_);
}

}  // namespace postbell::net
