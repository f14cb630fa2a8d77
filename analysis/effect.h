// Sizes of an effect, x[n_x] against y[n_y], one value per run. Positive, or above 1/2, where x is larger. The difference of the
// means in units of the score says more to most readers: print that first.
//
// NaN for non-finite input, for an empty arm, and where a standard deviation is asked for, with fewer than two runs in an arm or
// none of them varying.
#pragma once

// (mean x - mean y) / s, s^2 = the pooled variance with n_x + n_y - 2 degrees of freedom (Cohen 1988).
double cohen_d(const double *x, int n_x, const double *y, int n_y);

// d J, without the bias of d in small samples: J = Gamma(m / 2) / (sqrt(m / 2) Gamma((m - 1) / 2)), m = n_x + n_y - 2
// (Hedges 1981, exact).
double hedges_g(const double *x, int n_x, const double *y, int n_y);

// d_z = mean of x[i] - y[i] over their standard deviation, n pairs (Cohen 1988, section 2.3.5).
double cohen_d_z(const double *x, const double *y, int n);

// A = P(X > Y) + P(X = Y) / 2 among all n_x n_y pairs (Vargha and Delaney 2000): the probability of improvement.
double superiority(const double *x, int n_x, const double *y, int n_y);

// 2 A - 1 = P(X > Y) - P(X < Y) (Cliff 1993).
double cliff_delta(const double *x, int n_x, const double *y, int n_y);

// Median of all n_x n_y differences x - y (Hodges and Lehmann 1963): the shift, in units of the score.
double hodges_lehmann(const double *x, int n_x, const double *y, int n_y);
