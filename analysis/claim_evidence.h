// From a claim's arms to the evidence about its theta: which runs count, whether there are enough, and which test makes bounds of them.
// Between the files of the claims.
#pragma once

#include "analysis/claims.h"
#include "analysis/evidence.h"

// Writes the reason and returns false: without evidence the verdict stays inconclusive.
bool claim_explain(ClaimResult *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Each fills what the result says about the runs and the effect, and returns whether there is evidence; evidence_free in any case. For two
// arms `cliff` as well, and for unpaired arms and published results the standardised effect, which needs more than the estimate.
bool claim_take_one_arm(const Claim *claim, const ClaimArm *a, Evidence *evidence, ClaimResult *result);
bool claim_take_two_arms(const Claim *claim, const ClaimArm *a, const ClaimArm *b, Evidence *evidence, ClaimResult *result);
bool claim_take_estimate(Estimate estimate, Evidence *evidence, ClaimResult *result);
// What is described: all valid runs, however few, of a or of a - b.
bool claim_take_described(const Claim *claim, const ClaimArm *a, const ClaimArm *b, Evidence *evidence, ClaimResult *result);
