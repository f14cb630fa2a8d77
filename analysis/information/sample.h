// One sample of pairs made ready for estimators. The first half of the rows trains, the second, from other trajectories, is what the
// numbers are about.
#pragma once

#include "analysis/information/information.h"

typedef struct Sample {
    InformationPairs pairs;    // finite rows only, owned
    int train, test;           // rows: the first `train` come from the first half
    int rejected;              // rows left out because they hold a number that is not finite
    int constant_x;            // columns that never change: reported, and left in (raw values, as the belief study's authors)
    int constant_y;
    bool empty;    // nothing but constant columns on a side: the information is 0 by definition
} Sample;

// Copies the finite rows of pairs [2 n]: F32, any strides. Errors: odd or too few rows, sides of different lengths, more than 1 % of rows
// rejected. On success to be freed.
bool sample_prepare(const InformationPairs *pairs, Sample *sample, Error *error);
void sample_free(Sample *sample);

// Runs an estimator on the two halves; 0 without running it where the sample is empty. Refused: one that takes no sets, for sets.
bool sample_estimate(const Sample *sample, const EstimatorType *type, const void *params, uint64_t seed, const Linalg *linalg,
                     InformationEstimate *estimate, Error *error);

// Plug-in entropy of a discrete part in the test half, nats; NaN where the part is not discrete.
double sample_entropy(const Sample *sample, int part);
