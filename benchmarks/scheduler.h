// Many runs in parallel: one process per run, each single-threaded. A worker that dies takes nobody with it.
#pragma once

#include <stdio.h>

#include "benchmarks/run.h"

// What is done with each run: schedule_training, or the analysis of its log (benchmarks/analyse.h).
typedef struct ScheduleWork {
    RunStatus (*status)(const char *results, const SweepRun *run, char *detail, size_t size);    // as run_status
    bool (*reset)(const char *results, const SweepRun *run, Error *error);                       // NULL: nothing is ever redone
    RunOutcome (*execute)(const char *results, const SweepRun *run, const RunHooks *hooks, Error *error);
    const char *verb, *doing, *unit;    // for messages: "run", "training", "unit of training"
} ScheduleWork;
extern const ScheduleWork schedule_training;

typedef struct ScheduleOptions {
    const char *results;
    int jobs;             // worker processes at a time, at least 1
    bool redo_stale;      // also repeat what another code revision finished
    bool retry_failed;    // also repeat what broke down
    double limit;         // seconds after which it stops as if interrupted; 0: never
    FILE *out;            // progress for people; NULL: none
    bool terminal;    // one status line, redrawn; otherwise plain lines, one every few seconds and one for each run that ends
    const ScheduleWork *work;    // NULL: schedule_training
} ScheduleOptions;

typedef struct ScheduleReport {
    size_t finished;     // trained to the end now
    size_t skipped;      // finished before, by this code revision
    size_t stale;        // finished before, by another one, and left alone
    size_t failed;       // training broke down, now or before; named on `out`
    size_t refused;      // disk, lock, killed worker, unreadable file; named on `out`
    size_t left;         // not finished because of an interruption
    bool expired;        // stopped at the limit: what is done is kept, what was begun is sealed
    bool interrupted;    // by SIGINT or SIGTERM: the first lets the workers seal a checkpoint, the second kills them
} ScheduleReport;

// Trains what is missing of the runs (all different) and resumes what was interrupted. Blocks SIGINT, SIGTERM and
// SIGCHLD for the calling thread meanwhile. False with a message when nothing could be begun: the results directory
// cannot be written.
bool schedule_runs(const SweepRun *const *runs, size_t count, const ScheduleOptions *options, ScheduleReport *report,
                   Error *error);

// "45 s", "3 min 20 s", "2 h 05 min".
void schedule_duration(double seconds, char *text, size_t size);
