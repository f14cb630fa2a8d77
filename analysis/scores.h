// Scores of an algorithm over tasks and seeds, and what summarises them: the statistics of Agarwal et al. ("Deep
// reinforcement learning at the edge of the statistical precipice", NeurIPS 2021). The score of one run (one seed) on one
// task is one number, already normalised; tasks may have different numbers of runs.
//
// Undefined stays visible: a score that is NaN or +INFINITY, a task without runs and no task at all make every statistic
// NaN; no such score is ever sorted to an end and trimmed away. -INFINITY means "worse than any other" (FAILURE_RANK_WORST):
// the statistics that only compare or rank take it, the mean and the gap are NaN with it.
#pragma once

#include <stdbool.h>

#include "core/error.h"

// The caller's arrays, borrowed: the runs of task 0 first, then those of task 1, and so on.
typedef struct Scores {
    int tasks;
    const int *runs;        // [tasks]
    const double *value;    // [sum of runs]
} Scores;

int scores_count(const Scores *x);       // sum of runs
bool scores_defined(const Scores *x);    // whether statistics of x are numbers

// Makes scores of a table with a row for each run, table[runs][tasks], in the caller's value[runs * tasks] and
// runs_of[tasks].
Scores scores_of_table(const double *table, int runs, int tasks, double *value, int *runs_of);

// Mean over tasks of the mean over a task's runs.
double scores_mean(const Scores *x);

// Median over tasks of the mean over a task's runs; the mean of the two middle ones when there is an even number of tasks.
double scores_median(const Scores *x);

// Interquartile mean: all n scores of all tasks in one row, floor(n / 4) cut from each end, the others averaged. With fewer
// than 4 scores it is their mean. A task with more runs has more weight.
double scores_iqm(const Scores *x);

// gamma - mean of min(score, gamma), averaged as scores_mean does: how far the scores stay below gamma. Lower is better.
double scores_gap(const Scores *x, double gamma);
double scores_optimality_gap(const Scores *x);    // gamma = 1

// Score distribution (performance profile): the share of all scores strictly above tau.
double scores_profile(const Scores *x, double tau);
// Average-score distribution: the share of tasks whose mean is strictly above tau.
double scores_average_profile(const Scores *x, double tau);
// Area under the score distribution from low to high, exactly: mean over all scores of min(max(score, low), high) - low.
// From 0 to at least the largest score it is the mean over all scores, if none is negative.
double scores_profile_area(const Scores *x, double low, double high);

// Probability of improvement of x over y: mean over tasks of P(x > y) + P(x = y) / 2 over all pairs of a run of x with a
// run of y (Mann and Whitney's U over its largest value). P(x over y) + P(y over x) = 1. NaN for different numbers of tasks.
double scores_improvement(const Scores *x, const Scores *y);
// Mean of x minus mean of y. NaN for different numbers of tasks.
double scores_mean_difference(const Scores *x, const Scores *y);

// (score - low) / (high - low) with the fixed references of each task, low[tasks] and high[tasks] (say, random and optimal
// policy): never with the extremes of the algorithms compared, which would change every score when one joins. In place;
// equal or non-finite references make a task's scores NaN.
void scores_normalise(double *value, const int *runs, int tasks, const double *low, const double *high);

// ---- runs that failed ------------------------------------------------------------------------------------------------

typedef enum ScoreStatus {
    SCORE_OK,
    SCORE_DIVERGED,    // became non-finite
    SCORE_CRASHED,
    SCORE_TIMEOUT,
    SCORE_MISSING,    // planned, but there is no run
    SCORE_STATUS_COUNT
} ScoreStatus;

// What takes the place of a score whose status is not SCORE_OK. One policy is declared for a suite, before the runs.
typedef enum FailurePolicy {
    FAILURE_ERROR,         // nothing does: the scores are refused
    FAILURE_WORST,         // the task's lower reference; for bounded scores
    FAILURE_RANK_WORST,    // -INFINITY: for median, IQM, profiles and improvement only
    FAILURE_DROP,          // the run is left out: only where the cause cannot depend on the algorithm
    FAILURE_POLICY_COUNT
} FailurePolicy;

extern const char *const score_status_names[SCORE_STATUS_COUNT];
extern const char *const failure_policy_names[FAILURE_POLICY_COUNT];

// Applies the policy before any statistic: status[i] belongs to x->value[i], whose number does not count unless the status is
// SCORE_OK. worst[tasks] are the lower references on the scale of the scores (0 after scores_normalise); only
// FAILURE_WORST reads them, else NULL will do. Fills the caller's value[sum of runs] and runs[tasks]; they are the scores
// to go on with, {x->tasks, runs, value}. A value that is NaN with status SCORE_OK is left as it is, so statistics are NaN.
// False with a message: FAILURE_ERROR and a run has failed.
bool scores_settle(const Scores *x, const ScoreStatus *status, FailurePolicy policy, const double *worst, double *value,
                   int *runs, Error *error);

// Share of the `count` runs with status SCORE_OK, which every table and figure states. NaN without runs.
double scores_valid_share(const ScoreStatus *status, int count);
// Whether at least 80 % are: with fewer, no policy makes a verdict, and claims are inconclusive. Without runs: false.
bool scores_enough_valid(const ScoreStatus *status, int count);
