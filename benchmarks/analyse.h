// From the log of a finished run to its analysis: entropy, mutual information and probe of every recorded sample of
// histories.
//
//     results/analysis/<run name>-<12 digits of the key>.h5    a results file of the store (core/store.h), with the series
//
//     entropy/<set>                      H(b) of the test half, nats; <set> is policy or bank, the step that of the checkpoint
//     mine/<set>  probe/<set>            estimate and lower bound of I(h; b), nats
//     mine/<set>-sd                      over restarts (absent with one restart)
//     mine/<set>-ess  mine/<set>-unreliable  mine/<set>-train  mine/<set>-validation      see analysis/mine.h
//     .../<set>-memory                   the same for (h, c), where the cell has a memory c beside h (LSTM); <set> alone is h
//     .../bank-observation               control, at the first step only: the observation in place of h. It depends on the
//                                        bank alone, so it is kept under results/analysis/bank-<12 digits>.h5 and copied
//                                        into each analysis
//
// Beliefs that are not discrete have no entropy and no probe. The key is the SHA-256 of the analysis' parameters, the
// version below and the digest of the run file: other parameters make another file beside it.
#pragma once

#include "benchmarks/run.h"
#include "benchmarks/scheduler.h"

// Raised whenever the same log would be analysed to other numbers than before.
enum { ANALYSIS_VERSION = 1 };

// Whether a series of this name comes from the analysis of a run: entropy/..., mine/..., probe/...
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
