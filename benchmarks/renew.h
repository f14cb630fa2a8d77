// Runs and analyses as the program behaves now. `engram run` leaves alone what another code revision finished, or makes all of it
// again; a check that judges a change must neither judge what code of another behaviour made, nor train again what is known to
// come out the same.
//
// A file counts as made by the program if its code revision made it, where that names the code (not "-dirty", not "unknown"), or if the
// ledger says that code of the same behaviour did. All other files are put aside and made anew: finished runs, failures, runs
// that two revisions worked on, analyses and the controls that these share.
#pragma once

#include "benchmarks/ledger.h"
#include "benchmarks/scheduler.h"

typedef struct RenewOptions {
    const ScheduleOptions *schedule;    // where, jobs, progress, limit
    Ledger *ledger;                     // NULL: only this code revision's own files count
    bool analyses;                      // also the analyses of the runs
} RenewOptions;

typedef struct RenewReport {
    size_t trained, analysed;     // now
    size_t failed;                // runs that broke down, now or before
    size_t refused;               // disk, lock, killed worker, unreadable file; named on schedule->out
    double analysis_seconds;      // of one process, for one run; NaN: none was analysed
    bool expired, interrupted;    // what is done is kept and written in the ledger
} RenewReport;

// All different runs. What was made is noted in the ledger, which is written. False with a message.
bool renew_runs(const SweepRun *const *runs, size_t count, const RenewOptions *options, RenewReport *report, Error *error);

// How many of the runs renew_runs would train, and how many it would analyse.
void renew_count(const SweepRun *const *runs, size_t count, const RenewOptions *options, size_t *training, size_t *analyses);

// Whether the code revision names the code that the program was built from.
bool renew_revision_is_exact(void);
