// What the runs of an experiment have left behind: their logs, and the analyses of these. Figures and claim checks read through here.
// Nothing here trains or analyses.
#pragma once

#include "benchmarks/run.h"
#include "core/store.h"

typedef struct Series {
    size_t count;
    int64_t *step;    // [count] in order of recording
    double *value;
} Series;

void series_free(Series *series);

typedef struct GatheredRun {
    const SweepRun *run;
    int combination;    // which combination of the varied values, from 0
    RunStatus status;
    StoreReader *log;         // NULL: the run failed or is missing, or it was only a survey
    StoreReader *analysis;    // opened when first needed
} GatheredRun;

typedef struct Gathering {
    const char *results;
    const Experiment *experiment;
    Sweep *sweep;
    size_t count;
    GatheredRun *runs;
    size_t finished, stale, failed, missing;    // stale ones are among the finished
} Gathering;

// Looks which runs there are, and opens none. Runs that are not finished are an error that says which command trains them, unless `partial` asks for what
// there is; no finished run at all is always an error. Runs whose training broke down are no error: they are counted. `results` and
// `experiment` are borrowed. NULL with a message.
Gathering *gather_survey(const char *results, const Experiment *experiment, bool partial, Error *error);
// The same, with the logs of finished runs open.
Gathering *gather_runs(const char *results, const Experiment *experiment, bool partial, Error *error);
void gather_free(Gathering *gathering);

bool gather_finished(const GatheredRun *gathered);    // by this code revision or another

// A series of a finished run, from its log or its analysis. False with a message naming run and series, and the nearest
// series; or that the run is not analysed, if the series would come from there.
bool gather_series(Gathering *gathering, size_t run, const char *name, Series *out, Error *error);
// Whether there is such a series. False in `*there` is no error, but a run that is not analysed is.
bool gather_has(Gathering *gathering, size_t run, const char *name, bool *there, Error *error);

// The code revision that made the finished runs: its first 12 digits and "-dirty" if it was, or "several revisions". Owned by the caller.
char *gather_revision(const Gathering *gathering);
