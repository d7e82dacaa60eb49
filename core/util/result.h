// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace postbell::util {

/// Why there is no value: a sentence for people.
struct Problem {
    std::string text;
};

/// A value, or the problem that there is instead of it: a function returns either as it is.
template <class T>
class Result {
  public:
    Result(T value) : value_(std::move(value)) {}                   // NOLINT
    Result(Problem problem) : problem_(std::move(problem.text)) {}  // NOLINT

    explicit operator bool() const { return value_.has_value(); }
    /// Precondition: there is a value.
    const T& operator*() const { return *value_; }
    const T* operator->() const { return &*value_; }
    /// Empty if there is a value.
    const std::string& problem() const { return problem_; }
    /// For start-up and tests, where no value is the end. Throws std::invalid_argument with the
    /// problem.
    T value() const {
        if (!value_) throw std::invalid_argument(problem_);
        return *value_;
    }

  private:
    std::optional<T> value_;
    std::string problem_;
};

}  // namespace postbell::util
