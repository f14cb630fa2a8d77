// The claims of an experiment, judged from its runs. Values per run are computed here, the verdicts in analysis/claims.h; printing is
// cli's. The stratum of a run is its combination of varied values (its cell): claims speak about the mean over combinations.
#pragma once

#include "analysis/claims.h"
#include "benchmarks/experiment.h"

typedef struct CheckRow {
    const ClaimSpec *spec;    // of the experiment
    bool judged;              // false: kind "described", which has numbers but no verdict
    bool promotable;          // open, and it passes
    ClaimResult result;       // threshold: NaN when described
    int seeds;                // different seeds among the runs that were used
    int unreliable;           // runs whose value rests on an estimate that MINE itself calls unreliable (analysis/mine.h)
} CheckRow;

typedef struct CheckReport {
    const Experiment *experiment;
    size_t count;
    CheckRow *rows;
    size_t runs, failed, missing, stale;
    char *revision;     // of the code that trained the runs
    int exit_status;    // 0 all as expected, 1 a claim contrary to what is expected, 3 undecided
} CheckReport;

// Whether a claim speaks about estimates: then the finished runs must be analysed before (benchmarks/analyse.h).
bool check_needs_analysis(const Experiment *experiment);

// Judges all claims of the experiment as one family. Trains and analyses nothing: runs that are not finished are an error
// unless `partial`, which judges those that are. A run whose training broke down is not valid; in a share it counts against the claim.
// `experiment` is borrowed by the report. NULL with a message.
CheckReport *check_experiment(const char *results, const Experiment *experiment, bool partial, Error *error);
void check_free(CheckReport *report);

// "pass", "fail", "inconclusive", or "described".
const char *check_verdict(const CheckRow *row);

// JUnit XML of some reports, written aside and renamed: a claim contrary to what is expected is a failure, an undecided, open or
// described one is skipped with the reason as its message.
bool check_write_junit(CheckReport *const *reports, size_t count, const char *path, Error *error);
