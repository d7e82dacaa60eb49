// SPDX-License-Identifier: Apache-2.0
#include "app/wrong_word.h"

#include "config/wording.h"

namespace postbell::app {
namespace {

using Path = std::vector<const CLI::App*>;

std::string nameOf(const Path& path) {
    std::string name;
    for (const CLI::App* app : path) name += (name.empty() ? "" : " ") + app->get_name();
    return name;
}

/// An option of a command or of those above it, which may stand anywhere behind.
const CLI::Option* findOption(const Path& path, const std::string& name) {
    for (const CLI::App* app : path)
        if (const CLI::Option* option = app->get_option_no_throw(name)) return option;
    return nullptr;
}

std::string sayWrongOption(const Path& path, const std::string& word) {
    std::vector<std::string> known;
    for (const CLI::App* app : path)
        for (const CLI::Option* option : app->get_options())
            if (!option->get_lnames().empty()) known.push_back("--" + option->get_lnames().front());
    return "`" + nameOf(path) + "` has no option " + config::inQuotes(word) + "." +
           config::didYouMean(word, known);
}

std::vector<std::string> commandsOf(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands(nullptr))
        names.push_back(command->get_name());
    return names;
}

std::string sayWrongCommand(const Path& path, const std::vector<std::string>& known,
                            const std::string& word) {
    std::string hint = config::didYouMean(word, known);
    if (hint.empty()) hint = " There are " + config::quotedList(known) + ".";
    return "`" + nameOf(path) + "` has no command " + config::inQuotes(word) + "." + hint;
}

}  // namespace

std::string sayWrongWord(const CLI::App& app, const std::vector<std::string_view>& typed) {
    Path path{&app};
    for (std::size_t i = 0; i < typed.size(); ++i) {
        const std::string word(typed[i]);
        if (word.starts_with("--")) {
            const std::size_t equals = word.find('=');
            const CLI::Option* option = findOption(path, word.substr(0, equals));
            if (option == nullptr) return sayWrongOption(path, word.substr(0, equals));
            if (equals == word.npos && option->get_items_expected_max() > 0) ++i;  // its value
            continue;
        }
        const std::vector<std::string> known = commandsOf(*path.back());
        if (known.empty()) continue;  // a value of the command's own
        const auto next = path.back()->get_subcommands(
            [&word](const CLI::App* command) { return command->get_name() == word; });
        if (next.empty()) return sayWrongCommand(path, known, word);
        path.push_back(next.front());
    }
    const std::vector<std::string> known = commandsOf(*path.back());
    if (known.empty()) return {};
    return "`" + nameOf(path) + "` needs a command. There are " + config::quotedList(known) + ".";
}

std::string inOptionWords(const std::string& sentence,
                          const std::map<std::string, std::string>& options) {
    std::string words;
    std::string_view rest = sentence;
    // Names of arguments stand at the begin; behind, quotation marks hold an admin's own words.
    while (rest.starts_with('"')) {
        const std::size_t end = rest.find('"', 1);
        const auto found = options.find(std::string(rest.substr(1, end - 1)));
        if (end == rest.npos || found == options.end()) break;
        words += found->second;
        rest.remove_prefix(end + 1);
        constexpr std::string_view kOr = " or ";
        if (!rest.starts_with(std::string(kOr) + '"')) break;
        words += kOr;
        rest.remove_prefix(kOr.size());
    }
    return words.append(rest);
}

}  // namespace postbell::app
