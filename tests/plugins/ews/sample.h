// SPDX-License-Identifier: Apache-2.0
// The recorded messages, and the parts of one for tests that make their own.
#pragma once
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace postbell::ews {

/// `name` without ".xml".
inline std::string sample(const std::string& name) {
    std::ifstream in(EWS_SAMPLES "/" + name + ".xml", std::ios::binary);
    if (!in) throw std::runtime_error("no sample " + name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline std::string envelope(const std::string& body) {
    return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/")"
           R"( xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages")"
           R"( xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Body>)" +
           body + "</s:Body></s:Envelope>";
}

/// A whole POST around some SendNotificationResponseMessage.
inline std::string post(const std::string& messages) {
    return envelope("<m:SendNotification><m:ResponseMessages>" + messages +
                    "</m:ResponseMessages></m:SendNotification>");
}

/// A successful message of `subscription` with `events`.
inline std::string message(const std::string& subscription, const std::string& events) {
    return "<m:SendNotificationResponseMessage ResponseClass=\"Success\"><m:Notification>"
           "<t:SubscriptionId>" +
           subscription + "</t:SubscriptionId>" + events +
           "</m:Notification></m:SendNotificationResponseMessage>";
}

}  // namespace postbell::ews
