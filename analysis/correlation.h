// Correlation of two quantities over independent runs, x[n] and y[n]. A constant side, fewer than three runs and non-finite
// input leave a correlation undefined: NaN, and so is everything made from it. Alternatives: greater = positive correlation.
#pragma once

#include "analysis/statistics.h"

// Mid-ranks, 1 for the smallest; tied values share the mean of their ranks. Returns sum over ties of t^3 - t.
double ranks(const double *x, int n, double *out);

// p of H0: no correlation from t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees of freedom: exact for Pearson's r of
// normal errors, an approximation for Spearman's rho. r = +-1: 0 on its side, 1 on the other.
double correlation_p(double r, int n, Alternative alternative);

// ---- Pearson -------------------------------------------------------------------------------------------------------------

double pearson(const double *x, const double *y, int n);
TestResult pearson_test(const double *x, const double *y, int n, Alternative alternative);    // r and correlation_p

// atanh(r) with se = 1 / sqrt(n - 3) and normal errors (Fisher 1921); tanh takes its bounds back. n >= 4, otherwise NaN.
// r = +-1 is infinite with all its bounds: exact dependence has no error.
Estimate pearson_estimate(double r, int n);

// ---- Spearman ------------------------------------------------------------------------------------------------------------

// Pearson's r of the mid-ranks.
double spearman(const double *x, const double *y, int n);

// rho and p: over all n! pairings up to nine runs, ties as they are; above that correlation_p.
TestResult spearman_test(const double *x, const double *y, int n, Alternative alternative);

// atanh(rho) with se = sqrt((1 + rho^2 / 2) / (n - 3)) and normal errors (Bonett and Wright 2000). At rho = +-1 the
// estimate is infinite; there the next smaller value that n ranks without ties can have, 1 - 12 / (n^3 - n), takes its
// place: conservative towards 0. n >= 4, otherwise NaN.
Estimate spearman_estimate(double rho, int n);

// The same with se = sqrt(1.06 / (n - 3)) (Fieller, Hartley and Pearson 1957): meant for |rho| < 0.8 and n > 10.
Estimate spearman_estimate_fieller(double rho, int n);

// ---- Kendall -------------------------------------------------------------------------------------------------------------

// tau-b = (C - D) / sqrt((P - T_x) (P - T_y)): concordant and discordant among all P pairs, T pairs tied on a side
// (Kendall 1945). The one to use with many ties.
double kendall_tau_b(const double *x, const double *y, int n);

// tau-b and p. Without ties and up to 33 runs, or with at most one pair out of order, exact by the counts of inversions
// (Kendall 1938); otherwise C - D is taken as normal with the variance corrected for ties (Kendall 1970, chapter 4).
TestResult kendall_test(const double *x, const double *y, int n, Alternative alternative);

// ---- least squares -------------------------------------------------------------------------------------------------------

// Slope of the line y = a + b x with the least sum of squared residuals: b = cov(x, y) / var(x). At least two values, x not constant,
// everything finite: otherwise NaN.
double least_squares_slope(const double *x, const double *y, int n);
