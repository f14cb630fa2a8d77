// What a sweep will cost, for `engram run --dry-run`. Writes nothing.
#pragma once

#include "benchmarks/run.h"

typedef struct Forecast {
    size_t by_status[RUN_STATUS_COUNT];
    size_t planned;           // runs that would be trained (an interrupted one counts in full)
    double seconds;           // of one process after the other, for the planned runs
    double memory_mib;        // of one worker, the largest
    double disk_mib;          // of the planned runs
    size_t configurations;    // different ones among the planned runs ...
    size_t calibrated;        // ... of which no finished run told the cost: trained for a moment to see
} Forecast;

// Where a run of the same configuration (any seed) has finished, its provenance and file size tell. Otherwise a short
// calibration in a process of its own trains it for a moment: rough, since later units may cost more than the first
// ones; its disk space is that of the history pairs and weights.
bool forecast_runs(const char *results, const SweepRun *const *runs, size_t count, bool redo_stale, bool retry_failed,
                   Forecast *forecast, Error *error);

// Only how many runs would be trained, and what their files take at most (before compression; scalars, which are small beside histories, left
// out): trains nothing.
bool forecast_disk(const char *results, const SweepRun *const *runs, size_t count, bool redo_stale, bool retry_failed,
                   Forecast *forecast, Error *error);
