// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>

#include <exception>
#include <string>
#include <utility>

namespace postbell::app {

/// What `check` found, line by line.
class CheckReport {
  public:
    void add(const std::string& what, bool ok, const std::string& detail) {
        checks_.push_back({{"check", what}, {"ok", ok}, {"detail", detail}});
        ok_ = ok_ && ok;
    }
    /// `run` returns the sentence of success, or throws.
    template <class Run>
    void attempt(const std::string& what, Run&& run) {
        try {
            add(what, true, run());
        } catch (const std::exception& e) {
            add(what, false, e.what());
        }
    }
    nlohmann::json take() { return {{"ok", ok_}, {"checks", std::move(checks_)}}; }

  private:
    nlohmann::json checks_ = nlohmann::json::array();
    bool ok_ = true;
};

}  // namespace postbell::app
