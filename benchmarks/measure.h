// One number per run: a measure of an experiment file applied to a series.
#pragma once

#include "benchmarks/claimspec.h"
#include "benchmarks/gather.h"

// The value at a step, or the reduced window of the last values; with `reaches` 1 or 0. `optimum` is what "optimum" stands for. False
// with a message when the series has no such step or fewer values than the window. A value that is not finite stays so.
bool measure_series(const Measure *measure, const Series *series, double optimum, double *value, Error *error);

// The environment's optimal expected return of a run's configuration, discounted if the series' name has "discounted" in it; NaN where
// it is unknown. Only asked for when the measure wants it.
bool measure_optimum(const Measure *measure, const Config *config, double *optimum, Error *error);

// Both together, for a finished run.
bool measure_run(const Measure *measure, Gathering *gathering, size_t run, double *value, Error *error);
