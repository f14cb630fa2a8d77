// How many runs an undecided claim would take.
#pragma once

#include "analysis/claims.h"

// Runs per arm (pairs, where the arms are paired) with which the claim would be decided, one way or the other, with probability 0.8,
// were theta exactly the estimate and the spread between runs at the upper end of what so few runs leave possible (80 %,
// power.h). Levels are those of one test among `family`. 0: nothing to go by (a published result, a dominance), the estimate lies where no number of runs decides, or more than
// POWER_MOST_RUNS.
int claim_runs_wanted(const Claim *claim, const ClaimResult *result, int family);
