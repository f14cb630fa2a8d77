// What independent runs say about a population quantity theta: one-sided bounds at any level, and the p-values that these
// bounds invert. A claim (claims.h) is judged from evidence alone, whatever test it comes from.
//
//     scale        theta                                     bounds
//     mean         mean, difference of means                 t, Satterthwaite degrees (statistics.h)
//     share        share of runs                             Clopper-Pearson (proportion.h)
//     bounded      mean of values in a known interval        Gaffke (bounded.h): no assumption but the interval
//     ranks        Spearman's rho                            Bonett-Wright on atanh rho (correlation.h)
//     dominance    P(A > B) + P(A = B) / 2                   Brunner-Munzel on the logit (two_sample.h)
//     permutation  difference of means                       the shifts that relabelling does not reject, by Welch's t
//     betting      mean of values in a known interval        an e-process (sequential.h): valid whenever one looks
//
// Alphas are one-sided. p < alpha of a side goes with a bound beyond the boundary.
#pragma once

#include <stdint.h>

#include "analysis/permutation.h"

typedef enum EvidenceScale {
    EVIDENCE_MEAN,
    EVIDENCE_SHARE,
    EVIDENCE_BOUNDED,
    EVIDENCE_RANKS,
    EVIDENCE_DOMINANCE,
    EVIDENCE_PERMUTATION,
    EVIDENCE_BETTING
} EvidenceScale;

// Made by one of the functions below; evidence_free after use. `effect` is the estimate of theta, NaN where it is undefined.
typedef struct Evidence {
    EvidenceScale scale;
    double effect;
    Estimate estimate;    // mean; atanh rho; logit of dominance; what the other scales amount to
    int hits, trials;     // share
    int count;
    double *value;      // [count] bounded, betting: the values; permutation: both samples
    int count_a;        // permutation: how many of them are of the first; all of them when they are paired differences
    int *task;          // [count] permutation of two samples: the task of each; NULL: one
    Interval bounds;    // bounded, betting
    int permutations;
    uint64_t seed;
} Evidence;

Evidence evidence_mean(Estimate estimate);
Evidence evidence_share(int hits, int trials);
Evidence evidence_ranks(double rho, int n);
// Of the logit of theta: estimate_logit of what two_sample.h makes.
Evidence evidence_dominance(Estimate estimate);
// x[n] in `bounds`; a value outside makes the effect NaN. Betting takes the values in the order in which they came.
Evidence evidence_bounded(const double *x, int n, Interval bounds);
Evidence evidence_betting(const double *x, int n, Interval bounds);
// Relabelled within each task.
Evidence evidence_permutation(TaskSample x, TaskSample y, int permutations, uint64_t seed);
// Of paired differences the signs are flipped.
Evidence evidence_sign_flips(const double *difference, int n, int permutations, uint64_t seed);
void evidence_free(Evidence *evidence);

double evidence_lower(const Evidence *evidence, double alpha);
double evidence_upper(const Evidence *evidence, double alpha);

// p of H0 "theta does not lie on that side of the boundary". A boundary at infinity is never in doubt: 0 or 1.
double evidence_p(const Evidence *evidence, double boundary, Alternative side);
