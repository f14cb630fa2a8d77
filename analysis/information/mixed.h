// Information of any mixture of continuous and discrete variables, atoms included: saturated units, beliefs with certain states (Gao, Kannan,
// Oh and Viswanath 2017, "Estimating mutual information for discrete-continuous mixtures", NeurIPS). The norm is the maximum everywhere;
// rho_i is the joint distance of the k-th neighbour; every count includes the pair itself:
//
//     I = < psi(k_i) + log n - psi(n_x) - psi(n_y) >
//
//     rho_i = 0: k_i pairs at joint distance 0, n_x and n_y at distance 0 on their side;  else k_i = k, n_x and n_y strictly nearer
//
// As the authors' program has it: the paper writes log(n_x + 1), a difference that vanishes with n.
#pragma once

#include "analysis/information/information.h"

typedef struct MixedParams {
    int k;
    int scaling;    // PairsScaling
    int parts;      // of subsampling, at most, of 20 k pairs each, at least; below 2: no interval
} MixedParams;

// The value for F64 x[n, dx] and y[n, dy] as they are, dx, dy > 0. NaN with n <= k.
double mixed_value(Matrix x, Matrix y, int k);

// On the test pairs. Interval by subsampling, ceiling log n. Unreliable: heavy tails (excess kurtosis above 10 after scaling), fewer than 50
// pairs, or a value that moves with n beyond its interval. Error: n <= k.
extern const ParamTable mixed_params;
extern const EstimatorType estimator_mixed;
