// SPDX-License-Identifier: Apache-2.0
#include "store/records/proven_row.h"

namespace postbell::store {

bool ProvenRow::isBelievedBy(std::string_view instance) const {
    switch (registration.account_proof) {
        case AccountProof::None:
            return false;
        case AccountProof::Proven:
            return !instance.empty() && mailbox_instance == instance;
        case AccountProof::Approved:
            return true;
    }
    return false;
}

}  // namespace postbell::store
