// Information of a continuous x and a discrete y (Ross 2014, "Mutual information between discrete and continuous data sets", PLoS ONE 9,
// e87357). Labels are the different rows of y, rounded to ENTROPY_DECIMALS. Pairs whose label occurs once are left out; N are left, N_i of
// them with the label of i (itself included):
//
//     I = psi(N) + < psi(k_i) > - < psi(N_i) > - < psi(m_i) >,     k_i = min(k, N_i - 1)
//
// m_i: pairs of any label, itself included, whose x is nearer than the k_i-th nearest one of the same label, strictly. Without ties that is
// the number of others at most so far. Where that neighbour is at distance 0, m_i counts the pairs at distance 0. The estimate saturates at
// the entropy of the labels.
#pragma once

#include "analysis/information/information.h"
#include "analysis/information/neighbours.h"

typedef struct RossParams {
    int k;
    int metric;     // NeighbourMetric
    int scaling;    // PairsScaling, of x
    int parts;      // of subsampling, at most, of 20 k pairs each, at least; below 2: no interval
} RossParams;

// The value for F64 x[n, d], d > 0, and labels 0, 1, ... below n. *kept (unless NULL): N. NaN with N = 0.
double ross_value(Matrix x, const int *labels, NeighbourMetric metric, int k, int *kept);

// On the test pairs; `pairs` is N. Interval by subsampling; ceiling: the entropy of the labels. Unreliable: ties in x (fewer than 0.9
// different rows per row), heavy tails (excess kurtosis above 10 after scaling), more than a tenth of the pairs left out, or a value that
// moves with n beyond its interval. Errors: n <= k; every label occurs once.
extern const ParamTable ross_params;
extern const EstimatorType estimator_ross;
