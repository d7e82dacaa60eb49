// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string_view>

#include "app/absolute_path.h"
#include "app/command_builder.h"
#include "app/output.h"
#include "app/version.h"
#include "app/wrong_word.h"
#include "util/codec.h"

namespace postbell::app {
namespace {

/// Every command there is; each writes into one invocation.
class Commands : private CommandBuilder {
  public:
    Commands(CLI::App& app, Invocation& out) : CommandBuilder(app, out) {
        app_.set_version_flag("--version", std::string("postbell ") + kVersion);
        app_.add_option("--config", out_.config, "The config file")
            ->envname("POSTBELL_CONFIG")
            ->capture_default_str();
        app_.add_flag("--json", out_.json, "Answers as JSON");
        app_.require_subcommand(1);
        out_.arguments = nlohmann::json::object();
        gateway();
        tenants();
        apps();
        credentials();
        registrations();
        pushesAndPlugins();
        auditAndOperations();
    }

  private:
    void confirm(CLI::App* command) {
        text(command, "--confirm", "confirm",
             "The name again, since there is no way back; without it, a terminal asks",
             Need::Optional);
    }

    void gateway() {
        CLI::App* init =
            top("init", "Make a config, a master key and a self-signed certificate, ready to start",
                Invocation::Kind::Init);
        init->add_option("directory", out_.path, "Where")->required();
        top("serve", "Run the gateway", Invocation::Kind::Serve);
        top("check", "Look at config, plugins, credentials and reachability",
            Invocation::Kind::Check);
        CLI::App* backup = admin(
            &app_, "backup",
            "Write a copy of the database to a new file; keep the master key elsewhere", "backup");
        backup
            ->add_option_function<std::string>(
                "file",
                [this](const std::string& file) {
                    out_.arguments["file"] = absolutePath(file).string();
                },
                "Where; must not be there yet")
            ->required();
        CLI::App* key = group("master-key", "The key that seals stored secrets");
        CLI::App* fresh = key->add_subcommand("new", "Make a new master key");
        fresh->fallthrough();
        fresh->add_option("file", out_.path, "Where; must not be there yet")->required();
        fresh->callback([this] { out_.kind = Invocation::Kind::MasterKeyNew; });
    }
    void tenants() {
        CLI::App* tenant = group("tenant", "Organisations");
        text(admin(tenant, "add", "Add a tenant", "tenant/add"), "name", "tenant", "Its name");
        admin(tenant, "list", "List the tenants", "tenant/list");
        CLI::App* remove =
            admin(tenant, "remove", "Remove a tenant with all that is its", "tenant/remove");
        text(remove, "name", "tenant", "Its name");
        confirm(remove);
        tenantCallbacks(tenant);
    }
    void tenantCallbacks(CLI::App* tenant) {
        CLI::App* callback = tenant->add_subcommand(
            "callback", "URLs on which a whole mail server notifies of a tenant's accounts");
        callback->fallthrough();
        callback->require_subcommand(1);
        CLI::App* add =
            admin(callback, "add", "Make a callback; prints its URL, once", "tenant/callback/add");
        text(add, "--tenant", "tenant", "The tenant");
        text(add, "--backend", "backend", "The backend instance");
        add->add_option_function<std::string>(
            "--secret-file",
            [this](const std::string& file) {
                out_.arguments["secret"] = util::base64Encode(readPassword(file));
            },
            "A file with the secret in its first line, for mail servers that sign");
        CLI::App* list = admin(callback, "list", "List callbacks", "tenant/callback/list");
        text(list, "--tenant", "tenant", "Of this tenant", Need::Optional);
        text(list, "--backend", "backend", "Of this backend instance", Need::Optional);
        CLI::App* remove =
            admin(callback, "remove", "Remove a callback: at once", "tenant/callback/remove");
        text(remove, "--tenant", "tenant", "The tenant");
        text(remove, "--backend", "backend", "The backend instance");
        text(remove, "--callback", "callback", "Its number, if there are several", Need::Optional);
    }
    void apps() {
        CLI::App* app = group("app", "A tenant's apps");
        CLI::App* add = admin(app, "add", "Add an app; prints its enrolment key, once", "app/add");
        tenantAndApp(add);
        text(add, "--platform", "platform",
             "ios, android, ...: a platform that an enabled provider serves");
        text(add, "--style", "style", "badge (the default), badge+sync or alert", Need::Optional);
        text(admin(app, "list", "List apps", "app/list"), "--tenant", "tenant", "Of this tenant",
             Need::Optional);
        tenantAndApp(admin(app, "show", "Show an app", "app/show"));
        appSettings(
            admin(app, "set", "Set an app's style, and its settings for each push", "app/set"));
        tenantAndApp(admin(app, "enable", "Turn an app on again", "app/enable"));
        tenantAndApp(admin(app, "disable",
                           "Turn an app off: at once, and its mail servers are told so",
                           "app/disable"));
        CLI::App* remove = admin(
            app, "remove", "Remove an app with its credentials and registrations", "app/remove");
        tenantAndApp(remove);
        confirm(remove);
        CLI::App* rotate = admin(
            app, "rotate-key",
            "Replace the enrolment key; prints the new one, once. The old one goes on renewing",
            "app/rotate-key");
        tenantAndApp(rotate);
        text(rotate, "--overlap", "overlap",
             "How long old keys make new registrations too: 90m, 30d (not at all)", Need::Optional);
        tenantAndApp(admin(app, "end-overlap",
                           "Old enrolment keys make no new registrations from now on",
                           "app/end-overlap"));
    }
    void appSettings(CLI::App* command) {
        tenantAndApp(command);
        text(command, "--style", "style", "badge, badge+sync or alert", Need::Optional);
        settings(command, "--push-setting", "NAME=VALUE",
                 "A setting that the provider's pushes take from an app, once for each",
                 "push_settings", [](const std::string& value) { return value; });
        command
            ->add_option_function<std::vector<std::string>>(
                "--unset",
                [this](const std::vector<std::string>& names) {
                    for (const std::string& name : names)
                        out_.arguments["push_settings"][name] = nullptr;
                },
                "Take a setting away, once for each")
            ->type_name("NAME")
            ->allow_extra_args(false);
    }
    void credentials() {
        CLI::App* credential = group("credential", "The certificates and keys that apps push with");
        CLI::App* add = admin(credential, "add", "Add a credential, or renew it", "credential/add");
        tenantAndApp(add);
        text(add, "--provider", "provider", "The provider instance, such as apns");
        credentialFile(add, "The file from the push network, if there is one: .p12, .p8, ...",
                       "--file");
        flag(add, "--generate", "generate",
             "Make a new key in place of a file, and print its public half for the app (webpush)");
        tenantAndApp(admin(credential, "list", "List credentials", "credential/list"),
                     Need::Optional);
        whichCredential(admin(credential, "show", "Show a credential", "credential/show"));
        whichCredential(admin(credential, "remove", "Remove a credential: its app's pushes wait",
                              "credential/remove"));
    }
    void whichCredential(CLI::App* command) {
        text(command, "credential", "credential", "Its number, from the list; or name its app",
             Need::Optional);
        tenantAndApp(command, Need::Optional);
        text(command, "--provider", "provider", "The provider instance", Need::Optional);
    }
    void registrations() {
        CLI::App* registration = group("registration", "Accounts on devices");
        CLI::App* list = admin(registration, "list", "List registrations, a thousand at a time",
                               "registration/list");
        tenantAndApp(list, Need::Optional);
        number(list, "--after", "after", "Go on behind: `next_after` of the list before");
        text(admin(registration, "show", "Show a registration", "registration/show"),
             "registration", "registration", "Its id");
        text(admin(registration, "approve",
                   "Say that a registration's account is its user's: events of a whole mail server "
                   "that name the account reach it",
                   "registration/approve"),
             "registration", "registration", "Its id");
        CLI::App* remove = admin(registration, "remove",
                                 "Erase a registration, or all of a state that nothing was heard "
                                 "of for a while",
                                 "registration/remove");
        text(remove, "registration", "registration", "Its id", Need::Optional);
        text(remove, "--state", "state", "waiting, stale or disabled", Need::Optional);
        text(remove, "--older-than", "older_than",
             "How long neither app nor mail server was heard: 90m, 1d", Need::Optional);
        tenantAndApp(remove, Need::Optional);
    }
    void pushesAndPlugins() {
        CLI::App* push = group("push", "Pushes");
        CLI::App* test =
            admin(push, "test", "Send a push to one device, and show the push network's answer",
                  "push/test");
        text(test, "--registration", "registration", "Its id");
        number(test, "--badge", "badge", "The badge to show (1)");
        CLI::App* plugin = group("plugin", "Backend and provider plugins");
        admin(plugin, "list", "List the plugins in the plugins' directory", "plugin/list");
        CLI::App* validate = plugin->add_subcommand(
            "validate",
            "Try whether a plugin keeps the contract, each case in a process of its own");
        validate->fallthrough();
        validate->callback([this] { out_.kind = Invocation::Kind::PluginValidate; });
        text(validate, "file", "file", "The plugin's .so");
        text(validate, "--instance", "instance", "With this section of the config", Need::Optional);
        text(validate, "--app", "app", "A provider: the app that the credential is for",
             Need::Optional);
        text(validate, "--device-token", "device_token", "A provider: a token of its network",
             Need::Optional);
        credentialFile(validate, "A provider: a credential, so that more can be tried",
                       "--credential");
    }
    void auditAndOperations() {
        CLI::App* audit = group("audit", "The changes that admins made");
        CLI::App* list = admin(audit, "list", "List them, the newest first", "audit/list");
        text(list, "--tenant", "tenant", "Of this tenant, also of one that was removed",
             Need::Optional);
        text(list, "--since", "since", "A time, or how long ago: 2026-11-28T00:00:00Z, 90m, 7d",
             Need::Optional);
        number(list, "--limit", "limit", "So many lines at most (100), up to 1000");
        number(list, "--before", "before", "Go on behind: `next_before` of the list before");
        CLI::App* operation = group("operation", "Calls that take long, of a running gateway");
        admin(operation, "list", "List those that run, and those that ended lately",
              "operation/list");
        text(admin(operation, "show", "Show one, with its result", "operation/show"), "operation",
             "operation", "Its id");
    }
};

}  // namespace

Parsed parseCommandLine(int argc, char** argv) {
    Parsed parsed;
    Invocation invocation;
    CLI::App app("Postbell, a mail push gateway", "postbell");
    const Commands commands(app, invocation);
    const bool as_json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    if (argc <= 1) {
        std::cout << app.help();
        parsed.exit_code = 2;
        return parsed;
    }
    try {
        app.parse(argc, argv);
        parsed.invocation = std::move(invocation);
    } catch (const CLI::ParseError& e) {
        parsed.exit_code = e.get_exit_code() == 0 ? 0 : 2;  // 0: help, or the version
        const std::string wrong =
            parsed.exit_code == 0 ? "" : sayWrongWord(app, {argv + 1, argv + argc});
        if (!wrong.empty())
            printError(wrong, as_json);
        else if (parsed.exit_code != 0 && as_json)
            printError(e.what(), true);
        else
            app.exit(e);
    } catch (const std::exception& e) {
        parsed.exit_code = 2;
        printError(e.what(), as_json);
    }
    return parsed;
}

}  // namespace postbell::app
