// SPDX-License-Identifier: Apache-2.0
// The example of RFC 8291, section 5 and appendix A.
#pragma once
#include <postbell/kit/base64url.hpp>

#include <string>
#include <string_view>

namespace postbell::webpush::testing {

inline constexpr char kPlaintext[] = "When I grow up, I want to be a watermelon";
inline constexpr char kSenderPublic[] =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
inline constexpr char kSenderPrivate[] = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
inline constexpr char kReceiverPublic[] =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
inline constexpr char kReceiverPrivate[] = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
inline constexpr char kSalt[] = "DGv6ra1nlYgDCS1FRnbzlw";
inline constexpr char kAuthSecret[] = "BTBZMqHH6r4Tts7J_aSIgg";
inline constexpr char kMessage[] =
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6"
    "TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulc"
    "y4a-fN";

inline constexpr char kEndpoint[] =
    "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV";

inline std::string bytesOf(std::string_view base64url) {
    return kit::decodeBase64Url(base64url).value();
}

/// A device token as a browser gives it.
inline std::string subscriptionTo(std::string_view endpoint) {
    std::string text = R"({"endpoint":")";
    text.append(endpoint).append(R"(","expirationTime":null,"keys":{"p256dh":")");
    text.append(kReceiverPublic).append(R"(","auth":")").append(kAuthSecret);
    return text.append(R"("}})");
}

}  // namespace postbell::webpush::testing
