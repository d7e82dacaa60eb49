// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>
#include <vector>

#include "plugin/text.h"
#include "postbell/abi.h"

namespace postbell::plugin {

/// An HTTP answer as the contract has it. Borrows the texts; its memory is used again.
class RawResponse {
  public:
    /// Begins another answer. `status` 0: none came, for the reason `detail`.
    void begin(int status, std::string_view body, std::string_view detail) {
        headers_.clear();
        raw_ = {};
        raw_.size = sizeof raw_;
        raw_.status = status;
        raw_.body = rawBytes(body);
        raw_.detail = raw(detail);
    }
    void addHeader(std::string_view name, std::string_view value) {
        headers_.push_back({rawPresent(name), rawPresent(value), 0});
    }
    /// Valid until the answer is changed.
    const postbell_response& get() {
        raw_.headers = headers_.data();
        raw_.header_count = headers_.size();
        return raw_;
    }

  private:
    std::vector<postbell_header> headers_;
    postbell_response raw_{};
};

}  // namespace postbell::plugin
