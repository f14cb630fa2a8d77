// The claims of an experiment, judged from its runs. Values per run are read by benchmarks/arms.h, the verdicts are made in
// analysis/claims.h; printing is cli's. The stratum of a run is its combination of varied values (its cell): claims speak about the
// mean over combinations.
#pragma once

#include "analysis/claims.h"
#include "benchmarks/arms.h"
#include "benchmarks/reference.h"
#include "core/digest.h"

typedef struct CheckRow {
    const ClaimSpec *spec;    // of the experiment
    Arms arms;                // the values it was judged from
    ClaimResult alone;        // before the family's correction
    ClaimResult result;       // threshold: NaN when described
    bool promotable;          // open, and it passes
    int seeds;                // different seeds among the runs that were used
    int unreliable;    // runs whose value rests on an estimate that MINE itself calls unreliable (analysis/information/mine.h)
    char data[DIGEST_SIZE];    // SHA-256 of the names and digests of the runs
} CheckRow;

typedef struct CheckReport {
    const Experiment *experiment;
    size_t count;
    CheckRow *rows;
    size_t runs, failed, missing, stale;
    double training_seconds;    // of all runs, one after the other
    char *revision;             // of the code that trained the runs
    char data[DIGEST_SIZE];     // SHA-256 of the names and digests of all runs, and of their analyses
    char claims
        [DIGEST_SIZE];    // SHA-256 of the experiment file and what the command line changed: what the verdicts depend on beside data
    int exit_status;    // 0 all as expected, 1 a claim contrary to what is expected, 3 undecided
} CheckReport;

// Whether a claim speaks about estimates: then the finished runs must be analysed before (benchmarks/analyse.h).
bool check_needs_analysis(const Experiment *experiment);

typedef struct CheckOptions {
    const char *results;
    bool partial;    // judge the runs that are finished, if not all are
    bool release;    // also the claims of the tier release
    bool fresh;      // the seeds are the experiment's fresh ones, which are compared with all others when the file is loaded
    const ClaimLooks *looks;    // NULL: a single look
    ClaimSeen *seen;            // [claims of the experiment] with looks: what the earlier ones saw; brought up to date
} CheckOptions;

// Judges all claims of the experiment, each family for itself. Trains and analyses nothing: runs that are not finished are an error
// unless partial. Seeds that thresholds were fixed on are an error (experiment_check_seeds). Rows stand in the file's order. `experiment`
// is borrowed by the report. NULL with a message.
CheckReport *check_experiment(const Experiment *experiment, const CheckOptions *options, Error *error);
void check_free(CheckReport *report);

// Of one report alone: 0, 1 or 3 as above.
int check_exit_status(const CheckReport *report);

// From the rows' verdicts alone to those that survive the correction, and to the exit statuses. Each family of each report for itself, or
// all claims of all reports together, as a release does.
void check_settle(CheckReport *const *reports, size_t count, bool together);

// One claim alone, from values that are at hand; `reference` NULL: there is none.
ClaimResult check_judge_arms(const ClaimSpec *spec, const Claim *claim, const Arms *arms, const Reference *reference);

// Seeds per arm that each claim needs before it can pass at all, for those that have too few in this sweep: a sentence each, to be
// printed before anything is trained; NULL when none has. Owned by the caller.
char *check_warn(const Experiment *experiment);

// What the verdicts of an experiment depend on beside the runs: CheckReport.claims.
bool check_claims_digest(const Experiment *experiment, char digest[DIGEST_SIZE], Error *error);

// "pass", "fail", "inconclusive", or "described".
const char *check_verdict(const CheckRow *row);
