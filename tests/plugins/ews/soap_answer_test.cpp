// SPDX-License-Identifier: Apache-2.0
#include "soap_answer.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "notification_parser.h"

using namespace postbell::ews;

namespace {

/// Whether xmllint finds `document` valid against `schema`, one of those beside this file.
bool validates(const std::string& document, const std::string& schema) {
    const auto file = std::filesystem::temp_directory_path() /
                      ("postbell-answer-" + std::to_string(::getpid()) + ".xml");
    std::ofstream(file) << document;
    const std::string command = "xmllint --nonet --noout --schema " EWS_SCHEMAS "/" + schema + " " +
                                file.string() + " >/dev/null 2>&1";
    const int status = std::system(command.c_str());
    std::filesystem::remove(file);
    return status == 0;
}

}  // namespace

TEST_CASE("the answer says OK or Unsubscribe in Exchange's words", "[ews]") {
    const auto ok = sendNotificationResult(SoapVersion::V11, SubscriptionStatus::Ok);
    const auto no = sendNotificationResult(SoapVersion::V11, SubscriptionStatus::Unsubscribe);
    CHECK(ok.find("<SubscriptionStatus>OK</SubscriptionStatus>") != std::string::npos);
    CHECK(no.find("<SubscriptionStatus>Unsubscribe</SubscriptionStatus>") != std::string::npos);
}

TEST_CASE("the content type is that of the SOAP version", "[ews]") {
    CHECK(contentTypeOf(SoapVersion::V11) == "text/xml; charset=utf-8");
    CHECK(contentTypeOf(SoapVersion::V12) == "application/soap+xml; charset=utf-8");
}

TEST_CASE("faults are well-formed SOAP of the version asked for", "[ews]") {
    const auto v11 = senderFault(SoapVersion::V11, "no");
    const auto v12 = senderFault(SoapVersion::V12, "no");
    CHECK(v11.find("<faultcode>s:Client</faultcode>") != std::string::npos);
    CHECK(v12.find("<s:Value>s:Sender</s:Value>") != std::string::npos);
    for (const auto& fault : {v11, v12})
        CHECK(std::get<Refusal>(NotificationParser().parse(fault, "")) ==
              Refusal::NoSendNotification);
}

TEST_CASE("every answer validates against the schema", "[ews][xmllint]") {
    REQUIRE(std::system("xmllint --version >/dev/null 2>&1") == 0);  // Debian: libxml2-utils

    for (const auto status : {SubscriptionStatus::Ok, SubscriptionStatus::Unsubscribe}) {
        CHECK(validates(sendNotificationResult(SoapVersion::V11, status), "soap11.xsd"));
        CHECK(validates(sendNotificationResult(SoapVersion::V12, status), "soap12.xsd"));
        CHECK_FALSE(validates(sendNotificationResult(SoapVersion::V12, status), "soap11.xsd"));
    }
    std::string shouting =
        sendNotificationResult(SoapVersion::V11, SubscriptionStatus::Unsubscribe);
    shouting.replace(shouting.find(">Unsubscribe<"), 13, ">UNSUBSCRIBE<");
    CHECK_FALSE(validates(shouting, "soap11.xsd"));
}
