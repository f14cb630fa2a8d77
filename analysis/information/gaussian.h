// Information of two vectors as if they were jointly normal, from the canonical correlations r_i (Hotelling 1936, "Relations between two
// sets of variates"):
//
//     I = -1/2 sum log(1 - r_i^2) = 1/2 log( |S_xx| |S_yy| / |S| )
//
// They are the singular values of Q_x^T Q_y, the Q from a QR factorisation of the centred sides with pivoting, that leaves out directions
// with |R_jj| < 1e-10 |R_11|: a belief that sums to one has a column too many. They are clipped to 1 - 1e-12. Blind to dependence that is
// not linear; with normal margins (scaling rank-normal) and many pairs a lower bound.
#pragma once

#include "analysis/information/information.h"

typedef struct GaussianParams {
    int scaling;    // PairsScaling: of none and standard the value is the same
    bool bias_correction;
} GaussianParams;

typedef struct GaussianFit {
    int pairs, rank_x, rank_y;
    int count;              // of correlations: the smaller rank
    double *correlation;    // descending, owned
    double sd;              // of the information, see gaussian_fit
} GaussianFit;

// F64 x[n, dx], y[n, dy], n > dx + dy + 1. Scores u, v of canonical pair i have variance 1. The error is that of a mean of influences, which
// holds for any distribution with four moments, and what remains of it between independent sides, where 2 n I is chi-square:
//
//     sd^2 = < (sum_i (r u v - r^2 (u^2 + v^2) / 2) / (1 - r^2))^2 > / n + rank_x rank_y / (2 n^2);    for normal ones the first is sum r^2 / n
GaussianFit gaussian_fit(Matrix x, Matrix y);
void gaussian_free(GaussianFit *fit);

double gaussian_information(const GaussianFit *fit);    // not corrected for bias

// What the estimate of n normal pairs is too high by, exactly, whatever the information:
//     (A(dx) + A(dy) - A(dx + dy)) / 2,   A(d) = sum_{i < d} psi((n - 1 - i) / 2);   about dx dy / (2 (n - 1))
// n > dx + dy + 1.
double gaussian_bias(int n, int rank_x, int rank_y);

// P of as much linear dependence between independent normal sides: -(n - 1 - (dx + dy + 1) / 2) sum log(1 - r_i^2) against the chi-square
// distribution with dx dy degrees of freedom (Bartlett 1938).
double gaussian_p(const GaussianFit *fit);

// On the test pairs. Interval value -+ 1.96 sd; ceiling log n, as of every estimator that knows no more than the pairs, though this one,
// which assumes a distribution, can exceed it. Unreliable: n < 10 (dx + dy), or heavy tails (excess kurtosis above 10 after scaling).
// Error: n <= dx + dy + 1.
extern const ParamTable gaussian_params;
extern const EstimatorType estimator_gaussian;
