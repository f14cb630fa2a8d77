// How many runs a comparison needs: power of t tests and of equivalence, shares, ranks, correlations, and what a pilot says.
// A run (seed) is one value. Effects and margins are in units of the standard deviation between runs.
//
// Exact for independent normal runs, with equal variances in two arms of n runs each; Welch's test, which the claims use, has
// then nearly the same power. Skewed or two-valued runs need more: the numbers are for planning, never evidence.
//
// `alpha` is one-sided for ALTERNATIVE_GREATER and _LESS, two-sided otherwise; correct it for the number of claims (alpha / m)
// before planning. NaN input and too few runs (n < 2) give NaN. Sizes are runs per arm; 0 means that not even POWER_MOST_RUNS
// runs will do, or that the effect lies on the wrong side.
#pragma once

#include "analysis/statistics.h"

enum { POWER_MOST_RUNS = 100000 };

// One sample: the mean of n runs, or n paired differences (the effect is then in units of the differences' sd).
// Two samples: n runs in each arm.
typedef enum PowerDesign { POWER_ONE_SAMPLE, POWER_TWO_SAMPLE } PowerDesign;

// P(T <= t) and P(T > t) of T = (Z + noncentrality) / sqrt(V / df), Z normal, V chi-square with df >= 1 degrees of freedom
// (INFINITY: normal). Integrated over the distribution of the standard deviation s = sqrt(V / df):
// P(T > t) = int Phi(noncentrality - t s) f(s) ds. Relative error about 1e-10 where the value exceeds 1e-6, else 1e-16.
double noncentral_t_below(double t, double df, double noncentrality);
double noncentral_t_above(double t, double df, double noncentrality);

// Power of the t test: T is noncentral with 2n - 2 (n - 1) degrees of freedom and noncentrality effect sqrt(n / 2)
// (effect sqrt(n)). Two-sided: both tails count. Noninferiority by a margin is the one-sided test of effect + margin.
double power_t(PowerDesign design, double effect, int n, double alpha, Alternative alternative);
int power_t_size(PowerDesign design, double effect, double power, double alpha, Alternative alternative);

// Power of two one-sided tests (TOST, Schuirmann 1987), each at alpha < 0.5: P(the (1 - 2 alpha) interval lies within
// (-margin, margin)) when the true difference is `effect`. Exact: both statistics share s, so this is one integral over s
// (Phillips 1990). margin > 0.
double power_equivalence(PowerDesign design, double effect, double margin, int n, double alpha);
int power_equivalence_size(PowerDesign design, double effect, double margin, double power, double alpha);

// Upper limit of the true standard deviation from a pilot's, sd sqrt(df / chi2), chi2 = the (1 - confidence) quantile: with
// 5 runs (df 4) and confidence 0.8, 1.56 sd. To plan with the pilot's own value is to plan too few runs half of the time.
double power_sd_upper(double sd, double df, double confidence);

// Smallest n at which ceil(share n) hits of n give a Clopper-Pearson bound above the threshold; share = 1: at which n hits
// of n do, the least that can ever show it. As hits are whole, some larger n may fail again.
int power_share_size(double share, double threshold, double alpha);
// P(the bound exceeds the threshold) with n runs of which each hits with probability `share`.
double power_share(double share, double threshold, int n, double alpha);

// Smallest p that a permutation or rank test can give: 1 / C(2n, n) for two arms, 1 / 2^n for sign flips of n pairs
// (two-sided: twice that, at most 1); and the smallest n at which it falls below alpha.
double power_permutation_p(PowerDesign design, int n, Alternative alternative);
int power_permutation_size(PowerDesign design, double alpha, Alternative alternative);

// Runs for Spearman's bound (spearman_estimate, alpha one-sided) to exceed the threshold with the given power when the
// true correlation is rho: n = 3 + (1 + rho^2 / 2) ((z_alpha + z_power) / (atanh rho - atanh threshold))^2, rounded up, from
// the standard error of Bonett and Wright (2000). -1 < threshold < rho < 1.
int power_correlation_size(double rho, double threshold, double power, double alpha);

// What to expect of a single further run: [x_(l), x_(n+1-l)] with the largest l such that it holds at least `share` of all
// runs with the given confidence, P(Binomial(n, share) <= n - 2l) >= confidence (Wilks 1941). Any continuous distribution;
// with ties the confidence is only larger. Infinite values are ordered like others; NaN, or too few runs: NaN.
Interval tolerance_interval(const double *x, int n, double share, double confidence);
// Smallest n at which minimum and maximum do: 46 for 0.90 of the runs with confidence 0.95.
int tolerance_size(double share, double confidence);
