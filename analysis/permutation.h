// Tests by permuting whole runs, repeatable from a seed: every function draws from its own Philox stream
// (seed, RNG_BOOTSTRAP, index 0), so a call's result depends on its arguments only. Two-sided p is twice the smaller one-sided
// p. A p from B random permutations is (b + 1) / (B + 1), b = how many are at least as extreme: never 0, and valid for any B
// (Phipson and Smyth 2010).
#pragma once

#include <stdint.h>

#include "analysis/statistics.h"

// ---- two arms: labels are permuted -----------------------------------------------------------------------------------------

// The runs of one arm; task[i] >= 0 is the task of value[i]. NULL: one task.
typedef struct TaskSample {
    const double *value;
    const int *task;
    int n;
} TaskSample;

// What is compared between the arms; larger where x is larger. It may not depend on the order of the runs within a task. Each
// arm keeps its number of runs in every task, and the tasks stand where they stood in the arm that was given.
typedef double PermutationStatistic(TaskSample x, TaskSample y);

// Mean over tasks of the mean over runs, x - y. Tests equality of the distributions; against unequal variances use the next.
PermutationStatistic permutation_mean_difference;

// The (stratified) Welch t of the means: keeps its level for large samples of unequal variances as well (Janssen 1997). Few runs
// with very unequal variances remain a trap: 30 against 10 that vary ten times as much are rejected in 11 % of the cases, not 5 %.
PermutationStatistic permutation_welch_t;

// Brunner and Munzel's statistic (Neubert and Brunner 2007), for P(X > Y) + P(X = Y) / 2 of few runs or of samples that do not
// overlap, where it is infinite. Of one task: `task` is not looked at.
PermutationStatistic permutation_brunner_munzel;

// H0: within each task the runs of both arms come from one distribution. Over all divisions into arms when there are at most
// 200 000 of them (of all tasks together), otherwise over `replicates` random ones. Statistics closer than rounding can tell
// count as equal: within 1e-14, 1e-14 |observed|, or 1e-15 times the number of runs times the largest value. NaN for non-finite
// values, for an empty arm, and where the statistic is NaN for any division.
TestResult permutation_test(TaskSample x, TaskSample y, PermutationStatistic *statistic, Alternative alternative,
                            int replicates, uint64_t seed);

// The smallest two-sided p that n_x against n_y runs can reach by ranks or permutations, 2 / C(n_x + n_y, n_x), at most 1;
// one-sided it is half of that. 5 against 5: 0.0079, so that twenty claims corrected by Holm never reach 0.05.
double permutation_smallest_p(int n_x, int n_y);

// What rounding may do to a statistic of `n` values up to `largest` in size, as above.
double permutation_slack(double observed, int n, double largest);

// ---- pairs: the pairing is permuted ----------------------------------------------------------------------------------------

// p of Spearman's rho when the pairing of x and y is shuffled `permutations` times. With `stratum` (>= 0)
// pairs are shuffled only among runs of the same stratum: what then remains significant is association *within* cells,
// not that cells differ. NaN where rho is undefined.
double spearman_permutation_p(const double *x, const double *y, const int *stratum, int n, Alternative alternative,
                              int permutations, uint64_t seed);

// ---- vectors ---------------------------------------------------------------------------------------------------------------

// Energy distance of two samples of vectors, x[n_x][d] and y[n_y][d]: 2 E|X - Y| - E|X - X'| - E|Y - Y'| with Euclidean
// norm and all pairs, zero only for equal distributions (Szekely and Rizzo 2004). p by permuting the labels,
// (b + 1) / (permutations + 1). Whole learning curves are such vectors; coordinates should share their unit.
TestResult energy_test(const double *x, int n_x, const double *y, int n_y, int d, int permutations, uint64_t seed);
