// Information of two continuous vectors from nearest neighbours (Kraskov, Stögbauer and Grassberger 2004, "Estimating mutual information",
// Physical Review E 69, 066138). The joint distance is the larger of those in x and in y; psi is the digamma function, < > the mean over
// the n pairs, others are counted without the pair itself:
//
//     I1 = psi(k) + psi(n) - < psi(n_x + 1) + psi(n_y + 1) >     n_x: x nearer than the k-th neighbour in the joint space, strictly
//     I2 = psi(k) - 1/k + psi(n) - < psi(n_x) + psi(n_y) >       n_x: x at most as far as the farthest x of the k nearest
//
// The first has the smaller statistical error, the second the smaller bias in many dimensions. The value is not clamped: below 0 it tells
// of the noise. Ties break both: repeated rows drive I1 up without limit and I2 down (use "mixed" there). Near a deterministic relation
// and in many dimensions both are far too low.
#pragma once

#include "analysis/information/information.h"
#include "analysis/information/neighbours.h"

typedef struct KsgParams {
    int k;
    int metric;     // NeighbourMetric, inside x and inside y
    int scaling;    // PairsScaling
    int parts;      // of subsampling, at most, of 20 k pairs each, at least; below 2: no interval
} KsgParams;

// The two values for F64 x[n, dx] and y[n, dy] as they are, dx, dy > 0. NaN with n <= k.
double ksg1_value(Matrix x, Matrix y, NeighbourMetric metric, int k);
double ksg2_value(Matrix x, Matrix y, NeighbourMetric metric, int k);

// On the test pairs. Interval by subsampling, ceiling log n. Unreliable: ties (fewer than 0.9 different rows per row on a side), heavy
// tails (excess kurtosis above 10 after scaling), fewer than 50 pairs, or a value that moves with n beyond its interval. Error: n <= k.
extern const ParamTable ksg_params;    // of both
extern const EstimatorType estimator_ksg1, estimator_ksg2;
