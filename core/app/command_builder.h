// SPDX-License-Identifier: Apache-2.0
// The pieces that commands are made of: groups, calls, and options.
#pragma once
#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "app/command_line.h"

namespace postbell::app {

/// The first line of a file: editors put a line's end behind a password. Throws
/// CLI::ValidationError.
std::string readPassword(const std::string& file);

/// Whether an option must be given.
enum class Need { Required, Optional };

/// Adds commands and options to a CLI::App; the typed words go into one invocation.
class CommandBuilder {
  public:
    /// Both must outlive the builder.
    CommandBuilder(CLI::App& app, Invocation& out) : app_(app), out_(out) {}

    CLI::App* group(const char* name, const char* help);
    /// A command of its own kind, at the top.
    CLI::App* top(const char* name, const char* help, Invocation::Kind kind);
    /// A command that is a call of the admin service: "tenant/add".
    CLI::App* admin(CLI::App* parent, const char* name, const char* help, const char* call);
    /// An option (or a word, if `name` has no hyphens) that becomes an argument of the call.
    CLI::Option* text(CLI::App* command, const std::string& name, const char* argument,
                      const char* help, Need need = Need::Required);
    /// An option for a whole number, which may be left out.
    void number(CLI::App* command, const std::string& name, const char* argument, const char* help);
    /// An option without a value, which makes the argument true.
    void flag(CLI::App* command, const std::string& name, const char* argument, const char* help);
    void tenantAndApp(CLI::App* command, Need need = Need::Required);
    /// An option that may be given again and again, "NAME=...", for the object `argument`; `read`
    /// makes a value of the text behind the name.
    void settings(CLI::App* command, const std::string& option, const std::string& shape,
                  const std::string& help, const char* argument,
                  std::function<std::string(const std::string&)> read);
    /// The options that make up a credential: its file, password and settings.
    void credentialFile(CLI::App* command, const char* help, const char* option);

  protected:
    CLI::App& app_;
    Invocation& out_;
};

}  // namespace postbell::app
