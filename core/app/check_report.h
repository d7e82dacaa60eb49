// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace postbell::app {

/// Warn: the part works now, and an admin should look at it.
enum class Verdict { Yes, Warn, No };

/// The findings of `check`, line by line.
class CheckReport {
  public:
    void add(const std::string& what, Verdict verdict, const std::string& detail) {
        checks_.push_back({{"check", what},
                           {"ok", verdict != Verdict::No},
                           {"verdict", word(verdict)},
                           {"detail", detail}});
        worst_ = std::max(worst_, verdict);
    }
    /// `run` returns the sentence of success, with a verdict if it may be a warning, or throws.
    template <class Run>
    void attempt(const std::string& what, Run&& run) {
        try {
            addResult(what, run());
        } catch (const std::exception& e) {
            add(what, Verdict::No, e.what());
        }
    }
    nlohmann::json take() {
        return {{"ok", worst_ != Verdict::No},
                {"verdict", word(worst_)},
                {"checks", std::move(checks_)}};
    }

  private:
    static const char* word(Verdict verdict) {
        switch (verdict) {
            case Verdict::Yes:
                return "yes";
            case Verdict::Warn:
                return "warn";
            case Verdict::No:
                return "no";
        }
        return "no";
    }
    void addResult(const std::string& what, const std::string& detail) {
        add(what, Verdict::Yes, detail);
    }
    void addResult(const std::string& what, const std::pair<Verdict, std::string>& result) {
        add(what, result.first, result.second);
    }

    nlohmann::json checks_ = nlohmann::json::array();
    Verdict worst_ = Verdict::Yes;
};

/// For people one word is enough: the verdict stands in place of `ok`.
inline nlohmann::json withoutFlags(nlohmann::json report) {
    report.erase("ok");
    for (nlohmann::json& check : report["checks"]) check.erase("ok");
    return report;
}

}  // namespace postbell::app
