// Intervals by resampling whole runs, repeatable from a seed: every function draws from its own Philox stream
// (seed, RNG_BOOTSTRAP, index 0), so a call's result depends on its arguments only.
#pragma once

#include <stdint.h>

#include "analysis/statistics.h"

// Percentile bootstrap of the mean over runs, along a curve: runs[n][steps], row = run. One replicate draws n runs with
// replacement, the same for all steps; low[t], high[t] are the quantiles (1 -+ level)/2 (type 7) of its mean at t. For
// display: pointwise, and too short below ten runs (decisions use t intervals). A step with a non-finite value: NaN.
void bootstrap_mean(const double *runs, int n, int steps, int replicates, double level, uint64_t seed, double *low,
                    double *high);
