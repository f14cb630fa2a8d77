// Bootstrap intervals over runs: what a statistic of the scores would have been with other seeds. Repeatable: every function
// draws from its own Philox stream (seed, RNG_BOOTSTRAP, index), so that its result depends on its arguments only.
//
// One replicate draws, for each task by itself, as many of its runs as there are, with replacement (stratified bootstrap,
// Agarwal et al. 2021); two sets of scores are drawn independently of each other. More replicates remove Monte-Carlo noise,
// not the shortness of these intervals below ten runs (`engram bench statistics` measures it): they are for display;
// decisions use t-type or exact ones (analysis/statistics.h).
//
// Undefined stays visible: where scores_defined is false, or a method cannot be had, the interval is {NaN, NaN}.
#pragma once

#include <stdint.h>

#include "analysis/scores.h"
#include "analysis/statistics.h"

// With theta the statistic, theta_r its replicates, q(u) their quantiles (type 7 of Hyndman and Fan 1996: linear between order
// statistics, position u (R - 1)), a = 1 - level and z_u the quantile of the standard normal distribution, the intervals
// of Efron and Tibshirani (1993, chapters 13, 14):
//
//     percentile  [q(a/2), q(1 - a/2)]
//     basic       [2 theta - q(1 - a/2), 2 theta - q(a/2)]
//     bc          [q(Phi(2 z0 + z_{a/2})), q(Phi(2 z0 + z_{1-a/2}))], z0 = z of the share of theta_r strictly below theta; NaN
//                 when all or none are
//     bca         q(Phi(z0 + (z0 + z) / (1 - c (z0 + z)))) for the two z, with the acceleration c = sum d_i^3 / (6 (sum
//                 d_i^2)^1.5), d_i = mean of the j minus j_i, j_i this statistic without run i of every task (and of both sets
//                 of scores). Needs that many runs everywhere: NaN for ragged tasks, two sets of unequal run counts, fewer
//                 than two runs, and where all j_i are equal
//
// Replicates of -INFINITY (FAILURE_RANK_WORST) leave only the percentile method.
typedef enum BootstrapMethod {
    BOOTSTRAP_PERCENTILE,
    BOOTSTRAP_BASIC,
    BOOTSTRAP_BC,
    BOOTSTRAP_BCA,
    BOOTSTRAP_METHOD_COUNT
} BootstrapMethod;

extern const char *const bootstrap_method_names[BOOTSTRAP_METHOD_COUNT];

typedef struct Bootstrap {
    int replicates;
    double level;
    BootstrapMethod method;
    bool tasks;    // draw as many tasks with replacement first, the same for both sets: other tasks, not only other seeds
    uint64_t seed, index;    // of the stream
} Bootstrap;

extern const Bootstrap bootstrap_default;    // 50 000 replicates, 95 %, percentile, the tasks as they are, stream (0, 0)

typedef double ScoreStatistic(const Scores *x);                         // scores_mean, scores_iqm, ...
typedef double ScorePairStatistic(const Scores *x, const Scores *y);    // scores_improvement, ...
typedef double ScoreFunction(const Scores *x, double at);               // scores_profile, ...

Interval bootstrap_interval(const Scores *x, ScoreStatistic *statistic, const Bootstrap *options);
Interval bootstrap_pair_interval(const Scores *x, const Scores *y, ScorePairStatistic *statistic, const Bootstrap *options);

// Pointwise intervals of a function of the scores at at[count], all from the same replicates: band[count].
void bootstrap_function(const Scores *x, ScoreFunction *function, const double *at, int count, const Bootstrap *options,
                        Interval *band);

// A statistic along a learning curve. Here x->value holds a row of `steps` numbers for each run. Whole runs are drawn, the
// same at all steps, so that replicates keep the correlation along a run. `pointwise` is the percentile interval, for
// display; `simultaneous` covers the whole curve at once with the given level, for claims (sup-t band): statistic +- c sd(t),
// sd(t) the standard deviation of the replicates at t, c the quantile `level` over replicates of the largest
// |theta_r(t) - theta(t)| / sd(t) over t (Montiel Olea and Plagborg-Moller 2019). Where all replicates are equal both bands
// are the statistic itself. A step that is not finite in every run is NaN in both, and the others are a band without it.
// The method must be percentile.
typedef struct CurvePoint {
    double value;
    Interval pointwise, simultaneous;
} CurvePoint;
void bootstrap_curve(const Scores *x, int steps, ScoreStatistic *statistic, const Bootstrap *options, CurvePoint *curve);

// Percentile bootstrap of the mean over runs, along a curve: runs[n][steps], row = run. One replicate draws n runs with
// replacement, the same for all steps; low[t], high[t] are the quantiles (1 -+ level)/2 (type 7) of its mean at t. For
// display: pointwise, and too short below ten runs (decisions use t intervals). A step with a non-finite value: NaN.
void bootstrap_mean(const double *runs, int n, int steps, int replicates, double level, uint64_t seed, double *low,
                    double *high);
