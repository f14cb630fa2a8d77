// Correlation of two quantities over independent runs. Undefined (NaN) for a constant side and for non-finite input.
#pragma once

#include "analysis/statistics.h"

// Mid-ranks, 1 for the smallest; tied values share the mean of their ranks. Returns sum over ties of t^3 - t.
double ranks(const double *x, int n, double *out);

// Spearman's rho: Pearson's r of the mid-ranks; NaN for n < 3, a constant side or non-finite input.
double spearman(const double *x, const double *y, int n);

// atanh(rho) with se = sqrt((1 + rho^2 / 2) / (n - 3)) and normal errors (Bonett and Wright 2000). At rho = +-1 the
// estimate is infinite; there the next smaller value that n ranks without ties can have, 1 - 12 / (n^3 - n), takes its
// place: conservative towards 0. n >= 4, otherwise NaN.
Estimate spearman_estimate(double rho, int n);
