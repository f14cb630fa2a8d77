// Shares of independent trials: of one policy's episodes, or of the runs that solved a task. Episodes of several runs are
// not independent trials and must not be pooled.
#pragma once

#include "analysis/statistics.h"

// Clopper-Pearson bounds of the share k / n of independent trials, 0 <= k <= n, n > 0 (Clopper and Pearson 1934), and
// the exact p of H0: share <= null (greater), share >= null (less). p < alpha iff the bound lies beyond the null.
double proportion_lower(int k, int n, double alpha);
double proportion_upper(int k, int n, double alpha);
Interval proportion_interval(int k, int n, double level);
double proportion_p(int k, int n, double null, Alternative alternative);

// Wilson (1927): the shares that a normal test with the variance under the null does not reject, (k + z^2 / 2 -+
// z sqrt(k (n - k) / n + z^2 / 4)) / (n + z^2). Close to its level on average over shares but not for each: for display,
// where Clopper-Pearson decides.
Interval proportion_wilson(int k, int n, double level);

// Interval of the difference of two independent shares k_x / n_x - k_y / n_y = d from the Wilson intervals of both:
// d - sqrt((x - low_x)^2 + (high_y - y)^2) .. d + sqrt((high_x - x)^2 + (y - low_y)^2) (Newcombe 1998, method 10).
Interval proportion_difference(int k_x, int n_x, int k_y, int n_y, double level);
