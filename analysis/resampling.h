// Tests and intervals by resampling whole runs, repeatable from a seed: every function draws from its own Philox stream
// (seed, RNG_BOOTSTRAP, index 0), so a call's result depends on its arguments only.
#pragma once

#include <stdint.h>

#include "analysis/statistics.h"

// p of Spearman's rho when the pairing of x and y is shuffled: (b + 1) / (permutations + 1), b = number of shuffles with
// a rho at least as extreme (Phipson and Smyth 2010). two-sided: twice the smaller one-sided p. With `stratum` (>= 0)
// pairs are shuffled only among runs of the same stratum: what then remains significant is association *within* cells,
// not that cells differ. NaN where rho is undefined.
double spearman_permutation_p(const double *x, const double *y, const int *stratum, int n, Alternative alternative,
                              int permutations, uint64_t seed);

// Energy distance of two samples of vectors, x[n_x][d] and y[n_y][d]: 2 E|X - Y| - E|X - X'| - E|Y - Y'| with Euclidean
// norm and all pairs, zero only for equal distributions (Szekely and Rizzo 2004). p by permuting the labels,
// (b + 1) / (permutations + 1). Whole learning curves are such vectors; coordinates should share their unit.
TestResult energy_test(const double *x, int n_x, const double *y, int n_y, int d, int permutations, uint64_t seed);
