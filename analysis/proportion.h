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
