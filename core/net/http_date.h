// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include <chrono>
#include <string>

#include "util/time.h"

namespace postbell::net {

/// The time as answers carry it, formatted once a second.
class HttpDate {
  public:
    void update(util::SteadyTime now) {
        const auto second = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
        if (second == second_) return;
        text_ =
            Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT);
        second_ = second;
    }
    const std::string& text() const { return text_; }

  private:
    std::chrono::seconds second_{-1};
    std::string text_;
};

}  // namespace postbell::net
