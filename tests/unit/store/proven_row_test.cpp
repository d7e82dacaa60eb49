// SPDX-License-Identifier: Apache-2.0
#include "store/records/proven_row.h"

#include <catch2/catch.hpp>

using namespace postbell::store;

TEST_CASE("an account is named by the instance that proved it, or after an approval by all") {
    struct Row {
        AccountProof proof;
        const char* served_by;
        const char* instance;
        bool believed;
    };
    for (const Row& row : {
             Row{AccountProof::None, "", "", false},
             Row{AccountProof::None, "", "domino", false},
             Row{AccountProof::None, "domino", "domino", false},
             Row{AccountProof::Proven, "", "", false},
             Row{AccountProof::Proven, "", "domino", false},
             Row{AccountProof::Proven, "domino", "", false},
             Row{AccountProof::Proven, "domino", "domino", true},
             Row{AccountProof::Proven, "office365", "domino", false},
             Row{AccountProof::Approved, "", "domino", true},
             Row{AccountProof::Approved, "office365", "domino", true},
         }) {
        ProvenRow is;
        is.registration.account_proof = row.proof;
        is.mailbox_instance = row.served_by;
        CAPTURE(static_cast<int>(row.proof), row.served_by, row.instance);
        CHECK(is.isBelievedBy(row.instance) == row.believed);
    }
}
