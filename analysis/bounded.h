// Bounds of the mean of values that are known to lie in [low, high] (a score, a success rate of one run), without any
// assumption on their distribution: right where a t interval is not, with few runs, skew, or runs that either solve the task
// or do not.
//
// Gaffke's bound (2005; Learned-Miller and Thomas 2019): with the order statistics x_(1) <= ... <= x_(n), x_(n+1) = high and
// D uniform on the simplex (the spacings of n uniforms), the upper bound is the (1 - alpha) quantile of
//
//     W = sum_{i=1}^{n+1} D_i x_(i),
//
// and the lower bound its mirror image, with `low` as the smallest value. The density of W is the B-spline with those n + 1
// knots (Curry and Schoenberg 1966), so its distribution is evaluated exactly, not drawn.
//
// Valid for n independent values of one distribution with range [low, high], where the range is known beforehand and not read
// off the sample. For values that are all low or high the bounds are Clopper and Pearson's, with guaranteed coverage. That
// the coverage holds for every distribution is conjectured (Gaffke 2005; Learned-Miller and Thomas 2019) and not proven; no
// counterexample is known to us. Phan, Thomas and Learned-Miller (2021) prove it for a family of somewhat wider bounds.
//
// n < 1 and a value that is NaN or outside [low, high] make the result NaN. Ties and constant samples need no care: n times
// the value `high` gives the lower bound low + (high - low) alpha^(1/n). Cost O(n^2) for a p, some 50 times that for a bound.
#pragma once

#include "analysis/statistics.h"

// One-sided bounds: the mean lies above (below) with confidence 1 - alpha; two of them are the (1 - 2 alpha) interval.
// low < high, both finite.
double bounded_lower(const double *x, int n, double low, double high, double alpha);
double bounded_upper(const double *x, int n, double low, double high, double alpha);
Interval bounded_interval(const double *x, int n, double low, double high, double level);

// p of H0: mean <= null (greater), mean >= null (less), mean = null (two-sided: twice the smaller one). p < alpha iff the
// bound lies beyond the null. A null outside [low, high] is no mistake: it is refuted (p = 0) or cannot be (p = 1).
double bounded_p(const double *x, int n, double low, double high, double null, Alternative alternative);
