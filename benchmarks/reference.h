// Values that others have published for the same experiment, one row per run and evaluation, to compare ours with.
#pragma once

#include "benchmarks/claimspec.h"
#include "benchmarks/gather.h"

typedef struct Reference {
    int n;            // their runs
    double *value;    // [n] the claim's measure a, applied to their series
    int *stratum;     // [n] the combination of ours that has the same cell
} Reference;

// Reads the claim's CSV with the columns cell, seed, episode and the last part of the measure's series ("discounted_return" of
// "evaluation/discounted_return"). A column with the name of a parameter (length, stochasticity) selects rows that have the same value as
// our runs. Cells that our sweep or the claim leaves out are passed over. Where the measure counts from the end, the
// steps must be ours. False with file:line.
bool reference_read(const ClaimSpec *spec, Gathering *gathering, Reference *reference, Error *error);
void reference_free(Reference *reference);

// The same rows as series, for figures.
typedef struct ReferenceRun {
    int combination;
    long seed;
    Series series;
} ReferenceRun;
bool reference_series(const ClaimSpec *spec, Gathering *gathering, size_t *count, ReferenceRun **runs, Error *error);
void reference_series_free(size_t count, ReferenceRun *runs);
