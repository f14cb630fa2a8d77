// Sliced information (Goldfeld and Greenewald 2021, "Sliced mutual information: a scalable measure of statistical dependence", NeurIPS): the
// mean over random directions of the information of two numbers, by KSG 1,
//
//     SI(x; y) = < I(theta . x ; phi . y) >,    theta and phi uniform on the unit spheres.
//
// It is NOT the information: it is smaller, and depends on how columns are scaled and mixed. It is 0 only between independent sides, and its
// error does not grow with dimension: an index to watch over time.
#pragma once

#include "analysis/information/information.h"

typedef struct SlicedParams {
    int directions;
    int k;
    int scaling;    // PairsScaling, of the columns; projections are standardised in any case
    int parts;      // of subsampling, at most, of 20 k pairs each, at least; below 2: no interval
} SlicedParams;

// KSG 1 of the two standardised projections of F64 x[n, dx] and y[n, dy], theta[dx] and phi[dy]. NaN with n <= k.
double sliced_slice(Matrix x, Matrix y, const double *theta, const double *phi, int k);

// Directions of slice s: normalised normal variates from the stream (seed, RNG_ESTIMATOR, s), x first.
void sliced_directions(uint64_t seed, int slice, int dx, int dy, double *theta, double *phi);

// Mean over slices, and their sd in *sd unless that is NULL (NaN with one). NaN with n <= k.
double sliced_value(Matrix x, Matrix y, int directions, int k, uint64_t seed, double *sd);

// On the test pairs. `sd` is that over slices. The interval joins the variance by subsampling, of the same directions, with sd^2 /
// directions; ceiling log n. Unreliable: ties (fewer than 0.9 different rows per row on a side), heavy tails (excess kurtosis above 10
// after scaling), fewer than 50 pairs, or a value that moves with n beyond its interval. Error: n <= k.
extern const ParamTable sliced_params;
extern const EstimatorType estimator_sliced;
