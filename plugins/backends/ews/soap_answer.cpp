// SPDX-License-Identifier: Apache-2.0
#include "soap_answer.h"

namespace postbell::ews {
namespace {

std::string envelope(SoapVersion version, std::string_view content) {
    std::string text = R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s=")";
    text += version == SoapVersion::V12 ? "http://www.w3.org/2003/05/soap-envelope"
                                        : "http://schemas.xmlsoap.org/soap/envelope/";
    text += R"("><s:Body>)";
    text += content;
    text += "</s:Body></s:Envelope>";
    return text;
}

}  // namespace

std::string_view contentTypeOf(SoapVersion version) {
    return version == SoapVersion::V12 ? "application/soap+xml; charset=utf-8"
                                       : "text/xml; charset=utf-8";
}

std::string sendNotificationResult(SoapVersion version, SubscriptionStatus status) {
    std::string result =
        R"(<SendNotificationResult xmlns="http://schemas.microsoft.com/exchange/services/2006/messages"><SubscriptionStatus>)";
    result += status == SubscriptionStatus::Ok ? "OK" : "Unsubscribe";
    result += "</SubscriptionStatus></SendNotificationResult>";
    return envelope(version, result);
}

std::string senderFault(SoapVersion version, std::string_view reason) {
    const std::string text(reason);
    // SOAP 1.2 part 1, section 5.4; SOAP 1.1, section 4.4.
    if (version == SoapVersion::V12)
        return envelope(version,
                        "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason>"
                        "<s:Text xml:lang=\"en\">" +
                            text + "</s:Text></s:Reason></s:Fault>");
    return envelope(version, "<s:Fault><faultcode>s:Client</faultcode><faultstring>" + text +
                                 "</faultstring></s:Fault>");
}

}  // namespace postbell::ews
