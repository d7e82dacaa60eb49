// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace postbell::kit {

/// A word with the HTTP status behind it, "Unknown418": the reason of an outcome without a name of
/// its own. Metrics keep reasons apart, so that there are few: one for each status. Confined to one
/// thread at a time.
class StatusReason {
  public:
    static constexpr std::size_t kMaxWord = 28;

    /// Valid until the next call. A longer word is cut; a number that is no status is left out.
    std::string_view of(std::string_view word, int status) {
        char* end = text_.data() + word.copy(text_.data(), kMaxWord);
        if (status >= 100 && status <= 599)
            end = std::to_chars(end, text_.data() + text_.size(), status).ptr;
        return {text_.data(), static_cast<std::size_t>(end - text_.data())};
    }

  private:
    std::array<char, kMaxWord + 3> text_{};
};

}  // namespace postbell::kit
