// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http2_simulator {

enum class Header {
    Method,
    Path,
    Authority,
    Authorization,
    ContentType,
    Topic,
    PushType,
    Priority,
    Expiration,
    CollapseId,
    Id,
    ContentLength
};
inline constexpr std::size_t kHeaderCount = 12;

/// The header of this name, if it is one that a push network looks at.
std::optional<Header> findHeader(std::string_view name);
std::string_view headerName(Header header);

/// One request as it arrived. Reused: clear() keeps the memory.
class Request {
  public:
    const std::string& operator[](Header header) const { return values_[index(header)]; }
    bool has(Header header) const { return present_[index(header)]; }
    void addHeader(std::string_view name, std::string_view value);
    void addPayload(std::string_view bytes);
    void clear();

    const std::string& payload() const { return payload_; }
    /// Counted on when payload() stopped growing.
    std::size_t payloadSize() const { return payload_size_; }
    bool hasDuplicates() const { return has_duplicates_; }
    /// Headers that begin with apns- and that nobody knows.
    const std::vector<std::pair<std::string, std::string>>& unknown() const { return unknown_; }

  private:
    static std::size_t index(Header header) { return static_cast<std::size_t>(header); }

    std::array<std::string, kHeaderCount> values_;
    std::bitset<kHeaderCount> present_;
    bool has_duplicates_ = false;
    std::string payload_;
    std::size_t payload_size_ = 0;
    std::vector<std::pair<std::string, std::string>> unknown_;
};

}  // namespace http2_simulator
