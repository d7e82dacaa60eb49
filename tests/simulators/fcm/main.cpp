// SPDX-License-Identifier: Apache-2.0
#include "fcm_network.h"
#include "simulator.h"

namespace {

constexpr const char* kHelp =
    R"(fcm-simulator: an FCM that checks what Google checks, with its token endpoint, records it, and misbehaves on request

  --listen HOST:PORT        where pushes and token requests arrive: HTTP/2 over TLS (127.0.0.1:0)
  --control HOST:PORT       the control API: HTTP/1.1, JSON             (127.0.0.1:0)
  --certificate FILE        TLS certificate chain, PEM; with --key
  --key FILE                its private key, PEM
  --state-dir DIR           without --certificate: ca.pem, certificate.pem and key.pem are made
                            here (a new folder below TMPDIR when left out)
  --certificate-days N      how long the made certificate is valid; negative: expired already (30)
  --threads N               event loops; connections are dealt out to them in turn (1)
  --max-streams N           SETTINGS_MAX_CONCURRENT_STREAMS             (100)
  --record memory|off       keep what was received for GET /pushes      (memory)
  --record-limit N          how many of them; the oldest go first       (200000)
  --clock-speed X           the clock for assertions and access tokens  (1)
  --exit-with-stdin         end when standard input is closed
  --help

When ready it prints one line of JSON: {"port", "control_port", "ca_file", "pid"}. SIGTERM and SIGINT end it.

Control API: GET /state /devices /pushes /wait /stats /faults, POST /service_accounts /projects /devices /policy /clock
/faults /reset, DELETE /service_accounts /access_tokens /devices /faults. README.md beside the source describes each.
)";

}  // namespace

int main(int argc, char** argv) {
    http2_simulator::Options defaults;
    defaults.max_streams = 100;  // what Google's front ends announce
    defaults.initial_streams = 0;
    defaults.help_text = kHelp;
    return http2_simulator::runSimulator(
        argc, argv, defaults,
        [](const http2_simulator::Options&, http2_simulator::SimulatedClock&) {
            return std::make_unique<fcm_simulator::FcmNetwork>();
        });
}
