// SPDX-License-Identifier: Apache-2.0
#include "apns_network.h"

#include <cstring>

#include "request_check.h"

namespace apns_simulator {

using namespace http2_simulator;

namespace {

class ApnsJudge final : public Judge {
  public:
    ApnsJudge(Registry& registry, const std::string& environment,
              std::optional<ClientCertificate> certificate, std::uint64_t connection)
        : registry_(registry),
          environment_(environment),
          credential_(std::move(certificate)),
          id_state_((connection + 1) * 0x9e3779b97f4a7c15ULL) {}

    Verdict judge(const Request& request, const Moment& now, std::string& id) override {
        Verdict verdict = checkRequest(request, credential_, registry_, environment_, now);
        verdict.token = deviceToken(request).value_or("");
        verdict.topic = request[Header::Topic];
        chooseId(request, verdict, id);
        return verdict;
    }
    const std::shared_ptr<const std::string>& credential() const override {
        return credential_.name();
    }
    // "The server allows only one stream until you send a push with a valid token"; a certificate
    // has shown who it is.
    bool waitsForToken() const override {
        return !credential_.hasCertificate() && !credential_.authenticated();
    }

  private:
    void chooseId(const Request& request, const Verdict& verdict, std::string& id);

    Registry& registry_;
    const std::string& environment_;
    ConnectionCredential credential_;
    std::uint64_t id_state_;
};

void ApnsJudge::chooseId(const Request& request, const Verdict& verdict, std::string& id) {
    const std::string& given = request[Header::Id];
    if (!given.empty() && std::strcmp(verdict.reason, "BadMessageId") != 0) {
        id = given;
        return;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    id.assign("00000000-0000-4000-8000-000000000000");
    std::uint64_t bits = 0;
    std::size_t left = 0;
    for (char& digit : id) {
        if (digit != '0') continue;
        if (left == 0) {
            id_state_ ^= id_state_ << 13;
            id_state_ ^= id_state_ >> 7;
            id_state_ ^= id_state_ << 17;
            bits = id_state_;
            left = 16;
        }
        digit = kDigits[bits & 0xf];
        bits >>= 4;
        --left;
    }
}

}  // namespace

ApnsNetwork::ApnsNetwork(const Options& options, SimulatedClock& clock)
    : environment_(options.environment), clock_(clock) {}

std::unique_ptr<Judge> ApnsNetwork::meet(X509* certificate, std::uint64_t connection) {
    std::optional<ClientCertificate> shown;
    if (certificate != nullptr) shown = readClientCertificate(certificate);
    return std::make_unique<ApnsJudge>(registry_, environment_, std::move(shown), connection);
}

std::string ApnsNetwork::bodyOf(const Verdict& verdict, const std::string&) const {
    if (*verdict.reason == '\0') return {};
    std::string body = std::string("{\"reason\":\"") + verdict.reason + "\"";
    if (verdict.timestamp_ms != 0) body += ",\"timestamp\":" + std::to_string(verdict.timestamp_ms);
    return body + "}";
}

std::string ApnsNetwork::bodyOf(const FaultAction& fault) const {
    if (fault.reason.empty()) return {};
    nlohmann::json object = {{"reason", fault.reason}};
    if (fault.timestamp_ms) object["timestamp"] = *fault.timestamp_ms;
    return object.dump();
}

}  // namespace apns_simulator
