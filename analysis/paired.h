// Tests of n pairs x[i], y[i] that share what made them vary, such as a seed. Alternatives: greater = x is larger. NaN for
// non-finite input and without a pair.
#pragma once

#include <stdint.h>

#include "analysis/statistics.h"

// Mean of x[i] - y[i] as estimate_mean has it: with estimate_p the paired t test.
Estimate paired_estimate(const double *x, const double *y, int n);

// Signed ranks (Wilcoxon 1945). Pairs without a difference are dropped; statistic W+ = sum of the mid-ranks of |x - y| where
// x > y. H0: the differences are symmetric about 0. Nothing left: W+ = 0, p = 1. Differences are tied, or zero, as computed:
// scores that are no binary fractions (tenths) should be compared as whole numbers.
//
// Exact over all signs, tied differences keeping their mid-ranks; n^3 steps.
TestResult wilcoxon_exact(const double *x, const double *y, int n, Alternative alternative);

// Normal with mean n (n + 1) / 4 and variance n (n + 1) (2 n + 1) / 24 - sum(t^3 - t) / 48, without continuity correction.
TestResult wilcoxon_normal(const double *x, const double *y, int n, Alternative alternative);

// Exact without ties and with at most 50 differences, otherwise normal.
TestResult wilcoxon(const double *x, const double *y, int n, Alternative alternative);

// Sign flips: statistic mean of x - y, H0 as above. Over all 2^n signs when these are at most 200 000 (n <= 17), otherwise over
// `replicates` random ones from the stream (seed, RNG_BOOTSTRAP, 0) with p = (b + 1) / (replicates + 1) (Phipson and Smyth 2010).
// Means closer than rounding can tell count as equal.
TestResult sign_flip_test(const double *x, const double *y, int n, Alternative alternative, int replicates, uint64_t seed);
