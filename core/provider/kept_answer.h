// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/answer.h"

namespace postbell::provider {

/// An answer that outlives AnswerSink::answered(): a copy with texts of its own. Only making it
/// needs memory.
class KeptAnswer {
  public:
    explicit KeptAnswer(const engine::Answer& answer)
        : answer_(answer), texts_(std::make_unique<Texts>()) {
        const auto kept = [this](std::string_view text) -> std::string_view {
            return texts_->emplace_back(text);
        };
        texts_->reserve(2 + 2 * answer.headers.size());
        answer_.body = kept(answer.body);
        answer_.detail = kept(answer.detail);
        for (engine::Header& header : answer_.headers) {
            header.name = kept(header.name);
            header.value = kept(header.value);
        }
    }
    /// Borrows from this, and stays where it is when this is moved.
    const engine::Answer& view() const { return answer_; }

  private:
    using Texts = std::vector<std::string>;

    engine::Answer answer_;  // with views of texts_
    std::unique_ptr<Texts> texts_;
};

}  // namespace postbell::provider
