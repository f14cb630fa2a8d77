// The error of an estimate by subsampling without replacement: the pairs are dealt into q disjoint parts, for q = 2, 3, ..., and the
// variance of the q estimates, divided by q, estimates that of all n pairs, because a variance falls like 1/n (Politis, Romano and Wolf
// 1999, "Subsampling"). The bootstrap is no choice here: it repeats rows, and a repeated row is a neighbour at distance 0.
//
// It takes the pairs for independent: of one trajectory there should be one pair, or pairs far apart. Where the variance falls faster than
// 1/n, as that of independent sides can, the interval is too wide rather than too narrow.
#pragma once

#include "analysis/information/information.h"

// Streams (seed, RNG_ESTIMATOR, index) that subsampling deals from: SUBSAMPLE_STREAMS + q. Estimators' own are below.
#define SUBSAMPLE_STREAMS (UINT64_C(1) << 32)

// An estimate from some of the pairs, prepared: the same columns. NaN where these are too few.
typedef double SubsampleValue(const void *context, Matrix x, Matrix y);

// Pairs that a part must have for each neighbour that a k-NN estimator looks at. With fewer, its variance at the size of a part is less than
// 1/n promises: with 8 the error came out a fifth too small, with 20 a tenth (bivariate normals, independent and not).
enum { SUBSAMPLE_PER_NEIGHBOUR = 20 };

typedef struct SubsamplePlan {
    SubsampleValue *estimate;
    const void *context;
    int parts;    // q goes up to that
    int least;    // pairs in a part, at least: q goes no further
    uint64_t seed;
} SubsamplePlan;

typedef struct Subsample {
    double sd;    // of the value from all pairs; NaN where no q gave estimates
    double df;    // degrees of freedom of its square: the sum of q - 1
    double
        trend;    // least-squares slope of the mean estimate against q: what dealing into one part more adds. 0 for an unbiased estimator
    int parts;    // the largest q that gave estimates; 0: none
} Subsample;

// Pools the variances with weights q - 1. `value` is the estimate from all pairs. A q with a part that gives NaN is left out, with all above
// it. x and y are F64.
Subsample subsample_error(const SubsamplePlan *plan, Matrix x, Matrix y, double value);

// The 95 % interval of out->value: -+ t sqrt(sd^2 + more^2), t the quantile of Student's distribution with df degrees of freedom, `more`
// the error from another source. Unreliable where |trend| > t sd: an estimate that moves so much with the number of pairs is biased beyond
// its interval. Unknown where two parts are too many.
void subsample_interval(const SubsamplePlan *plan, Matrix x, Matrix y, double more, InformationEstimate *out);

Matrix subsample_rows(Matrix m, const int *rows, int count);    // those rows, F64, owned
