// Tests of two independent samples x[n_x], y[n_y], one value per run. Alternatives: greater = x is larger, and every signed
// statistic is positive there. Means are compared as Estimates, of which estimate_interval, estimate_p and estimate_test make
// the rest; tests by ranks suppose less but answer another question, said with each.
//
// NaN for non-finite input and for fewer runs than an arm needs: one for ranks and distribution functions, two where a variance
// is estimated, three for Brown-Forsythe.
#pragma once

#include <stdbool.h>

#include "analysis/statistics.h"

// ---- means ---------------------------------------------------------------------------------------------------------------

// mean x - mean y, each arm with a variance of its own (Welch 1947): the default. Both arms constant: se = 0, where p is 0 or 1.
Estimate welch_estimate(const double *x, int n_x, const double *y, int n_y);

// The same with one variance for both, n_x + n_y - 2 degrees of freedom (Student 1908): for comparison with what others report.
Estimate student_estimate(const double *x, int n_x, const double *y, int n_y);

// Two one-sided tests (Schuirmann 1987) of a difference, from any Estimate: p_lower of H0 value <= -margin, p_upper of
// H0 value >= margin, p the larger. Equivalent at level a iff p < a, that is iff the (1 - 2 a) interval lies inside
// (-margin, margin). margin > 0, in units of the score.
typedef struct Equivalence {
    double p_lower, p_upper, p;
} Equivalence;

Equivalence equivalence_test(Estimate difference, double margin);

// ---- ranks ---------------------------------------------------------------------------------------------------------------

// U of x = the number of pairs with x > y, ties counting 1/2 (Mann and Whitney 1947). H0 of the tests: both samples come from one
// distribution. Under unequal variances their level is off, also as tests of P(X > Y) = 1/2: then Brunner-Munzel.
double mann_whitney_u(const double *x, int n_x, const double *y, int n_y);

// Statistic U. Exact over all divisions of the ranks into arms, tied values keeping their mid-ranks; some
// min(n_x, n_y)^2 (n_x + n_y)^2 steps.
TestResult mann_whitney_exact(const double *x, int n_x, const double *y, int n_y, Alternative alternative);

// Statistic U. Normal with the variance corrected for ties, n_x n_y / 12 (N + 1 - sum(t^3 - t) / (N (N - 1))), and with
// `continuity` by half a step towards the middle. All values tied: p = 1.
TestResult mann_whitney_normal(const double *x, int n_x, const double *y, int n_y, bool continuity, Alternative alternative);

// The exact test without ties and with n_x n_y <= 4000 (8 x 500, 63 x 63), otherwise the normal one with continuity.
TestResult mann_whitney(const double *x, int n_x, const double *y, int n_y, Alternative alternative);

// A = P(X > Y) + P(X = Y) / 2 with its error for unequal variances (Brunner and Munzel 2000): se^2 = s_x^2 / n_x + s_y^2 / n_y
// of the placements F_y(x), F_x(y) of each value in the other sample, Satterthwaite's df. Where the samples do not overlap (and
// where all values are tied) there is no spread to estimate an error from: se is NaN; the permutation test remains. Claims take
// its estimate_logit.
Estimate superiority_estimate(const double *x, int n_x, const double *y, int n_y);

// The same A for arms that share their seeds, x[i] beside y[i], over all n^2 pairs: se^2 = s^2 / n of the differences of
// placements F_y(x_i) - F_x(y_i), n - 1 degrees of freedom (Munzel and Brunner 2002; Konietschke and Pauly 2012). se is NaN where
// these differences do not vary: no overlap, equal arms, or arms that alternate.
Estimate superiority_paired_estimate(const double *x, const double *y, int n);

// H0: A = 1/2; statistic (A - 1/2) / se with t's distribution. (The authors and SciPy take P(X < Y): the opposite sign.)
// Undefined, NaN, as the estimate's se.
TestResult brunner_munzel(const double *x, int n_x, const double *y, int n_y, Alternative alternative);

// ---- distributions, spread -------------------------------------------------------------------------------------------------

// H0: one distribution; statistic D = max |F_x - F_y| (Smirnov 1939). p is exact, by counting the orders of the pooled sample that
// keep inside D, with the observed ties (Schroeer and Trenkler 1995); n_x n_y steps. Two-sided.
TestResult kolmogorov_smirnov(const double *x, int n_x, const double *y, int n_y);

// H0: equal spread; F of the distances from each arm's median (Brown and Forsythe 1974), the square of Student's t of these.
// Two-sided. No distance varies: NaN.
TestResult brown_forsythe(const double *x, int n_x, const double *y, int n_y);
