// engram bench statistics: how often nominal 95 % intervals of scores contain the truth, for the numbers of runs that papers
// have. Data sets are drawn from known distributions, every method makes its interval of each, and the share that covers is
// counted, with Clopper and Pearson's interval of that share.
//
// Distributions of a run's score, the same in every task, all runs independent:
//     normal        standard normal
//     exponential   mean 1: skewed to the right
//     mixture-p     a run solves its task with probability p, N(0.9, 0.1), or does not, N(0.1, 0.1); clipped to [0, 1]
//     binary-p      1 with probability p, else 0
// Two arms: x as above, and y of the same family with standard deviation (mean) 1/2, or with p = 0.5.
//
// Quantities: the mean; the interquartile mean (target: its expectation at that number of runs and tasks); the difference of
// the means of two arms with equal numbers of runs.
//
// What engram uses by default (column `default`), and why, by the numbers of results/reference/statistics/coverage.csv:
//
//   mean of one task, range of scores known: `bounded` (Gaffke), for any number of runs. It covers 0.95 and more everywhere. A t
//       interval or a bootstrap covers 0.18 to 0.87 where nine runs of ten solve the task, even with 20 runs: too often all runs of a
//       sample do. With three runs `bounded` is narrower than t, with 20 at most 1.2 times as wide. For 0/1 scores it is Clopper
//       and Pearson's interval.
//   mean of one task, range not known: t. Exact for normal scores, short for skewed ones (exponential: 0.87 to 0.92).
//   mean of several tasks: stratified t. It covers 0.91 to 0.97 with eight tasks, and is narrower than t on run means. `bounded` on run
//       means is safe and 1.4 to 3.2 times as wide.
//   difference of two arms: Welch, stratified over tasks. It covers 0.93 to 0.98 from five runs on, and with eight tasks also with
//       three. With three runs of one task it may be 0.82, where one arm solves the task in all runs; but the difference of two
//       `bounded` intervals is no help there: it is wider than 1.5. Below five runs of one task nothing is decided.
//   IQM: percentile bootstrap, from five runs on, for display: 0.80 to 0.92 with five, 0.89 to 0.95 with ten and more. Not for 0/1 scores,
//       whose IQM jumps.
//
// BCa is no better than percentile with few runs, and has no interval where all runs agree. These are favourable cases:
// tasks alike, arms of equal size.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "analysis/statistics.h"
#include "core/param.h"

typedef struct CoverageParams {
    int data_sets, replicates, seed;
} CoverageParams;
extern const ParamTable coverage_params;

typedef struct CoverageRow {
    const char *distribution, *quantity, *method;    // constants
    int runs, tasks;
    int data_sets, covered;
    int undefined;    // data sets for which the method has no interval; they are not covered
    double width;     // mean over the others
    bool standard;    // what engram uses by default
} CoverageRow;

enum { COVERAGE_ROWS_MAX = 1024, COVERAGE_RUNS_MAX = 20, COVERAGE_TASKS_MAX = 8 };

typedef struct CoverageReport {
    CoverageParams params;
    int row_count;
    CoverageRow rows[COVERAGE_ROWS_MAX];
} CoverageReport;

// The distributions by number; NULL from coverage_distribution_count on.
extern const int coverage_distribution_count;
const char *coverage_distribution(int number);

// Adds the rows of all methods for one distribution and number of runs (2..COVERAGE_RUNS_MAX) and tasks. Streams are named by
// the seed, the distribution, runs, tasks and the data set, so that a cell's rows do not depend on what else is asked.
void coverage_cell(int distribution, int runs, int tasks, CoverageReport *report);

// All cells: runs 3, 5, 10, 20 and tasks 1, 8. `say` is told what is under way; NULL: nobody.
void coverage_run(const CoverageParams *params, CoverageReport *report, void (*say)(const char *text));

double coverage_share(const CoverageRow *row);         // covered / data_sets
Interval coverage_interval(const CoverageRow *row);    // Clopper and Pearson's, 95 %

enum { COVERAGE_COLUMNS = 12 };
extern const char *const coverage_columns[COVERAGE_COLUMNS];
void coverage_write_csv(const CoverageReport *report, FILE *out);
