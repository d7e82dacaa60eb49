// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "engine/answer.h"

namespace postbell::provider {

/// An answer that outlives AnswerSink::answered(): a copy with texts of its own.
class KeptAnswer {
  public:
    explicit KeptAnswer(const engine::Answer& answer)
        : answer_(answer), body_(answer.body), detail_(answer.detail) {
        for (const engine::Header& header : answer.headers)
            headers_.emplace_back(header.name, header.value);
    }
    /// Borrows from this.
    engine::Answer view() const {
        engine::Answer answer = answer_;
        for (std::size_t i = 0; i < headers_.size(); ++i) {
            answer.headers[i].name = headers_[i].first;
            answer.headers[i].value = headers_[i].second;
        }
        answer.body = body_;
        answer.detail = detail_;
        return answer;
    }

  private:
    engine::Answer answer_;  // with views that view() replaces
    std::string body_, detail_;
    std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace postbell::provider
