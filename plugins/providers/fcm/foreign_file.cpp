// SPDX-License-Identifier: Apache-2.0
#include "foreign_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "service_account.h"

namespace postbell::fcm {
namespace {

constexpr char kWhatToUpload[] =
    " Upload the key of a service account: Firebase console, Project settings, Service accounts, "
    "Generate new private key.";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool startsWith(std::string_view text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

std::string_view trimmed(std::string_view text) {
    if (startsWith(text, "\xef\xbb\xbf")) text.remove_prefix(3);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool isOneWord(std::string_view text) {
    return text.size() < 512 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string say(std::string_view what) {
    return std::string(what) + kWhatToUpload;
}

}  // namespace

std::string explainFileOutside(std::string_view file) {
    if (file.size() > kMaxFileBytes)
        return say("The file is too big for a service account's key: more than 64 kB.");
    const std::string_view text = trimmed(file);
    if (text.empty()) return say("The file is empty.");
    if (text.front() == '{') return {};
    // "AAAA....:APA91b....": project settings, Cloud Messaging, until 2024.
    if (isOneWord(text) && startsWith(text, "AAAA") && contains(text, ":APA91"))
        return say(
            "This is a server key of FCM's legacy API, which Google turned off in 2024. The HTTP "
            "v1 API takes a service account instead.");
    if (isOneWord(text) && startsWith(text, "AIza"))
        return say(
            "This is an API key (or a server key of the legacy API, which Google turned off in "
            "2024), and no credential for pushing.");
    if (contains(text, "GOOGLE_APP_ID") || startsWith(text, "bplist"))
        return say(
            "This is the GoogleService-Info.plist of an iOS app, which belongs into the app and "
            "holds no credential for pushing.");
    if (contains(text, "-----BEGIN "))
        return say(
            "This is a key or certificate in PEM. FCM takes the whole JSON file of a service "
            "account; an AuthKey_....p8 of Apple belongs to the provider apns, or into the "
            "Firebase console.");
    if (file.front() == 0x30)
        return say(
            "This looks like a key in P12 format. Create one in JSON format, which also says "
            "whose it is.");
    return say("This is not a JSON file, and so not a service account's key.");
}

std::string explainJson(const nlohmann::json& content) {
    if (content.is_discarded())
        return say("The file is damaged: it begins as JSON and does not go on so.");
    if (!content.is_object()) return say("This is not a service account's key.");
    if (content.contains("project_info") && content.contains("client"))
        return say(
            "This is the google-services.json of an Android app, which belongs into the app and "
            "holds no credential for pushing.");
    if (content.contains("installed") || content.contains("web"))
        return say(
            "This is an OAuth client's secret, with which people sign in. A gateway pushes with a "
            "service account.");
    if (content.contains("apiKey") || content.contains("appId"))
        return say(
            "This is the Firebase config of a web app, which holds no credential for pushing.");
    const auto type = content.find("type");
    if (type == content.end() || !type->is_string())
        return say("This JSON file does not say that it is a service account's key (no \"type\").");
    const auto kind = type->get<std::string>();
    if (kind == "authorized_user")
        return say(
            "These are a person's own credentials, as gcloud keeps them; they end with the "
            "person's password or account.");
    if (kind == "external_account" || kind == "impersonated_service_account")
        return say(
            "This credential borrows its rights from another system (workload identity "
            "federation), which Postbell does not speak.");
    if (kind != "service_account")
        return say("This JSON file is not a service account's key (its \"type\" is another).");
    const auto universe = content.find("universe_domain");
    if (universe != content.end() &&
        !(universe->is_string() && universe->get<std::string>() == "googleapis.com"))
        return say(
            "This service account is of a cloud other than Google's public one (see its "
            "\"universe_domain\"), where FCM is not offered.");
    return {};
}

}  // namespace postbell::fcm
