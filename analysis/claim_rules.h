// What the files of the claims share and nobody else needs.
#pragma once

#include "analysis/claims.h"

// Its test holds its level for any number of runs and any distribution: shares, and values in known bounds, which by default are
// used for the mean of one task.
bool claim_is_exact(const Claim *claim, bool one_task);
// Valid runs that an arm must have.
int claim_fewest(const Claim *claim, bool one_task);
