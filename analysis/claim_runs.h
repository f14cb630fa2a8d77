// The runs of a claim's arms that count: after the policy for those that broke down.
#pragma once

#include "analysis/claims.h"

typedef struct ClaimRuns {
    double *value, *other;    // [count]
    int *stratum, *block;     // [count]; NULL where the arm has none
    int count;                // that have a value, or a stand-in
    int failed, expected;     // not valid; all
} ClaimRuns;

ClaimRuns claim_runs(const Claim *claim, const ClaimArm *arm);
// Both sides of the pairs a[i], b[i]: a pair of which one side is left out is left out on both. `failed` counts pairs, on either side.
void claim_runs_of_pairs(const Claim *claim, const ClaimArm *a, const ClaimArm *b, ClaimRuns *x, ClaimRuns *y);
// x[i] - y[i] in the place of x[i].
void claim_runs_subtract(ClaimRuns *x, const ClaimRuns *y);
void claim_runs_free(ClaimRuns *runs);

// One value per block, in the order of the blocks: the mean over its runs, so that runs that share a seed, or one run per task, count
// once. Returns how many; out[count] is the caller's. Without blocks: the values as they are.
int claim_runs_by_block(const ClaimRuns *runs, double *out);
