// SPDX-License-Identifier: Apache-2.0
#include "app/command_builder.h"

#include <charconv>
#include <string_view>
#include <system_error>

#include "util/codec.h"
#include "util/printable.h"
#include "util/regular_file.h"

namespace postbell::app {
namespace {

constexpr std::size_t kMaxCredentialBytes = 256 * 1024;

std::string readFile(const std::string& file) {
    const auto read = util::readRegularFile(file, kMaxCredentialBytes);
    if (!read) throw CLI::ValidationError(file, "the file " + read.problem());
    return read->bytes;
}

}  // namespace

std::string readPassword(const std::string& file) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    const std::string content = readFile(file);
    std::string_view password = content;
    if (password.starts_with(kByteOrderMark)) password.remove_prefix(kByteOrderMark.size());
    if (password.find('\0') != password.npos)
        throw CLI::ValidationError(file,
                                   "the file is in UTF-16, as PowerShell and Notepad write it; "
                                   "save it as UTF-8");
    password = password.substr(0, password.find_first_of("\r\n"));
    if (!util::isUtf8(password))
        throw CLI::ValidationError(file,
                                   "the file is not UTF-8 but in another encoding, such as "
                                   "Windows-1252; save it as UTF-8");
    return std::string(password);
}

CLI::App* CommandBuilder::group(const char* name, const char* help) {
    CLI::App* command = app_.add_subcommand(name, help);
    command->fallthrough();
    command->require_subcommand(1);
    return command;
}

CLI::App* CommandBuilder::top(const char* name, const char* help, Invocation::Kind kind) {
    CLI::App* command = app_.add_subcommand(name, help);
    command->fallthrough();
    command->callback([this, kind] { out_.kind = kind; });
    return command;
}

CLI::App* CommandBuilder::admin(CLI::App* parent, const char* name, const char* help,
                                const char* call) {
    CLI::App* command = parent->add_subcommand(name, help);
    command->fallthrough();
    command->callback([this, call] {
        out_.kind = Invocation::Kind::Admin;
        out_.admin_call = call;
    });
    return command;
}

CLI::Option* CommandBuilder::text(CLI::App* command, const std::string& name, const char* argument,
                                  const char* help, Need need) {
    CLI::Option* option = command->add_option_function<std::string>(
        name, [this, argument](const std::string& value) { out_.arguments[argument] = value; },
        help);
    if (name.starts_with("--")) out_.options[argument] = name;
    return need == Need::Required ? option->required() : option;
}

void CommandBuilder::number(CLI::App* command, const std::string& name, const char* argument,
                            const char* help) {
    const auto read = [this, name, argument](const std::string& text) {
        std::int64_t value = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc() || rest != end)
            throw CLI::ValidationError(name, "must be a whole number");
        out_.arguments[argument] = value;
    };
    command->add_option_function<std::string>(name, read, help)->type_name("NUMBER");
    out_.options[argument] = name;
}

void CommandBuilder::flag(CLI::App* command, const std::string& name, const char* argument,
                          const char* help) {
    command->add_flag_callback(
        name, [this, argument] { out_.arguments[argument] = true; }, help);
    out_.options[argument] = name;
}

void CommandBuilder::tenantAndApp(CLI::App* command, Need need) {
    text(command, "--tenant", "tenant", "The tenant", need);
    text(command, "--app", "app", "Bundle id or package", need);
}

void CommandBuilder::credentialFile(CLI::App* command, const char* help, const char* option) {
    command->add_option_function<std::string>(
        option,
        [this](const std::string& given) {
            out_.arguments["content"] = util::base64Encode(readFile(given));
        },
        help);
    command->add_option_function<std::string>(
        "--password-file",
        [this](const std::string& given) { out_.arguments["password"] = readPassword(given); },
        "A file with the password in its first line");
    out_.options.try_emplace("content", option);
    out_.options.try_emplace("password", "--password-file");
    for (const char* setting : {"key-id", "team-id"})
        command->add_option_function<std::string>(
            std::string("--") + setting,
            [this, setting](const std::string& value) {
                out_.arguments["settings"][setting] = value;
            },
            "For an APNs signing key, from Apple's developer pages: short for --setting");
    settings(command, "--setting", "NAME=VALUE",
             "A setting that the provider's credentials need beside the file, once for each",
             "settings", [](const std::string& value) { return value; });
    settings(command, "--setting-file", "NAME=FILE",
             "The same for a secret: the first line of a file", "settings", readPassword);
}

void CommandBuilder::settings(CLI::App* command, const std::string& option,
                              const std::string& shape, const std::string& help,
                              const char* argument,
                              std::function<std::string(const std::string&)> read) {
    command
        ->add_option_function<std::vector<std::string>>(
            option,
            [this, option, shape, argument, read = std::move(read)](const auto& given) {
                for (const std::string& text : given) {
                    const std::size_t equals = text.find('=');
                    if (equals == 0 || equals == text.npos)
                        throw CLI::ValidationError(option, "expects " + shape);
                    out_.arguments[argument][text.substr(0, equals)] =
                        read(text.substr(equals + 1));
                }
            },
            help)
        ->type_name(shape)
        ->allow_extra_args(false);
    out_.options.try_emplace(argument, option);
}

}  // namespace postbell::app
