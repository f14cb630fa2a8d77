// One run from its configuration to its sealed file. Files of a run, all below <results>/runs/:
//
//     <name>.h5          the finished run (core/store.h)
//     <name>.h5.parts/   its segments while it is being trained or interrupted
//     <name>.h5.stale    the file that another code revision finished, while the run is being done again
//     <name>.failed      where and why training broke down: two lines, "step N" and the message
#pragma once

#include "benchmarks/experiment.h"

typedef enum RunStatus {
    RUN_MISSING,
    RUN_INTERRUPTED,    // has segments: will be resumed
    RUN_RUNNING,        // another process has it
    RUN_FAILED,         // training broke down
    RUN_STALE,          // finished by another code revision
    RUN_DONE,
    RUN_UNREADABLE,    // a file is there, but not one that can be read, or that of another run
    RUN_STATUS_COUNT
} RunStatus;
extern const char *const run_status_names[RUN_STATUS_COUNT + 1];    // NULL-terminated

// results/runs/<name>.h5, owned by the caller.
char *run_path(const char *results, const SweepRun *run);

// What there is of a run. `detail` (may be NULL) receives why it is failed, stale or unreadable, else "".
RunStatus run_status(const char *results, const SweepRun *run, char *detail, size_t size);

// Makes way for a run that shall be done again from its beginning: forgets a failure with its segments, puts a stale
// file aside.
bool run_reset(const char *results, const SweepRun *run, Error *error);

typedef enum RunOutcome {
    RUN_FINISHED,
    RUN_STOPPED,    // as asked; a checkpoint is sealed
    RUN_BROKEN,     // training broke down at a step: marked as failed, not tried again unless reset
    RUN_REFUSED     // something around it: parameters, a lock, the disk. What was sealed before is there and can be resumed
} RunOutcome;

typedef struct RunHooks {
    const volatile int *stop;    // non-zero: seal a checkpoint at the next unit boundary and return; NULL: never
    // Called once at the beginning (after a resume) and after each unit; NULL: not wanted.
    void (*progress)(void *context, int64_t done, int64_t budget);
    void *context;
} RunHooks;

// Trains in this process until the end or until it is stopped; resumes from the newest sealed segment if there is
// one. However often it is interrupted, the digest is that of an undisturbed run.
RunOutcome run_execute(const char *results, const SweepRun *run, const RunHooks *hooks, Error *error);
