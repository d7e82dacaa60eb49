// SPDX-License-Identifier: Apache-2.0
#include "config/problem.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace postbell::config {
namespace {

void sortByPlace(std::vector<Problem>& problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
    });
}

std::string lines(std::string_view file, std::vector<Problem>& problems) {
    sortByPlace(problems);
    std::string text;
    for (const Problem& problem : problems) {
        if (!text.empty()) text += '\n';
        text += format(file, problem);
    }
    return text;
}

}  // namespace

std::string format(std::string_view file, const Problem& problem) {
    std::string line(file);
    if (problem.at.line != 0)
        line += ":" + std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column);
    line += ": ";
    if (!problem.section.empty()) line += problem.section + " ";
    if (!problem.key.empty())
        line += problem.key + ": ";
    else if (!problem.section.empty())
        line.back() = ':', line += ' ';
    return line + problem.text;
}

ConfigError::ConfigError(std::string_view file, std::vector<Problem> problems)
    : std::runtime_error(lines(file, problems)), problems_(std::move(problems)) {}

}  // namespace postbell::config
