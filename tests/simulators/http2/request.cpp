// SPDX-License-Identifier: Apache-2.0
#include "request.h"

#include <algorithm>

namespace http2_simulator {

namespace {

constexpr std::array<std::string_view, kHeaderCount> kNames = {
    ":method",    ":path",          ":authority",    "authorization",   "content-type",
    "apns-topic", "apns-push-type", "apns-priority", "apns-expiration", "apns-collapse-id",
    "apns-id",    "content-length"};
constexpr std::size_t kKeptPayload = 16 * 1024;
constexpr std::size_t kKeptUnknown = 16;

}  // namespace

std::optional<Header> findHeader(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (name.size() == kNames[i].size() && name.back() == kNames[i].back() && name == kNames[i])
            return static_cast<Header>(i);
    return std::nullopt;
}

std::string_view headerName(Header header) {
    return kNames[static_cast<std::size_t>(header)];
}

void Request::addHeader(std::string_view name, std::string_view value) {
    if (const auto header = findHeader(name)) {
        if (present_[index(*header)]) has_duplicates_ = true;
        present_.set(index(*header));
        values_[index(*header)] = value;
    } else if (name.starts_with("apns-") && unknown_.size() < kKeptUnknown) {
        unknown_.emplace_back(name, value);
    }
}

void Request::addPayload(std::string_view bytes) {
    payload_size_ += bytes.size();
    payload_.append(bytes.substr(0, kKeptPayload - std::min(kKeptPayload, payload_.size())));
}

void Request::clear() {
    for (auto& value : values_) value.clear();
    present_.reset();
    has_duplicates_ = false;
    payload_.clear();
    payload_size_ = 0;
    unknown_.clear();
}

}  // namespace http2_simulator
