// SPDX-License-Identifier: Apache-2.0
#include "apns_network.h"
#include "simulator.h"

namespace {

constexpr const char* kHelp =
    R"(apns-simulator: an APNs that checks what Apple checks, records it, and misbehaves on request

  --listen HOST:PORT        where pushes arrive: HTTP/2 over TLS        (127.0.0.1:0)
  --control HOST:PORT       the control API: HTTP/1.1, JSON             (127.0.0.1:0)
  --certificate FILE        TLS certificate chain, PEM; with --key
  --key FILE                its private key, PEM
  --state-dir DIR           without --certificate: ca.pem, certificate.pem and key.pem are made
                            here (a new folder below TMPDIR when left out)
  --certificate-days N      how long the made certificate is valid; negative: expired already (30)
  --environment NAME        production or sandbox                       (production)
  --threads N               event loops; connections are dealt out to them in turn (1)
  --max-streams N           SETTINGS_MAX_CONCURRENT_STREAMS             (1000)
  --initial-streams N       the same until a connection's first accepted JWT, as Apple does;
                            0: --max-streams from the start             (1)
  --record memory|off       keep what was received for GET /pushes      (memory)
  --record-limit N          how many of them; the oldest go first       (200000)
  --clock-speed X           the clock for JWT ages and 410 timestamps   (1)
  --exit-with-stdin         end when standard input is closed
  --help

When ready it prints one line of JSON: {"port", "control_port", "ca_file", "pid"}. SIGTERM and SIGINT end it.

Control API: GET /state /keys /devices /pushes /wait /stats /faults, POST /keys /devices /policy /clock /faults /reset,
DELETE /keys /devices /faults. README.md beside the source describes each, and every fault.
)";

}  // namespace

int main(int argc, char** argv) {
    http2_simulator::Options defaults;
    defaults.environment = "production";
    defaults.help_text = kHelp;
    return http2_simulator::runSimulator(
        argc, argv, defaults,
        [](const http2_simulator::Options& options, http2_simulator::SimulatedClock& clock) {
            return std::make_unique<apns_simulator::ApnsNetwork>(options, clock);
        });
}
