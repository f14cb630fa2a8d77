// Mutual information and return of the same runs: what the views scatter and correlations are made of. A run is one point: checkpoints and
// episodes are no replicates.
#pragma once

#include "analysis/statistics.h"
#include "benchmarks/drawings/information.h"

typedef struct RunPair {
    size_t cell;    // index into the panel's cells
    int64_t seed;
    double information, value;    // at the step: nats, discounted return; NaN: there is none in common
    double slope;                 // least squares of return on information over the run's checkpoints; NaN: undefined
    int checkpoints;              // of the run that have both
} RunPair;

typedef struct Association {
    const Panel *panel;    // borrowed
    int set;
    int64_t step;    // the checkpoint, in training episodes; -1: the runs have none in common
    size_t count;    // runs that have the estimate
    RunPair *pairs;
} Association;

// `step`: the checkpoint, or NaN for the last at which all runs have both. Empty where no run has the estimate. False with a message for a
// step that not all runs have.
bool association_read(const Panel *panel, const char *estimator, int set, double step, Association *out, Error *error);
void association_free(Association *association);

// One row of the table: of one cell, or of all together.
typedef struct Correlation {
    int runs, checkpoints;    // checkpoints of a run: the fewest
    double pearson, spearman;
    Interval pearson_interval, spearman_interval;
    double slope;    // mean over runs, in returns per nat
    Interval slope_interval;
} Correlation;

enum { ALL_CELLS = -1 };
// 95 % intervals: Fisher's and Bonett and Wright's (analysis/correlation.h), t over runs for the slope. What is undefined is NaN.
Correlation association_correlate(const Association *association, int cell);

// All sets of all panels that have the estimate, panel by panel. False with a message; where nothing is, `*count` is 0.
bool associations_read(const Panels *panels, const char *estimator, double step, size_t *count, Association **out,
                       Error *error);
void associations_free(size_t count, Association *associations);
