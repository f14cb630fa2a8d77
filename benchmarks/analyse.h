// From the log of a finished run to its analysis: entropy and mutual information of every recorded sample of histories, by every
// estimator that the configuration asks for.
//
//     results/analysis/<run name>-<12 digits of the key>.h5    a results file of the store (core/store.h), with the series
//
//     entropy/<set>                      H(b) of the test half, nats, where beliefs are discrete; <set> is one of history_set_names, the
//                                        step that of the checkpoint
//     <estimator>/<set>                  estimate of I(h; b), nats: mine, probe, ... (analysis/information/estimators.c)
//     .../<set>-low  -high  -ceiling  -pairs  -sd  -train  -validation  -ess  -unreliable
//                                        what analysis/information/information.h says, where the estimator has it
//     prepared/<set>-rejected  -constant-hidden  -constant-belief
//                                        rows left out and columns that never change (analysis/information/sample.h)
//     .../<set>-refused                  1 in their place, where the estimator refused the pairs: too few for so many columns, ...
//     .../<set>-<about>                  the same for another part of the belief ("irrelevant"), ...
//     .../<set>-all                      ... and, if asked for, for all parts together
//     .../<set>...-memory                the same for (h, c), where the cell has a memory c beside h (LSTM); without: h
//     .../bank-observation...            control, at the first step only: the observation in place of h. It depends on the
//                                        bank alone, so it is kept under results/analysis/bank-<12 digits>.h5 and copied
//                                        into each analysis
//
// Estimators that cannot take sets of particles get their summaries (envs/belief.h); those that want discrete beliefs pass over others. The
// key is the SHA-256 of the analysis' parameters, the version below and the digest of the run file: other parameters make another file
// beside it.
#pragma once

#include "benchmarks/run.h"
#include "benchmarks/scheduler.h"

// Raised whenever the same log would be analysed to other numbers than before.
enum { ANALYSIS_VERSION = 2 };

// Whether a series of this name comes from the analysis of a run: entropy/..., prepared/..., mine/..., probe/...
bool analyse_makes(const char *series);

// Owned by the caller. Where the run's file cannot be read, a path at which nothing is.
char *analyse_path(const char *results, const SweepRun *run);

// RUN_DONE, RUN_UNREADABLE (with the reason in `detail`) or RUN_MISSING: of the analysis, not of the run.
RunStatus analyse_status(const char *results, const SweepRun *run, char *detail, size_t size);

// Analyses a finished run in this process; what another process began and left is taken up at the checkpoint where it
// stopped. RUN_REFUSED with a message: the run is not there or not readable, its samples cannot be used, a lock, the
// disk.
RunOutcome analyse_execute(const char *results, const SweepRun *run, const RunHooks *hooks, Error *error);

// For schedule_runs: many runs in parallel processes.
extern const ScheduleWork analyse_work;
