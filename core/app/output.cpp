// SPDX-License-Identifier: Apache-2.0
#include "app/output.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "util/printable.h"

namespace postbell::app {
namespace {

using nlohmann::json;

std::string inWords(const json& value) {
    if (value.is_null()) return "-";
    if (value.is_string()) return util::printable(value.get_ref<const std::string&>());
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (value.is_array()) {
        std::string all;
        for (const json& item : value) all += (all.empty() ? "" : ", ") + inWords(item);
        return all.empty() ? "-" : all;
    }
    if (value.is_object()) {
        std::string all;
        for (const auto& [name, item] : value.items())
            all += (all.empty() ? "" : ", ") + util::printable(name) + "=" + inWords(item);
        return all.empty() ? "-" : all;
    }
    return value.dump();
}

/// The config's problems have a line each.
std::string printableLines(std::string_view text) {
    std::string lines;
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        lines.append(util::printable(text.substr(0, end))).append(1, '\n');
        text.remove_prefix(end + 1);
    }
    return lines + util::printable(text);
}

/// With escapes where a terminal could be steered.
std::string inJson(const json& answer) {
    constexpr auto kReplace = json::error_handler_t::replace;
    std::string text = answer.dump(-1, ' ', false, kReplace);
    return util::isPrintable(text) ? text : answer.dump(-1, ' ', true, kReplace);
}

void printTable(const std::string& name, const json& rows) {
    if (rows.empty()) {
        std::cout << "no " << util::printable(name) << "\n";
        return;
    }
    std::vector<std::string> columns;
    std::map<std::string, std::size_t> widths;
    for (const char* first :
         {"verdict", "check", "at", "who", "tenant", "app", "credential", "registration_id"})
        if (rows.front().contains(first)) columns.emplace_back(first);
    for (const auto& [key, value] : rows.front().items())
        if (std::find(columns.begin(), columns.end(), key) == columns.end()) columns.push_back(key);
    for (const std::string& column : columns) {
        widths[column] = util::printable(column).size();
        for (const json& row : rows)
            widths[column] = std::max(widths[column], inWords(row.value(column, json())).size());
    }
    const auto line = [&](const auto& cell) {
        std::string text;
        for (const std::string& column : columns) {
            const std::string value = cell(column);
            text += value + std::string(widths[column] - value.size() + 2, ' ');
        }
        text.erase(text.find_last_not_of(' ') + 1);
        std::cout << text << "\n";
    };
    line([](const std::string& column) { return util::printable(column); });
    for (const json& row : rows)
        line([&](const std::string& column) { return inWords(row.value(column, json())); });
}

void printFields(const json& object, const std::string& indent) {
    std::size_t width = 0;
    for (const auto& [key, value] : object.items())
        width = std::max(width, util::printable(key).size());
    for (const auto& [key, value] : object.items()) {
        const std::string name = util::printable(key);
        if (value.is_object() && !value.empty()) {
            std::cout << indent << name << ":\n";
            printFields(value, indent + "  ");
        } else if (value.is_array() && !value.empty() && value.front().is_object()) {
            printTable(key, value);
        } else {
            std::cout << indent << name << std::string(width - name.size(), ' ') << "  "
                      << inWords(value) << "\n";
        }
    }
}

}  // namespace

void printAnswer(const json& answer, bool as_json) {
    errno = 0;
    if (as_json)
        std::cout << inJson(answer) << "\n";
    else if (answer.size() == 1 && answer.begin()->is_array())
        printTable(answer.begin().key(), *answer.begin());
    else
        printFields(answer, "");
    std::cout.flush();
    if (!std::cout)
        throw std::runtime_error(
            std::string("the call was done, and its answer could not be written to standard "
                        "output") +
            (errno != 0 ? std::string(": ") + std::strerror(errno) : std::string()));
}

void printError(const std::string& title, bool as_json) {
    if (as_json) std::cout << inJson({{"error", {{"title", title}}}}) << std::endl;
    // Also where standard output takes nothing.
    if (!as_json || !std::cout) std::cerr << "postbell: " << printableLines(title) << std::endl;
}

}  // namespace postbell::app
